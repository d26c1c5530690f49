//! Tokens, names, values and paths of the rule file language, with the places of mistakes.

pub(crate) mod scan;

use crate::parse::mistake::Mistake;

/// What stands at the start of a statement or between its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    Error,
    Build,
    Colon,
    Default,
    Equals,
    Name,
    Include,
    Indent,
    Newline,
    Pipe,
    PipePipe,
    PipeAt,
    Pool,
    Rule,
    Subninja,
    End,
}

impl Token {
    /// The token as messages call it.
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Error => "lexing error",
            Self::Build => "'build'",
            Self::Colon => "':'",
            Self::Default => "'default'",
            Self::Equals => "'='",
            Self::Name => "identifier",
            Self::Include => "'include'",
            Self::Indent => "indent",
            Self::Newline => "newline",
            Self::Pipe => "'|'",
            Self::PipePipe => "'||'",
            Self::PipeAt => "'|@'",
            Self::Pool => "'pool'",
            Self::Rule => "'rule'",
            Self::Subninja => "'subninja'",
            Self::End => "eof",
        }
    }
}

/// A value or a path as it stands in the file, escapes and variables included.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Raw<'a> {
    /// The text.
    pub(crate) text: &'a [u8],
    /// Whether there is a `$` in it, so that it has to be expanded.
    pub(crate) expands: bool,
}

/// A reader of one file.
#[derive(Debug)]
pub(crate) struct Lexer<'a> {
    input: &'a [u8],
    at: usize,
    /// Where what was read last begins: the place that a message names.
    last: usize,
}

impl<'a> Lexer<'a> {
    /// A reader of `input` from byte `at` on.
    pub(crate) fn new(input: &'a [u8], at: usize) -> Self {
        Self { input, at, last: at }
    }

    /// Where reading goes on.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Where what was read last begins.
    pub(crate) fn last(&self) -> usize {
        self.last
    }

