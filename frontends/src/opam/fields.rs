//! The names of fields and sections: what opam does not know is said, with what was likely meant.

use super::Wrong;
use super::tree::{Content, File};
use crate::suggest;

/// The fields of opam 2.1, those that opam 1 had, and what opam keeps for itself.
const FIELDS: [&str; 40] = [
    "author",
    "authors",
    "available",
    "bug-reports",
    "build",
    "build-doc",
    "build-env",
    "build-test",
    "conflict-class",
    "conflicts",
    "depends",
    "depexts",
    "depopts",
    "description",
    "dev-repo",
    "doc",
    "extra-files",
    "features",
    "flags",
    "homepage",
    "install",
    "libraries",
    "license",
    "maintainer",
    "messages",
    "name",
    "ocaml-version",
    "opam-version",
    "os",
    "patches",
    "pin-depends",
    "post-messages",
    "remove",
    "run-test",
    "setenv",
    "substs",
    "synopsis",
    "syntax",
    "tags",
    "version",
];

/// Nobody reads more of these.
const MANY: usize = 100;

/// The sections of opam 2.1.
const SECTIONS: [&str; 2] = ["url", "extra-source"];

/// What is said of names that opam does not know; `x-...` are for everyone's own use.
pub(super) fn unknown(file: &File) -> Vec<Wrong> {
    let mut said = Vec::new();
    for item in &file.items {
        if said.len() >= MANY {
            break;
        }
        let (known, kind) = match item.content {
            Content::Field(_) => (FIELDS.as_slice(), "field"),
            Content::Section { .. } => (SECTIONS.as_slice(), "section"),
        };
        if known.contains(&item.name.as_str()) || item.name.starts_with("x-") {
            continue;
        }
        let help = suggest::help(&item.name, known.iter().copied(), || {
            "it is left alone; names of your own begin with `x-`".to_owned()
        });
        said.push(Wrong::new(item.at, format!("opam has no {kind} `{}`", item.name)).help(help));
    }
    said
}

#[cfg(test)]
mod tests {
    #[test]
    fn unknown_names_are_said_with_what_was_meant() {
        let text = "opam-version: \"2.0\"\ndepend: [\"a\"]\nx-own: 1\nfrobnicate: true\n\
            urls {\n  src: \"x\"\n}\nurl {\n  src: \"x\"\n}\n";
        let file = super::super::parse(b"opam", text.as_bytes()).unwrap();
        let said: Vec<_> = super::unknown(&file)
            .into_iter()
            .map(|wrong| (wrong.at, wrong.message, wrong.help.unwrap()))
            .collect();
        let expected = [
            (20, "opam has no field `depend`", "did you mean `depends`?"),
            (
                43,
                "opam has no field `frobnicate`",
                "it is left alone; names of your own begin with `x-`",
            ),
            (60, "opam has no section `urls`", "did you mean `url`?"),
        ];
        let expected =
            expected.map(|(at, message, help)| (at, message.to_owned(), help.to_owned()));
        assert_eq!(said, expected);
    }
}
