//! Wrong manifests and rule files: the place, what to do, the exit code, and nothing written.

use std::path::{Path, PathBuf};

use mbuild_tests::{Finished, Space};

/// The exit code for a manifest or rule file that is wrong, or missing.
const WRONG: i32 = 3;

const HEAD: &str = "\
OASISFormat: 0.4
Name: bad
Version: 1.0
Synopsis: nothing good
Authors: nobody
License: ISC
";

/// Builds with this manifest after the head; nothing may appear beside the manifest.
fn with_manifest(rest: &str) -> Finished {
    with_file("_oasis", &format!("{HEAD}{rest}"), &["build"], WRONG)
}

/// Builds with this rule file, in mbuild's own face and in Ninja's place, which says what Ninja says.
fn with_rule_file(text: &str) -> Finished {
    let in_ninjas_place = with_file("build.ninja", text, &["ninja"], 1);
    let space = Space::new();
    let project = space.project("project");
    let ninja = project.write("build.ninja", text).reference_ninja(&[]).fails(1);
    assert_eq!(in_ninjas_place.stderr, ninja.stderr);
    with_file("build.ninja", text, &["build"], WRONG)
}

fn with_file(name: &str, text: &str, arguments: &[&str], code: i32) -> Finished {
    let space = Space::new();
    let project = space.project("project");
    project.write(name, text);
    let before = names(project.dir());
    let finished = project.mbuild(arguments).fails(code);
    assert_eq!(names(project.dir()), before);
    finished
}

/// All that is in a folder, empty folders included.
fn names(dir: &Path) -> Vec<PathBuf> {
    let mut names = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            left.extend(entry.path().is_dir().then(|| entry.path()));
            names.push(entry.path());
        }
    }
    names.sort();
    names
}

/// The place, the offending line and a caret are in the message.
fn assert_points(finished: &Finished, place: &str, line: &str, says: &str) {
    let message = &finished.stderr;
    assert!(message.contains(place), "no `{place}` in\n{message}");
    assert!(message.contains(line), "no `{line}` in\n{message}");
    assert!(message.contains('^'), "no caret in\n{message}");
    assert!(message.contains(says), "no `{says}` in\n{message}");
}

#[test]
fn a_misspelt_field_is_shown() {
    let finished = with_manifest("\nLibrary x\n  Path: src\n  Modulse: X\n");
    assert_points(&finished, "_oasis:10:", "Modulse", "Modules");
}

#[test]
fn a_misspelt_section_is_shown() {
    let finished = with_manifest("\nLibary x\n  Path: src\n");
    assert_points(&finished, "_oasis:8:", "Libary", "Library");
}

#[test]
fn a_section_without_its_path_is_shown() {
    let finished = with_manifest("\nExecutable x\n  MainIs: x.ml\n");
    assert_points(&finished, "_oasis:8:", "Executable x", "Path");
}

/// Like [`with_manifest`], with a source beside the manifest.
fn with_source(source: &str, rest: &str, arguments: &[&str], code: i32) -> Finished {
    let space = Space::new();
    let project = space.project("project");
    project.write("_oasis", format!("{HEAD}{rest}")).write(source, "let x = 1\n");
    project.mbuild(arguments).fails(code)
}

#[test]
fn sources_that_are_missing_are_all_shown_where_the_manifest_names_them() {
    let finished = with_source(
        "src/greeting.ml",
        "\nLibrary x\n  Path: src\n  Modules: Greetin,\n           Other\n  CSources: x.c\n\n\
         Executable y\n  Path: src\n  MainIs: mian.ml\n\n\
         Library z\n  Path: lib\n  Modules: Z\n",
        &["build"],
        WRONG,
    );
    for (place, line, says) in [
        ("_oasis:10:12:", "Modules: Greetin,", "help: did you mean `Greeting`?"),
        (
            "_oasis:11:12:",
            "           Other",
            "help: write `src/other.ml`, or leave the module out",
        ),
        ("_oasis:12:13:", "CSources: x.c", "has a C source that is not there: no `src/x.c`"),
        ("_oasis:16:11:", "MainIs: mian.ml", "has no main source: no `src/mian.ml`"),
        ("_oasis:19:9:", "Path: lib", "and there is no such folder"),
    ] {
        assert_points(&finished, place, line, says);
    }
}

