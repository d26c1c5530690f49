//! What single fields of `_oasis` do, where that takes more than one program to see.
#![cfg(target_os = "linux")]

mod steps;

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

/// findlib puts what is loaded into `stublibs`, and has no part in what goes to folders below those of packages.
#[test]
fn c_parts_stay_in_folders_of_their_own() {
    let space = Space::new();
    let project = package(
        &space,
        "Library p\n  Path: src\n  Modules: A\n  CSources: p.c\n\
         Library q\n  Path: sub\n  Modules: B\n  FindlibParent: p\n  FindlibDirectory: inner\n  CSources: q.c\n\
         Library r\n  Path: low\n  Modules: C\n  FindlibParent: q\n  CSources: r.c\n",
    );
    project.write("src/a.ml", "let x = 1\n").write("src/p.c", "int p;\n");
    project.write("sub/b.ml", "let x = 2\n").write("sub/q.c", "int q;\n");
    project.write("low/c.ml", "let x = 3\n").write("low/r.c", "int r;\n");
    let prefix = space.path("prefix");
    std::fs::create_dir_all(prefix.join("lib/stublibs")).unwrap();
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let mut find = project.program("find");
    find.arguments(&[&*prefix.to_string_lossy(), "-name", "dll*", "-printf", "%P\n"]);
    let mut found: Vec<String> = find.ok().stdout.lines().map(str::to_owned).collect();
    found.sort();
    assert_eq!(
        found,
        [
            "lib/p/inner/dllq_stubs.so",
            "lib/p/inner/dllr_stubs.so",
            "lib/stublibs/dllp_stubs.so",
            "lib/stublibs/dllp_stubs.so.owner",
        ]
    );
}

/// `setup.ml` builds `sub/Deep` of `sub/deep.ml`, but looks for `sub/Deep.mli` and the like to install.
#[test]
fn sources_are_installed_under_the_names_that_modules_are_listed_by() {
    let space = Space::new();
    let project =
        package(&space, "Library p\n  Path: src\n  Modules: Plain, Small, sub/Deep, sub/Large\n");
    for name in ["plain", "Small", "sub/deep", "sub/Large"] {
        project.write(&format!("src/{name}.ml"), "let x = 1\n");
    }
    project.write("src/sub/deep.mli", "val x : int\n");
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    let names = std::fs::read_dir(prefix.join("lib/p")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let (sources, others): (Vec<_>, Vec<_>) =
        names.partition(|name| name.ends_with(".ml") || name.ends_with(".mli"));
    let mut sources: Vec<String> = sources;
    sources.sort();
    assert_eq!(sources, ["Large.ml", "Small.ml", "plain.ml"]);
    assert!(others.contains(&"deep.cmi".to_owned()) && others.contains(&"deep.cmti".to_owned()));
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
         Executable inside\n  Path: whole\n  MainIs: inside.ml\n  BuildDepends: whole\n  Install: false\n\
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
    project.write("whole/inside.ml", "let () = print_int (Whole.whole + Own.own)\n");
    project.write("whole/own.ml", "let own = Whole.whole\n");
    project.write("bin/shows.ml", "let () = print_int More.more\n");
    project.write("bin/natively.ml", "let () = print_int (More.more + 1)\n");
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["run", "-q", "shows"]).ok().stdout, "4");
    assert_eq!(project.mbuild(&["run", "-q", "parts"]).ok().stdout, "part whole 6");
    assert_eq!(project.mbuild(&["run", "-q", "inside"]).ok().stdout, "part whole 4");
    assert_eq!(project.mbuild(&["run", "-q", "natively"]).ok().stdout, "5");
    project.is_built();
    project.write("src/few.ml", "let few = 7\n");
    assert_eq!(project.mbuild(&["run", "-q", "natively"]).ok().stdout, "9");
}

