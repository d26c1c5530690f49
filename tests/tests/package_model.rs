//! The commands over the package model: what `describe` says of packages, what `convert` writes of them, and
//! projects that `init` begins.

use mbuild_tests::{Project, Space};
use serde_json::Value;

const HEAD: &str =
    "OASISFormat: 0.4\nName: p\nVersion: 1.2\nSynopsis: x\nAuthors: A, B\nLicense: ISC\n";

/// What `describe` says of the package in a project, as JSON.
fn described(project: &Project) -> Value {
    let text = project.mbuild(&["describe", "--json"]).ok().stdout;
    serde_json::from_str(&text).expect("JSON")
}

/// The names of several things.
fn names(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().filter_map(|it| it["name"].as_str()).collect()
}

#[test]
fn what_a_package_is_said_to_be_is_what_its_manifest_says() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "_oasis",
        format!(
            "{HEAD}PostConfCommand: echo done\nFlag fast\n  Default: false\n\
             Library p\n  Path: src\n  Modules: A, B\n  BuildDepends: unix, str (>= 1)\n\
             Executable e\n  Path: bin\n  MainIs: e.ml\n  BuildDepends: p\n  Build$: flag(fast)\n\
             Test t\n  Command: $e -x\n  TestTools: e, diff\n\
             Document d\n  Title: D\n  Type: custom\n  XCustom: true\n"
        ),
    );
    let value = described(&project);
    assert_eq!(value["format"], "oasis");
    assert_eq!(value["manifests"], serde_json::json!(["_oasis"]));
    assert_eq!(value["authors"], serde_json::json!(["A", "B"]));
    assert_eq!(names(&value["flags"]), ["fast", "tests", "docs", "debug", "profile"]);
    assert_eq!(
        value["hooks"],
        serde_json::json!([{ "step": "configure", "when": "after", "commands": ["echo done"] }])
    );
    assert_eq!(value["own_build"], Value::Null);
    assert_eq!(value["folders"]["docdir"], "/usr/local/share/doc/p");
    let sections = &value["sections"];
    assert_eq!(names(sections), ["p", "e", "t", "d"]);
    assert_eq!(sections[0]["kind"], "library");
    assert_eq!(sections[0]["modules"], serde_json::json!(["A", "B"]));
    assert_eq!(
        sections[0]["depends"],
        serde_json::json!([
            { "name": "unix", "internal": false, "constraint": null },
            { "name": "str", "internal": false, "constraint": ">= 1" },
        ])
    );
    assert_eq!((&sections[1]["build"], &sections[1]["main"]), (&false.into(), &"e.ml".into()));
    assert_eq!(
        sections[2]["tools"],
        serde_json::json!([
            { "name": "e", "internal": true },
            { "name": "diff", "internal": false },
        ])
    );
    assert_eq!(sections[3]["made_by"], "command");
    // Choices of the last configuration hold, and nothing was written before there was one.
    assert!(!project.path("_mbuild").exists());
    project.write("src/a.ml", "").write("src/b.ml", "").write("bin/e.ml", "");
    project.edit("_oasis", "str (>= 1)", "str");
    project.mbuild(&["configure", "--enable", "fast"]).ok();
    assert_eq!(described(&project)["sections"][1]["build"], true);
}

