//! What the generator writes for small packages.

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
        text.replace(&self.dir.path().to_string_lossy().into_owned(), "/tmp")
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
fn the_compiler_finds_the_types_of_a_grammar_among_the_modules_of_one_section() {
    let mut built = library("l", "src", &["Ast", "Parser"]);
    built.compiled.code = Code::Byte;
    let mut beside = library("other", "src", &["Ast"]);
    beside.compiled.code = Code::Byte;
    let mut space = Space::new(
        &[("src/ast.ml", ""), ("src/parser.mly", "")],
        vec![Section::Library(beside), Section::Library(built)],
    );
    space.package.generate = vec![crate::oasis::menhir_with(vec!["--explain".into()])];
    let made = space.generate().unwrap();
    let rules = String::from_utf8(made.rule_file).unwrap();
    let lines = ["make-mly-query", "library-l.make-mly"].map(|rule| command(&rules, rule));
    insta::assert_snapshot!(lines.join("\n"), @r"
    command = cd _mbuild/native/gen && menhir --infer-write-query $query --base $stem --explain $source
    command = ocamlc.opt -i -I _mbuild/native/obj/library-l $preprocess $flags -w -a $query > $types && cd _mbuild/native/gen && menhir --infer-read-reply $reply --base $stem --explain $source
    ");
    insta::assert_snapshot!(statement(&rules, "_mbuild/native/gen/src/parser.infer.ml"), @r"
    build _mbuild/native/gen/src/parser.infer.ml: make-mly-query _mbuild/native/gen/src/parser.mly
      source = src/parser.mly
      target = src/parser.ml
      stem = src/parser
      query = src/parser.infer.ml
    ");
    let made_here = statement(&rules, "_mbuild/native/gen/src/parser.ml |");
    assert!(made_here.starts_with("build _mbuild/native/gen/src/parser.ml | _mbuild/native/gen/src/parser.mli _mbuild/native/gen/src/parser.infer.ml.types: library-l.make-mly _mbuild/native/gen/src/parser.mly | _mbuild/native/gen/src/parser.infer.ml || _mbuild/native/obj/library-l/modules.dd\n"), "{made_here}");
    assert!(made_here.contains("dyndep = _mbuild/native/obj/library-l/modules.dd"), "{made_here}");
    assert!(!rules.contains("library-other.make-mly"), "{rules}");
    let scan = statement(&rules, "_mbuild/native/scan/gen/src/parser.infer.ml");
    assert!(scan.contains(": scan _mbuild/native/gen/src/parser.infer.ml"), "{scan}");
    let infers = |name: &str| {
        let (_, spec) = made.files.iter().find(|(path, _)| path.contains(name)).unwrap();
        let spec: super::spec::Spec = serde_json::from_slice(spec).unwrap();
        spec.units.iter().filter_map(|unit| unit.infers.clone()).collect::<Vec<_>>()
    };
    assert_eq!(infers("library-l.json"), ["_mbuild/native/gen/src/parser.ml"]);
    assert!(infers("library-other.json").is_empty());
}

#[test]
fn sources_are_made_once_and_keep_their_names() {
    let mut one = library("one", "src", &["Lexer", "Parser"]);
    one.compiled.code = Code::Byte;
    let mut two = library("two", "src", &["Data"]);
    two.compiled.code = Code::Byte;
    let mut space = Space::new(
        &[
            ("src/lexer.mll", ""),
            ("src/lexer.mli", ""),
            ("src/parser.mly", ""),
            ("src/text.mkd", ""),
            ("src/plain.ml", ""),
            ("src/all.mod", "plain.ml\n"),
            ("src/data.mlify", "VarString all \"all.ml\"\nVarString text \"text.mkd\"\n"),
        ],
        vec![Section::Library(one), Section::Library(two)],
    );
    let how = |from: &str, tool: &str, arguments: &[&str], reads: Reads| Generate {
        from: from.into(),
        to: vec!["ml".into()],
        tool: Tool::External(tool.into()),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        reads,
        only: Vec::new(),
        inputs: Vec::new(),
        below: String::new(),
    };
    space.package.generate = vec![
        how("mod", "ocamlmod", &["${in}"], Reads::Lines),
        how("mlify", "ocamlify", &["--output", "${out}", "${in}"], Reads::Quoted),
    ];
    let rules = space.rules();
    let lines =
        ["make-mll", "make-mly", "make-mod", "make-mlify"].map(|rule| command(&rules, rule));
    insta::assert_snapshot!(lines.join("\n"), @r"
    command = cd _mbuild/native/gen && ocamllex.opt -q -o $target $source
    command = cd _mbuild/native/gen && ocamlyacc -b $stem $source
    command = cd _mbuild/native/gen && ocamlmod $source
    command = cd _mbuild/native/gen && ocamlify --output $target $source
    ");
    insta::assert_snapshot!(statement(&rules, "_mbuild/native/gen/src/parser.ml |"), @r"
    build _mbuild/native/gen/src/parser.ml | _mbuild/native/gen/src/parser.mli: make-mly _mbuild/native/gen/src/parser.mly
      source = src/parser.mly
      target = src/parser.ml
      stem = src/parser
    ");
    insta::assert_snapshot!(statement(&rules, "_mbuild/native/gen/src/data.ml:"), @r"
    build _mbuild/native/gen/src/data.ml: make-mlify _mbuild/native/gen/src/data.mlify | _mbuild/native/gen/src/all.ml _mbuild/native/gen/src/text.mkd
      source = src/data.mlify
      target = src/data.ml
      stem = src/data
    ");
    assert_eq!(rules.matches("make-mll _mbuild/native/gen/src/lexer.mll").count(), 1);
    // The interface stands beside the lexer's source, not beside what is made of it.
    let lexer = statement(&rules, "_mbuild/native/obj/library-one/lexer.cmo");
    assert!(lexer.contains("flags = -intf-suffix .ml"), "{lexer}");
    // It is compiled by the path that it would have in the source tree.
    assert!(lexer.contains(": library-one.made.byte _mbuild/native/gen/src/lexer.ml "), "{lexer}");
    assert!(lexer.contains("source = src/lexer.ml"), "{lexer}");
    let compile = command(&rules, "library-one.made.byte");
    assert!(compile.starts_with("command = cd _mbuild/native/gen && "), "{compile}");
    assert!(
        compile.ends_with(
            "-I ../../../_mbuild/native/obj/library-one $preprocess $flags -o ../../../$out $source"
        ),
        "{compile}"
    );
    let plain = statement(&rules, "_mbuild/native/obj/library-one/plain.cmo");
    assert!(plain.contains(": library-one.byte src/plain.ml "), "{plain}");
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
    assert!(command(&rules, "library-one.byte").contains(" -I /tmp/lib/x "));
    assert!(command(&rules, "executable-main.link").contains(" /tmp/lib/x/x.cmxa "));
    let scan = statement(&rules, "_mbuild/native/scan/src/a.ml");
    assert!(scan.ends_with("options = -pp 'cppo -V OCAML:4' -ppx /tmp/lib/x/ppx_x"), "{scan}");
    let goal = statement(&rules, "_mbuild/native/packages/library-one");
    assert!(goal.ends_with("phony /tmp/lib/x/x.cmxa"), "{goal}");
    let program = statement(&rules, "_mbuild/native/bin/main");
    assert!(program.contains(" /tmp/lib/x/libx_stubs.a /tmp/lib/x/x.a "), "{program}");
}

#[test]
fn a_test_runs_again_when_its_program_or_its_data_change() {
    let test = Test {
        name: "main".into(),
        run: true,
        command: "${t} -d \"data\" > out 2>&1".into(),
        dir: "test".into(),
        ..Test::default()
    };
    let space = Space::new(
        &[("test/t.ml", ""), ("test/data/x.txt", ""), ("test/old.log", "")],
        vec![Section::Executable(program("t", "test", "t.ml", &[])), Section::Test(test)],
    );
    insta::assert_snapshot!(statement(&space.rules(), "_mbuild/native/test/main.log"), @r"
    build _mbuild/native/test/main.log: test _mbuild/native/scripts/test-main.sh | _mbuild/native/bin/t test/data/x.txt test/t.ml
      mbuild_cache = off
    ");
    let files = space.generate().unwrap().files;
    let (_, script) = files.iter().find(|(name, _)| name.ends_with("test-main.sh")).unwrap();
    insta::assert_snapshot!(String::from_utf8_lossy(script), @r#"
    HOME=$PWD/_mbuild/native/test/main.home
    export HOME
    rm -rf "$HOME"
    mkdir -p "$HOME" || exit 1
    root=$PWD
    PATH=$PATH:$root/_mbuild/native/bin
    cd test || exit 1
    ( "$root"/_mbuild/native/bin/t -d "data" > out 2>&1 ) || exit $?
    "#);
}

#[test]
fn documentation_shows_the_exported_modules_of_libraries() {
    let mut inside = library("l", "src", &["A"]);
    inside.internal_modules = vec!["Hidden".into()];
    let document = Document {
        name: "api".into(),
        title: "The l library".into(),
        build: true,
        kind: DocumentKind::Ocamldoc {
            path: "src".into(),
            modules: Vec::new(),
            libraries: vec!["l".into()],
            flags: vec!["-colorize-code".into()],
            intro: None,
        },
        ..Document::default()
    };
    let space = Space::new(
        &[("src/a.ml", ""), ("src/a.mli", ""), ("src/hidden.ml", "")],
        vec![Section::Library(inside), Section::Document(document)],
    );
    let rules = space.rules();
    insta::assert_snapshot!(command(&rules, "document-api"), @"command = rm -rf _mbuild/native/doc/api && mkdir -p _mbuild/native/doc/api && ocamldoc.opt -html -d _mbuild/native/doc/api -t 'The l library' -colorize-code -I _mbuild/native/obj/library-l $in");
    let pages = statement(&rules, "_mbuild/native/doc/api/index.html");
    assert!(pages.contains("document-api src/a.mli |"), "{pages}");
}

#[test]
fn documentation_shows_libraries_that_a_flag_leaves_out_where_all_they_need_is_there() {
    let built = library("l", "src", &["A"]);
    let mut optional = library("more", "more", &["B"]);
    optional.compiled.build = false;
    optional.compiled.depends = vec![Depend::Internal("l".into())].into();
    let mut impossible = library("most", "most", &["C"]);
    impossible.compiled.build = false;
    impossible.compiled.depends =
        vec![Depend::Findlib { name: "nowhere".into(), constraint: None }].into();
    let document = Document {
        name: "api".into(),
        build: true,
        kind: DocumentKind::Ocamldoc {
            path: String::new(),
            modules: Vec::new(),
            libraries: ["l", "more", "most"].map(str::to_owned).to_vec(),
            flags: Vec::new(),
            intro: None,
        },
        ..Document::default()
    };
    let mut sections =
        vec![optional, impossible, built].into_iter().map(Section::Library).collect::<Vec<_>>();
    sections.push(Section::Document(document));
    let space = Space::new(
        &[("src/a.ml", ""), ("more/b.mli", ""), ("more/b.ml", ""), ("most/c.ml", "")],
        sections,
    );
    let made = space.generate().unwrap();
    let rules = String::from_utf8(made.rule_file).unwrap();
    let pages = statement(&rules, "_mbuild/native/doc/api/index.html");
    assert!(
        pages.contains("document-api src/a.ml more/b.mli | _mbuild/native/obj/library-l/a.cmi _mbuild/native/obj/library-more/b.cmi"),
        "{pages}"
    );
    assert_eq!(statement(&rules, "all").trim(), "build all: phony lib$:l");
    assert!(made.products.iter().all(|product| !product.path.contains("library-mo")));
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

#[test]
fn sources_that_the_manifest_stands_for_go_before_those_in_the_tree() {
    let mut space = Space::new(
        &[("src/page.ml", ""), ("src/use.ml", "")],
        vec![Section::Executable(program("x", "src", "start.ml", &[]))],
    );
    let made = |path: &str, from| Made { path: path.into(), from };
    let text = "let () = Use.it";
    let arguments = vec!["a b".to_owned()];
    let folder = "../it's".to_owned();
    space.package.made = vec![
        made("src/start.ml", MadeFrom::Text { manifest: "m".into(), text: text.into() }),
        made("src/page.ml", MadeFrom::Step { step: "pack", version: 3, arguments, folder }),
        made("other/never.ml", MadeFrom::Text { manifest: "m".into(), text: "?".into() }),
    ];
    let generated = space.generate().unwrap();
    let written: Vec<_> =
        generated.files.iter().filter(|(path, _)| path.contains("gen/")).collect();
    assert_eq!(
        written,
        [&("_mbuild/native/gen/src/start.ml".to_owned(), text.as_bytes().to_vec())]
    );
    let rules = space.rules();
    assert_eq!(
        command(&rules, "make-pack"),
        "command = $mbuild internal pack $arguments $folder $out"
    );
    assert_eq!(
        statement(&rules, "_mbuild/native/gen/src/page.ml"),
        "build _mbuild/native/gen/src/page.ml: make-pack\n  arguments = 'a b'\n  \
         folder = '../it'\\''s'\n  mbuild_tool = mbuild-pack-3"
    );
    let object = statement(&rules, "_mbuild/native/obj/executable-x/page.cmx");
    assert!(object.contains(" _mbuild/native/gen/src/page.ml "), "{object}");
    assert!(!rules.contains(" src/page.ml") && !rules.contains("never"), "{rules}");
}

#[test]
fn an_action_makes_a_source_of_a_section() {
    use crate::package::{Action, Command};
    let mut space = Space::new(
        &[("src/version.in", "1.0\n"), ("src/main.ml", "")],
        vec![Section::Executable(program("main", "src", "main.ml", &[]))],
    );
    let mut count = Command::words(["wc", "-c", "version.in"]);
    count.stdout = Some("a b.txt".into());
    space.package.actions = vec![Action {
        commands: vec![
            Command::shell("echo \"let v = \\\"$(cat version.in)\\\"\" > version.ml"),
            count,
        ],
        folder: "src".into(),
        inputs: vec!["src/version.in".into()],
        outputs: vec!["src/version.ml".into(), "src/a b.txt".into()],
        wanted: true,
        ..Action::default()
    }];
    let rules = space.rules();
    assert_eq!(
        statement(&rules, "_mbuild/native/gen/src/version.ml"),
        "build _mbuild/native/gen/src/version.ml | _mbuild/native/gen/src/a$ b.txt: action \
         _mbuild/native/scripts/action-0-version.ml.sh | _mbuild/native/gen/src/version.in\n  \
         what = make src/version.ml src/a b.txt"
    );
    assert!(statement(&rules, "all").contains("_mbuild/native/gen/src/a$ b.txt"));
    assert!(rules.contains("scan-leniently _mbuild/native/gen/src/version.ml"), "{rules}");
    // The script does what the action says, among the copies.
    let files = space.generate().unwrap().files;
    let (_, script) = files.iter().find(|(path, _)| path.contains("action-0")).unwrap();
    let root = space.dir.path().join("p");
    let copies = root.join("_mbuild/native/gen/src");
    std::fs::create_dir_all(&copies).unwrap();
    std::fs::copy(root.join("src/version.in"), copies.join("version.in")).unwrap();
    let mut shell = std::process::Command::new("sh");
    shell.arg("-c").arg(String::from_utf8_lossy(script).into_owned()).current_dir(&root);
    assert!(shell.status().unwrap().success());
    assert_eq!(std::fs::read(copies.join("version.ml")).unwrap(), b"let v = \"1.0\"\n");
    assert_eq!(std::fs::read(copies.join("a b.txt")).unwrap(), b"4 version.in\n");

    space.package.actions[0].inputs.push("src/none".into());
    let said = space.error();
    assert!(said.contains("names `src/none`, which is neither there nor made"), "{said}");
}
