//! Packages whose manifest is opam's: its commands build them, and `.install` says what is installed.
#![cfg(target_os = "linux")]

use std::fs;

use mbuild_tests::{Project, Space, tree};

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

#[test]
fn a_package_is_built_tested_installed_and_removed() {
    let space = Space::new();
    let project = greet(&space, "greet");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let first = project.mbuild(&["build"]).ok();
    assert_eq!(first.ran(), [ARCHIVE, DONE]);
    project.is_built();
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
    assert_eq!(tree::files(&space.path("there")), installed);
    project.mbuild(&["uninstall", "--prefix", &there]).ok();
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
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
        tree::files(&space.path("there")),
        ["share/mbuild/two.json", "share/two-more/two-more.txt", "share/two/two.txt"]
    );
}

#[test]
fn commands_that_build_test_and_install_see_the_environment_of_the_manifest() {
    let space = Space::new();
    let project = space.project("env");
    let manifest = "version: \"1\"\nbuild-env: [[OWN = \"a b\"] [LIST += \"new\"] [LIST =+ \"%{prefix}%\"]]\n\
        setenv: [[MANPATH += \"%{man}%\"] [ENV_HOME = \"it's %{share}%/env\"] [ENV_OWN = \"%{_:own}%;%{_:on?a:b}%\"]]\n\
        messages: [\"none\" {os = \"none\"} \"of %{name}%\"]\n\
        post-messages: [\"in %{share}%, own %{_:own}%\" {success & env:on} \"failed\" {failure} \"none\" {!env:on}]\n\
        build: [[\"sh\" \"say\" \"build\"] [\"cp\" \"own\" \"env.config\"]]\nrun-test: [\"sh\" \"say\" \"test\"]\ninstall: [\"sh\" \"say\" \"install\" \"%{share}%\"]\n";
    project.write("env.opam", manifest);
    let log = space.path("log");
    project.write(
        "say",
        format!(
            "echo \"$1: $OWN $LIST ${{ENV_HOME-}}\" >> '{}'\n[ -z \"$2\" ] || cp say \"$2\"\n",
            log.display()
        ),
    );
    let run = |arguments: &[&str]| project.mbuild(arguments).env("LIST", "x:y").ok();
    project.write("own", "variables { own: \"its own\" on: true }\nopam-version: \"2.0\"\n");
    let configured = run(&["configure", "--enable", "tests", "--prefix", "/opt/p"]).said();
    assert!(configured.contains("\nenv says: of %{name}%\n"), "{configured}");
    assert!(!configured.contains("none"), "{configured}");
    run(&["build"]);
    run(&["test"]);
    let said = run(&["install", "--destdir", &space.path("d").to_string_lossy()]).said();
    assert_eq!(
        fs::read_to_string(&log).unwrap(),
        "build: a b new:x:y:/opt/p \ntest: a b new:x:y:/opt/p \ninstall: a b new:x:y:/opt/p \n"
    );
    for line in [
        "to use it: export MANPATH=/opt/p/share/man\"${MANPATH:+:$MANPATH}\"\n",
        "to use it: export ENV_HOME='it'\\''s /opt/p/share/env'\n",
        "to use it: export ENV_OWN='its own;a'\n",
        "\nenv says: in /opt/p/share, own its own\n",
    ] {
        assert!(said.contains(line), "{line}{said}");
    }
    for other in ["env says: failed", "env says: none"] {
        assert!(!said.contains(other), "{said}");
    }
    // Another list is another build.
    project.mbuild(&["build"]).env("LIST", "z").ok();
    assert!(fs::read_to_string(&log).unwrap().ends_with("build: a b new:z:/opt/p \n"));
    project.write("say", "exit 1\n");
    let failed = project.mbuild(&["build"]).fails(1).said();
    assert!(failed.contains("\nenv says: failed\n"), "{failed}");
}

