//! Depfiles: what a compiler read, written as a makefile.

use std::borrow::Cow;

use bstr::BString;
use hashbrown::HashSet;
use nom::branch::alt;
use nom::bytes::complete::{tag, take, take_while1};
use nom::combinator::{map, value};
use nom::{IResult, Parser};
use rustc_hash::FxBuildHasher;

use crate::Diagnostic;

/// The names in a depfile, escapes resolved, each once, in the order of the file; not canonical.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Depfile<'a> {
    /// What stands before a colon, unless it stood after one before.
    pub outputs: Vec<Cow<'a, [u8]>>,
    /// What stands after a colon.
    pub inputs: Vec<Cow<'a, [u8]>>,
}

/// A stretch of the file that is one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// A part of a name.
    Text(&'a [u8]),
    /// A part of a name: some of the backslashes read, then a byte that they kept from being special.
    Escaped(&'a [u8], u8),
    /// The rest of a name, whose end is not the end of the line.
    Last(&'a [u8]),
    /// The end of a name; `true` ends the line as well.
    End(bool),
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(
            byte,
            b'+' | b'?'
                | b'"'
                | b'\''
                | b'&'
                | b','
                | b'/'
                | b'_'
                | b':'
                | b'.'
                | b'~'
                | b'('
                | b')'
                | b'}'
                | b'{'
                | b'%'
                | b'='
                | b'@'
                | b'['
                | b']'
                | b'!'
                | b'-'
        )
}

/// Backslashes and what they do to the byte after them, which differs from one byte to the next.
fn backslashes(input: &[u8]) -> IResult<&[u8], Piece<'_>> {
    let (rest, slashes) = take_while1(|byte| byte == b'\\').parse(input)?;
    let count = slashes.len();
    let upto = |end: usize| (&input[end..], &input[..end]);
    let (rest, piece) = match (rest.first(), rest.get(1)) {
        // An odd number escapes the blank, and half of the others escape each other.
        (Some(b' '), _) if count % 2 == 1 => {
            (&rest[1..], Piece::Escaped(&slashes[..count / 2], b' '))
        }
        // An even number does nothing.
        (Some(b' '), _) => (&rest[1..], Piece::Last(slashes)),
        (Some(b'#'), _) => (&rest[1..], Piece::Escaped(&slashes[1..], b'#')),
        // The colon after a target; the backslash is a part of its name, as on Windows.
        (Some(b':'), None) => (&rest[1..], Piece::Last(upto(count + 1).1)),
        (Some(b':'), Some(b'\n')) => (&rest[1..], Piece::Text(upto(count + 1).1)),
        (Some(b':'), Some(0 | b' ' | b'\r' | b'\t')) => {
            (&rest[2..], Piece::Last(upto(count + 1).1))
        }
        (Some(b':'), _) => (&rest[1..], Piece::Escaped(&slashes[1..], b':')),
        (Some(b'\n'), _) if count == 1 => (&rest[1..], Piece::End(false)),
        (Some(b'\r'), Some(b'\n')) if count == 1 => (&rest[2..], Piece::End(false)),
        (None | Some(0 | b'\r'), _) if count == 1 => (rest, Piece::End(false)),
        (None | Some(0 | b'\r' | b'\n'), _) => (rest, Piece::Text(slashes)),
        (Some(_), _) => {
            let (rest, text) = upto(count + 1);
            (rest, Piece::Text(text))
        }
    };
    Ok((rest, piece))
}

fn piece(input: &[u8]) -> IResult<&[u8], Piece<'_>> {
    alt((
        map(take_while1(is_plain), Piece::Text),
        backslashes,
        value(Piece::Escaped(b"", b'$'), tag(&b"$$"[..])),
        value(Piece::End(true), alt((tag(&b"\n"[..]), tag(&b"\r\n"[..])))),
        value(Piece::End(false), take(1_usize)),
    ))
    .parse(input)
}