#[test]
fn made_sources_are_compiled_by_the_paths_they_would_have_in_the_source_tree() {
    let space = Space::new();
    let project = package(
        &space,
        "Library p\n  Path: src\n  Modules: Parser, Lexer\nExecutable main\n  Path: bin\n  MainIs: main.ml\n  BuildDepends: p\n",
    );
    project.write("src/parser.mly", "%token A\n%start main\n%type <int> main\n%%\nmain: A { 3 }\n");
    project
        .write("src/lexer.mll", "rule token = parse 'a' { Parser.A } | _ { failwith \"no a\" }\n");
    project.write(
        "bin/main.ml",
        "let () = print_int (Parser.main Lexer.token (Lexing.from_string \"a\"))\n",
    );
    assert_eq!(project.mbuild(&["run", "-q"]).ok().stdout, "3");
    let object = |name: &str| {
        let bytes = std::fs::read(project.path(&format!("_mbuild/native/obj/library-p/{name}")));
        String::from_utf8_lossy(&bytes.unwrap()).into_owned()
    };
    for (file, source) in [("parser.cmi", "src/parser.mli"), ("lexer.cmi", "src/lexer.ml")] {
        let object = object(file);
        assert!(object.contains(source) && !object.contains("native/gen"), "{file}");
    }
    project
        .write("src/lexer.mll", "rule token = parse 'a' { Parser.B } | _ { failwith \"no a\" }\n");
    let failed = project.mbuild(&["build"]).fails(1);
    assert!(
        failed.said().contains("File \"src/lexer.mll\", line 1, characters 25-33:"),
        "{}",
        failed.said()
    );
}

#[test]
fn programs_of_the_package_rewrite_its_sources_by_the_names_that_ocamlbuild_gives_them() {
    let space = Space::new();
    let project = package(
        &space,
        "Executable rewriter\n  Path: ppx\n  MainIs: rw.ml\n  CompiledObject: best\n  BuildDepends: compiler-libs.common\n\
         Library p\n  Path: src\n  Modules: A\n\
         Executable main\n  Path: bin\n  MainIs: main.ml\n  BuildDepends: p\n  CompiledObject: best\n\
         \x20 ByteOpt: -ppx \"ppx/rw.native 4\"\n  NativeOpt: -ppx \"ppx/rw.native 4\"\n",
    );
    project.write("_tags", "<src/*>: ppx(./ppx/rw.native)\n");
    project.write(
        "ppx/rw.ml",
        "let number = function [] -> 3 | first :: _ -> int_of_string first\n\
         let expr arguments mapper (e : Parsetree.expression) = match e.pexp_desc with\n\
         | Pexp_extension ({ txt = \"number\"; _ }, _) -> Ast_helper.Exp.constant (Ast_helper.Const.int (number arguments))\n\
         | _ -> Ast_mapper.default_mapper.expr mapper e\n\
         let () = Ast_mapper.run_main (fun arguments -> { Ast_mapper.default_mapper with expr = expr arguments })\n",
    );
    project.write("src/a.ml", "let x = [%number]\n");
    project.write("bin/main.ml", "let () = Printf.printf \"%d %d\" A.x [%number]\n");
    assert_eq!(project.mbuild(&["run", "-q", "main"]).ok().stdout, "3 4");
    // Another rewriter is another source.
    project.write("ppx/rw.ml", project.read("ppx/rw.ml").replace("[] -> 3", "[] -> 5"));
    assert_eq!(project.mbuild(&["run", "-q", "main"]).ok().stdout, "5 4");
}

#[test]
fn what_only_a_list_of_ocamlbuild_names_is_linked_and_told() {
    let space = Space::new();
    let project = package(&space, "Library p\n  Path: src\n  Modules: A\n");
    project.write("src/a.ml", "let x = 1\n");
    project.write("src/registers.ml", "let () = print_endline \"registered\"\n");
    project.write("src/p.mllib", "# OASIS_START\nA\n# OASIS_STOP\nRegisters\n");
    let built = project.mbuild(&["build"]).ok();
    assert!(
        built.stderr.contains(
            "warning: src/p.mllib:4:1: `Registers` is in library `p` by this list alone\n  Registers\n  ^\n"
        ),
        "{}",
        built.stderr
    );
    let units =
        project.program("ocamlobjinfo").arguments(&["_mbuild/native/obj/library-p/p.cma"]).ok();
    assert!(units.stdout.contains("Unit name: Registers"), "{}", units.stdout);
    // The list is read again when it changes.
    project.write("src/p.mllib", "# OASIS_START\nA\n# OASIS_STOP\n");
    project.mbuild(&["build"]).ok();
    let units =
        project.program("ocamlobjinfo").arguments(&["_mbuild/native/obj/library-p/p.cma"]).ok();
    assert!(!units.stdout.contains("Registers"), "{}", units.stdout);
}

