//! The META language: entries with predicates, and nested packages.

use mbuild_rules::Diagnostic;
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::{opt, value};
use nom::multi::{many0, separated_list1};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

/// The content of a META file, or of a `package` block in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Variables in the order of the file; nothing unknown is dropped.
    pub entries: Vec<Entry>,
    /// Packages inside this one, by the last part of their name.
    pub packages: Vec<(String, Meta)>,
    /// Where each package stands among the entries: (entries before it, index in `packages`).
    order: Vec<(usize, usize)>,
}

/// `name(predicates) = "value"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The variable.
    pub name: String,
    /// What must hold for the entry to count.
    pub predicates: Vec<Predicate>,
    /// `+=`, not `=`.
    pub append: bool,
    /// The text, without quotes and escapes.
    pub value: String,
}

/// A condition of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Predicate {
    /// Its name.
    pub name: String,
    /// It must not hold.
    pub negated: bool,
}

/// A piece of a META file, as the grammar sees it.
enum Item {
    Entry(Entry),
    Package(String, Meta),
}

/// How deep `package` blocks may nest; real files stop at three.
const DEEPEST: usize = 64;

type In<'a> = &'a [u8];

impl Meta {
    /// Reads a META file. `file` is only for messages.
    pub fn parse(file: &[u8], content: &[u8]) -> Result<Self, Box<Diagnostic>> {
        let (rest, meta) = items(content, 0).map_err(|error| {
            let at = match error {
                nom::Err::Error(error) | nom::Err::Failure(error) => error.input.len(),
                nom::Err::Incomplete(_) => 0,
            };
            diagnostic(file, content, content.len() - at)
        })?;
        if rest.is_empty() {
            Ok(meta)
        } else {
            Err(diagnostic(file, content, content.len() - rest.len()))
        }
    }

    /// The package block of this name.
    pub fn package(&self, name: &str) -> Option<&Meta> {
        self.packages.iter().find(|(known, _)| known == name).map(|(_, meta)| meta)
    }
}

fn diagnostic(file: &[u8], content: &[u8], offset: usize) -> Box<Diagnostic> {
    Box::new(
        Diagnostic::at(file, content, offset, "this is not a META entry").with_help(
            "expected `name = \"value\"`, `name(predicate,...) += \"value\"` or `package \"name\" ( ... )`",
        ),
    )
}

