//! What commands around the steps, tests, documents and templates find and leave.

use mbuild_tests::Space;

use super::{HEADER, package};

#[test]
fn no_test_runs_where_none_is_enabled() {
    let space = Space::new();
    let project = package(
        &space,
        "Executable checks\n  Path: src\n  MainIs: checks.ml\n  Install: false\n\
         Test all\n  Command: $checks\n",
    );
    project.write("src/checks.ml", "let () = print_endline \"checked\"\n");
    let said = project.mbuild(&["test"]).ok().stderr;
    let note = "no test is enabled in this configuration, and so none runs: \
                `mbuild configure --enable tests` enables them\n";
    assert!(said.ends_with(note), "{said}");
    assert!(!project.path("_mbuild/native/bin/checks").exists(), "nothing is built for it");
    // Whoever names one wants it.
    let said = project.mbuild(&["test", "all"]).fails(2).stderr;
    assert!(said.contains("`all` is not built in this configuration"), "{said}");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = project.mbuild(&["test"]).ok().stderr;
    assert!(said.contains("checked\n1 test passed"), "{said}");
}

/// Libraries that run tests are told by variables which tests to run, and how.
#[test]
fn tests_see_the_whole_environment_but_for_the_users_folder() {
    let space = Space::new();
    let project = package(&space, "Test t\n  Command: sh t.sh\n");
    let script = "test \"$SEED-$OCAMLPATH\" = 1-/nowhere && test -z \"$(ls -A \"$HOME\")\"\n";
    project.write("t.sh", script);
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let test = |seed: &str| {
        let mut mbuild = project.mbuild(&["test"]);
        mbuild.env("OCAMLPATH", "/nowhere").env("SEED", seed).run()
    };
    assert_eq!(test("2").code, 1);
    let passed = test("1");
    assert_eq!(passed.code, 0, "{}", passed.said());
    // It is no reason to run a test again.
    assert!(test("2").said().contains("1 test passed"));
}

#[test]
fn commands_before_building_may_make_sources() {
    let space = Space::new();
    let project = package(
        &space,
        "PreBuildCommand: sh make.sh\nLibrary p\n  Path: src\n  Modules: Made\n\
         Executable main\n  Path: bin\n  MainIs: main.ml\n  BuildDepends: p\n",
    );
    project.write("make.sh", "mkdir -p src && echo 'let x = 3' > src/made.ml\n");
    project.write("bin/main.ml", "let () = print_int Made.x\n");
    let configured = project.mbuild(&["configure"]).ok();
    assert!(configured.stderr.contains("ran `sh make.sh`"), "{}", configured.stderr);
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "3");
    // A module that no list names is known once it is there.
    project.write("make.sh", "echo 'let y = 4' > bin/more.ml\n");
    project.write("bin/main.ml", "let () = print_int More.y\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "4");
    assert!(project.mbuild(&["build"]).ok().stderr.contains("nothing to do"));
}

#[test]
fn sources_that_no_command_makes_are_missed_after_the_commands() {
    let space = Space::new();
    let project =
        package(&space, "PreBuildCommand: echo >> ran\nLibrary p\n  Path: src\n  Modules: Made\n");
    project.mbuild(&["configure"]).fails(3);
    assert_eq!(project.read("ran"), "\n");
}

