//! The exit codes of the native face: each mistake has the one of the table in the documentation.

use mbuild_tests::{Finished, Project, Space};

const FAILED: i32 = 1;
const USAGE: i32 = 2;
const WRONG: i32 = 3;
const SYSTEM: i32 = 5;

const MANIFEST: &str = "\
OASISFormat: 0.4
Name: small
Version: 1.0
Synopsis: a package
Authors: nobody
License: ISC
Flag fast
  Default: false
Document notes
  Title: notes
  Type: none
";

fn package<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.project(name);
    project.write("_oasis", MANIFEST);
    project
}

fn rule_file<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.project(name);
    project.write("build.ninja", "rule r\n  command = touch $out\nbuild out: r\n");
    project
}

fn assert_says(finished: &Finished, says: &[&str]) {
    for text in says {
        assert!(finished.stderr.contains(text), "no `{text}` in\n{}", finished.said());
    }
}

#[test]
fn a_choice_that_the_package_does_not_have_is_a_mistake_on_the_command_line() {
    let space = Space::new();
    let project = package(&space, "project");
    for (arguments, says) in [
        (&["--enable", "nope"][..], ["no flag `nope`", "help: it has `fast`"]),
        (&["--disable", "fats"], ["no flag `fats`", "help: did you mean `fast`?"]),
        (&["--override", "anything=1"], ["no variable `anything`", "help: "]),
        (&["--override", "bindr=/x"], ["no variable `bindr`", "help: did you mean `bindir`?"]),
    ] {
        let words = [&["configure"], arguments].concat();
        assert_says(&project.mbuild(&words).fails(USAGE), &says);
        assert!(!project.path("_mbuild").exists());
    }
    project.mbuild(&["configure", "--enable", "FAST", "--override", "bindir=/x"]).ok();
}

#[test]
fn a_choice_that_the_manifest_lost_since_is_a_mistake_in_the_manifest() {
    let space = Space::new();
    let project = package(&space, "project");
    project.mbuild(&["configure", "--enable", "fast"]).ok();
    project.edit("_oasis", "Flag fast", "Flag slow");
    let says = ["no flag `fast`, which it was configured with", "run `mbuild configure`"];
    assert_says(&project.mbuild(&["build"]).fails(WRONG), &says);
}

#[test]
fn a_folder_to_go_to_that_is_not_there_is_a_mistake_on_the_command_line() {
    let space = Space::new();
    let project = rule_file(&space, "project");
    for dir in ["nope", "build.ninja"] {
        let says = format!("cannot go to `{dir}`");
        assert_says(&project.mbuild(&["-C", dir, "build"]).fails(USAGE), &[&says]);
    }
}

#[test]
fn an_unknown_target_is_a_mistake_wherever_it_is_named() {
    let space = Space::new();
    let project = rule_file(&space, "project");
    for command in ["build", "clean", "explain"] {
        let finished = project.mbuild(&[command, "--target", "nope"]).fails(USAGE);
        assert_says(&finished, &["there is no target `nope`", "`mbuild targets` lists them"]);
    }
    project.mbuild(&["build", "--target", "native"]).ok();
}

#[test]
fn numbers_that_are_none_say_what_was_expected() {
    let space = Space::new();
    let project = rule_file(&space, "project");
    for (flag, value) in [("-j", "x"), ("-k", "-1"), ("-l", "nan"), ("-l", "-2")] {
        let finished = project.mbuild(&["build", flag, value]).fails(USAGE);
        assert_says(&finished, &["expected a ", "0 for no limit"]);
    }
}

#[test]
fn what_was_never_built_or_installed_is_a_mistake_on_the_command_line() {
    let space = Space::new();
    let project = rule_file(&space, "project");
    project.mbuild(&["profile"]).fails(USAGE);
    project.mbuild(&["explain", "--build", "4"]).fails(USAGE);
    let finished = package(&space, "package").mbuild(&["uninstall"]).fails(USAGE);
    assert_says(&finished, &["`small` is not installed here"]);
}

#[test]
fn cleaning_beside_a_wrong_rule_file_says_what_is_wrong() {
    let space = Space::new();
    let project = space.project("project");
    project.write("build.ninja", "build out: nope\n");
    let says = ["build.ninja:1:12: unknown build rule 'nope'", "help: "];
    assert_says(&project.mbuild(&["clean"]).fails(WRONG), &says);
}

#[test]
fn cleaning_removes_what_a_rule_file_makes_and_says_so_when_asked() {
    let space = Space::new();
    let project = rule_file(&space, "project");
    project.mbuild(&["build"]).ok();
    let said = project.mbuild(&["clean", "-n"]).ok();
    assert_eq!(said.stdout, "remove out\n");
    assert!(project.path("out").exists());
    assert_eq!(project.mbuild(&["clean"]).ok().stdout, "");
    assert!(!project.path("out").exists());
}

#[test]
fn what_fails_and_what_the_system_refuses_have_codes_of_their_own() {
    let space = Space::new();
    let project = rule_file(&space, "project");
    project.mbuild(&["build", "--events", "nope/events"]).fails(SYSTEM);
    project.mbuild(&["query", "somepath", "out", "out"]).ok();
    project.edit("build.ninja", "touch $out", "false");
    project.mbuild(&["build"]).fails(FAILED);
}

#[test]
fn the_system_is_quoted_without_its_numbers() {
    let space = Space::new();
    let project = package(&space, "project");
    let prefix = "x".repeat(300);
    let finished = project.mbuild(&["install", "--prefix", &prefix]).fails(SYSTEM);
    assert_says(&finished, &["File name too long"]);
    assert!(!finished.stderr.contains("os error"), "{}", finished.said());
}
