//! Trees in which tools of their own build some of the packages, between others that mbuild builds.
#![cfg(target_os = "linux")]

use std::fs;

use mbuild_tests::{Project, Space, tree};

const MADE: &str = "_mbuild/native/own/cee/made.tar";

/// `alpha` is OASIS's; `make` builds `cee` with it, for opam; `beta` is obuild's and needs `cee`. A file beside them
/// gets a line each time `make` builds.
fn project<'a>(space: &'a Space, name: &str) -> Project<'a> {
    let project = space.empty(name);
    project.write(
        "a/_oasis",
        "OASISFormat: 0.4\nName: alpha\nVersion: 1.4\nSynopsis: First\nAuthors: Ann\nLicense: ISC\n\
         Plugins: META (0.4)\nLibrary alpha\n  Path: src\n  Modules: Alpha\n",
    );
    project.write("a/src/alpha.ml", "let name = \"alpha\"\n");
    project.write(
        "c/cee.opam",
        "opam-version: \"2.0\"\nversion: \"3.1\"\nsynopsis: \"Third\"\n\
         depends: [ \"ocaml\" \"alpha\" {>= \"1.2\"} \"ocamlfind\" {build} ]\n\
         build: [ make \"all\" ]\nrun-test: [ make \"check\" ]\ninstall: [ make \"install\" ]\n",
    );
    project.write(
        "c/Makefile",
        "all: cee.cma cee.cmxa ceesay dllcee_stubs.so\n\
         dllcee_stubs.so: one.c\n\tocamlc -c one.c && ocamlmklib -o cee_stubs one.o\n\
         cee.cma: cee.ml dllcee_stubs.so\n\techo ran >> \"$(COUNT)\"\n\
         \tocamlfind ocamlc -package alpha -a -dllib -lcee_stubs -o cee.cma cee.ml\n\
         cee.cmxa: cee.ml\n\tocamlfind ocamlopt -package alpha -a -cclib -lcee_stubs -o cee.cmxa cee.ml\n\
         ceesay: cee.cmxa main.ml\n\
         \tocamlfind ocamlopt -package alpha -linkpkg -I . -o ceesay cee.cmxa main.ml\n\
         check:\n\t./ceesay | grep cee\n\
         install:\n\ttest -d \"$$HOME\"\n\tocamlfind install cee META cee.cma cee.cmxa cee.a cee.cmi cee.cmx dllcee_stubs.so libcee_stubs.a\n\
         \tmkdir -p $(DESTDIR)/usr/local/bin\n\tcp ceesay $(DESTDIR)/usr/local/bin/\n"
            .replace("$(COUNT)", &space.path("count").to_string_lossy()),
    );
    project.write(
        "c/META",
        "version = \"3.1\"\nrequires = \"alpha\"\narchive(byte) = \"cee.cma\"\narchive(native) = \"cee.cmxa\"\n",
    );
    project.write(
        "c/one.c",
        "#include <caml/mlvalues.h>\nvalue cee_one(value unit) { return Val_int(1); }\n",
    );
    project.write(
        "c/cee.ml",
        "external one : unit -> int = \"cee_one\"\nlet name = Alpha.name ^ \" and cee\"\n",
    );
    project.write("c/main.ml", "let () = print_endline Cee.name\n");
    project.write(
        "b/beta.obuild",
        "name: beta\nversion: 2.0\nobuild-ver: 1\n\n\
         library beta\n  src-dir: lib\n  modules: Beta\n  build-deps: alpha, cee (>= 3)\n\n\
         executable say\n  src-dir: bin\n  main-is: say.ml\n  build-deps: beta\n\n\
         test bytes\n  src-dir: bin\n  main-is: bytes.ml\n  build-deps: beta\n",
    );
    project.write("b/lib/beta.ml", "let name = Alpha.name ^ \", \" ^ Cee.name ^ \" and beta\"\n");
    project.write("b/bin/say.ml", "let () = print_endline Beta.name\n");
    project.write("b/bin/bytes.ml", "let () = assert (Cee.one () = 1)\n");
    project
}

/// How often `make` has built.
fn count(space: &Space) -> usize {
    fs::read_to_string(space.path("count")).map_or(0, |text| text.lines().count())
}