#[test]
fn the_format_is_the_preferred_one_or_the_one_that_is_asked_for() {
    let space = Space::new();
    let project = space.project("p");
    project
        .write("_oasis", HEAD)
        .write("q.obuild", "name: q\nversion: 3\nobuild-ver: 1\nlibrary q\n  modules: Q\n");
    let shown = |words: &[&str]| {
        let text = project.mbuild(&[&["describe"], words].concat()).ok().stdout;
        text.lines().take(3).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(shown(&[]), ["package p 1.2", "  format: oasis", "  manifests: _oasis"]);
    assert_eq!(
        shown(&["--frontend", "obuild"]),
        ["package q 3", "  format: obuild", "  manifests: q.obuild"]
    );
    project.remove("_oasis").remove("q.obuild");
    let said = project.mbuild(&["describe"]).fails(3).said();
    assert!(said.contains("there is nothing to build here: looked for `_oasis`"), "{said}");
}

#[test]
fn a_package_of_obuild_is_built_from_the_oasis_that_is_written_of_it() {
    let space = Space::new();
    let project = space.project("p");
    project
        .write(
            "p.obuild",
            "name: p\nversion: 1.2\nsynopsis: Adds\nlicense: ISC\nauthors: A\nobuild-ver: 1\n\
             library p\n  src-dir: src\n  modules: Add\n  build-deps: unix\n\
             executable sum\n  src-dir: bin\n  main: sum.ml\n  build-deps: p\n",
        )
        .write("src/add.ml", "let add a b = ignore Unix.getpid; a + b\n")
        .write("bin/sum.ml", "let () = print_int (Add.add 40 2)\n");
    let said = project.mbuild(&["convert", "obuild", "oasis"]).ok().said();
    assert!(said.contains("wrote _oasis"), "{said}");
    project.remove("p.obuild");
    let value = described(&project);
    assert_eq!((&value["format"], &value["version"]), (&"oasis".into(), &"1.2".into()));
    assert_eq!(names(&value["sections"]), ["p", "sum"]);
    assert_eq!(project.mbuild(&["run", "sum"]).ok().stdout, "42");
}

#[test]
fn what_is_there_is_written_over_only_by_force() {
    let space = Space::new();
    let project = space.project("p");
    project.write("_oasis", format!("{HEAD}Plugins: META\nLibrary p\n  Path: .\n  Modules: P\n"));
    project.write("META", "mine");
    let said = project.mbuild(&["convert", "_oasis", "META"]).fails(5).said();
    assert!(said.contains("`META` exists already\n  help: `--force` writes over it"), "{said}");
    assert_eq!(project.read("META"), "mine");
    let shown = project.mbuild(&["convert", "oasis", "META", "-o", "-"]).ok().stdout;
    project.mbuild(&["convert", "_oasis", "META", "--force"]).ok();
    assert_eq!(project.read("META"), shown);
    assert!(shown.contains("\nversion = \"1.2\"\ndescription = \"x\"\n"), "{shown}");
    project.mbuild(&["convert", "_oasis", "opam", "-o", "other"]).ok();
    assert!(project.read("other").starts_with("opam-version: \"2.0\"\nname: \"p\"\n"));
}

#[test]
fn what_is_lost_is_told_and_what_cannot_be_is_refused() {
    let space = Space::new();
    let project = space.project("p");
    project.write(
        "_oasis",
        format!("{HEAD}Flag fast\n  Default: false\nExecutable e\n  Path: .\n  MainIs: e.ml\n"),
    );
    let lost = project.mbuild(&["convert", "oasis", "oasis", "-o", "again"]).ok().said();
    let flag = "warning: _oasis: `_oasis` cannot say what depends on flag `fast`: it is written as it is when the flag is off\n";
    assert!(lost.contains(flag), "{lost}");
    let refused = project.mbuild(&["convert", "oasis", "META"]).fails(3).said();
    assert!(refused.contains("META cannot say program `e`\n  Executable e\n"), "{refused}");
    assert!(refused.contains("META would be empty: there is no library"), "{refused}");
    let unknown = project.mbuild(&["convert", "oasys", "META"]).fails(2).said();
    assert!(
        unknown.contains("`oasys` is neither a format nor a file\n  help: did you mean `oasis`?"),
        "{unknown}"
    );
    let other = project.write("e.ml", "").mbuild(&["convert", "e.ml", "META"]).fails(3).said();
    assert!(other.contains("e.ml`: looked for"), "{other}");
}

#[test]
fn new_projects_of_every_kind_build_pass_their_tests_and_run() {
    let space = Space::new();
    let here = space.project("here");
    for (flag, name, wrote) in [
        (None, "both-of", 6),
        (Some("--lib"), "Only2", 5),
        (Some("--exe"), "prog", 3),
        (Some("--unikernel"), "uni_k", 3),
    ] {
        let words: Vec<&str> = ["init", name].into_iter().chain(flag).collect();
        let said = here.mbuild(&words).ok().said();
        assert_eq!(said.matches("wrote ").count(), wrote, "{said}");
        let tested = here.mbuild(&["-C", name, "test"]).ok().said();
        assert!(tested.contains("1 test passed"), "{name}: {tested}");
        if flag != Some("--lib") {
            let ran = here.mbuild(&["-C", name, "run", "--", "all"]).ok().stdout;
            assert_eq!(ran, "Hello, all!\n", "{name}");
        }
    }
    let text = here.mbuild(&["-C", "uni_k", "describe", "--json"]).ok().stdout;
    let value: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(value["sections"][0]["unikernel"], "true");
}

#[test]
fn a_project_is_begun_where_none_of_its_files_are() {
    let space = Space::new();
    let here = space.project("here");
    here.write(".gitignore", "mine\n").write("src/here.ml", "").write("bin/main.ml", "let x = 1\n");
    let said = here.mbuild(&["init"]).fails(5).said();
    assert!(said.contains("`src/here.ml` and `bin/main.ml` exist already\n  help: "), "{said}");
    assert!(!here.path("_oasis").exists() && !here.path("src/here.mli").exists());
    assert_eq!(here.read("bin/main.ml"), "let x = 1\n");
    here.remove("src/here.ml").remove("bin/main.ml");
    here.mbuild(&["init"]).ok();
    assert_eq!(here.read(".gitignore"), "mine\n");
    assert_eq!(here.mbuild(&["run"]).ok().stdout, "Hello, world!\n");
    let other = space.project("other");
    other.write("q.obuild", "name: q\nversion: 3\nobuild-ver: 1\nlibrary q\n  modules: Q\n");
    let said = other.mbuild(&["init"]).fails(5).said();
    assert!(said.contains("there is a package here already"), "{said}");
    for name in ["1st", "a.b", "main"] {
        other.mbuild(&["init", name]).fails(2);
        assert!(!other.path(name).exists());
    }
}
