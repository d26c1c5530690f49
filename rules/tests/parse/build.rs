//! The `build` statement.

use mbuild_rules::ActionId;
use mbuild_rules::parse::Options;

use crate::{CAT, binding, command, names, read, refusal, try_files};

#[test]
fn inputs_of_all_kinds() {
    let manifest = read(&format!("{CAT}build foo | foo.imp: cat bar | baz || boo zoo |@ check\n"));
    let action = ActionId(0);
    assert_eq!(names(&manifest, manifest.explicit_outputs(action)), ["foo"]);
    assert_eq!(names(&manifest, manifest.implicit_outputs(action)), ["foo.imp"]);
    assert_eq!(names(&manifest, manifest.explicit_inputs(action)), ["bar"]);
    assert_eq!(names(&manifest, manifest.implicit_inputs(action)), ["baz"]);
    assert_eq!(names(&manifest, manifest.order_only_inputs(action)), ["boo", "zoo"]);
    assert_eq!(names(&manifest, manifest.validations(action)), ["check"]);
    assert_eq!(names(&manifest, manifest.inputs(action)), ["bar", "baz", "boo", "zoo"]);
    assert_eq!(command(&manifest, 0), "cat bar > foo");
}

#[test]
fn lists_may_be_empty() {
    let manifest = read(&format!("{CAT}build foo | : cat bar | || |@\nbuild | only.imp: cat\n"));
    assert_eq!(manifest.outputs(ActionId(0)).len(), 1);
    assert_eq!(names(&manifest, manifest.implicit_outputs(ActionId(1))), ["only.imp"]);
    assert!(manifest.explicit_outputs(ActionId(1)).is_empty());
}

#[test]
fn an_action_may_have_several_outputs_and_a_depfile() {
    let manifest =
        read("rule cc\n  command = foo\n  depfile = bar\n  deps = gcc\nbuild a.o b.o: cc c.cc\n");
    assert_eq!(binding(&manifest, 0, "deps"), "gcc");
    assert_eq!(manifest.outputs(ActionId(0)).len(), 2);
}

#[test]
fn an_output_is_named_once() {
    let twice = "foo is defined as an output multiple times";
    for outputs in ["foo foo", "foo | foo", "foo baz | foo baq", "foo ./foo"] {
        assert_eq!(
            refusal(&format!("{CAT}build {outputs}: cat bar\n")),
            format!("input:4: {twice}\n")
        );
    }
}

#[test]
fn an_output_has_one_action() {
    let two =
        format!("{CAT}build out1 out2: cat in1\nbuild out1: cat in2\nbuild final: cat out1\n");
    assert_eq!(refusal(&two), "input:5: multiple rules generate out1\n");
    let files = [("input", "subninja sub.ninja\n"), ("sub.ninja", two.as_str())];
    let mistake = try_files(&files, Options::default()).unwrap_err();
    assert_eq!(mistake.ninja_text(), "sub.ninja:5: multiple rules generate out1\n");
    insta::assert_snapshot!(mistake, @r"
    sub.ninja:4:1: multiple rules generate out1
      build out1: cat in2
      ^
      help: sub.ninja:4 and sub.ninja:3 both make it, remove one or give it another output
    ");
}

#[test]
fn keywords_may_be_names_of_rules_and_targets() {
    let manifest = read(
        "rule build\n  command = rule run $out\nbuild subninja: build include default foo.cc\ndefault subninja\n",
    );
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["include", "default", "foo.cc"]);
}
