//! `.install`: the files of a package by the kind of place that they go to.

use mbuild_rules::Diagnostic;

use super::Wrong;
use super::tree::{Content, Kind, Value};
use crate::suggest;

/// A file that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The section that it is in, one of [`SECTIONS`].
    pub section: &'static str,
    /// The file, relative to the folder of the list.
    pub from: String,
    /// It may be missing.
    pub optional: bool,
    /// The path that it has in its place.
    pub to: String,
    /// The byte of the list at which it is named.
    pub at: usize,
}

/// The sections of a list.
pub const SECTIONS: [&str; 14] = [
    "lib",
    "lib_root",
    "libexec",
    "libexec_root",
    "bin",
    "sbin",
    "toplevel",
    "share",
    "share_root",
    "etc",
    "doc",
    "stublibs",
    "man",
    "misc",
];

/// Reads a list; `path` is only for messages.
pub fn read_install(path: &[u8], content: &[u8]) -> Result<Vec<Listed>, Vec<Diagnostic>> {
    let file = super::parse_strictly(path, content)?;
    let (mut listed, mut wrong) = (Vec::new(), Vec::new());
    for item in &file.items {
        let section = SECTIONS.iter().find(|section| **section == item.name);
        match (&item.content, section) {
            (Content::Field(value), Some(section)) => {
                let values = match &value.kind {
                    Kind::List(values) => values.as_slice(),
                    _ => std::slice::from_ref(value),
                };
                for value in values {
                    match one(section, value) {
                        Ok(found) => listed.push(found),
                        Err(found) => wrong.push(found),
                    }
                }
            }
            // Says of which opam it is, and nothing of files.
            (Content::Field(_), None) if item.name == "opam-version" => {}
            _ => {
                let message = format!("`{}` is no kind of place", item.name);
                let help = suggest::help(&item.name, SECTIONS, || {
                    format!("there are {}", suggest::list(SECTIONS))
                });
                wrong.push(Wrong::new(item.at, message).help(help));
            }
        }
    }
    if wrong.is_empty() { Ok(listed) } else { Err(super::shown(path, content, wrong)) }
}

fn one(section: &'static str, value: &Value) -> Result<Listed, Wrong> {
    let (from, to) = match &value.kind {
        Kind::Option(inner, values) => match (&inner.kind, values.as_slice()) {
            (Kind::Text(from), [Value { kind: Kind::Text(to), span }]) => {
                (from, Some((to.to_string(), span.start)))
            }
            (Kind::Text(from), []) => (from, None),
            _ => return Err(no_file(value)),
        },
        Kind::Text(from) => (from, None),
        _ => return Err(no_file(value)),
    };
    let at = value.span.start;
    let from = from.to_string();
    let (optional, from) = match from.strip_prefix('?') {
        Some(rest) => (true, rest.to_owned()),
        None => (false, from),
    };
    inside(&from, at)?;
    let to = match to {
        Some((to, at)) => {
            if section != "misc" {
                inside(&to, at)?;
            } else if !to.starts_with('/') || to.split('/').any(|part| part == "..") {
                return Err(Wrong::new(at, format!("`{to}` is no absolute path"))
                    .help("`misc` says in full where a file goes"));
            }
            to
        }
        None if section == "misc" => {
            return Err(Wrong::new(at, "where does this file go?")
                .help("`misc` says in full where a file goes: `\"file\" {\"/there/file\"}`"));
        }
        None => {
            let name = from.rsplit('/').next().unwrap_or(&from);
            match manual(name).filter(|_| section == "man") {
                Some(folder) => format!("{folder}/{name}"),
                None => name.to_owned(),
            }
        }
    };
    Ok(Listed { section, from, optional, to, at })
}

/// The folder of a page of the manual, by its ending.
fn manual(name: &str) -> Option<String> {
    let name = name.strip_suffix(".gz").unwrap_or(name);
    let (_, ending) = name.rsplit_once('.')?;
    let section = ending.chars().next().filter(|first| ('1'..='8').contains(first))?;
    Some(format!("man{section}"))
}

/// Refuses a path that leads out of the folder that it is relative to.
fn inside(path: &str, at: usize) -> Result<(), Wrong> {
    if is_inside(path) {
        return Ok(());
    }
    if path.is_empty() {
        return Err(
            Wrong::new(at, "this is the name of no file").help("write one, or leave it out")
        );
    }
    Err(Wrong::new(at, format!("`{path}` leads out of its folder"))
        .help("paths are relative, without `..`"))
}

/// Whether a path is below the folder that it is relative to.
pub(super) fn is_inside(path: &str) -> bool {
    !path.is_empty()
        && !path.starts_with('/')
        && !path.contains(['\\', '\0'])
        && path.split('/').all(|part| part != "..")
}

fn no_file(value: &Value) -> Wrong {
    Wrong::new(value.span.start, "expected a file")
        .help("a file is a text in quotes, with its new name in braces: `\"a.native\" {\"a\"}`")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let all = read_install(b"p.install", text.as_bytes()).unwrap();
        let show = |it: Listed| {
            let optional = if it.optional { "?" } else { "" };
            format!("{}: {optional}{} -> {}", it.section, it.from, it.to)
        };
        all.into_iter().map(show).collect()
    }

    #[test]
    fn files_have_places_and_names() {
        let text = "opam-version: \"2.0\"\nlib: [\"META\" \"_build/a.cma\" {\"b/c.cma\"} \"?a.cmxs\"]\n\
            bin: \"a.native\" {\"a\"}\nman: [\"a.1\" \"doc/b.3ocaml.gz\" \"c.txt\" \"d.1\" {\"d.1\"}]\nmisc: [\"x\" {\"/etc/x\"}]\n";
        assert_eq!(
            shown(text),
            [
                "lib: META -> META",
                "lib: _build/a.cma -> b/c.cma",
                "lib: ?a.cmxs -> a.cmxs",
                "bin: a.native -> a",
                "man: a.1 -> man1/a.1",
                "man: doc/b.3ocaml.gz -> man3/b.3ocaml.gz",
                "man: c.txt -> c.txt",
                "man: d.1 -> d.1",
                "misc: x -> /etc/x",
            ]
        );
    }

    #[test]
    fn what_leads_out_is_refused() {
        let text = "lib: [\"../a\" \"/etc/passwd\" \"a\" {\"../../b\"} \"a\" {\"/b\"} \"?../c\" \"\" b \"a\" {\"b\" \"c\"}]\n\
            misc: [\"a\" \"b\" {\"c\"} \"d\" {\"/../e\"}]\nlibs: [\"x\"]\n";
        let wrong = read_install(b"p.install", text.as_bytes()).unwrap_err();
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(all.join("\n"));
    }
}
