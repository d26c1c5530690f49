//! How rule files are written.

#![allow(clippy::unwrap_used)]

use std::borrow::Cow;

use bstr::ByteSlice as _;
use mbuild_rules::write::{Build, Unwritable, Writer};

fn paths<'a>(names: &[&'a str]) -> Vec<Cow<'a, [u8]>> {
    names.iter().map(|name| Cow::Borrowed(name.as_bytes())).collect()
}

#[test]
fn every_statement() {
    let mut writer = Writer::new();
    writer
        .comment("Generated.\n\nDo not edit.")
        .comment("")
        .variable("ninja_required_version", "1.5")
        .variable("empty", "")
        .pool("link", 2)
        .rule("cc", &[("command", "cc -c $in -o $out"), ("restat", "1")])
        .build(&Build {
            outputs: paths(&["a b.o"]),
            implicit_outputs: paths(&["a$.map"]),
            rule: "cc",
            inputs: paths(&["c:a.c"]),
            implicit_inputs: paths(&["h.h"]),
            order_only: paths(&["gen"]),
            validations: paths(&["check"]),
            bindings: vec![("pool", Cow::Borrowed(b"link"))],
        })
        .build(&Build { outputs: paths(&["all"]), rule: "phony", ..Build::default() })
        .include("more.ninja")
        .subninja("sub dir/build.ninja")
        .default(&["all", "a b.o"])
        .default::<&str>(&[]);
    insta::assert_snapshot!(writer.finish().unwrap().to_str().unwrap());
}

#[test]
fn long_lines_are_wrapped_between_paths() {
    let inputs: Vec<String> = (0..30).map(|at| format!("lib/module_{at}.cmx")).collect();
    let long = "x".repeat(150);
    let mut writer = Writer::new();
    writer.build(&Build {
        outputs: paths(&["lib.cmxa"]),
        rule: "phony",
        inputs: inputs.iter().map(|path| Cow::Borrowed(path.as_bytes())).collect(),
        implicit_inputs: paths(&[&long]),
        order_only: paths(&["last"]),
        ..Build::default()
    });
    let text = writer.finish().unwrap();
    let lines = || text.lines().filter(|line| !line.contains_str(&long));
    assert!(lines().all(|line| line.len() <= 100));
    insta::assert_snapshot!(text.to_str().unwrap());
}

#[test]
fn what_the_language_cannot_express_is_refused() {
    for name in ["", "a|b", "a\nb", "a\rb", "a\0b"] {
        let mut writer = Writer::new();
        writer.build(&Build { outputs: paths(&[name]), rule: "phony", ..Build::default() });
        assert_eq!(writer.finish(), Err(Unwritable::Path(name.into())));
    }
    let mut writer = Writer::new();
    writer.build(&Build { rule: "phony", inputs: paths(&["in"]), ..Build::default() });
    assert!(writer.finish().is_err(), "a statement without outputs");
    let mut writer = Writer::new();
    writer.variable("x", "a\nb").variable("y z", "");
    let refused = writer.finish().unwrap_err();
    insta::assert_snapshot!(refused, @r#"value "a\nb" cannot be written to a rule file: a value there has no line break or NUL"#);
    let mut writer = Writer::new();
    writer.rule("a b", &[("command", "x")]);
    insta::assert_snapshot!(writer.finish().unwrap_err(), @r#"name "a b" cannot be written to a rule file: use letters, digits, `_`, `-` and `.`"#);
}
