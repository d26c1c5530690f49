//! Cuts a manifest into words, texts and signs, as OCaml's lexer does; comments nest, and texts in them count.

use std::borrow::Cow;
use std::rc::Rc;

use super::tokens::Lexer;

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// An identifier, a keyword, or a sign: which of them, only the parser knows.
    Word(&'a str),
    /// A text in quotes, its escapes replaced.
    Text(Rc<str>),
    /// A number.
    Int(i64),
    /// The end of the file.
    End,
}

/// Something that is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bad {
    /// Byte offset.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) help: &'static str,
}

/// A place in a file: everything before `at` has been read.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    content: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        Self { content, at: 0 }
    }

    /// Where it is.
    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// The byte `ahead` of the next one; 0 behind the end.
    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.content.get(self.at + ahead).copied().unwrap_or(0)
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.at >= self.content.len()
    }

    pub(super) fn skip(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.content.len());
    }

    /// The bytes from here on for which something holds, as text.
    pub(super) fn take(&mut self, mut holds: impl FnMut(u8) -> bool) -> Cow<'a, str> {
        let rest = &self.content[self.at..];
        let length = rest.iter().position(|byte| !holds(*byte)).unwrap_or(rest.len());
        self.at += length;
        String::from_utf8_lossy(&rest[..length])
    }

    /// The next `length` bytes, which are ASCII.
    fn sign(&mut self, length: usize) -> Token<'a> {
        let found = &self.content[self.at..self.at + length];
        self.at += length;
        Token::Word(std::str::from_utf8(found).unwrap_or_default())
    }

    /// Skips blanks and comments.
    pub(super) fn blanks(&mut self) -> Result<(), Bad> {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0c => self.at += 1,
                b'(' if self.peek(1) == b'*' => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), Bad> {
        let mut open = vec![self.at];
        self.at += 2;
        while let Some(start) = open.last().copied() {
            if self.is_at_end() {
                return Err(Bad {
                    at: start,
                    message: "this comment has no end".into(),
                    help: "close it with `*)`; one that is open inside needs its own",
                });
            }
            match (self.peek(0), self.peek(1)) {
                (b'(', b'*') => {
                    open.push(self.at);
                    self.at += 2;
                }
                (b'*', b')') => {
                    open.pop();
                    self.at += 2;
                }
                (b'"', _) => {
                    self.text().map_err(|bad| Bad {
                        at: bad.at,
                        message: "this text inside a comment has no end".into(),
                        help: "close it with `\"`: quotes count in comments as well",
                    })?;
                }
                // A quote as a character is the beginning of no text.
                (b'\'', b'"') if self.peek(2) == b'\'' => self.at += 3,
                (b'\'', b'\\') if self.peek(3) == b'\'' => self.at += 4,
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// The text that begins with the quote here.
    pub(super) fn text(&mut self) -> Result<Rc<str>, Bad> {
        let start = self.at;
        self.at += 1;
        // Most texts have no escapes.
        let rest = &self.content[self.at..];
        let plain = rest.iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let plain = plain.unwrap_or(rest.len());
        if rest.get(plain) == Some(&b'"') {
            self.at += plain + 1;
            return Ok(String::from_utf8_lossy(&rest[..plain]).into());
        }
        let mut text = Vec::new();
        loop {
            if self.is_at_end() {
                return Err(Bad {
                    at: start,
                    message: "this text has no end".into(),
                    help: "close it with `\"`",
                });
            }
            match (self.peek(0), self.peek(1)) {
                (b'"', _) => {
                    self.at += 1;
                    return Ok(String::from_utf8_lossy(&text).into());
                }
                (b'\\', b'\n') => self.continued(2),
                (b'\\', b'\r') => self.continued(if self.peek(2) == b'\n' { 3 } else { 2 }),
                (b'\\', escaped @ (b'\\' | b'"' | b'\'' | b'n' | b't' | b'b' | b'r')) => {
                    text.push(match escaped {
                        b'n' => b'\n',
                        b't' => b'\t',
                        b'b' => 8,
                        b'r' => b'\r',
                        other => other,
                    });
                    self.at += 2;
                }
                (b'\\', b'0'..=b'9')
                    if self.peek(2).is_ascii_digit() && self.peek(3).is_ascii_digit() =>
                {
                    let digit = |ahead: usize| u32::from(self.peek(ahead) - b'0');
                    let code = digit(1) * 100 + digit(2) * 10 + digit(3);
                    text.push(u8::try_from(code & 0xff).unwrap_or_default());
                    self.at += 4;
                }
                // Other escapes stay as they are.
                (byte, _) => {
                    text.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    /// A text goes on in the next line, without that line's first blanks.
    fn continued(&mut self, end: usize) {
        self.at += end;
        while matches!(self.peek(0), b' ' | b'\t') {
            self.at += 1;
        }
    }

    /// The number that begins here.
    pub(super) fn int(&mut self) -> Result<i64, Bad> {
        let start = self.at;
        let word = self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
        let radix = |prefix: &str, radix: u32| {
            let digits = word.to_ascii_lowercase();
            digits.strip_prefix(prefix).map(|digits| i64::from_str_radix(digits, radix))
        };
        let found = radix("0x", 16).or_else(|| radix("0o", 8)).or_else(|| radix("0b", 2));
        found.unwrap_or_else(|| word.parse()).map_err(|_| Bad {
            at: start,
            message: format!("`{word}` is no number that can stand here"),
            help: "write a whole number, or put it in quotes",
        })
    }

    /// The identifier that begins here.
    pub(super) fn identifier(&mut self) -> Token<'a> {
        let rest = &self.content[self.at..];
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'');
        let length = rest.iter().position(|byte| !is_part(byte)).unwrap_or(rest.len());
        self.sign(length)
    }

    /// The sign that begins here, where one does; `.` and `:` are part of longer ones only.
    pub(super) fn symbol(&mut self) -> Option<Token<'a>> {
        let first = self.peek(0);
        let two = (first, self.peek(1));
        let length = match two {
            (b'[', b'|' | b'<')
            | (b'{', b'<')
            | (b'|' | b'>', b']')
            | (b'>', b'}')
            | (b';', b';')
            | (b'.', b'.')
            | (b':', b':' | b'=' | b'>') => 2,
            (first, _) if b"()[]{},#`';.:".contains(&first) => 1,
            (first, _) if is_symbol(first) => {
                let rest = &self.content[self.at..];
                rest.iter().position(|byte| !is_symbol(*byte)).unwrap_or(rest.len())
            }
            _ => return None,
        };
        Some(self.sign(length))
    }

    /// The byte here is the beginning of nothing; it is skipped.
    pub(super) fn illegal(&mut self) -> Bad {
        let start = self.at;
        let rest = &self.content[self.at..];
        let length = match std::str::from_utf8(&rest[..rest.len().min(4)]) {
            Ok(text) => text.chars().next().map_or(1, char::len_utf8),
            Err(error) if error.valid_up_to() > 0 => error.valid_up_to(),
            Err(_) => 1,
        };
        self.skip(length);
        Bad {
            at: start,
            message: format!("unexpected `{}`", String::from_utf8_lossy(&rest[..length])),
            help: "names have letters, digits and `_`; everything else belongs into quotes",
        }
    }
}

/// The old language is cut as OCaml's lexer does it.
impl<'a> Lexer<'a> for Cursor<'a> {
    fn next(&mut self) -> Result<(Token<'a>, usize), Bad> {
        self.blanks()?;
        let at = self.at;
        if self.is_at_end() {
            return Ok((Token::End, at));
        }
        let token = match self.peek(0) {
            b'"' => Token::Text(self.text()?),
            b'0'..=b'9' => Token::Int(self.int()?),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.identifier(),
            _ => match self.symbol() {
                Some(symbol) => symbol,
                None => return Err(self.illegal()),
            },
        };
        Ok((token, at))
    }

    fn level(word: &str) -> isize {
        match word {
            "begin" => 1,
            "end" => -1,
            _ => 0,
        }
    }
}

/// Signs that stand together are one.
fn is_symbol(byte: u8) -> bool {
    b"!$%&*+-/<=>?@^|~:.".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All tokens of a file, and what is wrong.
    fn tokens(content: &[u8]) -> (Vec<(Token<'_>, usize)>, Vec<Bad>) {
        let mut cursor = Cursor::new(content);
        let (mut tokens, mut bad) = (Vec::new(), Vec::new());
        while tokens.last().is_none_or(|(token, _)| *token != Token::End) {
            match cursor.next() {
                Ok(token) => tokens.push(token),
                Err(wrong) => bad.push(wrong),
            }
        }
        (tokens, bad)
    }

    fn words(content: &str) -> Vec<Token<'_>> {
        let (tokens, bad) = tokens(content.as_bytes());
        assert!(bad.is_empty(), "{bad:?}");
        tokens.into_iter().map(|(token, _)| token).collect()
    }

    #[test]
    fn comments_nest_and_hide_texts() {
        let found = words("a (* b (* c *) \"*)\" '\"' *) d");
        assert_eq!(found, [Token::Word("a"), Token::Word("d"), Token::End]);
    }

    #[test]
    fn escapes_are_those_of_ocaml_and_unknown_ones_stay() {
        let found = words(
            r#""\"a\n\065\f\
              b""#,
        );
        assert_eq!(found[0], Token::Text("\"a\nA\\fb".into()));
    }

    #[test]
    fn signs_are_as_long_as_they_can_be() {
        let found = words("a += %b(c>=1)||[d] 0x1F;;");
        let signs = ["a", "+=", "%", "b", "(", "c", ">="].map(Token::Word);
        assert_eq!(found[..7], signs);
        assert_eq!(found[7], Token::Int(1));
        assert_eq!(found[8..13], [")", "||", "[", "d", "]"].map(Token::Word));
        assert_eq!(found[13..], [Token::Int(31), Token::Word(";;"), Token::End]);
    }

    #[test]
    fn what_is_open_is_shown_where_it_was_opened() {
        let places = |content: &str| {
            let (_, bad) = tokens(content.as_bytes());
            bad.into_iter().map(|bad| (bad.at, bad.message)).collect::<Vec<_>>()
        };
        assert_eq!(places("a \"b"), [(2, "this text has no end".to_owned())]);
        assert_eq!(places("(* (* *)"), [(0, "this comment has no end".to_owned())]);
        assert_eq!(places("(* a\"b *)"), [(4, "this text inside a comment has no end".to_owned())]);
        assert_eq!(places("a é b 1x").len(), 2);
    }
}
