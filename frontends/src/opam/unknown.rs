//! Variables that have no value for anybody, and `%{` that is none: what opam leaves out without a word.

use std::cell::LazyCell;

use bstr::ByteSlice as _;
use hashbrown::HashSet;

use super::Wrong;
use super::interpolate::{Odd, odd};
use super::lex::MOST;
use super::options;
use super::reference::Reference;
use super::tree::{Content, Kind, Value};
use super::variables::{Known, Variables as _};
use crate::suggest;

/// Every global variable that opam has, some of them for a while only.
const GLOBAL: [&str; 51] = [
    "arch",
    "bin",
    "build",
    "build-id",
    "compiler",
    "depends",
    "dev",
    "doc",
    "enable",
    "etc",
    "exe",
    "failure",
    "group",
    "hash",
    "installed",
    "jobs",
    "lib",
    "libexec",
    "make",
    "man",
    "name",
    "ocaml-native",
    "ocaml-native-dynlink",
    "ocaml-native-tools",
    "ocaml-version",
    "opam-version",
    "opamfile",
    "os",
    "os-distribution",
    "os-family",
    "os-version",
    "pinned",
    "post",
    "prefix",
    "preinstalled",
    "root",
    "sbin",
    "share",
    "stublibs",
    "success",
    "switch",
    "sys-ocaml-arch",
    "sys-ocaml-cc",
    "sys-ocaml-libc",
    "sys-ocaml-version",
    "test",
    "toplevel",
    "user",
    "version",
    "with-doc",
    "with-test",
];

/// Those that came with later versions of opam.
const LATER: [&str; 3] = ["sys-ocaml-system", "sys-pkg-manager-cmd", "with-dev-setup"];

/// Packages that come with every compiler, and need not be named to be asked of.
const GIVEN: [&str; 9] = [
    "base-bigarray",
    "base-bytes",
    "base-threads",
    "base-unix",
    "ocaml",
    "ocaml-base-compiler",
    "ocaml-config",
    "ocaml-system",
    "ocaml-variants",
];

/// Fields whose values are made of variables and texts with variables.
const WHOLE: [&str; 7] =
    ["available", "build", "build-doc", "build-test", "install", "remove", "run-test"];

/// Fields in which names are given values.
const CHANGES: [&str; 2] = ["build-env", "setenv"];

/// Fields in which only what is in braces is. What is said after installing may ask what the package has left in its
/// `.config`, which nobody knows before.
const BRACES: [&str; 8] =
    ["conflicts", "depends", "depexts", "depopts", "libraries", "messages", "patches", "syntax"];

/// The packages that a file names, put together when somebody asks for them.
pub(super) type Named<'a> = LazyCell<HashSet<&'a str>, Box<dyn FnOnce() -> HashSet<&'a str> + 'a>>;

/// Who looks for them in one file.
pub(super) struct Search<'a> {
    /// The file.
    pub(super) content: &'a [u8],
    /// What variables are.
    pub(super) known: &'a Known,
    /// The packages that the file names, or that are built with it.
    pub(super) named: Named<'a>,
}

