//! The statements `include` and `subninja`.

use mbuild_rules::ActionId;
use mbuild_rules::parse::Options;

use crate::{CAT, command, names, read_files, try_files};

#[test]
fn include_shares_the_scope() {
    let manifest = read_files(&[
        ("build.ninja", "var = outer\ninclude include.ninja\nbuild x: r $var\n"),
        ("include.ninja", "var = inner\nrule r\n  command = r\n"),
    ]);
    assert_eq!(manifest.variable(b"var").unwrap(), b"inner");
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["inner"]);
}

#[test]
fn the_name_of_an_included_file_may_be_a_variable() {
    let manifest = read_files(&[
        ("build.ninja", "d = sub\ninclude $d/x$ y.ninja\n"),
        ("sub/x y.ninja", "z = 1\n"),
    ]);
    assert_eq!(manifest.variable(b"z").unwrap(), b"1");
}

#[test]
fn a_file_that_includes_itself_is_refused() {
    let mistake =
        try_files(&[("a", "include b\n"), ("b", "x = 1\nsubninja a\n")], Options::default())
            .unwrap_err();
    insta::assert_snapshot!(mistake, @r"
    b:2:10: loading 'a': files include each other too deeply
      subninja a
               ^
      help: take one of these out of the circle: a -> b -> a
    ");
}

#[test]
fn a_file_may_be_read_again_with_other_variables() {
    let manifest = read_files(&[
        ("a", "next = b\ninclude one\n"),
        ("one", "now = $next\nnext = c\ninclude $now\n"),
        ("b", "include one\n"),
        ("c", "done = 1\n"),
    ]);
    assert_eq!(manifest.variable(b"done").unwrap(), b"1");
}

#[test]
fn subninja_has_its_own_scope() {
    let manifest = read_files(&[
        (
            "build.ninja",
            "builddir = some_dir/\nrule varref\n  command = varref $var\nvar = outer\nbuild $builddir/outer: varref\nsubninja test.ninja\nbuild $builddir/outer2: varref\n",
        ),
        ("test.ninja", "var = inner\nbuild $builddir/inner: varref\n"),
    ]);
    assert_eq!(names(&manifest, manifest.outputs(ActionId(1))), ["some_dir/inner"]);
    assert_eq!(command(&manifest, 0), "varref outer");
    assert_eq!(command(&manifest, 1), "varref inner");
    assert_eq!(command(&manifest, 2), "varref outer");
    assert_eq!(manifest.files_read(), [b"build.ninja".to_vec(), b"test.ninja".to_vec()]);
    assert_eq!(manifest.place(ActionId(1)).line, 2);
    assert_eq!(manifest.place(ActionId(1)).file, b"test.ninja");
    assert_eq!(manifest.place(ActionId(2)).line, 7);
}

#[test]
fn subninja_may_declare_a_rule_again() {
    let manifest = read_files(&[
        ("build.ninja", "rule cat\n  command = outer\nsubninja test.ninja\nbuild x : cat\n"),
        (
            "test.ninja",
            "rule cat\n  command = inner\nrule phony\n  command = mine\nbuild y : cat\nbuild z: phony\n",
        ),
    ]);
    assert_eq!(command(&manifest, 0), "inner");
    assert_eq!(command(&manifest, 1), "mine");
    assert!(!manifest.is_phony(ActionId(1)));
    assert_eq!(command(&manifest, 2), "outer");
    assert!(manifest.is_top_rule(manifest.rule(ActionId(2))));
    assert!(!manifest.is_top_rule(manifest.rule(ActionId(0))));
}

#[test]
fn rules_of_subninja_stay_inside() {
    let files = [("build.ninja", "subninja test.ninja\nbuild x : cat\n"), ("test.ninja", CAT)];
    let mistake = try_files(&files, Options::default()).unwrap_err();
    assert_eq!(mistake.message, "unknown build rule 'cat'");
}
