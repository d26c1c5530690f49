//! The META language: entries with predicates, and nested packages.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use bstr::ByteSlice;
use mbuild_rules::Diagnostic;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::char;
use nom::combinator::{opt, value};
use nom::{IResult, Parser};

use crate::mistakes::Mistakes;

/// The content of a META file, or of a `package` block in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Variables in the order of the file; nothing unknown is dropped.
    pub entries: Vec<Entry>,
    /// Packages inside this one, by the last part of their name.
    pub packages: Vec<(String, Rc<Meta>)>,
    /// Where each package stands among the entries: (entries before it, index in `packages`).
    pub(super) order: Vec<(usize, usize)>,
    /// Where each package is in `packages`, by its name.
    named: HashMap<String, usize>,
}

/// `name(predicates) = "value"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The variable.
    pub name: String,
    /// What must hold for the entry to count, each condition once.
    pub predicates: Vec<Predicate>,
    /// `+=`, not `=`.
    pub append: bool,
    /// The text, without quotes and escapes.
    pub value: String,
}

/// A condition of an entry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Predicate {
    /// Its name.
    pub name: String,
    /// It must not hold.
    pub negated: bool,
}

/// How deep `package` blocks may nest; real files stop at three.
const DEEPEST: usize = 64;

type In<'a> = &'a [u8];

impl Meta {
    /// Reads a META file. `file` is only for messages: the first mistake of syntax, or everything that is
    /// said twice.
    pub fn parse(file: &[u8], content: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { file, content, wrong: Mistakes::default() };
        match reader.items(content, 0) {
            Ok((_, meta)) if reader.wrong.is_empty() => Ok(meta),
            Ok(_) => Err(reader.wrong.end(file)),
            Err(Stop { rest, message, help }) => {
                let found = Diagnostic::at(file, content, content.len() - rest, message);
                Err(vec![found.with_help(help)])
            }
        }
    }

    /// The package block of this name.
    pub fn package(&self, name: &str) -> Option<&Rc<Meta>> {
        let at = self.named.get(name)?;
        self.packages.get(*at).map(|(_, meta)| meta)
    }
}

/// A mistake of syntax, after which nothing more can be told.
struct Stop {
    /// How much of the file follows the place.
    rest: usize,
    message: String,
    help: &'static str,
}

const ENTRY: &str =
    "expected `name = \"value\"`, `name(predicate,...) += \"value\"` or `package \"name\" ( ... )`";

fn stop<T>(at: In<'_>, message: &str, help: &'static str) -> Result<T, Stop> {
    Err(Stop { rest: at.len(), message: message.to_owned(), help })
}

/// Reads, and remembers what is said twice.
struct Reader<'a> {
    file: &'a [u8],
    content: In<'a>,
    wrong: Mistakes,
}

impl<'a> Reader<'a> {
    /// What a file or block holds; ends after the parenthesis of a block.
    fn items(&mut self, mut input: In<'a>, depth: usize) -> Result<(In<'a>, Meta), Stop> {
        let mut meta = Meta::default();
        let mut known = HashSet::new();
        loop {
            let at = blank(input);
            match (at.first(), depth) {
                (None, 0) => return Ok((at, meta)),
                (None, _) => {
                    return stop(at, "a `package` block is not closed", "write `)` at its end");
                }
                (Some(b')'), 0) => {
                    return stop(at, "no `package` block is open here", "remove the `)`");
                }
                (Some(b')'), _) => return Ok((&at[1..], meta)),
                _ => {}
            }
            let Some((rest, name)) = name(at) else {
                return stop(at, "this is not a META entry", ENTRY);
            };
            let rest = blank(rest);
            if name == "package" {
                input = self.block(at, rest, depth, &mut meta)?;
            } else {
                let (rest, entry) = entry(name, rest)?;
                if !entry.append {
                    let mut predicates = entry.predicates.clone();
                    predicates.sort_unstable();
                    if !known.insert((entry.name.clone(), predicates)) {
                        let name = &entry.name;
                        let message = || format!("`{name}` is set twice for the same predicates");
                        self.twice(at, message, "remove one of the two, or add with `+=`");
                    }
                }
                meta.entries.push(entry);
                input = rest;
            }
        }
    }

    /// A block after the word `package`, which stands at `at`.
    fn block(
        &mut self,
        at: In<'a>,
        rest: In<'a>,
        depth: usize,
        meta: &mut Meta,
    ) -> Result<In<'a>, Stop> {
        let (rest, package) = string(rest, "expected the name of a package in quotes")?;
        if package.contains('.') {
            let message = || format!("the name `{package}` of a package inside another has a dot");
            self.twice(at, message, "nest one block into another");
        }
        let open = blank(rest);
        let Some(rest) = open.strip_prefix(b"(") else {
            return stop(open, "expected `(` after the name of the package", ENTRY);
        };
        if depth >= DEEPEST {
            return stop(at, "packages are nested too deep", "64 levels are the most");
        }
        let (rest, inner) = self.items(rest, depth + 1)?;
        if meta.named.contains_key(&package) {
            let message = || format!("there are two packages `{package}` here");
            self.twice(at, message, "rename one of them");
        } else {
            meta.named.insert(package.clone(), meta.packages.len());
        }
        meta.order.push((meta.entries.len(), meta.packages.len()));
        meta.packages.push((package, Rc::new(inner)));
        Ok(rest)
    }

    /// Reading goes on after these.
    fn twice(&mut self, at: In<'_>, message: impl FnOnce() -> String, help: &str) {
        let (file, content) = (self.file, self.content);
        let offset = content.len() - at.len();
        self.wrong.add(|| Diagnostic::at(file, content, offset, message()).with_help(help));
    }
}

