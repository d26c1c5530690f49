//! What Ninja does from 1.14 on, and mbuild as well though it says that it is 1.13.2.

use mbuild_tests::{Finished, Project, Space};

const RULES: &str = "\
builddir = out
rule cat
  command = cat $in > $out
rule cc
  command = cp $in $out
  description = CC $out
build out/deep/a.o: cc a.c | a.h || order
build out/b.o: cc b.c |@ verdict
build all: cat out/deep/a.o out/b.o
build verdict: cat b.c
build b.o: phony b.c
";

fn project<'a>(space: &'a Space, rules: &str) -> Project<'a> {
    let project = space.project("project");
    project.write("build.ninja", rules);
    for file in ["a.c", "a.h", "b.c", "order"] {
        project.write(file, format!("{file}\n"));
    }
    project
}

fn ninja(project: &Project<'_>, words: &[&str]) -> Finished {
    project.mbuild(&[&["ninja", "-j1"], words].concat()).env("MBUILD_CACHE", "off").run()
}

#[track_caller]
fn assert_says(project: &Project<'_>, words: &[&str], code: i32, stdout: &str, stderr: &str) {
    let finished = ninja(project, words);
    let did = (finished.code, finished.stdout.as_str(), finished.stderr.as_str());
    assert_eq!(did, (code, stdout, stderr), "{words:?}");
}

#[test]
fn a_status_line_may_be_given_with_names() {
    let space = Space::new();
    let project = project(&space, RULES);
    let format = "<${finished}/$total> $description";
    assert_says(
        &project,
        &["--status", format, "out/b.o"],
        0,
        "<1/2> CC out/b.o\n<2/2> cat b.c > verdict\n",
        "",
    );
    project.remove("out/b.o");
    assert_says(&project, &["--status=$finished", "out/b.o"], 0, "1\n", "");
    project.remove("out/b.o");
    let words = ["--status=[$description] $$", "-v", "out/b.o"];
    assert_says(&project, &words, 0, "[cp b.c out/b.o] $\n", "");
}

#[test]
fn a_status_line_of_the_command_line_comes_before_that_of_the_environment() {
    let space = Space::new();
    let project = project(&space, RULES);
    let mut invocation = project.mbuild(&["ninja", "--status", "$total: $description", "verdict"]);
    let finished = invocation.env("NINJA_STATUS", "%q").run();
    assert_eq!(finished.stdout, "1: cat b.c > verdict\n");
}

#[test]
fn a_mistake_in_a_status_line_is_told_before_anything_runs() {
    let space = Space::new();
    let project = project(&space, RULES);
    let unknown = "ninja: fatal: unknown variable 'nope' in --status format\n";
    assert_says(&project, &["--status", "$nope "], 1, "", unknown);
    let finished = ninja(&project, &["--status", "a $%f"]);
    let escape = "ninja: fatal: invalid --status: --status:1: bad $-escape (literal $ must be written as $$)";
    assert_eq!((finished.code, finished.stderr.lines().next()), (1, Some(escape)));
    assert!(!project.path("out").exists());
}

#[test]
fn a_goal_may_be_named_without_the_build_folder() {
    let space = Space::new();
    let project = project(&space, RULES);
    assert_says(&project, &["deep/a.o"], 0, "[1/1] CC out/deep/a.o\n", "");
    assert_says(
        &project,
        &["-t", "query", "deep//a.o^"],
        0,
        "all:\n  input: cat\n    out/deep/a.o\n    out/b.o\n  outputs:\n",
        "",
    );
    assert_says(
        &project,
        &["a.o"],
        1,
        "",
        "ninja: error: unknown target 'a.o', did you mean 'a.c'?\n",
    );
}

#[test]
fn a_goal_with_exactly_that_name_comes_first() {
    let space = Space::new();
    let project = project(&space, RULES);
    assert_says(&project, &["b.o"], 0, "ninja: no work to do.\n", "");
    assert!(!project.path("out/b.o").exists());
}

#[test]
fn a_compilation_database_has_every_input_and_no_checks() {
    let space = Space::new();
    let project = project(&space, RULES);
    let entries = |words: &[&str]| -> Vec<String> {
        let finished = ninja(&project, words);
        let database: serde_json::Value = serde_json::from_str(&finished.stdout).expect("JSON");
        let entries = database.as_array().expect("a list").iter();
        let field = |entry: &serde_json::Value, name: &str| {
            entry[name].as_str().expect("a string").to_owned()
        };
        entries
            .map(|entry| format!("{} <- {}", field(entry, "output"), field(entry, "file")))
            .collect()
    };
    let a = ["out/deep/a.o <- a.c", "out/deep/a.o <- a.h", "out/deep/a.o <- order"];
    assert_eq!(entries(&["-t", "compdb", "cc"]), [&a[..], &["out/b.o <- b.c"]].concat());
    assert_eq!(entries(&["-t", "compdb", "cat"]), ["all <- out/deep/a.o", "all <- out/b.o"]);
    assert_eq!(entries(&["-t", "compdb-targets", "deep/a.o", "verdict"]), a);
}

const DYNDEP: &str = "\
rule scan
  command = printf 'ninja_dyndep_version = 1\\nbuild out | out.more: dyndep\\n' > $out
rule touch
  command = touch $out $out.more
build dd: scan
build out: touch || dd
  dyndep = dd
";

#[test]
fn an_explanation_tells_which_dyndep_file_is_loaded() {
    let space = Space::new();
    let project = project(&space, DYNDEP);
    let explained = "ninja explain: output dd doesn't exist\n\
        ninja explain: loading dyndep file 'dd'\n\
        ninja explain: output out doesn't exist\n";
    let did = |words: &[&str]| ninja(&project, words).stderr;
    assert_eq!(did(&["-d", "explain"]), explained);
    // Nothing is loaded where what was there last time is all as it was.
    assert_eq!(did(&["-d", "explain"]), "");
    project.remove("out");
    let again =
        "ninja explain: loading dyndep file 'dd'\nninja explain: output out doesn't exist\n";
    assert_eq!(did(&["-d", "explain"]), again);
    project.remove("out");
    assert_eq!(did(&[]), "");
}

#[test]
fn a_mistake_in_a_dyndep_file_ends_what_runs() {
    let space = Space::new();
    let rules = "\
rule scan
  command = until [ -e begun ]; do sleep 0.01; done; echo wrong > $out
rule slow
  command = touch $out begun; sleep 60
rule touch
  command = touch $out
build dd: scan
build long: slow
build out: touch || dd
  dyndep = dd
";
    let project = project(&space, rules);
    let began = std::time::Instant::now();
    let finished = ninja(&project, &["-j2", "out", "long"]);
    assert!(began.elapsed().as_secs() < 30, "it waited for a command");
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert!(lines[0].ends_with("echo wrong > dd"), "{}", finished.said());
    assert!(lines[1].starts_with("ninja: build stopped: dd:1: "), "{}", finished.said());
    assert_eq!(finished.code, 1);
    assert!(!project.path("long").exists(), "what a stopped command wrote is half of it");
}
