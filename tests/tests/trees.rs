//! Several packages in one tree, and several manifests in one folder: building, installing, choosing, mistakes.
#![cfg(target_os = "linux")]

use mbuild_tests::{Project, Space, conformance, tree};

/// `alpha` is OASIS's, `beta` obuild's and needs it; both have a program `check` that is not installed.
fn project<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.empty(name);
    project.write(
        "a/_oasis",
        "OASISFormat: 0.4\nName: alpha\nVersion: 1.4\nSynopsis: First\nAuthors: Ann\nLicense: ISC\n\
         Plugins: META (0.4)\nPreBuildCommand: echo before $pkg_name in `pwd | sed s,.*/,,`\n\
         Flag loud\n  Default: false\n\
         Library alpha\n  Path: src\n  Modules: Alpha\n  CSources: stubs.c\n  CCOpt: -Iinclude\n\
         Executable check\n  Path: src\n  MainIs: check.ml\n  Install: false\n  BuildDepends: alpha\n\
         Test main\n  Command: $check here\n  WorkingDirectory: data\n",
    );
    project.write("a/src/alpha.ml", "external one : unit -> int = \"one\"\nlet name = \"alpha\"\n");
    project.write("a/include/one.h", "#define ONE 1\n");
    project.write(
        "a/src/stubs.c",
        "#include <caml/mlvalues.h>\n#include \"one.h\"\nvalue one(value unit) { return Val_int(ONE); }\n",
    );
    project.write(
        "a/src/check.ml",
        "let () = Printf.printf \"%s %d %s %s\\n\" Alpha.name (Alpha.one ()) Sys.argv.(1) (Filename.basename (Sys.getcwd ()))\n",
    );
    project.write("a/data/some", "");
    project.write(
        "b/beta.obuild",
        "name: beta\nversion: 2.0\nobuild-ver: 1\nsynopsis: Second\n\n\
         library beta\n  src-dir: lib\n  modules: Beta\n  build-deps: alpha (>= 1.2)\n\n\
         executable say\n  src-dir: bin\n  main-is: say.ml\n  build-deps: beta\n\n\
         executable check\n  src-dir: bin\n  main-is: check.ml\n  build-deps: beta\n  installable: false\n",
    );
    project.write("b/lib/beta.ml", "let name = Alpha.name ^ \" and beta\"\n");
    project.write("b/bin/say.ml", "let () = print_endline Beta.name\n");
    project.write("b/bin/check.ml", "let () = assert (Alpha.one () = 1)\n");
    project
}

#[test]
fn a_dependency_on_a_package_of_the_tree_is_built_in_the_tree() {
    let space = Space::new();
    let project = project(&space, "tree");
    let said = project.mbuild(&["configure", "--enable", "loud"]).ok().stderr;
    let expected = "configured 2 packages for native: _mbuild/native/build.ninja\n  \
                    package alpha 1.4: a/_oasis\n  package beta 2.0: b/beta.obuild\n  flag loud: on\n";
    assert!(said.starts_with(expected), "{said}");
    let said = project.mbuild(&["build"]).ok().said();
    assert!(said.contains("before alpha in a\n"), "{said}");
    let ran = project.program(project.path("_mbuild/native/bin/say")).ok();
    assert_eq!(ran.stdout, "alpha and beta\n");
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "alpha and beta\n");
    project.is_built();
    for name in ["alpha.check", "beta.check"] {
        assert!(project.path(&format!("_mbuild/native/bin/{name}")).is_file(), "{name}");
    }
    assert!(!project.path("a/_mbuild").exists() && !project.path("b/_mbuild").exists());
}

#[test]
fn ninja_builds_the_same() {
    let space = Space::new();
    let ours = project(&space, "tree");
    let made = conformance::outputs_of_mbuild(&ours);
    tree::assert_same(&made, &conformance::outputs_of_ninja(&ours));
}

#[test]
fn a_change_builds_only_what_depends_on_it() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["build"]).ok();
    project.edit("b/lib/beta.ml", "and beta", "and more");
    let ran = project.mbuild(&["build"]).ok().ran();
    assert!(!ran.is_empty() && !ran.iter().any(|action| action.contains("alpha")), "{ran:?}");
    project.edit("a/src/alpha.ml", "\"alpha\"", "\"other\"");
    let ran = project.mbuild(&["build"]).ok().ran();
    assert!(ran.iter().any(|action| action.ends_with("bin/say")), "{ran:?}");
    let said = project.program(project.path("_mbuild/native/bin/say")).ok().stdout;
    assert_eq!(said, "other and more\n");
}

