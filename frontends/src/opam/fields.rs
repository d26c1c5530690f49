//! The names of fields and sections, and what each holds: what opam does not know, or would leave out, is said.

use std::ops::Range;

use bstr::ByteSlice as _;

use super::filter::filter;
use super::formula::formula;
use super::tree::{Content, File, Item, Kind, Value};
use super::{Wrong, install_list, names};
use crate::suggest;

/// What a field holds.
#[derive(Clone, Copy)]
enum Shape {
    /// One text.
    Text,
    /// Texts, one alone without a list.
    Texts,
    /// Texts that may have a condition each.
    Conditioned,
    /// Packages of the system: texts with conditions on each list of them, or opam 1's pairs of lists.
    SystemPackages,
    /// Packages, each with where its sources are.
    Pins,
    /// Names, each with the packages that bring what it is and with a text.
    Features,
    /// Whoever reads it says what is wrong, or nothing in it is read.
    Own,
}

/// The fields of opam 2.1, those that opam 1 had, and what opam keeps for itself.
const FIELDS: [(&str, Shape); 43] = [
    ("author", Shape::Texts),
    ("authors", Shape::Texts),
    ("available", Shape::Own),
    ("bug-reports", Shape::Texts),
    ("build", Shape::Own),
    ("build-doc", Shape::Own),
    ("build-env", Shape::Own),
    ("build-test", Shape::Own),
    ("configure-style", Shape::Own),
    ("conflict-class", Shape::Own),
    ("conflicts", Shape::Own),
    ("depends", Shape::Own),
    ("depexts", Shape::SystemPackages),
    ("depopts", Shape::Own),
    ("descr", Shape::Text),
    ("description", Shape::Text),
    ("dev-repo", Shape::Text),
    ("doc", Shape::Texts),
    ("extra-files", Shape::Own),
    ("extra-sources", Shape::Own),
    ("features", Shape::Features),
    ("flags", Shape::Own),
    ("homepage", Shape::Texts),
    ("install", Shape::Own),
    ("libraries", Shape::Conditioned),
    ("license", Shape::Texts),
    ("maintainer", Shape::Texts),
    ("messages", Shape::Conditioned),
    ("name", Shape::Own),
    ("ocaml-version", Shape::Own),
    ("opam-version", Shape::Own),
    ("os", Shape::Own),
    ("patches", Shape::Own),
    ("pin-depends", Shape::Pins),
    ("post-messages", Shape::Conditioned),
    ("remove", Shape::Own),
    ("run-test", Shape::Own),
    ("setenv", Shape::Own),
    ("substs", Shape::Own),
    ("synopsis", Shape::Text),
    ("syntax", Shape::Conditioned),
    ("tags", Shape::Texts),
    ("version", Shape::Own),
];

/// What `url` and `extra-source` hold, and opam 1's file `url`, which has a field for each way of fetching.
const ADDRESS: [(&str, Shape); 12] = [
    ("archive", Shape::Text),
    ("checksum", Shape::Own),
    ("darcs", Shape::Text),
    ("git", Shape::Text),
    ("hg", Shape::Text),
    ("http", Shape::Text),
    ("local", Shape::Text),
    ("mirrors", Shape::Texts),
    ("opam-version", Shape::Own),
    ("src", Shape::Text),
    ("subpath", Shape::Text),
    ("swhid", Shape::Text),
];

/// Nobody reads more of these.
const MANY: usize = 100;

/// The sections of opam 2.1.
const SECTIONS: [&str; 2] = [URL, "extra-source"];

/// The one that there is one of.
const URL: &str = "url";

/// What is said of a file: names that opam does not know, where `x-...` are for everyone's own use, and fields that do
/// not hold what they are to.
pub(super) fn strange(file: &File) -> Vec<Wrong> {
    let mut said = Vec::new();
    of_items(&file.items, &FIELDS, "opam has no field", &mut said);
    for item in &file.items {
        let Content::Section { name, items } = &item.content else { continue };
        if let (URL, Some(title)) = (item.name.as_str(), name) {
            let message = format!("`url` has no title; all of `url \"{title}\"` is left out");
            said.push(Wrong::new(item.at, message).help("write `url {`"));
            continue;
        }
        if SECTIONS.contains(&item.name.as_str()) {
            said.extend(in_address(items));
            continue;
        }
        let message = format!("opam has no section `{}`", item.name);
        let help = match FIELDS.iter().any(|(name, _)| *name == item.name) {
            true => format!("it is a field: `{}: ...`", item.name),
            false => suggest::help(&item.name, SECTIONS, left_alone),
        };
        said.push(Wrong::new(item.at, message).help(help));
    }
    said.sort_by_key(|wrong| wrong.at);
    said.truncate(MANY);
    said
}

