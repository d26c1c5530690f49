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
    /// Reads a META file. `file` is only for messages: everything that is wrong, in the order of the file.
    pub fn parse(file: &[u8], content: &[u8]) -> Result<Self, Vec<Diagnostic>> {
        let mut reader = Reader { file, content, wrong: Mistakes::default(), is_over: false };
        let (_, meta) = reader.items(content, 0, content);
        if reader.wrong.is_empty() { Ok(meta) } else { Err(reader.wrong.end(file)) }
    }

    /// The package block of this name.
    pub fn package(&self, name: &str) -> Option<&Rc<Meta>> {
        let at = self.named.get(name)?;
        self.packages.get(*at).map(|(_, meta)| meta)
    }
}

/// A mistake of syntax; reading goes on in the next line.
struct Stop {
    /// How much of the file follows the place.
    rest: usize,
    message: &'static str,
    help: &'static str,
}

const ENTRY: &str =
    "expected `name = \"value\"`, `name(predicate,...) += \"value\"` or `package \"name\" ( ... )`";

/// Where something is missing: before what stands there instead, or where the line ends in which it should be.
fn missing<'a>(before: In<'a>, found: In<'a>) -> In<'a> {
    let between = &before[..before.len() - found.len()];
    if between.contains(&b'\n') { before } else { found }
}

fn stop<T>(at: In<'_>, message: &'static str, help: &'static str) -> Result<T, Stop> {
    Err(Stop { rest: at.len(), message, help })
}

/// A predicate in the file: its name, and whether it must not hold.
type Condition<'a> = (&'a str, bool);

/// What an entry sets: the variable, and its predicates in order.
type Set<'a> = (&'a str, Vec<Condition<'a>>);

/// Reads, and remembers what is wrong.
struct Reader<'a> {
    file: &'a [u8],
    content: In<'a>,
    wrong: Mistakes,
    /// The file has ended in a block, or is not worth reading on.
    is_over: bool,
}

impl<'a> Reader<'a> {
    /// What a file or block holds; ends after the parenthesis of a block, which begins at `block`.
    fn items(&mut self, mut input: In<'a>, depth: usize, block: In<'a>) -> (In<'a>, Meta) {
        let mut meta = Meta::default();
        let mut known: HashSet<Set<'a>> = HashSet::new();
        loop {
            let at = blank(input);
            match at.first() {
                _ if self.is_over => return (at, meta),
                None if depth > 0 => {
                    let help = "write `)` at its end";
                    self.says(block, || "a `package` block is not closed".to_owned(), help);
                    self.is_over = true;
                    return (at, meta);
                }
                None => return (at, meta),
                Some(b')') if depth > 0 => return (&at[1..], meta),
                Some(b')') => {
                    let message = || "no `package` block is open here".to_owned();
                    self.says(at, message, "remove the `)`");
                    input = &at[1..];
                    continue;
                }
                Some(_) => {}
            }
            match self.item(at, depth, &mut meta, &mut known) {
                Ok(rest) => input = rest,
                Err(Stop { rest, message, help }) => {
                    let place = &self.content[self.content.len() - rest..];
                    self.says(place, || message.to_owned(), help);
                    let line_end = place.find_byte(b'\n').unwrap_or(place.len());
                    input = &place[line_end..];
                }
            }
        }
    }

    /// An entry or a block.
    fn item(
        &mut self,
        at: In<'a>,
        depth: usize,
        meta: &mut Meta,
        known: &mut HashSet<Set<'a>>,
    ) -> Result<In<'a>, Stop> {
        let Some((rest, name)) = name(at) else {
            return stop(at, "this is not a META entry", ENTRY);
        };
        if name == "package" {
            return self.block(at, rest, depth, meta);
        }
        let (rest, mut conditions, append, value) = entry(rest)?;
        let predicates = conditions
            .iter()
            .map(|(name, negated)| Predicate { name: (*name).to_owned(), negated: *negated });
        let predicates = predicates.collect();
        meta.entries.push(Entry { name: name.to_owned(), predicates, append, value });
        if !append {
            conditions.sort_unstable();
            if !known.insert((name, conditions)) {
                let message = || format!("`{name}` is set twice for the same predicates");
                self.says(at, message, "remove one of the two, or add with `+=`");
            }
        }
        Ok(rest)
    }

    /// A block after the word `package`, which stands at `at`.
    fn block(
        &mut self,
        at: In<'a>,
        rest: In<'a>,
        depth: usize,
        meta: &mut Meta,
    ) -> Result<In<'a>, Stop> {
        let (after, package) = string(rest, "expected the name of a package in quotes")?;
        if package.contains('.') {
            let message = || format!("the name `{package}` of a package inside another has a dot");
            self.says(at, message, "nest one block into another");
        }
        let open = blank(after);
        let place = missing(after, open);
        let inside = match open.strip_prefix(b"(") {
            Some(inside) => inside,
            None if name(open).is_some() => {
                // The parenthesis was forgotten, and closes what it did not open.
                let message = || "expected `(` after the name of the package".to_owned();
                self.says(place, message, ENTRY);
                open
            }
            None => return stop(place, "expected `(` after the name of the package", ENTRY),
        };
        if depth >= DEEPEST {
            self.is_over = true;
            return stop(at, "packages are nested too deep", "64 levels are the most");
        }
        let (rest, inner) = self.items(inside, depth + 1, at);
        if meta.named.contains_key(&package) {
            let message = || format!("there are two packages `{package}` here");
            self.says(at, message, "rename one of them");
        } else {
            meta.named.insert(package.clone(), meta.packages.len());
        }
        meta.order.push((meta.entries.len(), meta.packages.len()));
        meta.packages.push((package, Rc::new(inner)));
        Ok(rest)
    }

    fn says(&mut self, at: In<'_>, message: impl FnOnce() -> String, help: &str) {
        let (file, content) = (self.file, self.content);
        let offset = content.len() - at.len();
        self.wrong.add(|| Diagnostic::at(file, content, offset, message()).with_help(help));
    }
}