#[test]
fn packages_are_built_in_the_order_in_which_they_need_each_other() {
    let space = Space::new();
    let project = project(&space, "tree");
    let said = project.mbuild(&["configure"]).ok().stderr;
    let expected = "configured 3 packages for native: _mbuild/native/build.ninja\n  \
                    package alpha 1.4: a/_oasis\n  package beta 2.0: b/beta.obuild\n  \
                    package cee 3.1: c/cee.opam, built by its own tool: opam's commands\n";
    assert!(said.contains(expected), "{said}");
    project.mbuild(&["build"]).ok();
    assert_eq!(
        project.mbuild(&["run", "-q", "say"]).ok().stdout,
        "alpha, alpha and cee and beta\n"
    );
    project.is_built();
    assert_eq!(count(&space), 1);
    assert!(!project.path("c/cee.cma").exists(), "the sources are as they were");
    project.edit("c/main.ml", "\n", " (* *)\n");
    for goal in ["beta", "c", "cee"] {
        project.mbuild(&["build", goal]).ok();
        assert_eq!(count(&space), 2, "after `build {goal}`");
    }
}

#[test]
fn a_change_builds_what_depends_on_it_and_what_meta_says_counts() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["build"]).ok();
    let say = || project.mbuild(&["run", "-q", "say"]).ok().stdout;
    project.edit("b/lib/beta.ml", "and beta", "and more");
    project.mbuild(&["build"]).ok();
    assert_eq!(count(&space), 1, "nothing that `cee` is made of has changed");
    project.edit("c/cee.ml", "and cee", "and CEE");
    assert_eq!(say(), "alpha, alpha and CEE and more\n");
    project.edit("a/src/alpha.ml", "\"alpha\"", "\"one\"");
    assert_eq!(say(), "one, one and CEE and more\n");
    assert_eq!(count(&space), 3);
    // What it requires now is another thing, and nobody has said so before it was built.
    project.edit("c/META", "\"alpha\"", "\"alpha str\"");
    project.edit("b/lib/beta.ml", "let name", "let _ = Str.quote\nlet name");
    assert_eq!(say(), "one, one and CEE and more\n");
    project.mbuild(&["build"]).ok();
    project.is_built();
    project.edit("c/META", "archive(byte)", "archive(wrong)").remove("c/main.ml");
    let failed = project.mbuild(&["build"]).fails(1).said();
    assert!(failed.contains("what they left is in `_mbuild/native/own/cee/tree`"), "{failed}");
}

#[test]
fn who_only_looks_builds_nothing() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["build"]).ok();
    project.edit("c/cee.ml", "and cee", "and CEE");
    let said = project.mbuild(&["build", "-n"]).ok().said();
    assert!(said.contains("build cee with its own tool"), "{said}");
    project.mbuild(&["query", "deps", "beta"]).ok();
    assert_eq!(count(&space), 1);
    project.mbuild(&["build", "-j1"]).ok();
    assert_eq!(count(&space), 2);
}

#[test]
fn what_was_made_comes_back_from_the_store() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["build"]).ok();
    project.remove_dir("_mbuild");
    project.mbuild(&["build"]).ok();
    assert_eq!(count(&space), 1);
    assert_eq!(
        project.mbuild(&["run", "-q", "say"]).ok().stdout,
        "alpha, alpha and cee and beta\n"
    );
    project.mbuild(&["clean"]).ok();
    assert!(!project.path("_mbuild/native/own").exists());
    let said = project.mbuild(&["build", MADE]).ok().said();
    assert!(
        said.contains("build cee with its own tool, opam's commands (from the store)"),
        "{said}"
    );
}

#[test]
fn plain_ninja_builds_it_too() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["configure"]).ok();
    project.reference_ninja(&["-f", "_mbuild/native/build.ninja"]).ok();
    let say = project.path("_mbuild/native/bin/say");
    assert_eq!(project.program(&say).ok().stdout, "alpha, alpha and cee and beta\n");
    let again = project.reference_ninja(&["-f", "_mbuild/native/build.ninja"]).ok();
    assert_eq!(again.stdout, "ninja: no work to do.\n");
}