/// Tests of many packages know where ocamlbuild leaves programs and objects.
#[test]
fn tests_find_what_is_built_where_ocamlbuild_leaves_it() {
    let space = Space::new();
    let project = package(
        &space,
        "Library p\n  Path: src\n  Modules: sub/Inner, P\n\
         Executable checks\n  Path: test\n  MainIs: run_checks.ml\n  BuildDepends: p\n\
         \u{20} CompiledObject: native\n  Install: false\n\
         Executable bytes\n  Path: test\n  MainIs: bytes.ml\n  Install: false\n\
         Test program\n  Command: ./run_checks.native && ./bytes.byte\n\
         Test make\n  Command: sh ./objects.sh\n  WorkingDirectory: test\n\
         Test inside\n  Command: $checks\n  PreCommand: cp ../../data .\n  WorkingDirectory: _build/src\n\
         Test plain\n  Command: $checks\n",
    );
    project.write("src/sub/inner.ml", "let x = 3\n");
    project.write("src/p.ml", "let x = Inner.x\n");
    project.write("test/run_checks.ml", "let () = print_int P.x; print_endline (Sys.getcwd ())\n");
    project.write("test/bytes.ml", "let () = print_endline \"bytes\"\n");
    project.write("test/objects.sh", "cd ../_build && ls src src/sub test | grep -v cmt\n");
    project.write("data", "");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let plain = project.mbuild(&["test", "plain"]).ok();
    assert!(plain.stderr.contains("1 test passed"), "{}", plain.stderr);
    assert!(!project.path("_build").exists(), "it needs no links");
    let said = project.mbuild(&["test"]).ok().stderr;
    let here = project.path("");
    let here = here.to_string_lossy();
    let here = here.trim_end_matches('/');
    assert!(said.contains(&format!("3{here}\nbytes\n")), "{said}");
    assert!(said.contains(&format!("3{here}/_build/src\n")), "{said}");
    assert!(
        said.contains(
            "src:\np.a\np.cma\np.cmi\np.cmo\np.cmx\np.cmxa\np.cmxs\np.o\nsub\n\n\
             src/sub:\ninner.cmi\ninner.cmo\ninner.cmx\ninner.o\n\n\
             test:\nbytes.byte\nbytes.cmi\nbytes.cmo\nrun_checks.cmi\nrun_checks.cmx\n\
             run_checks.native\nrun_checks.o\n"
        ),
        "{said}"
    );
    assert!(said.contains("4 tests passed"), "{said}");
    assert!(project.mbuild(&["test"]).ok().stderr.contains("nothing to do"));
    // What the test wrote there stays, and is all that stays.
    project.mbuild(&["clean"]).ok();
    let left = project.program("find").arguments(&["_build", "run_checks.native"]).fails(1).stdout;
    assert_eq!(left, "_build\n_build/src\n_build/src/data\n");
}

#[test]
fn what_ocamlbuild_has_left_itself_stays() {
    let space = Space::new();
    let project = package(
        &space,
        "Executable checks\n  Path: test\n  MainIs: checks.ml\n  Install: false\n\
         Test main\n  Command: ./checks.byte\n",
    );
    project.write("test/checks.ml", "let () = print_endline \"here\"\n");
    project.write("_build/test/checks.byte", "theirs");
    project.mbuild(&["configure", "--enable", "tests"]).ok();
    let said = project.mbuild(&["test"]).ok().stderr;
    assert!(said.contains("here\n"), "{said}");
    assert!(said.contains("files of another tool are in `_build`"), "{said}");
    project.mbuild(&["clean", "--all"]).ok();
    assert_eq!(project.read("_build/test/checks.byte"), "theirs");
    assert!(!project.path("checks.byte").exists());
}

/// As with the stock tool, for which only what is made can be installed.
#[test]
fn documents_of_no_kind_install_nothing() {
    let space = Space::new();
    let document = "Document notes\n  Title: Notes\n  DataFiles: *.md, nothing/*.md\n\
                    Document made\n  Title: Made\n  Type: custom (0.4)\n  XCustom: true\n  DataFiles: *.md\n  \
                    InstallDir: $docdir/made\n";
    let project = package(&space, &format!("Library p\n  Path: src\n  Modules: P\n{document}"));
    project.write("src/p.ml", "").write("a.md", "a\n");
    let prefix = space.path("prefix").to_string_lossy().into_owned();
    project.mbuild(&["install", "--prefix", &prefix]).ok();
    let there = space.path("prefix/share/doc/p");
    assert!(there.join("made/a.md").exists());
    assert!(!there.join("a.md").exists());
}

#[test]
fn commands_around_documents_find_the_pages_where_ocamlbuild_leaves_them() {
    let space = Space::new();
    let project = package(
        &space,
        "Library p\n  Path: src\n  Modules: A\nDocument api\n  Title: P\n  Type: ocamlbuild (0.4)\n  XOCamlbuildPath: src\n\
         \x20 XOCamlbuildLibraries: p\n  InstallDir: $htmldir/api\n\
         \x20 PreCommand: echo before > log\n\
         \x20 PostCommand: cat log more/style.css > api.docdir/style.css && ls _build/src/p.cma _build/src/api.docdir/A.html\n",
    );
    project.write("src/a.ml", "(** One. *)\nlet x = 1\n");
    project.write("more/style.css", "b {}\n");
    project.mbuild(&["build", "doc"]).ok();
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let style = std::fs::read_to_string(prefix.join("share/doc/p/api/style.css")).unwrap();
    assert_eq!(style, "before\nb {}\n");
    assert!(project.mbuild(&["build", "doc"]).ok().stderr.contains("nothing to do"));
    project.mbuild(&["clean"]).ok();
    assert!(!project.path("api.docdir").exists() && !project.path("_build").exists());
    // A command that fails is no document.
    project.write(
        "_oasis",
        project.read("_oasis").replace("PreCommand: echo", "PreCommand: false; exit 1; echo"),
    );
    project.mbuild(&["build", "doc"]).fails(1);
}