#[test]
fn a_part_is_built_by_folder_package_library_or_program() {
    let space = Space::new();
    let project = project(&space, "tree");
    for goal in ["a", "a/", "alpha"] {
        project.mbuild(&["build", goal]).ok();
        assert!(project.path("_mbuild/native/bin/alpha.check").is_file(), "{goal}");
        assert!(!project.path("_mbuild/native/obj/library-beta/beta.cma").exists(), "{goal}");
        project.mbuild(&["clean"]).ok();
    }
    project.mbuild(&["build", "lib:beta"]).ok();
    assert!(project.path("_mbuild/native/obj/library-beta/beta.cma").is_file());
    assert!(!project.path("_mbuild/native/bin/say").exists());
    project.mbuild(&["build", "say"]).ok();
    assert!(project.path("_mbuild/native/bin/say").is_file());
    assert!(!project.path("_mbuild/native/bin/beta.check").exists());
}

#[test]
fn tests_run_in_the_folders_that_their_packages_say() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = project.mbuild(&["test"]).ok().said();
    assert!(said.contains("alpha 1 here data\n1 test passed\n"), "{said}");
    assert!(project.mbuild(&["test", "alpha"]).ok().said().contains("1 test passed"));
}

#[test]
fn each_package_is_installed_and_taken_back_as_itself() {
    let space = Space::new();
    let project = project(&space, "tree");
    let prefix = space.path("there");
    let there = ["--prefix", &prefix.to_string_lossy()];
    project.mbuild(&[&["install", "-q", "alpha"], &there[..]].concat()).ok();
    let names = |what: &str| -> Vec<String> {
        let installed = tree::read(&prefix, |_| true);
        let names = tree::names(&installed).into_iter().map(str::to_owned);
        names.filter(|name| name.contains(what)).collect()
    };
    assert_eq!(names("META"), ["lib/alpha/META"]);
    let said = project.mbuild(&[&["install"], &there[..]].concat()).ok().said();
    assert!(said.contains("installed beta: "), "{said}");
    assert_eq!(names("META"), ["lib/alpha/META", "lib/beta/META"]);
    assert_eq!(names("bin/"), ["bin/say"]);
    assert_eq!(names("share/"), ["share/mbuild/alpha.json", "share/mbuild/beta.json"]);
    let meta = std::fs::read_to_string(prefix.join("lib/beta/META")).expect("META");
    assert!(
        meta.contains("version = \"2.0\"\n") && meta.contains("requires = \"alpha\"\n"),
        "{meta}"
    );
    let list = project.read("_mbuild/native/beta.install");
    assert!(list.contains("bin: [\n  \"_mbuild/native/bin/say\"\n]"), "{list}");
    let wrong = project.mbuild(&[&["install", "gamma"], &there[..]].concat()).fails(2);
    assert_eq!(
        wrong.stderr,
        "error: there is no package `gamma`\n  help: there is `alpha` and `beta`\n"
    );
    project.mbuild(&[&["uninstall", "-q", "b"], &there[..]].concat()).ok();
    assert_eq!(names("META"), ["lib/alpha/META"]);
    project.mbuild(&[&["uninstall", "-q"], &there[..]].concat()).ok();
    assert!(!prefix.join("lib/alpha").exists());
    let none = project.mbuild(&[&["uninstall"], &there[..]].concat()).fails(2);
    assert_eq!(none.stderr, "error: no package of this tree is installed here by mbuild\n");
}

#[test]
fn what_clashes_is_said_with_both_places() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.edit("b/beta.obuild", "library beta", "library alpha");
    project.edit("b/beta.obuild", "alpha (>= 1.2)", "unix");
    project.edit("b/beta.obuild", "name: beta", "name: alpha");
    project.edit("b/beta.obuild", "build-deps: beta\n\nexecutable check", "\n\nexecutable check");
    project.edit("b/beta.obuild", "build-deps: beta\n  inst", "inst");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, CLASH);
    assert!(!project.path("_mbuild/native/build.ninja").exists());
}

const CLASH: &str = r#"error: b/beta.obuild: package `alpha` is in the tree twice: here and in `a/_oasis`
  help: give one of them another name, or build them apart
a/_oasis:11:9: findlib package `alpha` is in `b/beta.obuild` as well
  Library alpha
          ^
b/beta.obuild:6:9: findlib package `alpha` is in `a/_oasis` as well
  library alpha
          ^
  help: give one of them another name, or leave one of the packages out
"#;

#[test]
fn versions_are_those_of_the_tree() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.edit("b/beta.obuild", ">= 1.2", ">= 1.5");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, VERSION);
}

const VERSION: &str = r#"error: b/beta.obuild:9:15: `alpha` >= 1.5 is needed, and `a/_oasis` has version 1.4
    build-deps: alpha (>= 1.5)
                ^
  help: make the two fit: one of a tree goes before one that is installed
"#;

#[test]
fn a_circle_is_said_with_all_its_places() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.edit("a/_oasis", "Modules: Alpha\n", "Modules: Alpha\n  BuildDepends: beta\n");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, CIRCLE);
}

const CIRCLE: &str = r#"error: b/beta.obuild:9:15: sections need each other: alpha -> beta -> alpha
    build-deps: alpha (>= 1.2)
                ^
  help: one of these must do without the one after it
a/_oasis:14:17: sections need each other: alpha -> beta -> alpha
    BuildDepends: beta
                  ^
  help: one of these must do without the one after it
