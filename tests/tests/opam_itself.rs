//! opam itself installs and removes packages that mbuild builds.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

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

const INSTALLED: [&str; 15] = [
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
    "lib/stublibs/dllgreet_stubs.so.owner",
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
            expected.push("share/mbuild/hello.json");
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
    assert!(said.ends_with("wrote hello.install: 15 files for opam to install\n"), "{said}");
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
    let message = "hello.install` is one of the sources: mbuild writes over no list but its own, unless `--force` says so";
    assert!(said.contains(message), "{said}");
    assert_eq!(project.read("hello.install"), "bin: [\"x\"]\n");
    project.mbuild(&["install", "--opam", "--force"]).ok();
    let before = "# What stood here before:\n#|bin: [\"x\"]\n";
    assert_eq!(project.read("hello.install"), format!("{list}{before}"));
    project.mbuild(&["install", "--opam", "--destdir", "x"]).fails(2);
}

/// A package of which `make` knows alone how it is built; `bin` is where that installs to.
fn made<'a>(space: &'a Space, bin: &str) -> Project<'a> {
    let project = space.project("made");
    project.write(
        "_oasis",
        "OASISFormat: 0.4\nName: made\nVersion: 1.0\nSynopsis: Made\nAuthors: Me\nLicense: ISC\n\
         ConfType: custom (0.4)\nBuildType: custom (0.4)\nInstallType: custom (0.4)\n\
         XCustomConf: sh configure.sh $prefix\nXCustomBuild: make\nXCustomInstall: make install\n",
    );
    project.write("configure.sh", "echo \"PREFIX = $1\" > config.mk\n");
    let all = "include config.mk\nall: made\nmade:\n\techo \"from $(PREFIX)\" > made\n";
    let install = format!("install: made\n\tmkdir -p \"{bin}\"\n\tcp made \"{bin}/made\"\n");
    project.write("Makefile", format!("{all}{install}"));
    project
}

/// What is below a folder, with its content and when it was changed.
fn state(folder: &Path) -> Vec<(PathBuf, Vec<u8>, SystemTime)> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_owned()];
    while let Some(path) = left.pop() {
        let changed = fs::symlink_metadata(&path).unwrap().modified().unwrap();
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            found.push((path, Vec::new(), changed));
        } else {
            found.push((path.clone(), fs::read(&path).unwrap(), changed));
        }
    }
    found.sort();
    found
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
    // It is no source of the package then.
    project.mbuild(&["install", "--opam"]).ok();
    assert_eq!(project.read("own.install"), list);
    // The package's own list stays one of its sources when this one stands in its place.
    let own = "doc: [\"own.opam\" {\"it's ${prefix}\"}]\n";
    project.write("own.install", own);
    for _ in 0..2 {
        project.mbuild(&["install", "--opam", "--force"]).ok();
        let both = project.read("own.install");
        let doc = "doc: [\n  \"_mbuild/native/own/tree/own.opam\" {\"it's ${prefix}\"}\n]\n";
        assert!(both.contains(doc) && both.contains("share_root: [\n"), "{both}");
        assert!(both.ends_with(&format!("# What stood here before:\n#|{own}")), "{both}");
        assert_eq!(project.read("_mbuild/native/own/tree/own.install"), own);
    }
}

#[test]
fn a_list_for_opam_leaves_what_is_installed_as_it_is() {
    let space = Space::new();
    let project = made(&space, "$(DESTDIR)$(PREFIX)/bin");
    let prefix = space.path("prefix");
    project.mbuild(&["configure", "--prefix", &prefix.to_string_lossy()]).ok();
    project.mbuild(&["install"]).ok();
    let before = state(&prefix);
    project.mbuild(&["install", "--opam"]).ok();
    let list = project.read("made.install");
    let bin = "bin: [\n  \"_mbuild/native/own/stage";
    assert!(list.contains(bin) && list.matches('\n').count() == 4, "{list}");
    // It says where it is going to be, not where it is listed.
    let made = list.lines().find_map(|line| line.strip_prefix("  \"")?.strip_suffix('"'));
    assert_eq!(project.read(made.unwrap()), format!("from {}\n", prefix.display()));
    assert_eq!(state(&prefix), before);
}

