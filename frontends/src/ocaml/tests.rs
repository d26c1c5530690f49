//! What the generator writes for small packages.

mod check;
mod sources;

use std::path::PathBuf;

use super::*;
use crate::environment::Environment;
use crate::findlib::Conf;
use crate::package::{
    Code, Compiled, Depend, Document, DocumentKind, Executable, Generate, Library, Made, MadeFrom,
    Preprocess, Reads, Test, Tool,
};

const CONFIG: &str = "version: 4.13.1\nnative_compiler: true\nsupports_shared_libraries: true\n\
    bytecomp_c_compiler: gcc -O2 -fPIC\n";

/// A package in a folder of its own.
struct Space {
    dir: tempfile::TempDir,
    package: Package,
}

impl Space {
    fn new(files: &[(&str, &str)], sections: Vec<Section>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for (name, content) in files {
            let path = dir.path().join("p").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
        Self { dir, package: Package { sections, ..Package::default() } }
    }

    fn generate(&self) -> Result<Generated, Vec<OcamlError>> {
        let findlib = Conf {
            path: vec![self.dir.path().join("lib")],
            stdlib: PathBuf::from("/lib/ocaml"),
            ..Conf::default()
        };
        let toolchain = Toolchain {
            ocamlc: "ocamlc.opt".into(),
            ocamlopt: Some("ocamlopt.opt".into()),
            ocamldep: "ocamldep.opt".into(),
            ocamllex: "ocamllex.opt".into(),
            ocamlyacc: "ocamlyacc".into(),
            ocamldoc: Some("ocamldoc.opt".into()),
            ocamlmklib: "ocamlmklib".into(),
            environment: Environment::from_config(CONFIG),
            findlib: findlib.clone(),
            compiler: PathBuf::from("/bin/ocamlc.opt"),
            prefix: None,
            looked_at: Vec::new(),
        };
        generate(&mut Input {
            package: &self.package,
            toolchain: &toolchain,
            findlib: &mut Findlib::new(findlib),
            sources: &mut Sources::new(&self.dir.path().join("p")),
            dir: "_mbuild/native",
            mbuild: Path::new("/bin/mbuild"),
            options: Options::default(),
            target: Build {
                directory: "native",
                code: crate::target::Code::Any,
                links: &[FinalLink { target: "native".into(), ..FinalLink::default() }],
                entry: None,
                host: true,
            },
            prefixes: &[],
            later: &BTreeSet::new(),
        })
    }

    fn rules(&self) -> String {
        let text = String::from_utf8(self.generate().unwrap().rule_file).unwrap();
        text.replace(&self.dir.path().to_string_lossy().into_owned(), "/space")
    }

    fn error(&self) -> String {
        let errors = self.generate().unwrap_err();
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }
}

fn compiled(name: &str, path: &str) -> Compiled {
    Compiled {
        name: name.into(),
        path: path.into(),
        build: true,
        install: true,
        ..Compiled::default()
    }
}

fn library(name: &str, path: &str, modules: &[&str]) -> Library {
    Library {
        compiled: compiled(name, path),
        modules: modules.iter().map(|name| (*name).to_owned()).collect(),
        findlib: name.into(),
        ..Library::default()
    }
}

fn program(name: &str, path: &str, main: &str, uses: &[&str]) -> Executable {
    let depends = uses.iter().map(|name| Depend::Internal((*name).to_owned())).collect();
    Executable {
        compiled: Compiled { depends, ..compiled(name, path) },
        main: main.into(),
        ..Executable::default()
    }
}

/// The line of a rule's command.
fn command<'a>(rules: &'a str, rule: &str) -> &'a str {
    let at = rules.find(&format!("rule {rule}\n")).unwrap_or_else(|| panic!("no {rule}\n{rules}"));
    rules[at..].lines().nth(1).unwrap().trim()
}