/// What follows after an entry; its predicates, each once; whether it adds; and its value.
type After<'a> = (In<'a>, Vec<Condition<'a>>, bool, String);

/// An entry after its name.
fn entry(input: In<'_>) -> Result<After<'_>, Stop> {
    let mut conditions: Vec<Condition<'_>> = Vec::new();
    let mut known = HashSet::new();
    let mut rest = input;
    if let Some(mut inside) = blank(input).strip_prefix(b"(") {
        loop {
            let at = blank(inside);
            let Some((end, condition)) = condition(at) else {
                return stop(
                    missing(inside, at),
                    "expected a predicate",
                    "write `name` or `-name`",
                );
            };
            if known.insert(condition) {
                conditions.push(condition);
            }
            let after = blank(end);
            match after.first() {
                Some(b',') => inside = &after[1..],
                Some(b')') => {
                    rest = &after[1..];
                    break;
                }
                _ => {
                    let place = missing(end, after);
                    return stop(place, "expected `,` or `)` after a predicate", ENTRY);
                }
            }
        }
    }
    let sign: IResult<In<'_>, bool> =
        alt((value(true, tag(&b"+="[..])), value(false, tag(&b"="[..])))).parse(blank(rest));
    let Ok((after, append)) = sign else {
        return stop(missing(rest, blank(rest)), "this is not a META entry", ENTRY);
    };
    let (rest, value) = string(after, "expected a value in quotes")?;
    Ok((rest, conditions, append, value))
}

fn condition(input: In<'_>) -> Option<(In<'_>, Condition<'_>)> {
    let minus: IResult<In<'_>, Option<char>> = opt(char('-')).parse(input);
    let (rest, negated) = minus.ok()?;
    let (rest, name) = name(blank(rest))?;
    Some((rest, (name, negated.is_some())))
}

fn name(input: In<'_>) -> Option<(In<'_>, &str)> {
    let name: IResult<In<'_>, In<'_>> =
        take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
            .parse(input);
    let (rest, name) = name.ok()?;
    Some((rest, name.to_str().ok()?))
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

/// A string after blanks. A backslash takes the meaning from a quote or another backslash, and stands before nothing else.
fn string<'a>(input: In<'a>, expected: &'static str) -> Result<(In<'a>, String), Stop> {
    let open = blank(input);
    let Some(mut rest) = open.strip_prefix(b"\"") else {
        return stop(missing(input, open), expected, ENTRY);
    };
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
            [] => return stop(open, "this value is not closed", "write `\"` at its end"),
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
    fn reading_goes_on_after_a_mistake() {
        insta::assert_snapshot!(wrong(
            "requires = unix\nx0 = \nx1(a b) = \"1\"\n)\npackage \"p\"\n  = \"1\"\n  y += \"2\"\n)\n\
             package \"q\" (\n  ? z = \"\"\n  z = \"\" z = \"\"\n) ! a = \"b\"\nv = \"\\d\"\nv() = \"\"\n\
             package \"r\" (\n  package \"s\" (\n"
        ));
    }

    #[test]
    fn a_hundred_mistakes_are_shown_and_the_others_counted() {
        let all = Meta::parse(b"META", "x0 = \n\n".repeat(150_000).as_bytes()).unwrap_err();
        let places: Vec<_> = all.iter().map(|found| (found.line, found.column)).collect();
        assert_eq!(all.len(), 101);
        assert_eq!(places[..3], [(1, 5), (3, 5), (5, 5)]);
        let last = "META: 149900 more of these are not shown\n  help: begin with those above";
        assert_eq!(all[100].to_string(), last);
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