/// What is said of a section that is `url` or like it, or of opam 1's file.
pub(super) fn in_address(items: &[Item]) -> Vec<Wrong> {
    let mut said = Vec::new();
    of_items(items, &ADDRESS, "where sources come from has no", &mut said);
    said
}

/// What is said of the fields among these that are in the table, and of those that are not.
fn of_items(items: &[Item], table: &[(&str, Shape)], unknown: &str, said: &mut Vec<Wrong>) {
    for item in items {
        if said.len() >= MANY {
            return;
        }
        let Content::Field(value) = &item.content else { continue };
        match table.iter().find(|(name, _)| *name == item.name) {
            Some((_, shape)) => said.extend(shape.wrong(&item.name, value)),
            None if item.name.starts_with("x-") => {}
            None => {
                let message = format!("{unknown} `{}`", item.name);
                let help = match SECTIONS.contains(&item.name.as_str()) {
                    true => format!("it is a section: `{} {{ ... }}`", item.name),
                    false => suggest::help(&item.name, table.iter().map(|it| it.0), left_alone),
                };
                said.push(Wrong::new(item.at, message).help(help));
            }
        }
    }
}

/// The first line of a text, but for the one that it begins in, that begins as a field does, of this file or of a list.
pub(super) fn in_text(text: &[u8]) -> Option<String> {
    text.lines().skip(1).find_map(|line| {
        let (name, _) = line.split_once_str(":")?;
        let name = name.to_str().ok()?;
        let is_field = FIELDS.iter().any(|(field, _)| *field == name);
        (is_field || install_list::SECTIONS.contains(&name)).then(|| name.to_owned())
    })
}

fn left_alone() -> String {
    "it is left alone; names of your own begin with `x-`".to_owned()
}

impl Shape {
    /// What is wrong with the value of a field that is to hold this.
    fn wrong(self, field: &str, value: &Value) -> Vec<Wrong> {
        let told = |values: &[Value], wrong: &dyn Fn(&Value) -> bool, what: &str| {
            let wrong = values.iter().filter(|value| wrong(value)).take(MANY);
            let told = |value: &Value| {
                let message = format!("expected {what}; this is left out of `{field}`");
                Wrong::new(value.span.start, message).help(help(value))
            };
            wrong.map(told).collect()
        };
        let is_no_text = |value: &Value| !matches!(value.kind, Kind::Text(_));
        let one = std::slice::from_ref(value);
        match self {
            Self::Own => Vec::new(),
            Self::Text => told(one, &is_no_text, "one text in quotes"),
            Self::Texts => told(value.listed(), &is_no_text, "a text in quotes"),
            Self::Conditioned => {
                let mut wrong =
                    told(value.listed(), &|value| is_no_text(value.bare()), "a text in quotes");
                wrong.extend(value.listed().iter().flat_map(conditions));
                wrong
            }
            Self::SystemPackages => system_packages(value),
            Self::Features => features(value).into_iter().collect(),
            Self::Pins => {
                let pairs = match value.listed() {
                    pairs if pairs.iter().all(|it| matches!(it.kind, Kind::List(_))) => pairs,
                    _ => one,
                };
                let is_pair = |value: &Value| match &value.kind {
                    Kind::List(pair) => match pair.as_slice() {
                        [Value { kind: Kind::Text(package), .. }, address] => {
                            names::is_versioned(&package.to_string()) && !is_no_text(address)
                        }
                        _ => false,
                    },
                    _ => false,
                };
                told(pairs, &|value| !is_pair(value), "`[\"package.version\" \"address\"]`")
            }
        }
    }
}

/// What to do about a value that is no text.
pub(super) fn help(value: &Value) -> String {
    match &value.kind {
        Kind::Ident(name) => format!("a text goes into quotes: \"{name}\""),
        Kind::Int(number) => format!("a text goes into quotes: \"{number}\""),
        Kind::Bool(truth) => format!("a text goes into quotes: \"{truth}\""),
        Kind::List(_) => "write it without these brackets".to_owned(),
        Kind::Group(_) => "write it without these parentheses".to_owned(),
        _ => "nothing else is read here".to_owned(),
    }
}

/// What is wrong with the conditions on a value.
fn conditions(mut value: &Value) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    while let Kind::Option(inner, condition) = &value.kind {
        let braces: &Range<usize> = &value.span;
        wrong.extend(filter(condition, braces).err().unwrap_or_default());
        value = inner;
    }
    wrong
}