fn items(mut input: In<'_>, depth: usize) -> IResult<In<'_>, Meta> {
    let mut meta = Meta::default();
    loop {
        let (rest, ()) = blank(input)?;
        if rest.is_empty() || rest[0] == b')' {
            return Ok((rest, meta));
        }
        let (rest, item) = item(rest, depth)?;
        match item {
            Item::Entry(entry) => meta.entries.push(entry),
            Item::Package(name, inner) => {
                meta.order.push((meta.entries.len(), meta.packages.len()));
                meta.packages.push((name, inner));
            }
        }
        input = rest;
    }
}

fn item(input: In<'_>, depth: usize) -> IResult<In<'_>, Item> {
    let (rest, name) = name(input)?;
    let (rest, ()) = blank(rest)?;
    if name == "package" && rest.first() == Some(&b'"') {
        if depth >= DEEPEST {
            return Err(failure(input));
        }
        let (rest, package) = string(rest)?;
        let (rest, ()) = blank(rest)?;
        let (rest, _) = char('(').parse(rest)?;
        let (rest, inner) = items(rest, depth + 1)?;
        let (rest, _) = char(')').parse(rest)?;
        return Ok((rest, Item::Package(package, inner)));
    }
    let (rest, predicates) = opt(delimited(
        char('('),
        separated_list1(char(','), delimited(blank, predicate, blank)),
        char(')'),
    ))
    .parse(rest)?;
    let (rest, append) =
        delimited(blank, alt((value(true, tag(&b"+="[..])), value(false, tag(&b"="[..])))), blank)
            .parse(rest)?;
    let (rest, value) = string(rest)?;
    let predicates = predicates.unwrap_or_default();
    Ok((rest, Item::Entry(Entry { name, predicates, append, value })))
}

fn failure(input: In<'_>) -> nom::Err<nom::error::Error<In<'_>>> {
    nom::Err::Failure(nom::error::Error::new(input, nom::error::ErrorKind::TooLarge))
}

fn predicate(input: In<'_>) -> IResult<In<'_>, Predicate> {
    let (rest, negated) = opt(char('-')).parse(input)?;
    let (rest, ()) = blank(rest)?;
    let (rest, name) = name(rest)?;
    Ok((rest, Predicate { name, negated: negated.is_some() }))
}

fn name(input: In<'_>) -> IResult<In<'_>, String> {
    take_while1(|byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
        .map(text)
        .parse(input)
}

fn text(bytes: In<'_>) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Blanks, ends of line and comments, all without meaning.
fn blank(input: In<'_>) -> IResult<In<'_>, ()> {
    let comment = preceded(char('#'), take_while(|byte| byte != b'\n'));
    let blanks = take_while1(|byte: u8| byte.is_ascii_whitespace());
    value((), many0(alt((blanks, comment)))).parse(input)
}

/// A string: a backslash takes the meaning from the byte after it.
fn string(input: In<'_>) -> IResult<In<'_>, String> {
    let (mut rest, _) = char('"').parse(input)?;
    let mut out = Vec::new();
    loop {
        match rest {
            [b'"', after @ ..] => return Ok((after, text(&out))),
            [b'\\', byte, after @ ..] | [byte, after @ ..] => {
                out.push(*byte);
                rest = after;
            }
            [] => return Err(failure(input)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::{Path, PathBuf};

    use super::*;

    /// The form in which the oracle files hold what findlib's own reader saw.
    fn table(meta: &Meta, prefix: &str, out: &mut String) {
        let mut packages = meta.order.iter().peekable();
        for (at, entry) in meta.entries.iter().enumerate() {
            while let Some((_, index)) = packages.next_if(|(before, _)| *before <= at) {
                package(meta, *index, prefix, out);
            }
            let mut predicates: Vec<_> = entry
                .predicates
                .iter()
                .map(|p| format!("{}{}", if p.negated { "-" } else { "" }, p.name))
                .collect();
            predicates.sort();
            let text = entry
                .value
                .replace('\\', "\\\\")
                .replace('"', "\\\"")
                .replace('\n', "\\n")
                .replace('\t', "\\t");
            let op = if entry.append { "+=" } else { "=" };
            writeln!(out, "{prefix}\t{}\t{}\t{op}\t\"{text}\"", entry.name, predicates.join(","))
                .unwrap();
        }
        for (_, index) in packages {
            package(meta, *index, prefix, out);
        }
    }

    fn package(meta: &Meta, index: usize, prefix: &str, out: &mut String) {
        let (name, inner) = &meta.packages[index];
        writeln!(out, "{prefix}\tpackage\t\t\t\"{name}\"").unwrap();
        let dot = if prefix.is_empty() { "" } else { "." };
        table(inner, &format!("{prefix}{dot}{name}"), out);
    }

    fn corpus() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus")
    }

    fn files(dir: &Path, out: &mut Vec<PathBuf>) {
        let Ok(entries) = std::fs::read_dir(dir) else { return };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() { files(&path, out) } else { out.push(path) }
        }
    }

    #[test]
    fn real_files_are_read_as_findlib_reads_them() {
        let oracle = corpus().join("oracle/META");
        let mut known = Vec::new();
        files(&oracle, &mut known);
        let mut wrong = Vec::new();
        for path in known {
            let expected = std::fs::read_to_string(&path).unwrap();
            let source = path.strip_prefix(&oracle).unwrap().with_extension("");
            let content = std::fs::read(corpus().join("META").join(&source)).unwrap();
            let mut seen = String::new();
            match Meta::parse(source.to_str().unwrap().as_bytes(), &content) {
                Ok(meta) => table(&meta, "", &mut seen),
                Err(error) => seen = error.to_string(),
            }
            let sorted = |text: &str| {
                let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
                lines.sort();
                lines
            };
            if sorted(&seen) != sorted(&expected) {
                wrong.push(format!("{}:\n{seen}---\n{expected}", source.display()));
            }
        }
        assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    }

    #[test]
    fn a_broken_entry_is_shown_in_its_line() {
        let error = Meta::parse(b"META", b"version = \"1\"\nrequires unix\n").unwrap_err();
        insta::assert_snapshot!(error.to_string(), @r#"
        META:2:10: this is not a META entry
          requires unix
                   ^
          help: expected `name = "value"`, `name(predicate,...) += "value"` or `package "name" ( ... )`
        "#);
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        let content = "package \"a\" (\n".repeat(100_000);
        assert!(Meta::parse(b"META", content.as_bytes()).is_err());
    }
}