#[test]
fn all_are_tested_installed_and_taken_back() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = project.mbuild(&["test"]).ok().said();
    assert!(said.contains("alpha and cee\n") && said.ends_with("2 tests passed\n"), "{said}");
    assert!(project.mbuild(&["test", "cee"]).ok().said().contains("1 test passed"));
    let prefix = space.path("there");
    let there = ["--prefix", &prefix.to_string_lossy()];
    project.mbuild(&[&["configure"], &there[..]].concat()).ok();
    project.edit("c/Makefile", "-p $(DESTDIR)/usr/local/bin", "-p $(DESTDIR)$(PREFIX)/bin");
    project.edit("c/Makefile", "ceesay $(DESTDIR)/usr/local", "ceesay $(DESTDIR)$(PREFIX)");
    project.edit("c/cee.opam", "make \"install\"", "make \"install\" \"PREFIX=%{prefix}%\"");
    project.mbuild(&[&["install"], &there[..]].concat()).ok();
    let installed = tree::read(&prefix, |_| true);
    let names = tree::names(&installed);
    let has = |name: &str| names.contains(&name);
    for name in ["bin/say", "bin/ceesay", "lib/alpha/META", "lib/beta/META", "lib/cee/cee.cmxa"] {
        assert!(has(name), "{name}: {names:?}");
    }
    for name in ["alpha", "beta", "cee"] {
        assert!(has(&format!("share/mbuild/{name}.json")), "{names:?}");
    }
    project.mbuild(&[&["uninstall", "-q"], &there[..]].concat()).ok();
    assert!(!prefix.exists());
}

#[test]
fn what_is_installed_without_heeding_destdir_serves_the_others_and_does_not_stay() {
    let space = Space::new();
    let project = project(&space, "tree");
    let prefix = space.path("there");
    project.edit(
        "c/Makefile",
        "ocamlfind install cee",
        "ocamlfind install -destdir $(PREFIX)/lib cee",
    );
    project.edit("c/Makefile", "-p $(DESTDIR)/usr/local/bin", "-p $(PREFIX)/bin");
    project.edit("c/Makefile", "ceesay $(DESTDIR)/usr/local", "ceesay $(PREFIX)");
    project.edit("c/Makefile", "install:\n", "install:\n\tmkdir -p $(PREFIX)/lib\n");
    project.edit(
        "c/cee.opam",
        "make \"all\"",
        "\"sh\" \"configure\" \"%{prefix}%\" ] [ make \"all\"",
    );
    project.edit("c/cee.opam", "build: [", "build: [ [");
    project.edit("c/cee.opam", "[ make \"all\" ]", "[ make \"all\" ] ]");
    project.write(
        "c/configure",
        "echo \"PREFIX = $1\" > conf; cat Makefile >> conf; mv conf Makefile\n",
    );
    project.mbuild(&["configure", "--prefix", &prefix.to_string_lossy()]).ok();
    assert_eq!(
        project.mbuild(&["run", "-q", "say"]).ok().stdout,
        "alpha, alpha and cee and beta\n"
    );
    assert_eq!(tree::files(&prefix), [""; 0]);
    project.mbuild(&["install"]).ok();
    for name in ["bin/ceesay", "bin/say", "lib/cee/META"] {
        assert!(prefix.join(name).exists(), "{name}");
    }
    project.mbuild(&["uninstall"]).ok();
    assert_eq!(tree::files(&prefix), [""; 0]);
}

#[test]
fn variables_of_another_package_say_where_it_is_now() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.edit("c/Makefile", "ocamlfind ocamlc -package alpha", "ocamlc -I $(ALPHA)");
    project.edit("c/Makefile", "all: cee.cma", "all: here cee.cma");
    project.edit("c/Makefile", "check:\n", "here:\n\ttest -f \"$$OF_ALPHA/META\"\ncheck:\n");
    project.edit("c/Makefile", "install:\n", "install:\n\ttest -f $(ALPHA)/META\n");
    project.edit("c/cee.opam", "make \"all\"", "make \"all\" \"ALPHA=%{alpha:lib}%\"");
    project.edit("c/cee.opam", "make \"install\"", "make \"install\" \"ALPHA=%{alpha:lib}%\"");
    project.edit("c/cee.opam", "build: [", "build-env: [ OF_ALPHA = \"%{alpha:lib}%\" ]\nbuild: [");
    project.mbuild(&["build"]).ok();
    assert_eq!(count(&space), 1);
    let root = space.path("there");
    project.mbuild(&["install", "-q", "--destdir", &root.to_string_lossy(), "cee"]).ok();
    let files = tree::read(&root, |_| true);
    let named = |name: &str| tree::names(&files).iter().any(|path| path.contains(name));
    assert!(named("cee/META"));
    assert!(!named("alpha"), "it was taken from where it is in the build");
}

