//! What is said of wrong rule files, to people and in Ninja's own words.

#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;
use std::io;

use mbuild_rules::Diagnostic;
use mbuild_rules::parse::Options;

fn mistake(text: &[u8]) -> Diagnostic {
    let mut loader = |path: &[u8]| match path {
        b"input" => Ok(text.to_vec()),
        b"broken.ninja" => Ok(b"x = 1\nrule broken\n".to_vec()),
        _ => Err(io::Error::from_raw_os_error(2)),
    };
    mbuild_rules::parse::parse(b"input", &mut loader, Options::default()).unwrap_err()
}

/// Each file, then both forms of what is said of it.
fn report(files: &[&str]) -> String {
    let mut report = String::new();
    for file in files {
        let mistake = mistake(file.as_bytes());
        let ninja = mistake.ninja_text();
        writeln!(report, "{file:?}\n{mistake}\nninja: error: {}\n", ninja.trim_end_matches('\n'))
            .unwrap();
    }
    report
}

const CAT: &str = "rule cat\n  command = cat\n";

fn after_cat(lines: &[&str]) -> Vec<String> {
    lines.iter().map(|line| format!("{CAT}{line}")).collect()
}

fn report_after_cat(lines: &[&str]) -> String {
    let files = after_cat(lines);
    report(&files.iter().map(String::as_str).collect::<Vec<_>>())
}

#[test]
fn statements() {
    insta::assert_snapshot!(
        "statements",
        report(&[
            "foo",
            "subn",
            "foobar",
            "x 3",
            "x = 3",
            "x = $",
            "x = $\n $[\n",
            "x = a$\n b$\n $\n",
            "  x = 1\n",
            "\tx = 1\n",
            "= 1\n",
            ": a\n",
            "|\n",
            "!\n",
            "x = a\rb\n",
            "# no end of line",
            "x = a\0b\n",
            "x = $?\n",
            "x = ${a\n",
            "x = ${}\n",
            "command = $^\n",
        ])
    );
}

#[test]
fn rules() {
    insta::assert_snapshot!(
        "rules",
        report(&[
            "rule",
            "rule\n",
            "rule %foo\n",
            "rule cat",
            "rule cat\n",
            "rule cat\n  command = echo\nrule cat\n  command = echo\n",
            "rule phony\n  command = echo\n",
            "rule cat\n  command = echo\n  rspfile = cat.rsp\n",
            "rule cat\n  command = ${fafsd\nfoo = bar\n",
            "rule cat\n  command = cat\nbuild $.: cat foo\n",
            "rule cat\n  command = cat\nbuild $: cat foo\n",
            "rule cc\n  command = foo\n  othervar = bar\n",
            "rule cc\n  command = foo\n  comand = bar\n",
            "rule cc\n  command = foo\n  && bar",
            "rule cc\n  command =\n",
            "rule cc\n  = x\n",
            "rule cc: x\n",
            "rule cc\n\tcommand = x\n",
        ])
    );
}

#[test]
fn builds() {
    insta::assert_snapshot!(
        "builds",
        report(&[
            "build",
            "build\n",
            "build x: y z\n",
            "build x:: y z\n",
            "build x: ,\n",
            "build:: y z\n",
            "build : phony\n",
        ]) + &report_after_cat(&[
            "build x: cat $\n :\n",
            "build x: ct\n",
            "build x: cat :\n",
            "build x: cat y | z : w\n",
            "build x\n",
            "build a: cat b",
            "build $undefined: cat b\n",
            "build a: cat $undefined\n",
            "build a: cat b\n  pool = unnamed_pool\n",
            "build a: cat b\n  pool = consol\n",
            "build a: cat b\n  x\n",
            "build a: cat b\n    x = 1\n  y",
            "build a: cat b\n  dyndep = c\n",
            "build a a: cat b\n",
            "build a: cat b\nbuild a: cat c\n",
            "build a: cat b\n\n  x = 1\n",
            "build a: cat b |@ c || d\n",
            "build a |@ b: cat\n",
        ])
    );
}

#[test]
fn pools_and_defaults() {
    insta::assert_snapshot!(
        "pools_and_defaults",
        report(&[
            "pool\n",
            "pool foo\n",
            "pool foo\n  depth = 4\npool foo\n",
            "pool console\n  depth = 4\n",
            "pool foo\n  depth = -1\n",
            "pool foo\n  bar = 1\n",
            "default\n",
            "default",
            "default nonexistent\n",
        ]) + &report_after_cat(&[
            "build b: cat c\ndefault b:\n",
            "build b: cat c\ndefault $a\n",
            "build b: cat c\ndefault b | c\n",
        ])
    );
}

#[test]
fn other_files() {
    insta::assert_snapshot!(
        "other_files",
        report(&[
            "subninja foo.ninja\n",
            "include foo.ninja\n",
            "include\n",
            "include broken.ninja\n",
            "subninja broken.ninja x\n",
            "include $x\n",
            "include a:b\n",
        ])
    );
}

#[test]
fn a_first_file_that_cannot_be_read() {
    let mut loader = |_: &[u8]| Err(io::Error::from_raw_os_error(2));
    let mistake =
        mbuild_rules::parse::parse(b"build.ninja", &mut loader, Options::default()).unwrap_err();
    assert_eq!(mistake.ninja_text(), "loading 'build.ninja': No such file or directory");
    assert_eq!(mistake.to_string(), "loading 'build.ninja': No such file or directory");
}

#[test]
fn ninja_cuts_a_line_at_72_bytes_and_shows_no_caret_beyond() {
    let padding = |length: usize| "a".repeat(length);
    // The mistake is the end of line behind the name.
    let short = format!("{}\n", padding(71));
    assert_eq!(
        mistake(short.as_bytes()).ninja_text(),
        format!(
            "input:1: expected '=', got newline\n{}\n{}^ near here",
            padding(71),
            " ".repeat(71)
        )
    );
    let long = format!("{}\n", padding(72));
    assert_eq!(mistake(long.as_bytes()).ninja_text(), "input:1: expected '=', got newline\n");
    let cut = format!("a b{}\n", padding(100));
    assert_eq!(
        mistake(cut.as_bytes()).ninja_text(),
        format!("input:1: expected '=', got identifier\na b{}...\n  ^ near here", padding(69))
    );
    let exact = format!("a b{}\n", padding(69));
    assert!(mistake(exact.as_bytes()).ninja_text().contains("...\n"));
}

#[test]
fn columns_count_bytes_for_ninja_and_people_get_an_aligned_caret() {
    let found = mistake("x = é$?\n".as_bytes());
    assert_eq!(found.column, 7);
    let text = found.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let at = |line: &str, mark: char| line.chars().position(|c| c == mark);
    assert_eq!(at(lines[1], '$'), at(lines[2], '^'));
    assert!(found.ninja_text().ends_with("\n      ^ near here"));
}

#[test]
fn carriage_returns_are_not_shown_to_people() {
    let found = mistake(b"build x\r\n");
    assert!(!found.to_string().contains('\r'));
    assert_eq!(
        found.ninja_text(),
        "input:1: expected ':', got newline ($ also escapes ':')\nbuild x\r\n       ^ near here"
    );
}