/// What is wrong with `features`, of which opam reads all or nothing, and no more comes of it.
fn features(value: &Value) -> Option<Wrong> {
    let other = value.listed().iter().find(|value| {
        let Kind::Option(inner, text) = &value.kind else { return true };
        let Kind::Option(name, packages) = &inner.kind else { return true };
        let [Value { kind: Kind::Text(_), .. }] = text.as_slice() else { return true };
        !matches!(name.kind, Kind::Ident(_))
            || !packages.iter().all(|package| formula(package, false).is_ok())
    })?;
    let message = "expected a feature; all of `features` is left out";
    let help = "a feature is a name, packages and a text: `tls {\"tls\"} {\"Talk in secret\"}`";
    Some(Wrong::new(other.span.start, message).help(help))
}

/// What is wrong with `depexts`.
fn system_packages(value: &Value) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    let mut left = vec![value];
    while let Some(value) = left.pop() {
        wrong.extend(conditions(value));
        let value = value.bare();
        match &value.kind {
            Kind::Text(_) => {}
            Kind::List(values) => left.extend(values),
            _ => {
                let help = "an entry is `[\"libgmp-dev\"] {os-family = \"debian\"}`";
                let message = "expected the name of a package in quotes";
                wrong.push(Wrong::new(value.span.start, message).help(help));
            }
        }
        if wrong.len() >= MANY {
            break;
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    fn said(text: &str) -> String {
        let file = super::super::parse(b"opam", text.as_bytes()).unwrap();
        let mut said = String::new();
        for wrong in super::super::shown(b"opam", text.as_bytes(), super::strange(&file)) {
            let (line, column, help) = (wrong.line, wrong.column, wrong.help.unwrap());
            writeln!(said, "{line}:{column}: {} ({help})", wrong.message).unwrap();
        }
        said
    }

    #[test]
    fn unknown_names_are_said_with_what_was_meant() {
        let text = "opam-version: \"2.0\"\ndepend: [\"a\"]\nx-own: 1\nfrobnicate: true\n\
            urls {\n  src: \"x\"\n}\nurl {\n  src: \"x\"\n  mirror: \"y\"\n}\ndepends {\n}\nextra-source: \"x\"\n";
        insta::assert_snapshot!(said(text));
    }

    #[test]
    fn what_opam_takes_for_no_feature_is_said() {
        for right in [
            "[]",
            "[x {\"lwt\" \"re\"} {\"X\"} p:y {} {\"Y\"}]",
            "x {\"a\" | \"b\" {>= \"1\"}} {\"Z\"}",
        ] {
            assert_eq!(said(&format!("features: {right}\n")), "", "{right}");
        }
        let wrong = [
            "x",
            "[[x {\"a\"} {\"X\"}]]",
            "[\"x\" {} {\"X\"}]",
            "[x {\"a\"}]",
            "[x {\"a\"} {\"X\" \"Y\"}]",
            "[x {a} {\"X\"}]",
        ];
        for wrong in wrong {
            let said = said(&format!("features: {wrong}\n"));
            let column = 11 + usize::from(wrong.starts_with('['));
            let message = format!("1:{column}: expected a feature; all of `features` is left out");
            assert!(said.starts_with(&message), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_title_that_opam_does_not_take_is_said() {
        let said = said("url \"x\" {\n  frob: 1\n}\nextra-source \"y\" {\n}\n");
        let expected = "1:1: `url` has no title; all of `url \"x\"` is left out (write `url {`)\n";
        assert_eq!(said, expected);
    }

    #[test]
    fn what_a_field_does_not_hold_is_said() {
        let text = "synopsis: [\"a\"]\ndescription: b\nauthors: [me \"a\" [\"b\"] 1]\nlicense: true\nhomepage: (\"h\")\n\
            messages: [m \"n\" {a b} \"o\" {x}]\npost-messages: \"p\" {= \"1\"}\ndepexts: [[a] {os = \"x\"} [\"b\"] {[c]}]\n\
            pin-depends: [[\"a.1\" \"b\"] [\"c\"] [d \"e\"]]\nurl {\n  src: [\"a\"]\n  mirrors: b\n}\n";
        insta::assert_snapshot!(said(text));
        let right = "synopsis: \"a\"\nauthors: \"b\"\ntags: []\nmessages: \"c\" {d}\npin-depends: [\"a.1\" \"b\"]\n\
            depexts: [\"a\" \"b\"]\nlibraries: [\"a\"]\n";
        assert_eq!(said(right), "");
        assert_eq!(said("depexts: [[[\"debian\"] [\"a\"]]]\nx-own: [a [1]]\n"), "");
    }
}
