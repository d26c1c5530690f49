//! Sources that are made.

use super::*;

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