/// The statement that makes a file, on one line.
fn statement(rules: &str, output: &str) -> String {
    let joined = rules.replace(" $\n    ", " ");
    let mut lines = joined.lines().skip_while(|line| !line.starts_with(&format!("build {output}")));
    let first = lines.next().unwrap_or_else(|| panic!("no {output}\n{joined}")).to_owned();
    first
        + &lines
            .take_while(|line| line.starts_with("  "))
            .fold(String::new(), |all, line| all + "\n" + line)
}

#[test]
fn a_library_with_stubs_and_a_program() {
    let mut stubs = library("greet", "src", &["Greet"]);
    stubs.compiled.c_sources = vec!["greet_stubs.c".into(), "greet.h".into()];
    stubs.compiled.c_flags = vec!["-DNAME=\"a b\"".into()];
    stubs.compiled.c_libraries = vec!["-lz".into()];
    let space = Space::new(
        &[
            ("src/greet.ml", ""),
            ("src/greet.mli", ""),
            ("src/greet_stubs.c", ""),
            ("bin/hello.ml", ""),
            ("bin/util.ml", ""),
        ],
        vec![
            Section::Library(stubs),
            Section::Executable(program("hello", "bin", "hello.ml", &["greet"])),
        ],
    );
    insta::assert_snapshot!(space.rules());
}

#[test]
fn a_packed_library() {
    let mut packed = library("big-one", "src", &["A", "B"]);
    packed.pack = true;
    let space = Space::new(
        &[("src/a.ml", ""), ("src/b.ml", ""), ("src/b.mli", "")],
        vec![Section::Library(packed)],
    );
    insta::assert_snapshot!(space.rules());
}

#[test]
fn a_module_without_an_implementation_is_in_no_archive() {
    let space = Space::new(
        &[("a.ml", ""), ("types.mli", "")],
        vec![Section::Library(library("l", "", &["A", "Types"]))],
    );
    let rules = space.rules();
    assert!(
        statement(&rules, "_mbuild/native/obj/library-l/types.cmi").contains(": library-l.mli")
    );
    assert!(!rules.contains("types.cmo"));
    let cma = statement(&rules, "_mbuild/native/obj/library-l/l.cma");
    assert!(cma.contains("a.cmo") && !cma.contains("types"), "{cma}");
}

#[test]
fn one_command_owns_a_compiled_interface() {
    let space = Space::new(
        &[("a.ml", ""), ("main.ml", "")],
        vec![
            Section::Library(library("l", "", &["A"])),
            Section::Executable(program("x", "", "main.ml", &["l"])),
        ],
    );
    let rules = space.rules();
    let byte = statement(&rules, "_mbuild/native/obj/library-l/a.cmo");
    assert!(byte.contains("library-l/a.cmi") && !byte.contains("-intf-suffix"), "{byte}");
    let native = statement(&rules, "_mbuild/native/obj/library-l/a.cmx");
    assert!(!native.contains("a.cmi") && native.contains("flags = -intf-suffix .ml"), "{native}");
    // A native program has no bytecode: the native compiler makes its interfaces.
    let main = statement(&rules, "_mbuild/native/obj/executable-x/main.cmx");
    assert!(main.contains("executable-x/main.cmi") && !main.contains("-intf-suffix"), "{main}");
}

#[test]
fn native_programs_get_native_code_of_libraries_that_are_bytecode_for_others() {
    let mut inside = library("l", "l", &["A"]);
    inside.compiled.code = Code::Byte;
    let space = Space::new(
        &[("l/a.ml", ""), ("b/main.ml", "")],
        vec![Section::Library(inside), Section::Executable(program("x", "b", "main.ml", &["l"]))],
    );
    let generated = space.generate().unwrap();
    assert!(!generated.products.iter().any(|product| product.kind == ProductKind::Cmxa));
    let rules = space.rules();
    assert!(command(&rules, "executable-x.link").contains("library-l/l.cmxa"));
    assert!(!statement(&rules, "lib$:l").contains("cmxa"));
}