/// A name, and whether the line ends with it.
fn name(input: &[u8]) -> (&[u8], Cow<'_, [u8]>, bool) {
    // A name without escapes is one stretch of the file and is not copied.
    let mut plain = 0;
    let mut copied: Option<Vec<u8>> = None;
    let mut rest = input;
    let line_ends = loop {
        let Ok((after, piece)) = piece(rest) else { break false };
        rest = after;
        match piece {
            Piece::Text(text) | Piece::Last(text) => {
                match &mut copied {
                    Some(copied) => copied.extend_from_slice(text),
                    None => plain += text.len(),
                }
                if matches!(piece, Piece::Last(_)) {
                    break false;
                }
            }
            Piece::Escaped(slashes, byte) => {
                let copied = copied.get_or_insert_with(|| input[..plain].to_vec());
                copied.extend_from_slice(slashes);
                copied.push(byte);
            }
            Piece::End(line) => break line,
        }
    };
    let name = copied.map_or(Cow::Borrowed(&input[..plain]), Cow::Owned);
    (rest, name, line_ends)
}

/// Reads the depfile `file`.
///
/// # Errors
/// When there is no colon, or when a name that is an input has inputs itself.
pub fn parse<'a>(file: &[u8], content: &'a [u8]) -> Result<Depfile<'a>, Diagnostic> {
    let mut depfile = Depfile::default();
    let mut inputs: HashSet<Cow<'a, [u8]>, FxBuildHasher> = HashSet::default();
    let mut outputs: HashSet<Cow<'a, [u8]>, FxBuildHasher> = HashSet::default();
    let mut rest = content;
    let (mut reads_targets, mut has_target) = (true, false);
    let mut first_name = None;
    // Whether an input is a target on this line, which is fine as long as nothing follows it.
    let mut input_as_target = false;
    while !rest.is_empty() {
        let start = content.len() - rest.len();
        let (after, mut name, line_ends) = name(rest);
        rest = after;
        let is_input = !reads_targets;
        if name.last() == Some(&b':') {
            name = match name {
                Cow::Borrowed(text) => Cow::Borrowed(&text[..text.len() - 1]),
                Cow::Owned(mut text) => {
                    text.pop();
                    Cow::Owned(text)
                }
            };
            reads_targets = false;
            has_target = true;
        }
        if !name.is_empty() {
            first_name.get_or_insert(start);
            if inputs.contains(&name) {
                input_as_target |= !is_input;
            } else if !is_input {
                if outputs.insert(name.clone()) {
                    depfile.outputs.push(name);
                }
            } else if input_as_target {
                let message = "inputs may not also have inputs";
                return Err(mistake(file, content, start, message)
                    .with_help("write all inputs of an output on one line of the depfile"));
            } else {
                inputs.insert(name.clone());
                depfile.inputs.push(name);
            }
        }
        if line_ends {
            reads_targets = true;
            input_as_target = false;
        }
    }
    match first_name {
        Some(start) if !has_target => Err(mistake(file, content, start, "expected ':' in depfile")
            .with_help("a depfile looks like `output: input input`")),
        _ => Ok(depfile),
    }
}

/// A depfile that says what `output` was made from.
///
/// # Errors
/// The first name that no depfile can hold: Ninja ends names at some bytes, and knows no escape for them.
pub fn write<'a>(
    output: &'a [u8],
    inputs: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<u8>, BString> {
    let mut content = escape(output)?;
    content.push(b':');
    for input in inputs {
        content.extend_from_slice(b" \\\n  ");
        content.extend(escape(input)?);
    }
    content.push(b'\n');
    Ok(content)
}

/// A name as it stands in a depfile.
fn escape(path: &[u8]) -> Result<Vec<u8>, BString> {
    let mut escaped = Vec::with_capacity(path.len() + 8);
    for byte in path {
        match byte {
            b' ' | b'#' => escaped.push(b'\\'),
            b'$' => escaped.push(b'$'),
            _ => {}
        }
        escaped.push(*byte);
    }
    let content = [&b"x: "[..], &escaped].concat();
    match parse(b"", &content) {
        Ok(depfile) if depfile.inputs == [path] => Ok(escaped),
        _ => Err(path.into()),
    }
}

/// Ninja names the file only; people get the line as well.
fn mistake(file: &[u8], content: &[u8], at: usize, message: &str) -> Diagnostic {
    Diagnostic::at(file, content, at, message).with_ninja_place(Diagnostic::about(file, message))
}