"#;

#[test]
fn mistakes_are_said_with_the_folder_of_their_package() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.edit("a/_oasis", "Modules: Alpha", "Modules: Alfa");
    project.edit("b/beta.obuild", "modules: Beta", "modules: Beto");
    let failed = project.mbuild(&["build"]).fails(3);
    assert_eq!(failed.stderr, MISTAKES);
}

const MISTAKES: &str = r#"error: b/beta.obuild:8:12: library `beta` has a module `Beto` without a source: no `b/lib/beto.ml`, `b/lib/Beto.ml`, `b/lib/beto.mli`, `b/lib/Beto.mli`, `b/lib/beto.mll` or `b/lib/beto.mly`
    modules: Beto
             ^
  help: did you mean `Beta`?
a/_oasis:13:12: library `alpha` has a module `Alfa` without a source: no `a/src/alfa.ml`, `a/src/Alfa.ml`, `a/src/alfa.mli`, `a/src/Alfa.mli`, `a/src/alfa.mll` or `a/src/alfa.mly`
    Modules: Alfa
             ^
  help: write `a/src/alfa.ml`, or leave the module out
"#;

#[test]
fn folders_are_packages_where_the_root_is_none_or_names_them() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.write(
        "_oasis",
        "OASISFormat: 0.4\nName: top\nVersion: 1\nSynopsis: Top\nAuthors: Ann\nLicense: ISC\n\
         Executable top\n  Path: .\n  MainIs: top.ml\n  CompiledObject: best\n",
    );
    project.write("top.ml", "let () = print_endline \"top\"\n");
    // What lies below a package may be anything: examples, fixtures of tests.
    let said = project.mbuild(&["configure"]).ok().stderr;
    assert!(said.starts_with("configured top 1 for native"), "{said}");
    project.edit("_oasis", "MainIs: top.ml\n", "MainIs: top.ml\n  BuildDepends: beta\n");
    project.write("top.ml", "let () = print_endline (\"top of \" ^ Beta.name)\n");
    project.write("mbuild.toml", "packages = [ \"b\", \"a\" ]\n");
    let said = project.mbuild(&["configure"]).ok().stderr;
    assert!(said.contains("package top 1: _oasis\n  package alpha 1.4: a/_oasis\n"), "{said}");
    project.mbuild(&["build"]).ok();
    let ran = project.program(project.path("_mbuild/native/bin/top")).ok();
    assert_eq!(ran.stdout, "top of alpha and beta\n");
    project.write("mbuild.toml", "packages = [ \"b\", \"../c\", \"d\", \"b\" ]\n");
    assert_eq!(project.mbuild(&["build"]).fails(3).stderr, LISTED);
}

const LISTED: &str = r#"error: mbuild.toml:1:19: `../c` is not below the folder of `mbuild.toml`
  packages = [ "b", "../c", "d", "b" ]
                    ^
  help: name folders relative to it
mbuild.toml:1:27: `d` has no manifest: looked for `_oasis`, `*.obuild`, `*.ocp`, `*.conf`, `*.opam`
  packages = [ "b", "../c", "d", "b" ]
                            ^
  help: name the folders of packages
mbuild.toml:1:32: `b` is named twice
  packages = [ "b", "../c", "d", "b" ]
                                 ^
"#;

#[test]
fn the_first_format_of_a_folder_is_read_unless_another_is_chosen() {
    let space = Space::new();
    let project = project(&space, "tree");
    let a = space.copy(&project.path("a"), "both");
    a.write(
        "other.obuild",
        "name: other\nversion: 3\nobuild-ver: 1\n\nexecutable other\n  src-dir: o\n  main-is: other.ml\n",
    );
    a.write("o/other.ml", "let () = ()\n");
    let said = |arguments: &[&str]| {
        let said = a.mbuild(&[&["configure"], arguments].concat()).ok().stderr;
        said.lines()
            .filter(|line| !line.starts_with("  flag"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(
        said(&[]),
        "configured alpha 1.4 for native: _mbuild/native/build.ninja\n  \
         read _oasis, not other.obuild (`--frontend obuild`)"
    );
    assert_eq!(
        said(&["--frontend", "obuild"]),
        "configured other 3 for native: _mbuild/native/build.ninja\n  \
         read other.obuild, not _oasis (`--frontend oasis`)"
    );
    a.write("mbuild.toml", "frontend = \"obuild\"\n");
    assert!(said(&[]).starts_with("configured other 3"));
    assert!(said(&["--frontend", "oasis"]).starts_with("configured alpha 1.4"));
    a.write("mbuild.toml", "frontend = \"obiuld\"\n");
    let failed = a.mbuild(&["configure"]).fails(3);
    assert_eq!(failed.stderr, FORMAT);
}

const FORMAT: &str = r#"error: mbuild.toml:1:12: there is no format `obiuld`
  frontend = "obiuld"
             ^
  help: there are `oasis`, `obuild`, `ocp`, `mirari`, `opam` and `setup`
"#;
