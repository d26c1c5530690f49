//! Wrong files of opam: the place, what to do, the exit code, and what is left out is told.

use mbuild_tests::{Finished, Space};

/// The exit code for a manifest that is wrong.
const WRONG: i32 = 3;

const HEAD: &str = "opam-version: \"2.0\"\nname: \"bad\"\nversion: \"1\"\nsynopsis: \"S\"\n";

/// Runs mbuild where these files are all there is.
fn with(files: &[(&str, &[u8])], arguments: &[&str], code: i32) -> Finished {
    let space = Space::new();
    let project = space.project("project");
    for (name, content) in files {
        project.write(name, content);
    }
    let mut finished = project.mbuild(arguments);
    if code == 0 { finished.ok() } else { finished.fails(code) }
}

/// What is said of opam's file with this after a head that is right.
fn said(rest: &str, code: i32) -> String {
    with(&[("opam", format!("{HEAD}{rest}").as_bytes())], &["build"], code).stderr
}

/// The messages of a command, each with its place, without lines, carets and help.
fn places(said: &str) -> Vec<&str> {
    let is_place = |line: &&str| line.contains(".install:") || line.contains("opam:");
    said.lines().filter(is_place).map(|line| line.trim_start_matches("error: ")).collect()
}

#[test]
fn a_format_that_is_not_known_is_the_only_mistake() {
    let text = b"opam-version: \"9.0\"\nbuild: {{ new }}\n";
    assert_eq!(
        with(&[("opam", text)], &["build"], WRONG).stderr,
        "error: opam:1:15: files for opam 9.0 have a format that is not known\n\
         \x20 opam-version: \"9.0\"\n\
         \x20               ^\n\
         \x20 help: write `opam-version: \"2.0\"`, and what that has: it is the latest that is known\n"
    );
}

#[test]
fn a_field_that_is_there_twice_counts_once_and_is_told() {
    let finished = said("build: [\"sh\" \"-c\" \"echo one >&2\"]\nbuild: [\"false\"]\n", 0);
    assert!(
        finished.starts_with(
            "warning: opam:6:1: `build` is there already, in line 5\n\
             \x20 build: [\"false\"]\n\
             \x20 ^\n\
             \x20 help: write it once: of several opam takes the first alone\n"
        ),
        "{finished}"
    );
}

#[test]
fn every_mistake_in_a_field_is_told() {
    let said = said(
        "depends: [lwt \"a b\" \"c.1.0\" \"d\" {\"2\"}]\nbuild: [[\"make\" 1] {a b} [\"\" \"x\"]]\npatches: [x]\n",
        WRONG,
    );
    assert_eq!(
        places(&said),
        [
            "opam:5:11: expected a package",
            "opam:5:15: `a b` is no name of a package",
            "opam:5:21: `c.1.0` is no name of a package",
            "opam:5:34: this text is no condition",
            "opam:6:17: expected an argument of a command",
            "opam:6:23: expected one condition and found two",
            "opam:6:27: this command has no program",
            "opam:7:11: expected a file",
        ]
    );
}

#[test]
fn what_opam_would_leave_out_without_a_word_is_told() {
    let said = said("authors: me\nbuild: [\"true\" \"%{prefx}%\" {with-tests}]\n", 0);
    for told in [
        "warning: opam:5:10: expected a text in quotes; this is left out of `authors`\n  authors: me\n           ^\n  help: a text goes into quotes: \"me\"\n",
        "warning: opam:6:17: opam has no variable `prefx`\n",
        "  help: did you mean `prefix`?\n",
        "warning: opam:6:29: opam has no variable `with-tests`\n",
        "  help: did you mean `with-test`?\n",
    ] {
        assert!(said.contains(told), "no {told} in\n{said}");
    }
}

#[test]
fn a_file_that_is_not_utf_8_is_told() {
    let content = [HEAD.as_bytes(), b"authors: \"Andr\xe9\"\nbuild: [\"true\"]\n"].concat();
    let said = with(&[("opam", &content)], &["build"], 0).stderr;
    assert!(
        said.starts_with("warning: opam:5:15: this is no UTF-8, and is read as if it were\n"),
        "{said}"
    );
}

#[test]
fn of_two_files_for_one_package_one_is_left_alone() {
    let (one, other) =
        (format!("{HEAD}build: [\"true\"]\n"), format!("{HEAD}build: [\"false\"]\n"));
    let files = [("bad.opam/opam", one.as_bytes()), ("opam", other.as_bytes())];
    assert_eq!(
        with(&files, &["describe"], 0).stderr,
        "warning: opam: is for package `bad`, as `bad.opam/opam` is, and is left alone\n\
         \x20 help: remove one of them, or give each a `name` of its own\n"
    );
}

#[test]
fn everything_that_is_wrong_in_a_list_of_files_is_told() {
    let opam = format!("{HEAD}build: [\"true\"]\n");
    let list = b"lib: [\"a\" \"opam\" \"bad.install\" {\"opam\"} \"src\"]\nlib: []\n";
    let files: [(&str, &[u8]); 3] =
        [("opam", opam.as_bytes()), ("bad.install", list), ("src/x", b"")];
    let install = |files: &[(&str, &[u8])]| {
        let space = Space::new();
        let project = space.project("project");
        files.iter().for_each(|(name, content)| _ = project.write(name, content));
        let there = project.path("there");
        project.mbuild(&["install", "--prefix", &there.to_string_lossy()]).fails(WRONG).stderr
    };
    let twice = install(&files);
    assert_eq!(
        places(&twice),
        ["_mbuild/native/own/tree/bad.install:2:1: `lib` is there already, in line 1"]
    );
    let list = &list[..list.len() - 8];
    let said = install(&[files[0], ("bad.install", list), files[2]]);
    assert_eq!(
        places(&said),
        [
            "_mbuild/native/own/tree/bad.install:1:7: `a` was made by no command of the package",
            "_mbuild/native/own/tree/bad.install:1:18: `bad.install` would be installed over `opam`",
            "_mbuild/native/own/tree/bad.install:1:41: `src` is a folder",
        ]
    );
    assert!(said.contains("help: write `\"?a\"` where it may be missing"), "{said}");
}