#[test]
fn variables_of_an_installed_package_are_those_of_its_config() {
    let space = Space::new();
    let there = space.path("there").to_string_lossy().into_owned();
    let watched = space.path("watched");
    fs::write(&watched, "abc").unwrap();
    let first = space.project("first");
    first.write(
        "first.opam",
        "version: \"1\"\nbuild: [\"sh\" \"-c\" \"cp made first.config; echo 'version = \\\"1\\\"' > META\"]\n",
    );
    first.write("first.install", "lib: [\"META\"]\n");
    let config = format!(
        "opam-version: \"2.0\"\nfile-depends: [\"{}\" \"900150983cd24fb0d6963f7d28e17f72\"]\nvariables {{ flags: [\"-x\" \"y z\"] on: true }}\n",
        watched.display()
    );
    first.write("made", config);
    first.mbuild(&["install", "--prefix", &there]).ok();
    let kept = fs::read_to_string(space.path("there/share/mbuild/first.config")).unwrap();
    let expected = "variables {\n  flags: [\"-x\" \"y z\"]\n  on: true\n}\n";
    assert!(kept.ends_with(expected), "{kept}");

    // This one is no library, and was installed none the less.
    let data = space.project("data");
    data.write("data.opam", "version: \"2\"\nbuild: [\"true\"]\n");
    data.write("data.install", "share: [\"data.opam\"]\n");
    data.mbuild(&["install", "--prefix", &there]).ok();

    let second = space.project("second");
    second.write(
        "second.opam",
        "depends: [\"first\" \"data\" {= \"2\"}]\n\
         build: [\"sh\" \"say\" first:flags \"%{first:on?on:off}%\" \"%{data:share}%\"] {first:on}\n",
    );
    second.write("say", "for word; do echo \"$word\"; done > said\n");
    let libraries = format!("{there}/lib");
    let run = |arguments: &[&str]| second.mbuild(arguments).env("OCAMLPATH", &libraries).ok();
    run(&["configure", "--prefix", &there]);
    run(&["build"]);
    let said = format!("-x\ny z\non\n{there}/share/data\n");
    assert_eq!(second.read("_mbuild/native/own/tree/said"), said);

    fs::write(&watched, "abd").unwrap();
    let said = run(&["configure", "--prefix", &there]).stderr;
    let place = "second.opam:1:11: `first` was built for ";
    assert!(said.contains(place) && said.contains("which is another one now"), "{said}");

    data.mbuild(&["uninstall", "--prefix", &there]).ok();
    let said = second.mbuild(&["configure", "--prefix", &there]).fails(4).stderr;
    assert!(said.contains("missing: findlib package `data`"), "{said}");

    first.mbuild(&["uninstall", "--prefix", &there]).ok();
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
    first.write("made", "opam-version: \"2.0\"\nvariables { flags: x }\n");
    let said = first.mbuild(&["install", "--prefix", &there]).run();
    assert_ne!(said.code, 0);
    assert!(said.stderr.contains("first.config:2:13: `flags` is no variable"), "{}", said.stderr);
}

#[test]
fn a_file_with_another_checksum_is_refused_before_anything_is_built() {
    let space = Space::new();
    let project = space.project("sums");
    let manifest = "version: \"1\"\nextra-files: [[\"fix.patch\" \"sha256=SUM\"]]\npatches: [\"fix.patch\"]\nbuild: [\"grep\" \"new\" \"text\"]\n";
    let patch = "--- a/text\n+++ b/text\n@@ -1 +1 @@\n-old\n+new\n";
    let sum = "0d21e25a4e4d0d6bd6ac7d1cf53ee1ad3ad1f8cfb1cf9c1b6f30c3a5cd6d0c9d";
    project.write("text", "old\n").write("opam/files/fix.patch", patch);
    project.write("opam/opam", manifest.replace("SUM", sum));
    let said = project.mbuild(&["configure"]).fails(3).stderr;
    assert!(said.contains("opam/opam:2:16: `opam/files/fix.patch` is not the file that is meant here: it has sha256="), "{said}");
    let own = said.split("it has sha256=").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
    project.write("opam/opam", manifest.replace("SUM", own));
    project.mbuild(&["build"]).ok();
    assert_eq!(project.read("_mbuild/native/own/tree/text"), "new\n");
    assert_eq!(project.read("text"), "old\n");
    // The file is looked at again when it is another one.
    project.write("opam/files/fix.patch", format!("{patch}\n"));
    let said = project.mbuild(&["build"]).fails(3).stderr;
    assert!(said.contains("is not the file that is meant here"), "{said}");
}