    /// A message about what was read last.
    pub(crate) fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.last, message)
    }

    fn rest(&self) -> &'a [u8] {
        &self.input[self.at..]
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.input.get(at).copied()
    }

    /// Reads a token and the blanks after it.
    pub(crate) fn token(&mut self) -> Token {
        loop {
            let start = self.at;
            let text = start + scan::spaces(self.rest());
            self.last = start;
            let (token, end) = match self.byte(text) {
                Some(b'\n') => (Token::Newline, text + 1),
                Some(b'\r') if self.byte(text + 1) == Some(b'\n') => (Token::Newline, text + 2),
                Some(b'#') => match scan::comment(&self.input[text..]) {
                    Some(length) => {
                        self.at = text + length;
                        continue;
                    }
                    None if text > start => (Token::Indent, text),
                    None => (Token::Error, text + 1),
                },
                _ if text > start => (Token::Indent, text),
                None | Some(0) => (Token::End, start),
                Some(b'=') => (Token::Equals, start + 1),
                Some(b':') => (Token::Colon, start + 1),
                Some(b'|') => match self.byte(start + 1) {
                    Some(b'@') => (Token::PipeAt, start + 2),
                    Some(b'|') => (Token::PipePipe, start + 2),
                    _ => (Token::Pipe, start + 1),
                },
                Some(_) => match scan::name(self.rest()) {
                    Ok((_, name)) => (keyword(name), start + name.len()),
                    Err(_) => (Token::Error, start + 1),
                },
            };
            self.at = end;
            if token != Token::Newline && token != Token::End {
                self.skip_blanks();
            }
            return token;
        }
    }

    /// Goes back to before the token that was read last.
    pub(crate) fn unread(&mut self) {
        self.at = self.last;
    }

    /// Reads a token when it is `expected`.
    pub(crate) fn peek(&mut self, expected: Token) -> bool {
        // The common answers need no token at all.
        let found = match (expected, self.byte(self.at)) {
            (Token::Pipe | Token::PipePipe | Token::PipeAt, Some(byte)) if byte != b'|' => {
                // What follows a path is never a comment or a blank line.
                if byte != b' ' && byte != b'#' {
                    self.last = self.at;
                    return false;
                }
                self.token() == expected
            }
            _ => self.token() == expected,
        };
        if !found {
            self.unread();
        }
        found
    }

    /// Reads a token that has to be `expected`.
    pub(crate) fn expect(&mut self, expected: Token) -> Result<(), Mistake> {
        let token = self.token();
        if token == expected {
            return Ok(());
        }
        let hint = if expected == Token::Colon { " ($ also escapes ':')" } else { "" };
        Err(self.mistake(format!(
            "expected {}, got {}{hint}",
            expected.describe(),
            token.describe()
        )))
    }

    /// A message about a byte that starts no token.
    pub(crate) fn lexing_mistake(&self) -> Mistake {
        if self.byte(self.last) == Some(b'\t') {
            self.mistake("tabs are not allowed, use spaces")
                .help("indent with spaces, two are common")
        } else {
            let help = match self.byte(self.last) {
                Some(b'#') => "end the last line of the file with a newline",
                Some(b'\r') => "a carriage return may only stand before a line feed",
                _ => "names have letters, digits, `_`, `-` and `.`",
            };
            self.mistake("lexing error").help(help)
        }
    }

    /// Reads a name and the blanks after it.
    pub(crate) fn name(&mut self) -> Option<&'a [u8]> {
        self.last = self.at;
        let (_, name) = scan::name(self.rest()).ok()?;
        self.at += name.len();
        self.skip_blanks();
        Some(name)
    }

    /// Reads `name = value` and the end of the line.
    pub(crate) fn binding(&mut self) -> Result<(&'a [u8], Raw<'a>), Mistake> {
        let Some(name) = self.name() else {
            return Err(self.mistake("expected variable name"));
        };
        self.expect(Token::Equals).map_err(|mistake| {
            mistake.help("a variable is set with `name = value`, all on one line")
        })?;
        Ok((name, self.value()?))
    }

    /// Reads a value to the end of its line, which is taken as well.
    pub(crate) fn value(&mut self) -> Result<Raw<'a>, Mistake> {
        let start = self.at;
        let mut expands = false;
        loop {
            let length = scan::value_text(self.rest());
            self.at += length;
            self.last = self.at;
            let end = self.at;
            match self.byte(end) {
                Some(b'\n') => self.at += 1,
                Some(b'\r') if self.byte(end + 1) == Some(b'\n') => self.at += 2,
                Some(b'$') => {
                    expands = true;
                    self.escape()?;
                    continue;
                }
                None | Some(0) => return Err(self.unexpected_end()),
                Some(_) => return Err(self.lexing_mistake()),
            }
            return Ok(Raw { text: &self.input[start..end], expands });
        }
    }

    /// Reads a path and the blanks after it; an empty one when something else stands there.
    pub(crate) fn path(&mut self) -> Result<Raw<'a>, Mistake> {
        let start = self.at;
        let mut expands = false;
        loop {
            self.at += scan::path_text(self.rest());
            self.last = self.at;
            match self.byte(self.at) {
                Some(b' ' | b':' | b'|' | b'\n') => {}
                Some(b'\r') if self.byte(self.at + 1) == Some(b'\n') => {}
                Some(b'$') => {
                    expands = true;
                    self.escape()?;
                    continue;
                }
                None | Some(0) => return Err(self.unexpected_end()),
                Some(_) => return Err(self.lexing_mistake()),
            }
            let text = &self.input[start..self.at];
            self.skip_blanks();
            return Ok(Raw { text, expands });
        }
    }

    fn unexpected_end(&self) -> Mistake {
        let help = match self.byte(self.last) {
            None => "end the last line of the file with a newline",
            Some(_) => "take the NUL byte out, it ends the file for Ninja",
        };
        self.mistake("unexpected EOF").help(help)
    }

    /// Skips what a `$` introduces.
    fn escape(&mut self) -> Result<(), Mistake> {
        match scan::escape(self.rest()) {
            Ok((rest, _)) => {
                self.at = self.input.len() - rest.len();
                Ok(())
            }
            Err(_) => Err(self
                .mistake("bad $-escape (literal $ must be written as $$)")
                .help("write `$$` for a dollar sign, `$ ` for a blank, `$:` for a colon")),
        }
    }

    /// Skips blanks and escaped ends of line.
    fn skip_blanks(&mut self) {
        loop {
            match self.byte(self.at) {
                Some(b' ') => self.at += 1,
                Some(b'$') => match (self.byte(self.at + 1), self.byte(self.at + 2)) {
                    (Some(b'\n'), _) => self.at += 2,
                    (Some(b'\r'), Some(b'\n')) => self.at += 3,
                    _ => return,
                },
                _ => return,
            }
        }
    }
}

fn keyword(name: &[u8]) -> Token {
    match name {
        b"build" => Token::Build,
        b"pool" => Token::Pool,
        b"rule" => Token::Rule,
        b"default" => Token::Default,
        b"include" => Token::Include,
        b"subninja" => Token::Subninja,
        _ => Token::Name,
    }
}
