//! opam itself installs and removes packages that mbuild builds.
#![cfg(target_os = "linux")]

use std::fs;

use mbuild_tests::{Project, Space, program, tree};

/// An opam of its own: a repository with nothing but the compiler, and an empty switch.
struct Opam<'a> {
    space: &'a Space,
    runner: Project<'a>,
}

impl<'a> Opam<'a> {
    fn new(space: &'a Space) -> Self {
        let runner = space.project("runner");
        let mbuild = program::mbuild().display();
        runner.write_script("bin/mbuild", &format!("exec '{mbuild}' \"$@\"\n"));
        let repository = space.project("repository");
        repository.write("repo", "opam-version: \"2.0\"\n");
        repository.write("packages/ocaml/ocaml.4.13.1/opam", "opam-version: \"2.0\"\n");
        let opam = Self { space, runner };
        let path = repository.dir().to_string_lossy().into_owned();
        opam.run(&["init", "--bare", "--no-setup", "--disable-sandboxing", "-k", "local", &path]);
        opam.run(&["switch", "create", "here", "--empty"]);
        opam
    }

    fn run(&self, arguments: &[&str]) -> String {
        let mut opam = self.runner.program("opam");
        opam.arguments(arguments).path_first(&self.runner.path("bin"));
        opam.env("OPAMROOT", self.space.path("root")).env("OPAMSWITCH", "here");
        opam.env("OPAMYES", "1").env("OPAMCOLOR", "never");
        opam.ok().said()
    }

    /// What is in the switch, but for opam's own.
    fn files(&self) -> Vec<String> {
        let all = tree::read(&self.space.path("root/here"), |_| true);
        all.into_keys().filter(|path| !path.starts_with(".opam-switch/")).collect()
    }
}

const INSTALLED: [&str; 14] = [
    "bin/hello",
    "lib/greet/META",
    "lib/greet/greet.a",
    "lib/greet/greet.annot",
    "lib/greet/greet.cma",
    "lib/greet/greet.cmi",
    "lib/greet/greet.cmt",
    "lib/greet/greet.cmti",
    "lib/greet/greet.cmx",
    "lib/greet/greet.cmxa",
    "lib/greet/greet.cmxs",
    "lib/greet/greet.mli",
    "lib/greet/libgreet_stubs.a",
    "lib/stublibs/dllgreet_stubs.so",
];

const BY_LIST: &str = r#"opam-version: "2.0"
name: "hello"
version: "1.0"
depends: ["ocaml"]
build: [
  ["mbuild" "configure" "--prefix" prefix "--enable" {with-test} "tests" {with-test}]
  ["mbuild" "install" "--opam" "-j" jobs]
  ["mbuild" "test"] {with-test}
]
"#;

#[test]
fn opam_installs_and_removes_what_mbuild_builds() {
    let space = Space::new();
    let opam = Opam::new(&space);
    let project = space.example("hello");
    let before = opam.files();
    // The file that mbuild writes, and one that has opam install.
    project.mbuild(&["convert", "_oasis", "opam"]).ok();
    let written = project.read("hello.opam");
    for (file, owned) in [(written.as_str(), true), (BY_LIST, false)] {
        project.write("hello.opam", file);
        let path = project.dir().to_string_lossy();
        opam.run(&["pin", "add", "-k", "path", "--no-action", "hello", &path]);
        opam.run(&["install", "--with-test", "hello"]);
        let now = opam.files();
        let new: Vec<&str> =
            now.iter().filter(|path| !before.contains(path)).map(String::as_str).collect();
        let mut expected = INSTALLED.to_vec();
        if owned {
            expected.extend(["lib/stublibs/dllgreet_stubs.so.owner", "share/mbuild/hello.json"]);
        }
        assert_eq!(new, expected, "{file}");
        opam.run(&["remove", "hello"]);
        assert_eq!(opam.files(), before, "{file}");
        opam.run(&["pin", "remove", "hello"]);
    }
}

#[test]
fn the_list_for_opam_names_what_is_built_and_replaces_no_other() {
    let space = Space::new();
    let project = space.example("hello");
    let said = project.mbuild(&["install", "--opam"]).ok().stderr;
    assert!(said.ends_with("wrote hello.install: 14 files for opam to install\n"), "{said}");
    let list = project.read("hello.install");
    let bin = "bin: [\n  \"_mbuild/native/bin/hello\"\n]\n";
    assert!(list.starts_with("# Made by `mbuild install --opam`\n"), "{list}");
    assert!(list.contains(bin) && list.contains("lib_root: [\n"), "{list}");
    let named: Vec<&str> =
        list.lines().filter_map(|line| line.strip_prefix("  \"")?.split('"').next()).collect();
    assert_eq!(named.len(), INSTALLED.len());
    assert!(named.iter().all(|path| project.path(path).is_file()), "{list}");
    assert!(!space.path("prefix").exists());
    // It is written again over its own, and over no other.
    project.mbuild(&["install", "--opam"]).ok();
    project.write("hello.install", "bin: [\"x\"]\n");
    let said = project.mbuild(&["install", "--opam"]).fails(3).stderr;
    let message = "hello.install` is one of the sources: mbuild writes over no list but its own";
    assert!(said.contains(message), "{said}");
    assert_eq!(project.read("hello.install"), "bin: [\"x\"]\n");
    project.mbuild(&["install", "--opam", "--destdir", "x"]).fails(2);
}

#[test]
fn a_list_for_opam_has_what_own_commands_install() {
    let space = Space::new();
    let project = space.project("own");
    let install = "install: [\"sh\" \"-c\" \"mkdir -p \\\"$1\\\" && cp own.opam \\\"$1/x\\\"\" \"sh\" share]\n";
    project.write("own.opam", format!("version: \"1\"\nbuild: [\"true\"]\n{install}"));
    project.mbuild(&["configure", "--prefix", &space.path("there").to_string_lossy()]).ok();
    project.mbuild(&["install", "--opam"]).ok();
    let list = project.read("own.install");
    let named = list.strip_prefix("# Made by `mbuild install --opam`\nshare_root: [\n  \"");
    assert!(named.is_some_and(|named| named.ends_with("/x\"\n]\n")), "{list}");
    assert!(!fs::exists(space.path("there")).unwrap());
}
