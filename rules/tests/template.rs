//! Texts with variables that stand in no rule file.

use mbuild_rules::template::{Part, parse};

fn text(text: &str) -> Part {
    Part::Text(text.into())
}

fn variable(name: &str) -> Part {
    Part::Variable(name.into())
}

#[test]
fn variables_stand_with_and_without_braces() {
    let parts = parse(b"--flag", b"<${a.b}/$c.d> $e").unwrap();
    let expected =
        [text("<"), variable("a.b"), text("/"), variable("c"), text(".d> "), variable("e")];
    assert_eq!(parts, expected);
}

#[test]
fn escapes_are_resolved() {
    assert_eq!(parse(b"--flag", b"$$a $: $ b | : #").unwrap(), [text("$a :  b | : #")]);
    assert_eq!(parse(b"--flag", b"").unwrap(), []);
}

#[test]
fn a_text_ends_with_its_first_line() {
    assert_eq!(parse(b"--flag", b"a\nb").unwrap(), [text("a")]);
    assert_eq!(parse(b"--flag", b"a$\n  b").unwrap(), [text("ab")]);
}

#[test]
fn a_dollar_that_introduces_nothing_is_refused() {
    let said = |text: &[u8]| parse(b"--flag", text).unwrap_err().ninja_text();
    insta::assert_snapshot!(said(b"done $% x"), @r"
    --flag:1: bad $-escape (literal $ must be written as $$)
    done $% x
         ^ near here
    ");
    assert!(said(b"done $").contains("unexpected EOF"));
}