#[test]
fn opams_file_completes_what_another_manifest_says() {
    let space = Space::new();
    let project = space.project("both");
    project.write(
        "_oasis",
        "OASISFormat: 0.4\nName: both\nVersion: 1.0\nSynopsis: Two\nAuthors: A\nLicense: ISC\n\n\
         Library both\n  Path: src\n  Modules: Both\n",
    );
    project.write("src/both.ml", "let x = 1\n");
    project.write(
        "opam",
        "synopsis: \"Other\"\nversion: \"9\"\ndescription: \"More\"\nmaintainer: \"M <m@x>\"\nauthors: \"B\"\n\
         homepage: \"ftp://x\"\nurl { src: \"ftp://x/y\" }\nsetenv: [X = \"1\"]\nbuild: [\"false\"]\n",
    );
    let said = project.mbuild(&["describe", "--json"]).ok().stdout;
    let value: serde_json::Value = serde_json::from_str(&said).unwrap();
    for (name, expected) in [
        ("version", serde_json::json!("1.0")),
        ("synopsis", "Two".into()),
        ("description", "More".into()),
        ("authors", serde_json::json!(["A"])),
        ("maintainers", serde_json::json!(["M <m@x>"])),
        ("homepage", "ftp://x".into()),
        ("published", serde_json::json!(["ftp://x/y"])),
        ("completed_by", "opam".into()),
        ("own_build", serde_json::Value::Null),
    ] {
        assert_eq!(value[name], expected, "{name}");
    }
    let converted = project.mbuild(&["convert", "_oasis", "opam", "-o", "-"]).run();
    assert!(converted.said().contains("maintainer: \"M <m@x>\""), "{}", converted.said());
    // A file that is no good is told, and in nobody's way.
    project.write("opam", "maintainer: [\n");
    let said = project.mbuild(&["build"]).ok().stderr;
    assert!(said.contains("opam:1:13: this `[` is not closed"), "{said}");
}

#[test]
fn a_machine_that_is_not_meant_is_refused() {
    let space = Space::new();
    let project = space.project("far");
    project.write(
        "far.opam",
        "available: os = \"plan9\"\nconflicts: [\"ocaml\"]\nbuild: [\"true\"]\n",
    );
    let said = project.mbuild(&["configure"]).fails(3).stderr;
    let expected = "far.opam:1:12: the package says that it is not for this machine\n  available: os = \"plan9\"\n             ^\n  \
        help: here `os` is linux; change `available` if it is for it nevertheless\n";
    assert!(said.contains(expected), "{said}");
    assert!(said.contains("far.opam:2:13: `ocaml`"), "{said}");
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
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
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

#[test]
fn a_folder_that_another_version_configured_is_configured_again_as_it_was() {
    let space = Space::new();
    let project = greet(&space, "greet");
    let there = space.path("there").to_string_lossy().into_owned();
    project.mbuild(&["configure", "--enable", "tests", "--prefix", &there]).ok();
    // As it was written when commands had variables and no other changes of their environment.
    let path = "_mbuild/native/configure.json";
    let mut old: serde_json::Value = serde_json::from_str(&project.read(path)).unwrap();
    old["format"] = 3.into();
    let own = old["own_build"].as_object_mut().unwrap();
    own.remove("environment").unwrap();
    own.insert("variables".to_owned(), serde_json::json!({"CDPATH": ""}));
    let old = old.to_string();
    project.write(path, &old);
    let said = project.mbuild(&["build", "-v"]).ok().said();
    let expected = "configuring again: another version of mbuild configured it";
    assert!(said.contains(expected), "{said}");
    let now: serde_json::Value = serde_json::from_str(&project.read(path)).unwrap();
    let choices = serde_json::json!({"flags": {"tests": true}, "variables": {"prefix": there}});
    assert_eq!(now["choices"], choices);
    project.mbuild(&["install"]).ok();
    assert_eq!(tree::files(&space.path("there")).len(), 5);
    // What is installed is found again, too.
    project.write(path, &old);
    project.mbuild(&["uninstall"]).ok();
    assert_eq!(tree::files(&space.path("there")), [""; 0]);
}