/// An entry after its name.
fn entry(name: String, input: In<'_>) -> Result<(In<'_>, Entry), Stop> {
    let mut predicates: Vec<Predicate> = Vec::new();
    let mut known = HashSet::new();
    let mut rest = input;
    if let Some(mut inside) = input.strip_prefix(b"(") {
        loop {
            let at = blank(inside);
            let Some((after, predicate)) = predicate(at) else {
                return stop(at, "expected a predicate", "write `name` or `-name`");
            };
            if known.insert(predicate.clone()) {
                predicates.push(predicate);
            }
            let after = blank(after);
            match after.first() {
                Some(b',') => inside = &after[1..],
                Some(b')') => {
                    rest = blank(&after[1..]);
                    break;
                }
                _ => return stop(after, "expected `,` or `)` after a predicate", ENTRY),
            }
        }
    }
    let sign: IResult<In<'_>, bool> =
        alt((value(true, tag(&b"+="[..])), value(false, tag(&b"="[..])))).parse(rest);
    let Ok((after, append)) = sign else {
        return stop(rest, "this is not a META entry", ENTRY);
    };
    let (rest, value) = string(blank(after), "expected a value in quotes")?;
    Ok((rest, Entry { name, predicates, append, value }))
}

fn predicate(input: In<'_>) -> Option<(In<'_>, Predicate)> {
    let minus: IResult<In<'_>, Option<char>> = opt(char('-')).parse(input);
    let (rest, negated) = minus.ok()?;
    let (rest, name) = name(blank(rest))?;
    Some((rest, Predicate { name, negated: negated.is_some() }))
}

fn name(input: In<'_>) -> Option<(In<'_>, String)> {
    let name: IResult<In<'_>, String> =
        take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
            .map(text)
            .parse(input);
    name.ok()
}

fn text(bytes: In<'_>) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// What follows after blanks, ends of line and comments, all without meaning.
fn blank(input: In<'_>) -> In<'_> {
    let mut rest = input;
    while let Some(first) = rest.first() {
        let end = match first {
            b'#' => rest.find_byte(b'\n').unwrap_or(rest.len()),
            b' ' | b'\t' | b'\r' | b'\n' => 1,
            _ => break,
        };
        rest = &rest[end..];
    }
    rest
}

/// A string. A backslash takes the meaning from a quote or another backslash, and stands before nothing else.
fn string<'a>(input: In<'a>, expected: &str) -> Result<(In<'a>, String), Stop> {
    let Some(mut rest) = input.strip_prefix(b"\"") else { return stop(input, expected, ENTRY) };
    let mut out = Vec::new();
    loop {
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let (before, from) = rest.split_at(plain.unwrap_or(rest.len()));
        out.extend_from_slice(before);
        match from {
            [b'"', after @ ..] => return Ok((after, text(&out))),
            [b'\\', byte @ (b'"' | b'\\'), after @ ..] => {
                out.push(*byte);
                rest = after;
            }
            [] => return stop(input, "this value is not closed", "write `\"` at its end"),
            _ => {
                return stop(from, "`\\` stands before `\"` and `\\` alone", "write `\\\\`");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(content: &str) -> String {
        let all = Meta::parse(b"META", content.as_bytes()).unwrap_err();
        all.iter().map(|found| format!("{found}\n")).collect()
    }

    #[test]
    fn what_nobody_knows_is_kept() {
        let meta = Meta::parse(b"META", b"x_1.y(-a, b,b) += \"\\\\ \\\"\"# end").unwrap();
        let predicate = |name: &str, negated| Predicate { name: name.to_owned(), negated };
        let entry = Entry {
            name: "x_1.y".to_owned(),
            predicates: vec![predicate("a", true), predicate("b", false)],
            append: true,
            value: "\\ \"".to_owned(),
        };
        assert_eq!(meta.entries, [entry]);
    }

    #[test]
    fn mistakes_are_shown_where_they_are() {
        let all = [
            "version = \"1\"\nrequires unix\n",
            "version = \"1\n",
            "a = \"C:\\d\"",
            "archive(byte native) = \"x\"",
            "archive() = \"x\"",
            "package = \"x\"",
            "package \"x\" = \"y\"",
            "package \"x\" (\n",
            "a = \"1\"\n)\n",
            "requires = unix",
            "`dnl'",
        ];
        insta::assert_snapshot!(all.map(wrong).concat());
    }

    #[test]
    fn everything_that_is_said_twice_is_shown() {
        insta::assert_snapshot!(wrong(
            "a(x,y) = \"1\"\na(y, x) = \"2\"\na(y,x) += \"3\"\npackage \"p\" ( b = \"\" b=\"\" )\n\
             package \"p\" ( )\npackage \"q.r\" ( )\n"
        ));
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let content = "package \"a\" (\n".repeat(100_000);
        assert!(wrong(&content).starts_with("META:65:1: packages are nested too deep\n"));
    }
}