#[test]
fn nothing_is_installed_outside_of_the_prefix() {
    let space = Space::new();
    let project = space.project("project");
    let data = "\nLibrary x\n  Path: src\n  Modules: X\n  DataFiles: x.txt (../../dd)\n";
    project.write("_oasis", format!("{HEAD}{data}"));
    project.write("src/x.ml", "").write("src/x.txt", "x");
    let finished = project.mbuild(&["install", "--prefix", "a/b/there"]).fails(WRONG);
    let says = "installs outside of the prefix";
    assert_points(&finished, "_oasis:11:21:", "DataFiles: x.txt (../../dd)", says);
    assert!(!project.path("a").exists());
}

#[test]
fn a_section_that_is_needed_and_not_built_is_shown() {
    let finished = with_source(
        "src/x.ml",
        "\nLibrary x\n  Path: src\n  Build: false\n  Modules: X\n\n\
         Library y\n  Path: src\n  Modules: X\n  BuildDepends: x\n",
        &["build"],
        WRONG,
    );
    let says = "this configuration does not build";
    assert_points(&finished, "_oasis:16:17:", "BuildDepends: x", says);
}

#[test]
fn data_that_is_not_there_is_shown() {
    let finished = with_source(
        "src/x.ml",
        "\nLibrary x\n  Path: src\n  Modules: X\n  DataFiles: *.txt\n",
        &["install", "--prefix", "there"],
        WRONG,
    );
    assert_points(&finished, "_oasis:11:14:", "DataFiles: *.txt", "no file is called so");
}

#[test]
fn a_flag_nobody_declared_is_shown() {
    let finished = with_manifest("\nLibrary x\n  Path: src\n  Modules: X\n  Build$: flag(tset)\n");
    assert_points(&finished, "_oasis:11:", "flag(tset)", "tset");
}

#[test]
fn a_condition_that_does_not_end_is_shown() {
    let finished = with_manifest("\nif flag(tests\n  Description: x\n");
    assert_points(&finished, "_oasis:8:", "if flag(tests", ")");
}

#[test]
fn an_unknown_format_is_shown() {
    let manifest = HEAD.replace("OASISFormat: 0.4", "OASISFormat: 7.1");
    let finished = with_file("_oasis", &manifest, &["build"], WRONG);
    assert_points(&finished, "_oasis:1:", "OASISFormat: 7.1", "0.4");
}

#[test]
fn bytes_that_are_no_text_are_an_error_and_no_panic() {
    let noise: String = (0..2000u32).map(|n| char::from((n * 7 % 31) as u8)).collect();
    let finished = with_manifest(&noise);
    assert!(finished.stderr.contains("_oasis:"), "{}", finished.said());
}

/// Manifests of formats.
const MANIFESTS: [(&str, &str); 6] = [
    ("_oasis", "OASISFormat: 0.4\nName: a\nVersion: 1\nSynopsis: a\nAuthors: x\nLicense: ISC\n"),
    ("opam", "opam-version: \"2.0\"\nname: \"a\"\nversion: \"1\"\n"),
    ("a.obuild", "name: a\nversion: 1\nobuild-ver: 1\n"),
    ("a.conf", "main-noip: A.main\n"),
    ("a.ocp", "begin library \"a\" files = [ \"a.ml\" ] end\n"),
    ("build.ocp2", "OCaml.library(\"a\", { files = [ \"a.ml\" ]; });\n"),
];

