//! `mbuild deps`: everything that is missing at once, each with what has it.

use std::process::Command;

use mbuild_tests::{Project, Space};
use serde_json::Value;

const MANIFEST: &str = "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
    BuildTools: ocamlc, no-such-tool\n\
    Executable p\n  Path: .\n  MainIs: p.ml\n  CSources: p_stubs.c\n  \
    BuildDepends: no_such_package\n  CCLib: -lm -lno_such_library -lno_such_either -Lbelow -lours\n";

fn project<'a>(space: &'a Space, manifest: &str) -> Project<'a> {
    let project = space.project("p");
    project.write("_oasis", manifest).write("p.ml", "").write("p_stubs.c", "");
    project
}

/// A `PATH` with the compilers and no package manager.
fn without_managers(space: &Space) -> Project<'_> {
    let bin = space.project("bin");
    let config = Command::new("ocamlc").arg("-config").output().expect("ocamlc runs");
    let config = String::from_utf8_lossy(&config.stdout).into_owned();
    let cc = config.lines().find_map(|line| line.strip_prefix("c_compiler: "));
    link(&bin, &["ocamlc.opt", "ocamlc", "ocamlopt.opt", "ocamldep.opt"]);
    link(&bin, &["cc", "as", "ld", cc.expect("a C compiler")]);
    bin
}

/// Puts programs into a folder, as links to where they are.
fn link(bin: &Project, programs: &[&str]) {
    for program in programs {
        let found = Command::new("which").arg(program).output().expect("which runs");
        let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        std::os::unix::fs::symlink(found, bin.path(program)).expect("a link");
    }
}

#[test]
fn tools_c_libraries_and_packages_are_missed_at_once_with_what_has_them() {
    let space = Space::new();
    let project = project(&space, MANIFEST);
    // One of the libraries is in the package itself.
    project.write("ours.c", "int ours(void) { return 1; }").write("below/keep", "");
    project.program("cc").arguments(&["-c", "ours.c", "-o", "ours.o"]).ok();
    project.program("ar").arguments(&["rc", "below/libours.a", "ours.o"]).ok();
    let bin = without_managers(&space);
    let deps = |words: &[&str]| {
        let mut deps = project.mbuild(&[&["deps"], words].concat());
        deps.env("PATH", bin.dir());
        deps
    };
    let text = deps(&[]).fails(4).stdout;
    let missing = text.split_once("missing: ").expect("something is missing").1;
    assert_eq!(
        missing,
        "findlib package `no_such_package`, needed by executable p\n  \
         in apt: libno-such-package-ocaml-dev or libno-such-package-ocaml; opam: no_such_package\n\
         missing: C library `no_such_library`, needed by executable p\n  \
         in apt: libno-such-library-dev; brew: no_such_library or libno_such_library; opam: conf-no_such_library or conf-libno_such_library\n\
         missing: C library `no_such_either`, needed by executable p\n  \
         in apt: libno-such-either-dev; brew: no_such_either or libno_such_either; opam: conf-no_such_either or conf-libno_such_either\n\
         missing: program `no-such-tool`, needed by executable p\n  \
         in apt: no-such-tool; brew: no-such-tool; opam: no-such-tool\n  \
         findlib package `no_such_package`: install opam, then `opam install no_such_package`\n  \
         C library `no_such_library`: install opam, then `opam install conf-no_such_library`\n  \
         C library `no_such_either`: install opam, then `opam install conf-no_such_either`\n  \
         program `no-such-tool`: install opam, then `opam install no-such-tool`\n"
    );
    assert!(text.contains("found: C library `m`\n") && text.contains("found: C library `ours`\n"));

    let json: Value = serde_json::from_str(&deps(&["--json"]).fails(4).stdout).expect("JSON");
    let kinds: Vec<&str> = json["missing"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|it| it["kind"].as_str())
        .collect();
    assert_eq!(kinds, ["findlib", "c-library", "c-library", "program"]);

    // A build says the same before it writes anything.
    let mut build = project.mbuild(&["build"]);
    let said = build.env("PATH", bin.dir()).fails(4).stderr;
    assert_eq!(said.matches("missing: ").count(), 4, "{said}");
    assert!(!project.path("_mbuild/native/build.ninja").exists());
}

