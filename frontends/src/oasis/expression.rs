//! Words and tests on one line: `flag(tests) && !os_type(Win32)`.

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while, take_while1};
use nom::combinator::value;
use nom::error::{ErrorKind, ParseError};
use nom::{IResult, Parser};

use super::ast::{Expr, Word};
use super::bytes;
use super::lex::is_blank;

/// More than this is no test a person wrote; the limits keep the reader's stack small.
const MAX_LENGTH: usize = 4096;
const MAX_NESTED: usize = 64;

/// What is wrong, and how much of the line was left there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Bytes from the place to the end of the line.
    pub rest: usize,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Fault {
    /// A fault at the start of `rest`.
    pub(super) fn at(rest: &[u8], message: impl Into<String>) -> Self {
        Self { rest: rest.len(), message: message.into(), help: None }
    }

    /// With a word on what to do.
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// As the error that no other alternative may hide.
    pub(super) fn fail<T>(self) -> Result<T, nom::Err<Self>> {
        Err(nom::Err::Failure(self))
    }
}

impl<'a> ParseError<&'a [u8]> for Fault {
    fn from_error_kind(rest: &'a [u8], _: ErrorKind) -> Self {
        Self::at(rest, describe(rest))
    }

    fn append(_: &'a [u8], _: ErrorKind, other: Self) -> Self {
        other
    }
}

/// What stands at `rest`, as the subject of a message.
pub(super) fn describe(rest: &[u8]) -> String {
    match rest.first() {
        None | Some(b'#') => "unexpected end of line".to_owned(),
        Some(byte) if is_word(*byte) => {
            let end = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
            format!("unexpected `{}`", String::from_utf8_lossy(&rest[..end]))
        }
        Some(_) => {
            let text = bytes::text(rest);
            format!("unexpected `{}`", text.chars().next().unwrap_or_default())
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

pub(super) type Parsed<'a, T> = IResult<&'a [u8], T, Fault>;

/// Skips blanks.
pub(super) fn blanks(input: &[u8]) -> Parsed<'_, ()> {
    value((), take_while(is_blank)).parse(input)
}

/// A word of letters, digits, `-` and `_`; `end` is the offset of the line's end in the file.
pub(super) fn word(end: usize) -> impl Fn(&[u8]) -> Parsed<'_, Word> {
    move |input| {
        let (rest, text) = take_while1(is_word).parse(input)?;
        let text = bytes::text(text).into_owned();
        Ok((rest, Word { text, at: end - input.len() }))
    }
}

/// A word or a `"quoted string"`.
pub(super) fn name(end: usize) -> impl Fn(&[u8]) -> Parsed<'_, Word> {
    move |input| alt((word(end), quoted(end))).parse(input)
}

fn quoted(end: usize) -> impl Fn(&[u8]) -> Parsed<'_, Word> {
    move |input| {
        let (mut rest, _) = tag(&b"\""[..]).parse(input)?;
        let mut text = Vec::new();
        loop {
            match rest {
                [b'"', after @ ..] => {
                    let text = bytes::text(&text).into_owned();
                    return Ok((after, Word { text, at: end - input.len() }));
                }
                [b'\\', escaped, after @ ..] => {
                    text.push(match escaped {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'r' => b'\r',
                        b'b' => 8,
                        b'\\' | b'\'' | b'"' | b' ' => *escaped,
                        _ => {
                            return Fault::at(rest, "unknown escape sequence in a quoted name")
                                .help("known are `\\\\`, `\\\"`, `\\'`, `\\n`, `\\t`, `\\b`, `\\r` and `\\ `")
                                .fail();
                        }
                    });
                    rest = after;
                }
                [byte, after @ ..] => {
                    text.push(*byte);
                    rest = after;
                }
                [] => {
                    return Fault::at(input, "this quoted name has no closing `\"`")
                        .help("close it on the same line")
                        .fail();
                }
            }
        }
    }
}

/// A test, up to where it ends.
pub(super) fn expression(end: usize) -> impl Fn(&[u8]) -> Parsed<'_, Expr> {
    move |input| {
        let nested = input.iter().filter(|byte| matches!(byte, b'(' | b'!')).count();
        if input.len() > MAX_LENGTH || nested > MAX_NESTED {
            return Fault::at(input, "this test is too long")
                .help("declare flags whose `Default$` holds its parts")
                .fail();
        }
        either(end, input)
    }
}

fn either(end: usize, input: &[u8]) -> Parsed<'_, Expr> {
    chain(input, b"||", |input| both(end, input), |a, b| Expr::Or(Box::new(a), Box::new(b)))
}

fn both(end: usize, input: &[u8]) -> Parsed<'_, Expr> {
    chain(input, b"&&", |input| single(end, input), |a, b| Expr::And(Box::new(a), Box::new(b)))
}

fn chain<'a>(
    input: &'a [u8],
    operator: &'static [u8],
    part: impl Fn(&'a [u8]) -> Parsed<'a, Expr>,
    join: impl Fn(Expr, Expr) -> Expr,
) -> Parsed<'a, Expr> {
    let (mut rest, mut result) = part(input)?;
    while let Ok((after, _)) = (tag::<_, _, Fault>(operator)).parse(rest) {
        let (after, next) = part(after)?;
        result = join(result, next);
        rest = after;
    }
    Ok((rest, result))
}

