//! The leaves of the language as parsers over bytes: blanks, names, texts, escapes, comments.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::{map, value};
use nom::sequence::{delimited, preceded, terminated};
use nom::{IResult, Parser};

const NAME: u8 = 1;
const SIMPLE_NAME: u8 = 2;
const PATH: u8 = 4;

/// What each byte may be part of, so that a scan is one load and one test per byte.
static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-' {
            classes[at] |= NAME | SIMPLE_NAME;
        }
        if byte == b'.' {
            classes[at] |= NAME;
        }
        if !matches!(byte, b'$' | b' ' | b':' | b'\r' | b'\n' | b'|' | 0) {
            classes[at] |= PATH;
        }
        at += 1;
    }
    classes
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES[byte as usize] & class != 0
}

fn length_of(input: &[u8], class: u8) -> usize {
    let found: IResult<&[u8], &[u8]> = take_while(|byte| is(byte, class)).parse(input);
    found.map_or(0, |(_, text)| text.len())
}

/// What a `$` introduces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape<'a> {
    /// One byte as it is.
    Literal(u8),
    /// An end of line and the blanks of the next one, which stand for nothing.
    Continuation,
    /// `$name` or `${name}`.
    Variable(&'a [u8]),
}

/// How many blanks there are.
pub(crate) fn spaces(input: &[u8]) -> usize {
    input.iter().position(|byte| *byte != b' ').unwrap_or(input.len())
}

/// A name of a variable, rule or pool.
pub(crate) fn name(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|byte| is(byte, NAME)).parse(input)
}

/// How many bytes of a path stand here without anything special.
pub(crate) fn path_text(input: &[u8]) -> usize {
    length_of(input, PATH)
}

/// How many bytes of a value stand here without anything special.
pub(crate) fn value_text(input: &[u8]) -> usize {
    let end = memchr::memchr3(b'\n', b'$', b'\r', input).unwrap_or(input.len());
    memchr::memchr(0, &input[..end]).unwrap_or(end)
}

/// The length of a comment with its end of line; `None` when the file ends within it.
pub(crate) fn comment(input: &[u8]) -> Option<usize> {
    let at = memchr::memchr2(b'\n', 0, input)?;
    (input[at] == b'\n').then_some(at + 1)
}

/// A `$` and what it introduces.
pub(crate) fn escape(input: &[u8]) -> IResult<&[u8], Escape<'_>> {
    preceded(
        tag(&b"$"[..]),
        alt((
            map(take_while1(|byte| is(byte, SIMPLE_NAME)), Escape::Variable),
            map(delimited(tag(&b"{"[..]), name, tag(&b"}"[..])), Escape::Variable),
            value(Escape::Literal(b'$'), tag(&b"$"[..])),
            value(Escape::Literal(b' '), tag(&b" "[..])),
            value(Escape::Literal(b':'), tag(&b":"[..])),
            value(
                Escape::Continuation,
                terminated(
                    alt((tag(&b"\n"[..]), tag(&b"\r\n"[..]))),
                    take_while(|byte| byte == b' '),
                ),
            ),
        )),
    )
    .parse(input)
}

/// Appends `raw` to `out` with its escapes resolved; `variable` appends the value of a name.
pub(crate) fn expand(
    mut raw: &[u8],
    out: &mut Vec<u8>,
    mut variable: impl FnMut(&[u8], &mut Vec<u8>),
) {
    while let Some(at) = memchr::memchr(b'$', raw) {
        out.extend_from_slice(&raw[..at]);
        let Ok((rest, escape)) = escape(&raw[at..]) else {
            // The lexer lets no such text through.
            raw = &raw[at + 1..];
            continue;
        };
        match escape {
            Escape::Literal(byte) => out.push(byte),
            Escape::Continuation => {}
            Escape::Variable(name) => variable(name, out),
        }
        raw = rest;
    }
    out.extend_from_slice(raw);
}