/// A Debian whose `apt-get install` puts a library where the linker looks, and which knows what is there.
fn debian(bin: &Project, project: &Project) {
    let there = project.path("there").to_string_lossy().into_owned();
    bin.write_script(
        "apt-get",
        &format!("echo \"apt-get $*\" >> {there}/log\nfor last do :; done\n: > {there}/$last\ncp {there}/../made.a {there}/libneeded.a\n"),
    );
    bin.write_script("sudo", "exec \"$@\"\n");
    bin.write_script("apt-cache", "exit 0\n");
    bin.write_script(
        "dpkg-query",
        &format!("for last do :; done\n[ -e {there}/$last ] && echo installed\n"),
    );
    link(bin, &["cp", "sh"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_c_library_and_what_the_opam_file_asks_for_are_installed() {
    let space = Space::new();
    let manifest = MANIFEST
        .replace("BuildTools: ocamlc, no-such-tool\n", "")
        .replace("BuildDepends: no_such_package\n  ", "")
        .replace("-lm -lno_such_library -lno_such_either -Lbelow -lours", "-Lthere -lneeded");
    let project = project(&space, &manifest);
    project.write("there/log", "").write("made.c", "int needed(void) { return 1; }");
    project.program("cc").arguments(&["-c", "made.c", "-o", "made.o"]).ok();
    project.program("ar").arguments(&["rc", "made.a", "made.o"]).ok();
    project.write(
        "p.opam",
        "opam-version: \"2.0\"\ndepexts: [\n  [\"for-debian\"] {os-family = \"debian\" | os-distribution = \"debian\" | os = \"linux\"}\n  \
         [\"for-macos\"] {os = \"macos\"}\n]\n",
    );
    let bin = without_managers(&space);
    debian(&bin, &project);
    let deps = |words: &[&str], code: i32| {
        let mut deps = project.mbuild(&[&["deps"], words].concat());
        deps.env("PATH", bin.dir()).fails(code)
    };
    let text = deps(&[], 4).stdout;
    let missing = "missing: C library `needed`, needed by executable p\n  \
        in apt: libneeded-dev; brew: needed or libneeded; opam: conf-needed or conf-libneeded\n\
        missing: system package `for-debian`, needed by p.opam\n  in apt: for-debian\n";
    assert!(text.contains(missing), "{text}");
    assert!(text.ends_with("install -y for-debian libneeded-dev\n"), "{text}");
    assert!(!text.contains("for-macos"), "{text}");

    let mut install = project.mbuild(&["deps", "--install"]);
    let done = install.env("PATH", bin.dir()).run();
    // The stand-in installs only the last of several: the first is missed again, and then is there too.
    assert!(done.stderr.contains("installing: "), "{}", done.said());
    assert_eq!(done.code, 4, "{}", done.said());
    let mut again = project.mbuild(&["deps", "--install"]);
    let text = again.env("PATH", bin.dir()).ok().stdout;
    assert!(text.contains("found: C library `needed`\n"), "{text}");
    assert!(text.contains("found: system package `for-debian`\n"), "{text}");
    assert_eq!(project.read("there/log").matches("install -y").count(), 2);

    project.write("p.opam", "depexts: [ [\"x\"] {os \"linux\"} ]\n");
    let said = deps(&[], 3).stderr;
    assert!(said.contains("p.opam:1:22: expected one condition and found two\n"), "{said}");
}

#[test]
fn a_damaged_meta_is_shown_where_it_is_wrong_and_not_said_to_be_missing() {
    let space = Space::new();
    let installed = space.project("installed");
    installed
        .write("zz/META", "x0 = \nversion = \"1\"\nx1(a = \"2\"\n")
        .write("yy/META", "version = \"1\"\nrequires = \"zz\"\n");
    let damage = format!(
        "error: {meta}:1:5: expected a value in quotes\n  x0 = \n      ^\n  \
         help: expected `name = \"value\"`, `name(predicate,...) += \"value\"` or `package \"name\" ( ... )`\n\
         {meta}:3:6: expected `,` or `)` after a predicate\n  x1(a = \"2\"\n       ^\n  \
         help: expected `name = \"value\"`, `name(predicate,...) += \"value\"` or `package \"name\" ( ... )`\n",
        meta = installed.path("zz/META").display()
    );
    // Needed by the manifest, by two sections, or by a package that it needs.
    let two = "Executable q\n  Path: .\n  MainIs: q.ml\n  BuildDepends: zz\n";
    for (name, more, commands) in [
        ("zz", "", &["build", "deps"][..]),
        ("zz, nobody", two, &["build", "deps"]),
        ("yy", two, &["build"]),
    ] {
        let manifest = format!(
            "OASISFormat: 0.4\nName: p\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
             Executable p\n  Path: .\n  MainIs: p.ml\n  BuildDepends: {name}\n{more}"
        );
        let project = project(&space, &manifest);
        project.write("q.ml", "");
        for command in commands {
            let mut run = project.mbuild(&[command]);
            assert_eq!(run.env("OCAMLPATH", installed.dir()).fails(3).stderr, damage, "{name}");
        }
    }
}
