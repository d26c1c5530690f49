//! The tools that show and rewrite the logs.

use mbuild_tests::{Project, Space};

use crate::{NOTHING, change, mbuild, ninja, project};

#[test]
fn restat_makes_what_is_there_count_as_made_now() {
    let space = Space::new();
    let project = project(&space);
    mbuild(&project);
    // As after `cp -r` or a checkout: new inputs, and outputs that somebody made elsewhere.
    change(&project, "two");
    for output in ["joined", "plain.o", "list", "kept", "after", "last"] {
        let text = project.read(output);
        project.write(output, text);
    }
    project.mbuild(&["ninja", "-t", "restat"]).ok();
    let ran = mbuild(&project);
    assert_eq!(ran, NOTHING);
    assert_eq!(ninja(&project), NOTHING);
    let log = project.read(".ninja_log");
    project.touch("joined").mbuild(&["ninja", "-t", "restat", "joined"]).ok();
    let line = |log: &str| log.lines().find(|line| line.contains("\tjoined\t")).map(str::to_owned);
    let now = project.read(".ninja_log");
    assert_ne!(line(&now), line(&log));
}

#[test]
fn tools_agree_with_the_logs_that_ninja_wrote() {
    let space = Space::new();
    let ours = project(&space);
    ninja(&ours);
    for line in ["-t deps", "-t deps o.o joined", "-t missingdeps"] {
        let words: Vec<&str> = line.split(' ').collect();
        let said = ours.mbuild(&[&["ninja"], words.as_slice()].concat()).run();
        assert_eq!(said.stdout, ours.reference_ninja(&words).run().stdout, "{line}");
    }
    change(&ours, "o.o");
    let deps = ours.mbuild(&["ninja", "-t", "deps", "o.o"]).ok();
    assert_eq!(deps.stdout, ours.reference_ninja(&["-t", "deps", "o.o"]).ok().stdout);
    assert!(deps.stdout.contains("(STALE)"), "{deps:?}");
    ours.edit("build.ninja", "build list: listed one two\n", "");
    ours.edit("build.ninja", " plain.o list after", " plain.o after");
    let theirs = space.copy(ours.dir(), "theirs");
    ours.mbuild(&["ninja", "-t", "recompact"]).ok();
    theirs.reference_ninja(&["-t", "recompact"]).ok();
    assert_eq!(ours.read(".ninja_deps"), theirs.read(".ninja_deps"));
    let sorted = |project: &Project<'_>| {
        let log = project.read(".ninja_log");
        let mut lines: Vec<String> = log.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&ours), sorted(&theirs));
    let cleaned = ours.mbuild(&["ninja", "-v", "-t", "cleandead"]).ok();
    assert_eq!(cleaned.stdout, theirs.reference_ninja(&["-v", "-t", "cleandead"]).ok().stdout);
    assert!(!ours.path("list").exists());
}

#[test]
fn tools_of_the_logs_succeed_without_logs() {
    let space = Space::new();
    let project = project(&space);
    for tool in ["recompact", "restat", "cleandead", "deps"] {
        let said = project.mbuild(&["ninja", "-t", tool]).ok();
        assert_eq!(said.stderr, "", "{tool}");
    }
    assert!(!project.path(".ninja_log").exists());
}
