//! Real files: the tree that is read from each is the one that opam's own reader gives.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use super::tree::{Content, File, Item, Kind, Value};
use crate::oasis::corpus;

/// Path (below the folder of the kind) and content of each file, in order.
pub(super) fn files(kind: &str) -> Vec<(String, Vec<u8>)> {
    let top = corpus::folder().join(kind);
    let mut left = vec![top.clone()];
    let mut found = Vec::new();
    while let Some(folder) = left.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else {
                let name = path.strip_prefix(&top).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The tree that opam's reader gave of a file, `None` where it gave none.
fn oracle(kind: &str, name: &str) -> Option<String> {
    let path: PathBuf = corpus::folder().join("oracle").join(kind).join(format!("{name}.ast"));
    Path::new(&path).is_file().then(|| std::fs::read_to_string(&path).unwrap())
}

/// A tree in the notation of the oracle.
fn notation(file: &File) -> String {
    let mut text = String::new();
    items(&mut text, &file.items, 0);
    text
}

fn items(text: &mut String, all: &[Item], depth: usize) {
    for item in all {
        text.push_str(&"  ".repeat(depth));
        match &item.content {
            Content::Field(field) => {
                let _ = write!(text, "{}: ", item.name);
                value(text, field);
                text.push('\n');
            }
            Content::Section { name, items: inside } => {
                let name = name.as_ref().map_or("-".into(), |name| name.to_str_lossy());
                let _ = writeln!(text, "SECTION {} {name}", item.name);
                items(text, inside, depth + 1);
            }
        }
    }
}

fn value(text: &mut String, of: &Value) {
    match &of.kind {
        Kind::Bool(bool) => _ = write!(text, "B:{bool}"),
        Kind::Int(int) => _ = write!(text, "I:{int}"),
        Kind::Text(own) => quoted(text, own),
        Kind::Ident(name) => _ = write!(text, "ID:{name}"),
        Kind::List(values) => around(text, "[", values, "]"),
        Kind::Group(values) => around(text, "(grp ", values, ")"),
        Kind::Option(inner, values) => {
            text.push_str("(opt ");
            value(text, inner);
            around(text, " {", values, "})");
        }
        Kind::Relation(relation, left, right) => {
            let _ = write!(text, "(rel {} ", relation.sign());
            pair(text, left, right);
        }
        Kind::Prefix(relation, inner) => {
            let _ = write!(text, "(prel {} ", relation.sign());
            value(text, inner);
            text.push(')');
        }
        Kind::And(values) => chain(text, "&", values),
        Kind::Or(values) => chain(text, "|", values),
        Kind::Not(inner) => {
            text.push_str("(pfx ! ");
            value(text, inner);
            text.push(')');
        }
        Kind::Defined(inner) => {
            text.push_str("(pfx ? ");
            value(text, inner);
            text.push(')');
        }
        Kind::Update(update, left, right) => {
            let _ = write!(text, "(env {} ", update.sign());
            pair(text, left, right);
        }
    }
}

fn pair(text: &mut String, left: &Value, right: &Value) {
    value(text, left);
    text.push(' ');
    value(text, right);
    text.push(')');
}

fn around(text: &mut String, open: &str, values: &[Value], close: &str) {
    text.push_str(open);
    for (index, inner) in values.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        value(text, inner);
    }
    text.push_str(close);
}

/// opam's own tree has two values each, and the left ones inside.
fn chain(text: &mut String, sign: &str, values: &[Value]) {
    for _ in 1..values.len() {
        let _ = write!(text, "(log {sign} ");
    }
    for (index, inner) in values.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        value(text, inner);
        if index > 0 {
            text.push(')');
        }
    }
}

/// A text as OCaml's `%S` shows it.
fn quoted(text: &mut String, content: &[u8]) {
    text.push_str("S:\"");
    for byte in content {
        match byte {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            b'\r' => text.push_str("\\r"),
            8 => text.push_str("\\b"),
            b' '..=b'~' => text.push(char::from(*byte)),
            other => _ = write!(text, "\\{other:03}"),
        }
    }
    text.push('"');
}

/// What is read of a corpus: how many trees are opam's, what of the files that opam's reader refuses is
/// read, and what is said first of those that are refused.
fn compared(kind: &str) -> String {
    let (mut same, mut read, mut refused) = (0, Vec::new(), Vec::new());
    for (name, content) in files(kind) {
        // What is there twice is left out only after this.
        let (file, wrong) = super::parse::file(&content);
        let wrong = super::shown(name.as_bytes(), &content, wrong);
        let tree = if wrong.is_empty() { Ok(file) } else { Err(wrong) };
        match (tree, oracle(kind, &name)) {
            (Ok(file), Some(expected)) => {
                let shown = notation(&file);
                assert_eq!(shown.trim_end(), expected.trim_end(), "{name}");
                same += 1;
            }
            (Ok(_), None) => read.push(name),
            (Err(wrong), None) => {
                let first = &wrong[0];
                let (line, column) = (first.line, first.column);
                refused.push(format!("{name}:{line}:{column}: {}", first.message));
            }
            (Err(wrong), Some(_)) => panic!("{}", wrong[0]),
        }
    }
    let mut text = format!("{same} as opam's reader gives them\n");
    for name in &read {
        let _ = writeln!(text, "only we read {name}");
    }
    for shown in &refused {
        let _ = writeln!(text, "{shown}");
    }
    text
}

#[test]
fn every_opam_file_is_read_as_opam_reads_it() {
    insta::assert_snapshot!(compared("opam"));
}

#[test]
fn every_url_file_of_opam_1_is_read_as_opam_reads_it() {
    insta::assert_snapshot!(compared("opam-url"));
}

#[test]
fn every_opam_file_in_a_source_tree_is_read_as_opam_reads_it() {
    insta::assert_snapshot!(compared("opam-src"));
}

#[test]
fn every_install_file_is_read_as_opam_reads_it() {
    insta::assert_snapshot!(compared("install"));
}
