//! Packages whose manifest is opam's: its commands build them, and `.install` says what is installed.
#![cfg(target_os = "linux")]

use std::fs;

use mbuild_tests::{Project, Space};

const ARCHIVE: &str = "_mbuild/native/own/made.tar";
const DONE: &str = "_mbuild/native/own/tree.done";

const MANIFEST: &str = r#"opam-version: "2.0"
version: "1.2"
synopsis: "Greets"
depends: ["ocaml" {>= "4.02"} "ocamlfind" {build} "no-such" {with-test & os = "plan9"}]
build: [
  ["sh" "./configure" "--prefix=%{prefix}%"]
  [make "-j%{jobs}%" "TEXT=it's $(HOME)"]
]
run-test: [make "check"]
substs: ["version.ml"]
"#;

const MAKEFILE: &str = "include config.mk
all:
\techo ran >> '@COUNT@'
\tocamlfind ocamlc -package unix version.ml greet.ml -o greet.exe
\techo 'version = \"1.2\"' > META
check: all
\t./greet.exe | grep 'hello 1.2'
";

const LIST: &str = "lib: [\"META\" \"version.cmi\" \"?none.cma\"]
bin: [\"greet.exe\" {\"greet\"}]
man: [\"greet.1\"]
";

fn greet<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.project(name);
    let count = space.path("count");
    project.write("greet.opam", MANIFEST).write("greet.install", LIST).write("greet.1", ".TH G\n");
    project.write("configure", "echo \"PREFIX = ${1#--prefix=}\" > config.mk\n");
    project.write("Makefile", MAKEFILE.replace("@COUNT@", &count.to_string_lossy()));
    project.write("version.ml.in", "let v = \"%{version}%\"\n");
    project.write("greet.ml", "let () = print_endline (\"hello \" ^ Version.v)\n");
    project
}

fn count(space: &Space) -> usize {
    fs::read_to_string(space.path("count")).map_or(0, |text| text.lines().count())
}

/// The files below a folder, sorted.
fn files(space: &Space, folder: &str) -> Vec<String> {
    let top = space.path(folder);
    let (mut left, mut found) = (vec![top.clone()], Vec::new());
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                found.push(path.strip_prefix(&top).unwrap().to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn a_package_is_built_tested_installed_and_removed() {
    let space = Space::new();
    let project = greet(&space, "greet");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let first = project.mbuild(&["build"]).ok();
    assert_eq!(first.ran(), [ARCHIVE, DONE]);
    assert!(project.mbuild(&["build"]).ok().ran().is_empty());
    assert_eq!(count(&space), 1);
    let tested = project.mbuild(&["test"]).ok();
    assert!(tested.said().contains("1 test passed"), "{}", tested.said());

    let there = space.path("there");
    let there = there.to_string_lossy();
    project.mbuild(&["install", "--prefix", &there]).ok();
    let installed = [
        "bin/greet",
        "lib/greet/META",
        "lib/greet/version.cmi",
        "share/man/man1/greet.1",
        "share/mbuild/greet.json",
    ];
    assert_eq!(files(&space, "there"), installed);
    project.mbuild(&["uninstall", "--prefix", &there]).ok();
    assert_eq!(files(&space, "there"), [""; 0]);
}

#[test]
fn what_was_built_comes_back_and_an_edit_runs_the_commands_again() {
    let space = Space::new();
    let project = greet(&space, "greet");
    project.mbuild(&["build"]).ok();
    fs::remove_dir_all(project.path("_mbuild")).unwrap();
    let again = project.mbuild(&["build"]).ok();
    assert!(again.said().contains("(from the store)"), "{}", again.said());
    assert_eq!(count(&space), 1);
    project.write("greet.ml", "let () = print_endline (\"hello, \" ^ Version.v)\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(count(&space), 2);
    // The template is part of the manifest.
    project.write("version.ml.in", "let v = \"v%{version}%\"\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(project.read("_mbuild/native/own/tree/version.ml"), "let v = \"v1.2\"\n");
}

#[test]
fn commands_of_opam_1_install_below_the_prefix() {
    let space = Space::new();
    let project = space.project("old.0.3");
    let manifest = "opam-version: \"1.2\"\nbuild: [[make \"PREFIX=%{prefix}%\"] {ocaml-native}]\n\
        install: [[make \"install\" \"BIN=%{bin}%\" \"SHARE=%{share}%\"]]\nocaml-version: [>= \"3.12\"]\n";
    project.write("opam/opam", manifest).write("opam/descr", "An old one\nIt is old.\n");
    project.write("opam/url", "archive: \"nowhere\"\nchecksum: \"0\"\n");
    project.write(
        "Makefile",
        "all:\n\techo $(PREFIX) > text\ninstall:\n\tmkdir -p $(BIN) $(SHARE)/old\n\tcp text $(SHARE)/old/\n\
         \tprintf '#!/bin/sh\\n' > $(BIN)/old\n\tchmod +x $(BIN)/old\n",
    );
    let said = project.mbuild(&["configure", "--prefix", "/opt/p"]).ok().said();
    assert!(said.contains("configured old 0.3 for native"), "{said}");
    let there = space.path("d");
    project.mbuild(&["install", "--destdir", &there.to_string_lossy()]).ok();
    assert_eq!(files(&space, "d"), ["opt/p/bin/old", "opt/p/share/old/text"]);
    assert_eq!(fs::read_to_string(there.join("opt/p/share/old/text")).unwrap(), "/opt/p\n");
}

#[test]
fn several_packages_of_one_folder_are_built_together() {
    let space = Space::new();
    let project = space.project("two");
    for (name, text) in [("two", "a"), ("two-more", "b")] {
        let manifest =
            format!("build: [\"sh\" \"-c\" \"echo {text} > {name}.txt\"]\nversion: \"1\"\n");
        project.write(&format!("{name}.opam"), manifest);
        project.write(&format!("{name}.install"), format!("share: [\"{name}.txt\"]\n"));
    }
    let there = space.path("there");
    project.mbuild(&["install", "--prefix", &there.to_string_lossy()]).ok();
    assert_eq!(
        files(&space, "there"),
        ["share/mbuild/two.json", "share/two-more/two-more.txt", "share/two/two.txt"]
    );
}

#[test]
fn what_leads_out_of_the_package_is_refused() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "opam",
        "substs: [\"../x\" \"/etc/y\"]\npatches: [\"a/../../b.patch\" \"none.patch\"]\nbuild: [make a=b]\n",
    );
    let said = project.mbuild(&["configure"]).fails(3).stderr;
    for place in [
        "opam:1:10: `../x` leads out of the package",
        "opam:1:17: `/etc/y` leads out of the package",
        "opam:2:11: `a/../../b.patch` leads out of the package",
        "opam:2:29: patch `none.patch` is not there",
        "opam:3:14: expected an argument of a command",
    ] {
        assert!(said.contains(place), "{place}\n{said}");
    }
    project
        .write("opam", "build: [\"true\"]\n")
        .write("p.install", "bin: [\"../../../../Makefile\" {\"x\"}]\n");
    let there = space.path("there");
    let said = project.mbuild(&["install", "--prefix", &there.to_string_lossy()]).run();
    assert_ne!(said.code, 0);
    assert!(said.stderr.contains("leads out of its folder"), "{}", said.said());
    assert_eq!(files(&space, "there"), [""; 0]);
}

#[test]
fn a_field_that_opam_does_not_know_is_a_warning() {
    let space = Space::new();
    let project = greet(&space, "greet");
    project.write("greet.opam", format!("{MANIFEST}depend: [\"a\"]\n"));
    let said = project.mbuild(&["configure"]).ok().stderr;
    let expected = "greet.opam:11:1: opam has no field `depend`\n  depend: [\"a\"]\n  ^\n  help: did you mean `depends`?\n";
    assert!(said.contains(expected), "{said}");
}

#[test]
fn a_command_that_is_said_twice_runs_twice() {
    let space = Space::new();
    let project = space.project("twice");
    project
        .write("twice.opam", "opam-version: \"2.0\"\nbuild: [[\"sh\" \"say\"] [\"sh\" \"say\"]]\n");
    project.write("say", format!("echo ran >> '{}'\n", space.path("count").display()));
    project.mbuild(&["build"]).ok();
    assert_eq!(count(&space), 2);
}
