//! Tests and documents.

use super::*;

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
      mbuild_env = $mbuild_env *
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
