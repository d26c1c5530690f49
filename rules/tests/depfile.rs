//! How depfiles of compilers are read.

#![allow(clippy::unwrap_used)]

use mbuild_rules::depfile::{self, parse};

/// Outputs and inputs, each joined with `|`.
fn read(content: &str) -> (String, String) {
    let depfile = parse(b"x.d", content.as_bytes()).unwrap();
    let join = |names: &[std::borrow::Cow<'_, [u8]>]| {
        let names: Vec<_> = names.iter().map(|name| String::from_utf8_lossy(name)).collect();
        names.join("|")
    };
    (join(&depfile.outputs), join(&depfile.inputs))
}

#[track_caller]
fn assert_reads(content: &str, outputs: &str, inputs: &str) {
    assert_eq!(read(content), (outputs.to_owned(), inputs.to_owned()), "of {content:?}");
}

#[track_caller]
fn assert_refused(content: &str, ninja: &str) {
    assert_eq!(parse(b"x.d", content.as_bytes()).unwrap_err().ninja_text(), ninja);
}

#[test]
fn one_output_and_its_inputs() {
    assert_reads(
        "build/ninja.o: ninja.cc ninja.h eval_env.h manifest_parser.h\n",
        "build/ninja.o",
        "ninja.cc|ninja.h|eval_env.h|manifest_parser.h",
    );
}

#[test]
fn an_escaped_newline_may_come_first() {
    assert_reads(" \\\n  out: in\n", "out", "in");
    assert_reads("\\\nout: in\n", "out", "in");
}

#[test]
fn lines_continue_after_a_backslash() {
    assert_reads("foo.o: \\\n  bar.h \\\n  baz.h\n", "foo.o", "bar.h|baz.h");
    assert_reads("foo.o: \\\r\n  bar.h \\\r\n  baz.h\r\n", "foo.o", "bar.h|baz.h");
    assert_reads("foo.o: bar.h\\\nbaz.h\n", "foo.o", "bar.h|baz.h");
}

#[test]
fn the_last_line_needs_no_newline() {
    assert_reads("foo.o: bar.h baz.h", "foo.o", "bar.h|baz.h");
    assert_reads("foo.o:", "foo.o", "");
}

#[test]
fn names_may_hold_drives_quotes_and_ampersands() {
    assert_reads("foo.o: //?/c:/bar.h\n", "foo.o", "//?/c:/bar.h");
    assert_reads(
        "foo&bar.o foo'bar.o foo\"bar.o: foo&bar.h foo'bar.h foo\"bar.h\n",
        "foo&bar.o|foo'bar.o|foo\"bar.o",
        "foo&bar.h|foo'bar.h|foo\"bar.h",
    );
}

#[test]
fn backslashes_between_names_of_folders_stay() {
    assert_reads(
        "Project\\Dir\\Build\\Release8\\Foo\\Foo.res : \\\n  Dir\\Library\\Foo.rc \\\n  Dir\\Library\\Version\\Bar.h\n",
        "Project\\Dir\\Build\\Release8\\Foo\\Foo.res",
        "Dir\\Library\\Foo.rc|Dir\\Library\\Version\\Bar.h",
    );
}

#[test]
fn an_escaped_blank_is_part_of_the_name() {
    assert_reads("a\\ bc\\ def:   a\\ b c d", "a bc def", "a b|c|d");
}

#[test]
fn backslashes_before_a_blank_are_counted() {
    assert_reads(
        "a\\ b\\#c.h: \\\\\\\\\\  \\\\\\\\ \\\\share\\info\\\\#1",
        "a b#c.h",
        "\\\\ |\\\\\\\\|\\\\share\\info\\#1",
    );
}

#[test]
fn a_hash_is_escaped_and_a_dollar_doubled() {
    assert_reads("\\!\\@\\#$$\\%\\^\\&\\[\\]\\\\:", "\\!\\@#$\\%\\^\\&\\[\\]\\\\", "");
}

#[test]
fn an_escaped_colon_is_a_colon() {
    assert_reads(
        "c\\:\\gcc\\x86_64-w64-mingw32\\include\\stddef.o: \\\n c:\\gcc\\x86_64-w64-mingw32\\include\\stddef.h \n",
        "c:\\gcc\\x86_64-w64-mingw32\\include\\stddef.o",
        "c:\\gcc\\x86_64-w64-mingw32\\include\\stddef.h",
    );
}

