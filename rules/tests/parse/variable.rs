//! Variables: when they are looked up, where, and which mean something.

use mbuild_rules::ActionId;
use mbuild_rules::parse::Options;

use crate::{CAT, binding, command, names, read, try_files};

#[test]
fn rules_see_variables_late_and_statements_early() {
    let manifest = read(
        "l = one-letter-test\nrule link\n  command = ld $l $extra $with_under -o $out $in\nextra = -pthread\nwith_under = -under\nbuild a: link b c\nnested1 = 1\nnested2 = $nested1/2\nbuild supernested: link x\n  extra = $nested2/3\nnested1 = later\nextra = later\n",
    );
    assert_eq!(command(&manifest, 0), "ld one-letter-test later -under -o a b c");
    assert_eq!(command(&manifest, 1), "ld one-letter-test 1/2/3 -under -o supernested x");
    assert_eq!(manifest.variable(b"nested2"), Some(&b"1/2"[..]));
    assert_eq!(manifest.variable(b"missing"), None);
}

#[test]
fn a_statement_shadows_the_file() {
    let manifest = read(
        "foo = bar\nrule cmd\n  command = cmd $foo $in $out\nbuild inner: cmd a\n  foo = baz\nbuild outer: cmd b\n",
    );
    assert_eq!(command(&manifest, 0), "cmd baz a inner");
    assert_eq!(command(&manifest, 1), "cmd bar b outer");
}

#[test]
fn bindings_of_a_statement_do_not_see_each_other() {
    let manifest =
        read(&format!("a = file\n{CAT}build out: cat in\n  a = own\n  b = $a\n  b = $b$a\n"));
    assert_eq!(binding(&manifest, 0, "a"), "own");
    assert_eq!(binding(&manifest, 0, "b"), "file");
}

#[test]
fn paths_see_the_bindings_of_their_statement() {
    let manifest =
        read(&format!("{CAT}build $x.o: cat $x.c | ${{x}}.h || $x.gen |@ $x.check\n  x = foo\n"));
    let action = ActionId(0);
    assert_eq!(names(&manifest, manifest.outputs(action)), ["foo.o"]);
    assert_eq!(names(&manifest, manifest.inputs(action)), ["foo.c", "foo.h", "foo.gen"]);
    assert_eq!(names(&manifest, manifest.validations(action)), ["foo.check"]);
}

#[test]
fn the_file_comes_before_the_rule_when_a_statement_binds_nothing() {
    let rules = "description = of the file\nrule r\n  command = r\n  description = of the rule\n";
    let manifest = read(&format!("{rules}build a: r\nbuild b: r\n  x = 1\n"));
    assert_eq!(binding(&manifest, 0, "description"), "of the file");
    assert_eq!(binding(&manifest, 1, "description"), "of the rule");
}

#[test]
fn names_of_variables_in_braces_may_have_dots() {
    let manifest = read("a.b = 1\na = 2\nx = ${a.b} $a.b ${missing}.\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"1 2.b .");
}

#[test]
fn the_version_that_is_asked_for_is_compared() {
    assert!(read("ninja_required_version = 1.13\n").warnings().is_empty());
    assert_eq!(
        read("ninja_required_version = 0.9\n").warnings(),
        [
            "ninja executable version (1.13.2) greater than build file ninja_required_version (0.9); versions may be incompatible."
        ]
    );
    let mistake =
        try_files(&[("input", "\nninja_required_version = 1.14\n^\n")], Options::default())
            .unwrap_err();
    assert!(mistake.is_fatal());
    insta::assert_snapshot!(mistake, @r"
    ninja version (1.13.2) incompatible with build file ninja_required_version version (1.14).
      help: lower it in input:2 if the file needs nothing newer
    ");
}

#[test]
fn variables_of_mbuild_are_known_and_others_of_that_prefix_warned_of_once() {
    let manifest = read(&format!(
        "mbuild_env = HOME\nmbuild_cach = on\n{CAT}build a: cat\n  mbuild_tool = x\n  mbuild_cach = off\n  mbuild_speed = 2\n  mbuild_check = mtime\n"
    ));
    assert_eq!(binding(&manifest, 0, "mbuild_env"), "HOME");
    assert_eq!(binding(&manifest, 0, "mbuild_tool"), "x");
    assert_eq!(
        manifest.warnings(),
        [
            "unknown variable `mbuild_cach` has no effect, did you mean `mbuild_cache`?",
            "unknown variable `mbuild_speed` has no effect, known are `mbuild_env`, `mbuild_tool`, `mbuild_cache`, `mbuild_check`",
            "`mbuild_check` on a build statement has no effect, set it above",
        ]
    );
}

#[test]
fn values_that_mean_nothing_are_warned_of() {
    let manifest = read(&format!(
        "mbuild_check = time\nmbuild_cache =\n{CAT}\
         build a: cat\n  mbuild_cache = off\nbuild b: cat\n  mbuild_cache = maybe\n"
    ));
    assert_eq!(
        manifest.warnings(),
        [
            "`mbuild_check` is `time`, expected `content` or `mtime`; it counts as `content`",
            "`mbuild_cache` is `maybe`, expected `on` or `off`; it counts as `on`",
        ]
    );
}