#[test]
fn templates_and_texts_may_hold_any_bytes() {
    let space = Space::new();
    let project = space.project("package");
    let mut manifest = format!("{HEADER}Description:\nFilesAB: src/p.ml.in\nLibrary p\n  Path: src\n  Modules: P\n  XMETADescription: caf\n").into_bytes();
    manifest.insert(manifest.len() - 1, 0xe9);
    project.write("_oasis", manifest);
    project.write(
        "src/p.ml.in",
        b"(* \xe9t\xe9 *)\nlet name = \"$pkg_name\" and dir = \"$(utoh \"a/b\")\" and text = \"$(ocaml_escaped \"\\\"\")\"\n",
    );
    let said = project.mbuild(&["build"]).ok().stderr;
    assert!(
        said.contains("warning: _oasis:9:10: template `src/p.ml.in` does not end in `.ab`\n"),
        "{said}"
    );
    assert!(
        said.contains("warning: _oasis:13:24: this is not UTF-8: it is taken for `é` of Latin-1\n"),
        "{said}"
    );
    let made = std::fs::read(project.path("src/p.ml")).expect("the file of the template");
    let expected = b"(* \xe9t\xe9 *)\nlet name = \"p\" and dir = \"a/b\" and text = \"\\\"\"\n";
    assert_eq!(made, expected);
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let meta = std::fs::read_to_string(prefix.join("lib/p/META")).expect("META is UTF-8");
    assert!(meta.contains("description = \"café\"\n"), "{meta}");
}

/// Commands after building, and those around installing, may name what ocamlbuild leaves.
#[test]
fn commands_around_steps_find_what_is_built_where_ocamlbuild_leaves_it() {
    let space = Space::new();
    let text = "PostBuildCommand: ./_build/src/tool.native --help > ./_build/src/tool.1\n\
         PreInstallCommand: ./tool.native before > told\n\
         PostInstallCommand: cp _build/src/p.cmxa $prefix/copied && ls p.docdir > pages\n\
         Library p\n  Path: src\n  Modules: P\n\
         Executable tool\n  Path: src\n  MainIs: tool.ml\n  BuildDepends: p\n  CompiledObject: native\n\
         \u{20} DataFiles: ../_build/src/tool.1 ($mandir/man1)\n\
         Document p\n  Title: p\n  Type: ocamlbuild (0.4)\n  XOCamlbuildPath: src\n  XOCamlbuildModules: P\n";
    let project = package(&space, text);
    project.write("src/p.ml", "let x = 3\n");
    project.write(
        "src/tool.ml",
        "let () = print_int P.x; print_endline (String.concat \" \" (List.tl (Array.to_list Sys.argv)))\n",
    );
    let said = project.mbuild(&["build"]).ok().stderr;
    assert!(said.contains("ran `sh _mbuild/native/scripts/_build.steps.sh`\n"), "{said}");
    project.mbuild(&["clean", "--all"]).ok();
    // Installing builds, and so the commands of building run.
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    assert_eq!(project.read("told"), "3before\n");
    let page = std::fs::read_to_string(prefix.join("share/man/man1/tool.1")).expect("a page");
    assert_eq!(page, "3--help\n");
    assert!(prefix.join("copied").is_file() && project.read("pages").contains("index.html\n"));

    let tree = space.project("tree");
    tree.write("a/_oasis", format!("{HEADER}{text}"));
    for file in ["src/p.ml", "src/tool.ml"] {
        tree.write(&format!("a/{file}"), project.read(file));
    }
    tree.write(
        "b/_oasis",
        format!("{HEADER}Library b\n  Path: .\n  Modules: B\n").replace("Name: p", "Name: b"),
    );
    tree.write("b/b.ml", "");
    tree.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    assert_eq!(tree.read("a/_build/src/tool.1"), "3--help\n");
    assert!(tree.path("a/p.docdir/index.html").is_file() && !tree.path("_build").exists());
}