#[test]
fn what_no_editor_shows_is_told_with_its_place() {
    for (name, text) in MANIFESTS {
        let marked = with_file(name, &format!("\u{feff}{text}"), &["build"], WRONG).stderr;
        let first = format!("error: {name}:1:1: this file begins with a byte order mark");
        assert!(marked.starts_with(&first), "{marked}");
        let line = text.lines().count() + 1;
        let nul = with_file(name, &format!("{text}# \0\n"), &["build"], WRONG).stderr;
        let first = format!("error: {name}:{line}:3: there is a NUL byte here");
        assert!(nul.starts_with(&first), "{nul}");
        // Mirari's files are known by what is in them.
        if name == "a.conf" {
            continue;
        }
        let wide =
            format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let space = Space::new();
        let project = space.project("project");
        let wide = project.write(name, wide).mbuild(&["build"]).fails(WRONG).stderr;
        assert_eq!(
            wide,
            format!("error: {name}: this file is in UTF-16\n  help: save it in UTF-8\n")
        );
    }
}

const OF_EVERY_FILE: &str = "\
error: a.ocp:1:12: there is a NUL byte here, which most editors do not show
  version = \"\"
             ^
  help: remove it
b/more.inc:1:1: this file begins with a byte order mark, which most editors do not show
  \u{feff}version = \"2\"
  ^
  help: save it in UTF-8 without a mark (\"BOM\")
c/.ocp-build:1:1: this file begins with a byte order mark, which most editors do not show
  \u{feff}skip=true
  ^
  help: save it in UTF-8 without a mark (\"BOM\")
";

#[test]
fn what_no_editor_shows_is_told_of_every_file_of_an_ocp_project() {
    let space = Space::new();
    let project = space.project("project");
    project.write("a.ocp", "version = \"\0\"\n");
    project.write(
        "b/b.ocp",
        "if include \"more.inc\" then {} else {}\nbegin library \"b\" files = [ ] end\n",
    );
    project.write("b/more.inc", "\u{feff}version = \"2\"\n");
    project.write("c/.ocp-build", "\u{feff}skip=true\n");
    project.write("c/c.ocp", "begin library \"c\" files = [ ] end\n");
    let told = project.mbuild(&["build"]).fails(WRONG).stderr;
    assert_eq!(told, OF_EVERY_FILE);
}

#[test]
fn libraries_that_need_each_other_are_shown_where_one_names_the_other() {
    let library = |name, needs| {
        format!("library {name}\n  src-dir: .\n  modules: A\n  build-deps: {needs}\n\n")
    };
    let text =
        format!("name: p\nversion: 1\nobuild-ver: 1\n\n{}{}", library("a", "b"), library("b", "a"));
    let space = Space::new();
    let project = space.project("project");
    let shown = project.write("p.obuild", text).write("a.ml", "").mbuild(&["build"]).fails(WRONG);
    let expected = "error: p.obuild:8:15: sections need each other: a -> b -> a\n    build-deps: b\n                ^\n  \
                    help: one of these must do without the one after it\n";
    assert_eq!(shown.stderr, expected);
}

#[test]
fn what_is_missing_is_shown_where_the_manifest_asks_for_it() {
    let finished = with_source(
        "src/a.ml",
        "BuildTools: no-such-tool\nLibrary a\n  Path: src\n  Modules: A\n  BuildDepends: unix, no_such,\n    unix (>= 99)\nExecutable x\n  Path: src\n  MainIs: a.ml\n  BuildDepends: no_such\n  CCLib: -lm -lno_such\n",
        &["build"],
        4,
    );
    let expected =
        "error: _oasis:11:23: missing: findlib package `no_such`, needed by library a, executable x
    BuildDepends: unix, no_such,
                        ^
_oasis:7:13: missing: program `no-such-tool`, needed by library a, executable x
  BuildTools: no-such-tool
              ^
_oasis:17:14: missing: C library `no_such`, needed by executable x
    CCLib: -lm -lno_such
               ^
  help: ";
    assert!(finished.stderr.starts_with(expected), "{}", finished.stderr);
}

/// What is said of the manifest may be why something is looked for that nobody has installed.
#[test]
fn what_is_missing_comes_with_what_the_manifest_says_wrongly() {
    let finished = with_source(
        "src/a.ml",
        "Library \"my-lib\"\n  Path: src\n  FindlibName: mylib\n  Modules: A\nExecutable x\n  Path: src\n  MainIs: a.ml\n  BuildDepends: my-lib\n",
        &["build"],
        4,
    );
    assert!(
        finished.stderr.starts_with(
            "warning: _oasis:14:17: `my-lib` is taken for an installed package\n    BuildDepends: my-lib\n                  ^\n  help: the library of that section has the findlib name `mylib`\nerror: _oasis:14:17: missing: findlib package `my-lib`, needed by executable x\n    BuildDepends: my-lib\n                  ^\n"
        ),
        "{}",
        finished.stderr
    );
}

#[test]
fn a_folder_without_a_manifest_says_what_was_looked_for() {
    let space = Space::new();
    let project = space.project("project");
    let finished = project.mbuild(&["build"]).fails(WRONG);
    assert!(finished.stderr.contains("_oasis"), "{}", finished.said());
    assert!(names(project.dir()).is_empty());
}

#[test]
fn an_unknown_goal_comes_with_a_near_one() {
    let space = Space::new();
    let project = space.project("project");
    project.write("build.ninja", "rule r\n  command = touch $out\nbuild program: r\n");
    let finished = project.mbuild(&["ninja", "progam"]).fails(1);
    let message = "ninja: error: unknown target 'progam', did you mean 'program'?";
    assert!(finished.stderr.contains(message), "{}", finished.said());
}

#[test]
fn a_rule_file_with_an_unknown_rule_is_shown() {
    let finished = with_rule_file("build out: nope in\n");
    assert_points(
        &finished,
        "build.ninja:1:12:",
        "build out: nope in",
        "unknown build rule 'nope'",
    );
}

#[test]
fn a_rule_file_with_a_tab_is_shown() {
    let finished = with_rule_file("rule r\n  command = true\n\tdescription = x\n");
    let says = "tabs are not allowed, use spaces";
    assert_points(&finished, "build.ninja:3:1:", "description = x", says);
}

#[test]
fn two_rules_for_one_output_are_shown() {
    let text = "rule r\n  command = touch $out\nbuild out: r\nbuild out: r\n";
    let finished = with_rule_file(text);
    assert_points(&finished, "build.ninja:4:1:", "build out: r", "multiple rules generate out");
}

#[test]
fn a_missing_include_is_shown() {
    let finished = with_rule_file("include elsewhere.ninja\n");
    let says = "No such file or directory";
    assert_points(&finished, "build.ninja:1:9:", "include elsewhere.ninja", says);
}

#[test]
fn a_cycle_is_named() {
    let text = "rule r\n  command = touch $out\nbuild a: r b\nbuild b: r a\ndefault a\n";
    let finished = with_rule_file(text);
    let says = "dependency cycle: a -> b -> a";
    assert_points(&finished, "build.ninja:3:12:", "build a: r b", says);
}

#[test]
fn an_input_that_nothing_makes_is_named() {
    let finished = with_rule_file("rule r\n  command = touch $out\nbuild out: r in\n");
    let says = "`in`, which `out` needs, is missing and nothing makes it";
    assert_points(&finished, "build.ninja:3:14:", "build out: r in", says);
}

#[test]
fn an_unknown_goal_leaves_nothing_behind() {
    let space = Space::new();
    let project = space.project("project");
    project.write("build.ninja", "rule r\n  command = touch $out\nbuild out: r\n");
    let before = names(project.dir());
    project.mbuild(&["build", "nope"]).fails(2);
    project.mbuild(&["ninja", "nope"]).fails(1);
    assert_eq!(names(project.dir()), before);
}

#[test]
fn a_missing_rule_file_is_named() {
    let space = Space::new();
    let finished = space.project("project").mbuild(&["ninja"]).fails(1);
    let message = "ninja: error: loading 'build.ninja': No such file or directory";
    assert!(finished.stderr.contains(message), "{}", finished.said());
}

#[test]
fn wrong_command_lines_say_what_was_meant() {
    let space = Space::new();
    let project = space.project("project");
    for (arguments, meant) in [
        (&["biuld"][..], "build"),
        (&["build", "--taget", "native"][..], "--target"),
        (&["cache", "stat"][..], "stats"),
    ] {
        let finished = project.mbuild(arguments).fails(2);
        assert!(finished.stderr.contains(meant), "{}", finished.said());
    }
    assert!(names(project.dir()).is_empty());
}