fn single(end: usize, input: &[u8]) -> Parsed<'_, Expr> {
    let (input, ()) = blanks(input)?;
    let (rest, result) = match input {
        [b'!', after @ ..] => {
            let (rest, inner) = single(end, after)?;
            (rest, Expr::Not(Box::new(inner)))
        }
        [b'(', after @ ..] => {
            let (rest, inner) = either(end, after)?;
            (close(rest)?, inner)
        }
        _ => call(end, input)?,
    };
    let (rest, ()) = blanks(rest)?;
    Ok((rest, result))
}

fn call(end: usize, input: &[u8]) -> Parsed<'_, Expr> {
    let Ok((rest, first)) = word(end)(input) else {
        return Fault::at(input, describe(input))
            .help("a test is `true`, `false`, `flag(name)`, `os_type(value)`, or `!`, `&&`, `||` of such")
            .fail();
    };
    let (rest, ()) = blanks(rest)?;
    let [b'(', argument @ ..] = rest else {
        return match first.text.as_str() {
            "true" | "True" | "TRUE" => Ok((rest, Expr::Bool(true))),
            "false" | "False" | "FALSE" => Ok((rest, Expr::Bool(false))),
            other => Fault::at(input, format!("`{other}` is not a test"))
                .help(format!("for a flag write `flag({other})`"))
                .fail(),
        };
    };
    let (argument, ()) = blanks(argument)?;
    let Ok((rest, second)) = bare_value(&first, end, argument) else {
        return match name(end)(argument) {
            Err(nom::Err::Failure(fault)) => fault.fail(),
            _ => Fault::at(
                argument,
                format!("expected a name between the parentheses of `{}`", first.text),
            )
            .help(
                "a value with other characters than letters, digits, `-` and `_` stands in quotes",
            )
            .fail(),
        };
    };
    let rest = close(rest)?;
    if first.text.eq_ignore_ascii_case("flag") {
        return Ok((rest, Expr::Flag(second)));
    }
    Ok((rest, Expr::Equals(first, second)))
}

/// The argument of a test; versions were written without quotes as well (`ocaml_version(4.01.0)`).
fn bare_value<'a>(test: &Word, end: usize, input: &'a [u8]) -> Parsed<'a, Word> {
    let (rest, found) = name(end)(input)?;
    if test.text == "ocaml_version" && !input.starts_with(b"\"") {
        let (rest, text) =
            take_while1(|byte| is_word(byte) || matches!(byte, b'.' | b'+' | b'~')).parse(input)?;
        let text = bytes::text(text).into_owned();
        return Ok((rest, Word { text, at: found.at }));
    }
    Ok((rest, found))
}

fn close(input: &[u8]) -> Result<&[u8], nom::Err<Fault>> {
    let (rest, ()) = blanks(input)?;
    match rest {
        [b')', after @ ..] => Ok(after),
        _ => Fault::at(rest, format!("{}, expected `)`", describe(rest)))
            .help("every `(` needs its `)`")
            .fail(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(expr: &Expr) -> String {
        match expr {
            Expr::Bool(value) => value.to_string(),
            Expr::Not(a) => format!("!{}", shown(a)),
            Expr::And(a, b) => format!("({} & {})", shown(a), shown(b)),
            Expr::Or(a, b) => format!("({} | {})", shown(a), shown(b)),
            Expr::Flag(name) => name.text.clone(),
            Expr::Equals(name, value) => format!("{}={}", name.text, value.text),
        }
    }

    fn read(text: &str) -> String {
        match expression(text.len())(text.as_bytes()) {
            Ok((rest, expr)) => format!("{} {}", shown(&expr), String::from_utf8_lossy(rest)),
            Err(nom::Err::Error(fault) | nom::Err::Failure(fault)) => {
                format!("{}: {}", text.len() - fault.rest, fault.message)
            }
            Err(nom::Err::Incomplete(_)) => String::new(),
        }
    }

    #[test]
    fn not_binds_tightest_then_and_then_or() {
        assert_eq!(read("!flag(a) && flag(b) || flag( \"c d\" )"), "((!a & b) | c d) ");
        assert_eq!(read("flag(a) && (flag(b) || TRUE) # x"), "(a & (b | true)) # x");
    }

    #[test]
    fn versions_need_no_quotes() {
        assert_eq!(read("ocaml_version(4.01.0)"), "ocaml_version=4.01.0 ");
        assert_eq!(read("ocaml_version(\"4.01.0\")"), "ocaml_version=4.01.0 ");
    }

    #[test]
    fn faults_know_their_place() {
        assert_eq!(read("flag(a) && "), "11: unexpected end of line");
        assert_eq!(read("flag(a"), "6: unexpected end of line, expected `)`");
        assert_eq!(read("tests"), "0: `tests` is not a test");
        assert_eq!(read("flag()"), "5: expected a name between the parentheses of `flag`");
        assert_eq!(read(&"!".repeat(100)), "0: this test is too long");
    }
}