impl Search<'_> {
    /// What is said of a field.
    pub(super) fn of_field(&self, item: &super::tree::Item) -> Vec<Wrong> {
        let mut said = Vec::new();
        if let Content::Field(value) = &item.content {
            let name = item.name.as_str();
            if WHOLE.contains(&name) {
                self.walk(value, true, &mut said);
            } else if CHANGES.contains(&name) {
                self.changes(value, &mut said);
            } else if BRACES.contains(&name) {
                self.walk(value, false, &mut said);
            }
        }
        said
    }

    /// Looks into changes of the environment: what names are changed is no variable of opam's.
    fn changes(&self, value: &Value, said: &mut Vec<Wrong>) {
        match &value.kind {
            Kind::List(all) => all.iter().for_each(|value| self.changes(value, said)),
            Kind::Relation(_, _, right) | Kind::Update(_, _, right) => self.walk(right, true, said),
            _ => {}
        }
    }

    /// Looks into a value; `counts` is whether what stands here is made of variables, and not only what is in braces.
    fn walk(&self, value: &Value, counts: bool, said: &mut Vec<Wrong>) {
        if said.len() >= MOST {
            return;
        }
        match &value.kind {
            Kind::Ident(name) if counts => {
                said.extend(self.unknown(name, &|| value.span.start, false));
            }
            Kind::Text(text) if counts => self.text(value, &text.to_str_lossy(), said),
            // What is asked for by `?` may well not be.
            Kind::Bool(_) | Kind::Int(_) | Kind::Ident(_) | Kind::Text(_) | Kind::Defined(_) => {}
            Kind::List(all) | Kind::Group(all) | Kind::And(all) | Kind::Or(all) => {
                all.iter().for_each(|value| self.walk(value, counts, said));
            }
            Kind::Option(inner, conditions) => {
                self.walk(inner, counts, said);
                conditions.iter().for_each(|value| self.walk(value, true, said));
            }
            Kind::Not(inner) | Kind::Prefix(_, inner) => self.walk(inner, counts, said),
            Kind::Relation(_, left, right) => {
                for side in [left, right] {
                    match &side.kind {
                        Kind::Ident(name) if counts => {
                            said.extend(self.unknown(name, &|| side.span.start, true));
                        }
                        _ => self.walk(side, counts, said),
                    }
                }
            }
            Kind::Update(_, _, right) => self.walk(right, counts, said),
        }
    }

    /// Looks into a text.
    fn text(&self, value: &Value, text: &str, said: &mut Vec<Wrong>) {
        let raw = self.content.get(value.span.clone()).unwrap_or_default();
        let place = |inside: &str| {
            let at = raw.find(format!("%{{{inside}")).unwrap_or_default();
            value.span.start + at
        };
        for piece in odd(text) {
            if said.len() >= MOST {
                return;
            }
            match piece {
                Odd::Variable(name) => said.extend(self.unknown(name, &|| place(name), false)),
                Odd::Open(rest) => {
                    let message = "this `%{` is not closed, and stays as it is";
                    let wrong = Wrong::new(place(rest), message);
                    said.push(wrong.help("a variable is written `%{name}%`"));
                }
            }
        }
    }

    /// What is said of a file in which variables are expanded. Who reads what is made of it may have signs of their
    /// own that look like the beginning of one.
    pub(super) fn of_file(&self, text: &str) -> Vec<Wrong> {
        let mut said = Vec::new();
        for reference in odd(text) {
            if let Odd::Variable(name) = reference {
                let place = || text.find(&format!("%{{{name}")).unwrap_or_default();
                said.extend(self.unknown(name, &place, false));
            }
            if said.len() >= MOST {
                break;
            }
        }
        said
    }

    /// What is said of a variable that has no value for anybody. Its place is looked for only then: a text may have many.
    fn unknown(&self, text: &str, place: &dyn Fn() -> usize, compared: bool) -> Option<Wrong> {
        let reference = Reference::parse(text);
        if !reference.packages.is_empty() {
            let unnamed = |name: &&String| {
                let name = name.as_str();
                name != self.known.name
                    && !self.named.contains(name)
                    && !GIVEN.contains(&name)
                    && !options::is_one(name)
            };
            let unnamed = reference.packages.iter().flatten().find(unnamed)?;
            let message = format!("the file asks of `{unnamed}`, and needs no such package");
            let help = match suggest::close(unnamed, self.named.iter().copied()) {
                Some(close) => format!("did you mean `{close}`?"),
                None => {
                    format!("name it in `depends` or `depopts`: `{unnamed}` is taken for not there")
                }
            };
            return Some(Wrong::new(place(), message).help(help));
        }
        let name = reference.name.as_str();
        if GLOBAL.contains(&name) || LATER.contains(&name) || self.known.get(None, name).is_some() {
            return None;
        }
        if name.is_empty() {
            let wrong = Wrong::new(place(), format!("`%{{{text}}}%` names no variable"));
            return Some(wrong.help("write one, or leave this out: it stands for nothing"));
        }
        if name.contains('?') {
            let wrong = Wrong::new(place(), format!("`%{{{text}}}%` says only one of two"));
            return Some(wrong.help(
                "what stands for true and for false has a colon between it: `%{x?yes:no}%`",
            ));
        }
        let message = format!("opam has no variable `{name}`");
        let help = suggest::help(name, GLOBAL, || match compared {
            true => format!("it has no value; a text goes into quotes: \"{name}\""),
            false => {
                "it has no value: a text has nothing in its place, and a condition does not hold"
                    .to_owned()
            }
        });
        Some(Wrong::new(place(), message).help(help))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opam::{parse, shown};

    fn said(text: &str) -> String {
        let file = parse(b"opam", text.as_bytes()).unwrap();
        let mut known = Known { name: "p".to_owned(), ..Known::default() };
        let own = super::super::variables::Content::Bool(true);
        known.global.insert("of-this-machine".to_owned(), own);
        let search = Search {
            content: text.as_bytes(),
            known: &known,
            named: Named::new(Box::new(|| HashSet::from(["lwt", "re"]))),
        };
        let all = file.items.iter().flat_map(|item| search.of_field(item)).collect();
        let shown = shown(b"opam", text.as_bytes(), all);
        shown.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn variables_that_nobody_has_are_said_where_they_stand() {
        insta::assert_snapshot!(said(
            "build: [[make \"a %{prefx}% b\" prefx] {with-tset}]\navailable: os = linux\n\
             depends: [\"lwt\" {wiht-test & >= vers}]\nsetenv: [a += \"%{libb}%\"]\n\
             install: [\"%{prefix\" \"%{x?yes}%\" \"%{lwtt:lib}%\" oUnit:enable \"%{}%\"]\npatches: [\"a\" {frob}]\n"
        ));
    }

    #[test]
    fn there_is_an_end_to_them() {
        let text = format!("build: [\"{}\"]\n", "%{prefx}%%{\n".repeat(100_000));
        let file = parse(b"opam", text.as_bytes()).unwrap();
        let known = Known::default();
        let search = Search {
            content: text.as_bytes(),
            known: &known,
            named: Named::new(Box::new(HashSet::new)),
        };
        assert_eq!(search.of_field(&file.items[0]).len(), MOST);
        assert_eq!(search.of_file(&text).len(), MOST);
    }

    #[test]
    fn those_that_somebody_has_are_not() {
        let right = "build: [make \"%{prefix}%\" jobs \"%{lwt+re:installed?a:b}%\" {?frob & of-this-machine}]\n\
            available: os = \"frob\" & base-unix:installed & !ocaml-option-x:installed\npost-messages: \"a\" {afl}\nsetenv: [[frob = \"x\"]]\n\
            depends: [\"lwt\" {with-test & post & = version & = _:version} \"p\" {p:dev}]\nname: frob\n\
            synopsis: \"%{frob\"\nx-own: frob\nmessages: \"%{frob}%\" {success}\n";
        assert_eq!(said(right), "");
    }
}
