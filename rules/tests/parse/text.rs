//! How a file is cut into statements, lines and words.

use mbuild_rules::{ActionId, Manifest};

use crate::{binding, command, names, read, refusal};

#[test]
fn an_empty_file_has_only_what_is_built_in() {
    let manifest = read("");
    assert_eq!((manifest.action_count(), manifest.file_count()), (0, 0));
    assert_eq!((manifest.rule_count(), manifest.pool_count()), (1, 2));
    assert_eq!(manifest.rule_name(Manifest::PHONY), b"phony");
    assert_eq!(manifest.pool_depth(Manifest::DEFAULT_POOL), 0);
    assert_eq!(manifest.pool_name(Manifest::CONSOLE_POOL), b"console");
    assert_eq!(manifest.pool_depth(Manifest::CONSOLE_POOL), 1);
    assert_eq!(manifest.files_read(), [b"input".to_vec()]);
}

#[test]
fn comments_and_blank_lines_may_be_indented() {
    let manifest = read(
        "  #indented comment\nrule cat\n  command = cat $in > $out\n  #generator = 1\n  restat = 1 # comment\n  #comment\nbuild result: cat in_1.cc in-2.O\n  #comment\n  \n",
    );
    assert_eq!(binding(&manifest, 0, "restat"), "1 # comment");
    assert_eq!(binding(&manifest, 0, "generator"), "");
}

#[test]
fn a_blank_line_ends_a_statement() {
    let lines = "rule cat\n  command = cat $in > $out\n\n  restat = 1\n";
    assert_eq!(refusal(lines), "input:4: unexpected indent\n");
}

#[test]
fn lines_continue_after_a_dollar() {
    let manifest = read("rule link\n  command = foo bar $\n    baz\n\nbuild a: link c $\n d e f\n");
    assert_eq!(command(&manifest, 0), "foo bar baz");
    assert_eq!(manifest.inputs(ActionId(0)).len(), 4);
    let manifest = read("x = a$\n   b$\r\n   c\r\nbuild o$\n  ut: phony $\r\n in\r\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"abc");
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["out"]);
}

#[test]
fn lines_may_end_with_carriage_return_and_newline() {
    let manifest = read(
        "# comment with crlf\r\n\r\npool link_pool\r\n  depth = 15\r\n\r\nrule xyz\r\n  command = something$expand \r\n  description = YAY!\r\n\r\nbuild a: xyz b\r\n  pool = link_pool\r\n",
    );
    assert_eq!(command(&manifest, 0), "something ");
    assert_eq!(manifest.pool_depth(manifest.pool(ActionId(0))), 15);
}

#[test]
fn a_hash_starts_a_comment_only_at_the_start_of_a_line() {
    let manifest = read("# this is a comment\nfoo = not # a comment\nbuild #x: phony y#\n");
    assert_eq!(manifest.variable(b"foo").unwrap(), b"not # a comment");
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["#x"]);
}

#[test]
fn backslashes_are_literal() {
    let manifest = read("foo = bar\\baz\nfoo2 = bar\\ baz\n");
    assert_eq!(manifest.variable(b"foo").unwrap(), b"bar\\baz");
    assert_eq!(manifest.variable(b"foo2").unwrap(), b"bar\\ baz");
}

#[test]
fn dollars_are_doubled() {
    let manifest =
        read("rule foo\n  command = ${out}bar$$baz$$$\nblah\nx = $$dollar\nbuild $x: foo y\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"$dollar");
    assert_eq!(command(&manifest, 0), "'$dollar'bar$baz$blah");
}

#[test]
fn bytes_outside_ascii_are_kept() {
    let manifest =
        read("rule utf8\n  command = true\n  description = compilación\nbuild é: utf8 ñ\n");
    assert_eq!(binding(&manifest, 0, "description"), "compilación");
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["ñ"]);
}

#[test]
fn a_byte_zero_ends_the_file() {
    let manifest = read("x = 1\n\0build\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"1");
}