#[test]
fn packages_bring_folders_archives_and_rewriters() {
    let mut one = library("one", "", &["A"]);
    one.compiled.depends =
        vec![Depend::Findlib { name: "x".into(), constraint: Some(">= 1.0".into()) }].into();
    one.compiled.preprocess = Preprocess::Command("cppo -V OCAML:4".into());
    let space = Space::new(
        &[
            ("a.ml", ""),
            ("main.ml", ""),
            (
                "../lib/x/META",
                "version = \"1.2\"\narchive(native) = \"x.cmxa\"\nppx(-ppx_driver) = \"./ppx_x\"\n",
            ),
            ("../lib/x/x.cmxa", ""),
            ("../lib/x/x.a", ""),
            ("../lib/x/libx_stubs.a", ""),
        ],
        vec![Section::Library(one), Section::Executable(program("main", "", "main.ml", &["one"]))],
    );
    let rules = space.rules();
    assert!(command(&rules, "library-one.byte").contains(" -I /space/lib/x "));
    assert!(command(&rules, "executable-main.link").contains(" /space/lib/x/x.cmxa "));
    let scan = statement(&rules, "_mbuild/native/scan/src/a.ml");
    assert!(scan.ends_with("options = -pp 'cppo -V OCAML:4' -ppx /space/lib/x/ppx_x"), "{scan}");
    let goal = statement(&rules, "_mbuild/native/packages/library-one");
    assert!(goal.ends_with("phony /space/lib/x/x.cmxa"), "{goal}");
    let program = statement(&rules, "_mbuild/native/bin/main");
    assert!(program.contains(" /space/lib/x/libx_stubs.a /space/lib/x/x.a "), "{program}");
}

#[test]
fn what_is_missing_is_said_with_what_was_looked_for() {
    let space = Space::new(
        &[("lib/a.ml", "")],
        vec![Section::Library(library("l", "lib", &["A", "sub/Nothing"]))],
    );
    insta::assert_snapshot!(space.error(), @"library `l` has a module `sub/Nothing` without a source: no `lib/sub/nothing.ml`, `lib/sub/Nothing.ml`, `lib/sub/nothing.mli`, `lib/sub/Nothing.mli`, `lib/sub/nothing.mll` or `lib/sub/nothing.mly`");
    let x = || vec![Section::Executable(program("x", "bin", "main.ml", &[]))];
    insta::assert_snapshot!(Space::new(&[], x()).error(), @"executable `x` has its sources in `bin`, and there is no such folder");
    let space = Space::new(&[("bin/other.ml", "")], x());
    insta::assert_snapshot!(space.error(), @"executable `x` has no main source: no `bin/main.ml`");
    let space = Space::new(
        &[("main.ml", "")],
        vec![Section::Executable(program("x", "", "main.ml", &["gone"]))],
    );
    insta::assert_snapshot!(space.error(), @"executable `x` needs `gone`, which this configuration does not build");
}

#[test]
fn sections_that_need_each_other_are_named() {
    let mut one = library("one", "", &["A"]);
    one.compiled.depends = vec![Depend::Internal("two".into())].into();
    let mut two = library("two", "", &["B"]);
    two.compiled.depends = vec![Depend::Internal("one".into())].into();
    let space = Space::new(
        &[("a.ml", ""), ("b.ml", "")],
        vec![Section::Library(one), Section::Library(two)],
    );
    assert_eq!(space.error(), "sections need each other: one -> two -> one");
}

#[test]
fn two_programs_with_one_name_are_both_built() {
    let space = Space::new(
        &[("a.ml", ""), ("b.ml", "")],
        vec![
            Section::Executable(program("test", "", "a.ml", &[])),
            Section::Executable(program("test", "", "b.ml", &[])),
        ],
    );
    let rules = space.rules();
    assert!(statement(&rules, "_mbuild/native/bin/test:").contains("executable-test.link"));
    assert!(statement(&rules, "_mbuild/native/bin/test_:").contains("executable-test_.link"));
}
