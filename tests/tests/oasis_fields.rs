//! What single fields of `_oasis` do, where that takes more than one program to see.
#![cfg(target_os = "linux")]

use mbuild_tests::{Project, Space};

const HEADER: &str = "OASISFormat: 0.4\nName: p\nVersion: 1.0\nSynopsis: P\nAuthors: Me\nLicense: ISC\nPlugins: META (0.4)\n";

fn package<'a>(space: &'a Space, sections: &str) -> Project<'a> {
    let project = space.project("package");
    project.write("_oasis", format!("{HEADER}{sections}"));
    project
}

#[test]
fn a_module_may_be_an_interface_alone() {
    let space = Space::new();
    let project = package(
        &space,
        "AlphaFeatures: pure_interface\nLibrary p\n  Path: src\n  Modules: Types, Use\nExecutable main\n  Path: bin\n  MainIs: main.ml\n  BuildDepends: p\n",
    );
    project.write("src/types.mli", "type t = { size : int }\n");
    project.write("src/use.ml", "let three : Types.t = { Types.size = 3 }\n");
    project.write("bin/main.ml", "let () = print_int Use.three.Types.size\n");
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "3");
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let there = |file: &str| prefix.join("lib/p").join(file).exists();
    assert!(there("types.cmi") && there("types.mli") && !there("types.cmx"));
}

#[test]
fn a_program_may_be_an_object_for_a_main_in_c() {
    let space = Space::new();
    let project = package(
        &space,
        "Executable whole\n  Path: src\n  MainIs: whole.ml\n  CompiledObject: native_object\n\
         Executable bytes\n  Path: src\n  MainIs: whole.ml\n  CompiledObject: bytecode_object\n",
    );
    project.write("src/whole.ml", "let () = print_endline \"from OCaml\"\n");
    project.write(
        "main.c",
        "#include <caml/callback.h>\nint main(int c, char **v) { (void)c; caml_startup(v); return 0; }\n",
    );
    project.mbuild(&["build"]).ok();
    for (object, runtime) in [("whole.o", "asmrun"), ("bytes.o", "camlrun")] {
        let link = format!(
            "W=$(ocamlc -where) && cc -I $W main.c _mbuild/native/bin/{object} $W/lib{runtime}.a -lm -ldl -lpthread -o main"
        );
        project.program("sh").arguments(&["-c", &link]).ok();
        assert_eq!(project.program(project.path("main")).ok().stdout, "from OCaml\n", "{object}");
    }
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(!prefix.join("bin").exists(), "it is no program");
}

/// cppo itself is on few machines: what it is told is what matters.
#[test]
fn the_plugin_for_cppo_is_known() {
    let space = Space::new();
    let project = package(
        &space,
        "XOCamlbuildPluginTags: package(cppo_ocamlbuild)\nLibrary p\n  Path: src\n  Modules: A\n",
    );
    project.write("_tags", "<src/*>: cppo_D(FAST), cppo_V_OCAML\n");
    project.write("src/a.cppo.ml", "let x = 1\n");
    project.write_script(
        "bin/cppo",
        "while [ $# -gt 1 ]; do if [ \"$1\" = -o ]; then out=$2; fi; all=\"$all $1\"; shift; done\n\
         { cat \"$1\"; echo \"let told = {|$all|}\"; } > \"$out\"\n",
    );
    project.mbuild(&["build"]).path_first(&project.path("bin")).ok();
    let made = project.read("_mbuild/native/gen/src/a.ml");
    assert!(made.starts_with("let x = 1\nlet told = {| -D FAST -V OCAML:"), "{made}");
}

#[test]
fn plugins_that_are_not_known_are_told() {
    let space = Space::new();
    let project = package(
        &space,
        "XOCamlbuildPluginTags: package(other.ocamlbuild)\nLibrary p\n  Path: src\n  Modules: A\n",
    );
    project.write("src/a.ml", "let x = 1\n");
    let built = project.mbuild(&["build"]).ok();
    assert!(built.stderr.contains("what `other.ocamlbuild` does is not known"), "{}", built.stderr);
    assert!(built.stderr.contains("--frontend setup"), "{}", built.stderr);
}

#[test]
fn libraries_in_folders_of_their_own_have_users() {
    let space = Space::new();
    let project = package(
        &space,
        "Library p\n  Path: src\n  Modules: A\n  FindlibDirectory: outer\n  FindlibExtraFiles: notes.txt\n\
         Library q\n  Path: sub\n  Modules: B\n  FindlibParent: p\n  FindlibDirectory: inner\n  BuildDepends: p\n",
    );
    project.write("src/a.ml", "let x = 1\n").write("src/notes.txt", "n\n");
    project.write("sub/b.ml", "let y = A.x + 1\n");
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    for file in ["META", "outer/p.cmxa", "outer/notes.txt", "outer/inner/q.cmxa"] {
        assert!(prefix.join("lib/p").join(file).exists(), "no {file}");
    }
    project.write("user.ml", "let () = print_int B.y\n");
    let mut ocamlfind = project.program("ocamlfind");
    ocamlfind.arguments(&["ocamlopt", "-package", "p.q", "-linkpkg", "user.ml", "-o", "user"]);
    ocamlfind.env("OCAMLPATH", prefix.join("lib")).ok();
    assert_eq!(project.program(project.path("user")).ok().stdout, "2");
    project.mbuild(&["uninstall", "--prefix", &prefix.to_string_lossy()]).ok();
    assert!(!prefix.exists());
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

/// What a folder of a library has besides the library's own modules is linked into programs that name it.
#[test]
fn a_program_may_name_modules_beside_those_of_a_library() {
    let space = Space::new();
    let project = package(
        &space,
        "Library few\n  Path: src\n  Modules: Few\n\
         Library more\n  Path: src\n  Modules: More\n  BuildDepends: few\n\
         Library whole\n  Path: whole\n  Modules: Whole\n\
         Executable parts\n  Path: bin\n  MainIs: parts.ml\n  BuildDepends: few, whole\n  Install: false\n\
         Executable shows\n  Path: bin\n  MainIs: shows.ml\n  BuildDepends: few\n  Install: false\n\
         Executable natively\n  Path: bin\n  MainIs: natively.ml\n  BuildDepends: few\n  Install: false\n  \
         CompiledObject: native\n",
    );
    project.write("src/few.ml", "let few = 3\n");
    project
        .write("src/more.mli", "val more : int\n")
        .write("src/more.ml", "let more = Few.few + 1\n");
    // A library may need what it does not list, which is linked before it then.
    project.write("whole/whole.ml", "let () = print_string \"whole \" let whole = Part.part\n");
    project.write("whole/part.ml", "let () = print_string \"part \" let part = 2\n");
    project.write("bin/parts.ml", "let () = print_int (Whole.whole + More.more)\n");
    project.write("bin/shows.ml", "let () = print_int More.more\n");
    project.write("bin/natively.ml", "let () = print_int (More.more + 1)\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["run", "-q", "shows"]).ok().stdout, "4");
    assert_eq!(project.mbuild(&["run", "-q", "parts"]).ok().stdout, "part whole 6");
    assert_eq!(project.mbuild(&["run", "-q", "natively"]).ok().stdout, "5");
    assert!(project.mbuild(&["build"]).ok().ran().is_empty());
    project.write("src/few.ml", "let few = 7\n");
    assert_eq!(project.mbuild(&["run", "-q", "natively"]).ok().stdout, "9");
}