#[test]
fn c_parts_of_objects_are_installed_beside_them() {
    let space = Space::new();
    let project = package(
        &space,
        "BetaFeatures: section_object\nObject o\n  Path: src\n  Modules: S\n  CSources: s_stubs.c\n",
    );
    project.write("src/s.ml", "external s : unit -> int = \"s\"\n");
    project.write(
        "src/s_stubs.c",
        "#include <caml/mlvalues.h>\nvalue s(value unit) { return unit; }\n",
    );
    let prefix = space.path("prefix");
    project.mbuild(&["install", "--prefix", &prefix.to_string_lossy()]).ok();
    for file in ["lib/o/s.cmx", "lib/o/s.o", "lib/o/libo_stubs.a"] {
        assert!(prefix.join(file).is_file(), "no {file}");
    }
}

/// As that of ppx_deriving does, which loads what the sources want.
#[test]
fn rewriters_of_installed_packages_may_ask_findlib() {
    let space = Space::new();
    let project = package(&space, "Library p\n  Path: src\n  Modules: P\n  BuildDepends: asks\n");
    project
        .write("src/p.ml", "let p = 1\n")
        .write("findlib/asks/META", "version = \"1\"\nppx = \"./asks\"\n")
        .write_script("findlib/asks/asks", "ocamlfind query asks && cp \"$1\" \"$2\"\n");
    project.mbuild(&["build"]).env("OCAMLPATH", project.path("findlib")).ok();
}

/// As the C compiler, the linker and the system's loader heed them when no build tool is between.
#[test]
fn headers_and_libraries_are_found_where_the_environment_leads() {
    let space = Space::new();
    let project = package(
        &space,
        "Library p\n  Path: src\n  Modules: P\n  CSources: p_stubs.c\n  CCLib: -lfar\n\
         Executable main\n  Path: bin\n  MainIs: main.ml\n  BuildDepends: p\n  CompiledObject: best\n\
         Test main\n  Command: $main\n",
    );
    project.write("src/p.ml", "external far : unit -> int = \"p_far\"\n");
    let stub = "#include <far.h>\n#include <caml/mlvalues.h>\nvalue p_far(value unit) { (void)unit; return Val_int(far()); }\n";
    project.write("src/p_stubs.c", stub);
    project.write("bin/main.ml", "let () = assert (P.far () = 7)\n");
    let far = space.project("far");
    far.write("far.h", "int far(void);\n").write("far.c", "int far(void) { return 7; }\n");
    far.program("cc").arguments(&["-shared", "-fPIC", "-o", "libfar.so", "far.c"]).ok();
    let test = |variables: &[&str]| {
        let mut mbuild = project.mbuild(&["test", "-q"]);
        for name in variables {
            mbuild.env(name, far.dir());
        }
        mbuild.run()
    };
    project.mbuild(&["configure", "--enable", "tests"]).env("LIBRARY_PATH", far.dir()).ok();
    let all = ["C_INCLUDE_PATH", "LIBRARY_PATH", "LD_LIBRARY_PATH"];
    assert_eq!(test(&all).code, 0, "{}", test(&all).said());
    assert!(test(&all[..2]).said().contains("libfar.so"));
    assert!(test(&all[1..]).said().contains("far.h"));
}

/// In the order of the paths of what it needs, those of its interface among them: modules run their effects in it.
#[test]
fn modules_are_linked_in_the_order_of_ocamlbuild() {
    let space = Space::new();
    let project = package(&space, "Library p\n  Path: src\n  Modules: M, Z, C, sub/A, N, Up, B\n");
    for (file, text) in [
        ("z.ml", "let z = 1\n"),
        ("c.ml", "type t = int\n"),
        ("m.mli", "val m : C.t\n"),
        ("m.ml", "let m = Z.z\n"),
        ("sub/a.ml", "let a = 1\n"),
        ("Up.ml", "let u = 1\n"),
        ("b.ml", "let b = 1\n"),
        ("n.ml", "let n = A.a + Up.u + B.b\n"),
    ] {
        project.write(&format!("src/{file}"), text);
    }
    project.mbuild(&["build"]).ok();
    let said =
        project.program("ocamlobjinfo").arguments(&["_mbuild/native/obj/library-p/p.cma"]).ok();
    let units: Vec<&str> =
        said.stdout.lines().filter_map(|line| line.strip_prefix("Unit name: ")).collect();
    assert_eq!(units, ["C", "Z", "M", "A", "Up", "B", "N"]);
}