#[test]
fn names_that_differ_in_signs_alone_are_two_packages() {
    let space = Space::new();
    let project = space.empty("tree");
    for (folder, name) in [("a", "p+q"), ("b", "p_q")] {
        project.write(
            &format!("{folder}/{name}.opam"),
            format!(
                "opam-version: \"2.0\"\nversion: \"1\"\nbuild: [ \"sh\" \"-c\" \"echo {folder} > made\" ]\n"
            ),
        );
    }
    project.mbuild(&["build"]).ok();
    let made = |path: &str| project.read(path);
    assert_eq!(made("_mbuild/native/own/p_q/tree/made"), "b\n");
    let own = fs::read_dir(project.path("_mbuild/native/own")).unwrap();
    let names: Vec<String> =
        own.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let other = names.iter().find(|name| name.starts_with("p_q-")).expect("a folder of its own");
    assert_eq!(made(&format!("_mbuild/native/own/{other}/tree/made")), "a\n");
}

#[test]
fn programs_of_one_build_another() {
    let space = Space::new();
    let project = space.empty("tree");
    // Its own `setup.ml` has a build of its own.
    project.write(
        "say/_oasis",
        "OASISFormat: 0.4\nName: say\nVersion: 1.0\nSynopsis: Says\nAuthors: Ann\nLicense: ISC\n\
         BuildType: custom (0.4)\nInstallType: custom (0.4)\nXCustomBuild: sh make.sh\n\
         XCustomInstall: sh install.sh $bindir\n\
         Executable sayer\n  Path: .\n  MainIs: sayer.ml\n",
    );
    project.write("say/make.sh", "ocamlfind ocamlc -o sayer sayer.ml\n");
    project.write("say/install.sh", "mkdir -p $DESTDIR/$1 && cp sayer $DESTDIR/$1/sayer\n");
    project.write("say/sayer.ml", "let () = print_endline \"let text = \\\"said\\\"\"\n");
    project.write(
        "text/_oasis",
        "OASISFormat: 0.4\nName: text\nVersion: 1.0\nSynopsis: Text\nAuthors: Ann\nLicense: ISC\n\
         BuildType: custom (0.4)\nXCustomBuild: sayer > text.ml && ocamlfind ocamlc -o text text.ml show.ml\n\
         BuildTools: sayer\nExecutable text\n  Path: .\n  MainIs: show.ml\n  BuildTools: sayer\n",
    );
    project.write("text/show.ml", "let () = print_endline Text.text\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["run", "-q", "text"]).ok().stdout, "said\n");
    project.edit("say/sayer.ml", "said", "other");
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["run", "-q", "text"]).ok().stdout, "other\n");
    project.is_built();
}

#[test]
fn what_cannot_be_done_is_said() {
    let space = Space::new();
    let project = project(&space, "tree");
    project.edit("a/_oasis", "Modules: Alpha\n", "Modules: Alpha\n  BuildDepends: beta\n");
    assert_eq!(project.mbuild(&["build"]).fails(3).stderr, CIRCLE);
    project.edit("a/_oasis", "  BuildDepends: beta\n", "");
    project.edit("c/Makefile", "\tocamlfind install cee", "\ttrue");
    project.edit("c/Makefile", "\tmkdir -p $(DESTDIR)/usr/local/bin\n", "");
    project.edit("c/Makefile", "\tcp ceesay $(DESTDIR)/usr/local/bin/\n", "");
    let said = project.mbuild(&["build"]).fails(1).said();
    assert!(
        said.contains("package `cee` has nothing for those of the tree that need it"),
        "{said}"
    );
    project.edit("c/Makefile", "\ttrue META", "\tocamlfind install other -patch-version 1 META");
    let said = project.mbuild(&["build"]).fails(3).said();
    assert!(said.contains("the findlib package `cee` is not installed"), "{said}");
    let other = project.mbuild_with_toolchain(&["build", "--target", "solo5-hvt"]).fails(3).stderr;
    assert!(other.contains("and that builds for this machine alone"), "{other}");
}

const CIRCLE: &str = r#"error: c/cee.opam: packages need each other: cee -> alpha -> beta -> cee
  help: one of these must do without the one after it: `cee` is built by its own tool, as a whole
"#;