#[test]
fn no_list_for_opam_is_made_of_what_commands_install_right_where_it_belongs() {
    let space = Space::new();
    let elsewhere = space.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let elsewhere = elsewhere.to_string_lossy();
    for bin in ["$(PREFIX)/bin", &elsewhere] {
        let project = made(&space, bin);
        let prefix = space.path("prefix");
        project.mbuild(&["configure", "--prefix", &prefix.to_string_lossy()]).ok();
        for _ in 0..2 {
            let there = state(&space.path("elsewhere"));
            let before = prefix.exists().then(|| state(&prefix));
            let said = project.mbuild(&["install", "--opam"]).fails(1).stderr;
            assert!(said.contains("error: `make install` failed (exit status: 2):\n"), "{said}");
            assert!(said.contains("Permission denied"), "{said}");
            let help = "\n  help: for `--opam` commands may write below `$DESTDIR` and where the package is built, nowhere else; \
                        where they heed no `DESTDIR`, have opam run `mbuild install` in its place: `install: [\"mbuild\" \"install\"]`\n";
            assert!(said.ends_with(help), "{said}");
            assert!(!project.path("made.install").exists());
            assert_eq!(prefix.exists().then(|| state(&prefix)), before);
            assert_eq!(state(&space.path("elsewhere")), there);
            // The same beside an earlier installation.
            project.mbuild(&["install"]).ok();
        }
        project.mbuild(&["uninstall"]).run();
        project.remove_dir("_mbuild");
    }
    // Commands that install nothing at all.
    let project = made(&space, "$(DESTDIR)$(PREFIX)/bin");
    project.edit("Makefile", "install: made\n", "install: made\nother:\n");
    let said = project.mbuild(&["install", "--opam"]).fails(1).stderr;
    assert!(said.contains("error: the commands of `made` put nothing below `$DESTDIR`"), "{said}");
}

#[test]
fn commands_that_may_install_nothing_write_to_devices_and_to_no_folder_of_them() {
    let space = Space::new();
    let project = space.project("own");
    let kept = format!("/dev/shm/mbuild-{}", std::process::id());
    // Each is written to as it is, and the last makes a file.
    let script = format!(
        "for one in null zero full random urandom; do : >>/dev/$one || exit 3; done; (: >/dev/tty) 2>/dev/null; \
         mkdir -p $DESTDIR/there; if echo x >{kept}; then rm {kept}; echo kept >$DESTDIR/there/x; \
         else echo refused >$DESTDIR/there/x; fi"
    );
    let opam = format!(
        "opam-version: \"2.0\"\nversion: \"1\"\nbuild: [\"true\"]\ninstall: [\"sh\" \"-c\" \"{script}\"]\n"
    );
    project.write("own.opam", opam);
    project.mbuild(&["configure", "--prefix", "/there"]).ok();
    project.mbuild(&["install", "--opam"]).ok();
    assert_eq!(project.read("_mbuild/native/own/stage/there/x"), "refused\n");
    assert!(!fs::exists(&kept).unwrap());
}

#[test]
fn opam_installs_and_removes_what_commands_install_right_where_it_belongs() {
    let space = Space::new();
    let opam = Opam::new(&space);
    let project = made(&space, "$(PREFIX)/bin");
    let before = opam.files();
    project.write(
        "made.opam",
        "opam-version: \"2.0\"\nname: \"made\"\nversion: \"1.0\"\ndepends: [\"ocaml\"]\n\
         build: [[\"mbuild\" \"configure\" \"--prefix\" prefix] [\"mbuild\" \"build\"]]\n\
         install: [\"mbuild\" \"install\"]\n",
    );
    let path = project.dir().to_string_lossy();
    opam.run(&["pin", "add", "-k", "path", "--no-action", "made", &path]);
    opam.run(&["install", "made"]);
    let now = opam.files();
    let new: Vec<&String> = now.iter().filter(|path| !before.contains(path)).collect();
    assert_eq!(new, ["bin/made", "share/mbuild/made.json"]);
    let text = fs::read_to_string(space.path("root/here/bin/made")).unwrap();
    assert_eq!(text, format!("from {}\n", space.path("root/here").display()));
    opam.run(&["remove", "made"]);
    assert_eq!(opam.files(), before);
}
