//! What belongs to somebody else: it is read as it stands, and what cannot be read is not called missing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use mbuild_tests::{Invocation, Project, Space};

const RULES: &str = "\
rule copy
  command = cp $in $out
build out: copy in
";

fn project(space: &Space) -> Project<'_> {
    let project = space.project("project");
    project.write("build.ninja", RULES).write("in", "text\n");
    project
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("chmod");
}

/// mbuild for whom permissions hold: root has to give up its right to overlook them.
fn mbuild(project: &Project, arguments: &[&str]) -> Invocation {
    allow(&project.path("in"), 0o000);
    let overlooks = fs::read(project.path("in")).is_ok();
    if !overlooks {
        return project.mbuild(arguments);
    }
    let program = mbuild_tests::program::mbuild().to_string_lossy().into_owned();
    let mut invocation = project.program("setpriv");
    invocation.arguments(&["--bounding-set=-dac_override,-dac_read_search", "--", &program]);
    invocation.arguments(arguments);
    invocation
}

#[test]
fn an_unreadable_source_is_not_called_missing() {
    let space = Space::new();
    let project = project(&space);
    project.mbuild(&["build"]).ok();
    project.mbuild(&["ninja"]).ok();
    project.write("in", "other text\n");
    let native = mbuild(&project, &["build"]).fails(5);
    let says = "cannot read `in`, which `out` needs: Permission denied";
    assert!(native.stderr.contains(says), "{}", native.said());
    let explained = mbuild(&project, &["explain"]).fails(5);
    assert!(explained.stderr.contains(says), "{}", explained.said());
    let ninja = mbuild(&project, &["ninja"]).fails(1);
    let says = "ninja: error: cannot read 'in', needed by 'out': Permission denied";
    assert!(ninja.stderr.contains(says), "{}", ninja.said());
}

#[test]
fn somebody_elses_build_folder_answers_what_was_built() {
    let space = Space::new();
    let project = project(&space);
    project.mbuild(&["build"]).ok();
    let questions: [&[&str]; 3] = [&["log"], &["explain"], &["ninja", "-t", "query", "out"]];
    let ask = |arguments: &&[&str]| {
        let mut invocation = mbuild(&project, arguments);
        allow(&project.path("in"), 0o644);
        invocation.ok()
    };
    let before: Vec<String> = questions.iter().map(|question| ask(question).stdout).collect();
    allow(&project.path(".mbuild"), 0o555);
    allow(&project.path(".mbuild/state.db"), 0o444);
    allow(project.dir(), 0o555);
    let after = questions.each_ref().map(ask);
    let built = ask(&(&["build"] as &[&str]));
    allow(project.dir(), 0o755);
    allow(&project.path(".mbuild"), 0o755);
    assert!(before[0].contains("mbuild build"), "{}", before[0]);
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(without_times(before), without_times(&after.stdout));
        assert_eq!(after.stderr, "");
    }
    assert!(built.said().contains("nothing to do"), "{}", built.said());
}

/// How long ago something was is the only thing that may differ.
fn without_times(text: &str) -> String {
    text.split_whitespace()
        .filter(|word| word.parse::<u64>().is_err())
        .collect::<Vec<_>>()
        .join(" ")
}