#[test]
fn a_colon_before_a_blank_ends_the_target_whatever_stands_before_it() {
    assert_reads("foo1\\: x\nfoo1\\:\nfoo1\\:\r\nfoo1\\:\t\nfoo1\\:", "foo1\\", "x");
}

#[test]
fn special_characters_are_plain() {
    assert_reads(
        "C:/Program\\ Files\\ (x86)/Microsoft\\ crtdefs.h: \\\n en@quot.header~ t+t-x!=1 \\\n openldap/slapd.d/cn=config/olcDatabase={0}config.ldif\\\n Fu\u{303}ball\\\n a[1]b@2%c",
        "C:/Program Files (x86)/Microsoft crtdefs.h",
        "en@quot.header~|t+t-x!=1|openldap/slapd.d/cn=config/olcDatabase={0}config.ldif|Fu\u{303}ball|a[1]b@2%c",
    );
}

#[test]
fn other_characters_separate_names() {
    assert_reads("out: a*b c;d e<f\tg\u{b}h $i", "out", "a|b|c|d|e|f|g|h|i");
}

#[test]
fn repeated_and_several_outputs() {
    assert_reads("foo foo: x y z", "foo", "x|y|z");
    assert_reads("foo bar: x y z", "foo|bar", "x|y|z");
    assert_reads("foo foo:\n", "foo", "");
}

#[test]
fn empty_rules_may_follow() {
    assert_reads("foo: x\nfoo: \nfoo:\n", "foo", "x");
}

#[test]
fn phony_rules_of_mp_are_tolerated() {
    assert_reads("foo: x y z\nx:\ny:\nz:\n", "foo", "x|y|z");
    assert_reads("foo: x y z\r\nx:\r\ny:\r\nz:\r\n", "foo", "x|y|z");
    assert_reads("foo: x\\\n     y\nx:\ny:\n", "foo", "x|y");
}

#[test]
fn an_output_may_have_several_rules() {
    let inputs = "x|y|z";
    assert_reads("foo: x\nfoo: y\nfoo: z\n", "foo", inputs);
    assert_reads("foo: x\r\nfoo: y\r\nfoo: z\r\n", "foo", inputs);
    assert_reads("foo: x\\\n     y\nfoo: z\n", "foo", inputs);
    assert_reads("foo: x\\\r\n     y\nfoo: z\r\n", "foo", inputs);
    assert_reads(" foo: x\n foo: y\n foo: z\n", "foo", inputs);
}

#[test]
fn different_outputs_may_have_different_rules() {
    assert_reads("foo: x y\nbar: y z\n", "foo|bar", "x|y|z");
}

#[test]
fn an_input_that_has_inputs_is_refused() {
    assert_refused("foo: x y z\nx: alsoin\ny:\nz:\n", "x.d: inputs may not also have inputs");
}

#[test]
fn an_input_may_be_a_target_with_inputs_that_are_known() {
    assert_reads("foo: x y z\nx: y z\n", "foo", "x|y|z");
}

#[test]
fn an_empty_file_says_nothing() {
    assert_reads("", "", "");
    assert_reads("\n\n", "", "");
    assert_reads("  \\\n \n", "", "");
}

#[test]
fn without_a_colon_it_is_no_depfile() {
    assert_refused("foo.o foo.c\n", "x.d: expected ':' in depfile");
    insta::assert_snapshot!(parse(b"x.d", b"\nfoo.o foo.c\n").unwrap_err(), @r"
    x.d:2:1: expected ':' in depfile
      foo.o foo.c
      ^
      help: a depfile looks like `output: input input`
    ");
}

#[test]
fn names_without_escapes_are_not_copied() {
    let depfile = parse(b"x.d", b"out\\ 1: in\\x\n").unwrap();
    assert!(matches!(depfile.outputs[0], std::borrow::Cow::Owned(_)));
    assert!(matches!(depfile.inputs[0], std::borrow::Cow::Borrowed(_)));
}

#[test]
fn what_is_written_is_what_is_read() {
    let names: [&[u8]; 5] = [b"a b", b"c#d", b"$e", "\u{e9}/../f(1).html".as_bytes(), b"g\\h"];
    let content = depfile::write(b"o u t", names).unwrap();
    let read = depfile::parse(b"d", &content).unwrap();
    assert_eq!(read.outputs, [&b"o u t"[..]]);
    assert_eq!(read.inputs, names);
    for name in [&b"a*"[..], b"a;b", b"a\nb", b"a:", b""] {
        assert_eq!(depfile::write(b"o", [name]), Err(name.into()));
    }
}
