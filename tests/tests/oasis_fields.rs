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
