//! Words of a file of opam: texts, names, numbers and signs.

use std::ops::Range;

use bstr::{BString, ByteSlice};

use super::tree::{Relation, Update};

/// A word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Colon,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
    OpenParenthesis,
    CloseParenthesis,
    Text(BString),
    Bool(bool),
    Int(i64),
    Ident(String),
    Relation(Relation),
    And,
    Or,
    Not,
    Defined,
    Update(Update),
    /// What is no word at all; that has been said.
    Bad,
    End,
}

/// What is wrong, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Wrong {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    #[must_use]
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// More mistakes than this are no news.
pub(super) const MOST: usize = 50;

/// What is mostly meant by what means nothing.
const QUOTE: &str = "a text goes into quotes: \"...\"";

/// What was likely meant by what means nothing.
fn meant(word: &str) -> &'static str {
    match word {
        "," | ";" => "what stands in a list has only blanks between it",
        _ if word.starts_with("//") => "a comment begins with `#`, or stands between `(*` and `*)`",
        _ if word.starts_with(char::is_whitespace) => "write a plain blank in its place",
        _ if word.starts_with(['\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{ab}']) => {
            "the quotes around a text are plain ones: \"...\""
        }
        _ => QUOTE,
    }
}

/// The largest number that opam's own reader takes, which has 63 bits for it.
const LARGEST: i64 = i64::MAX >> 1;

/// The words of a file, one after the other.
pub(super) struct Lexer<'a> {
    content: &'a [u8],
    at: usize,
    pub(super) wrong: Vec<Wrong>,
    /// The last word has no end: what is open around it may well be closed in it.
    pub(super) endless: bool,
    /// A carriage return alone was told.
    returned: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        Self { content, at: 0, wrong: Vec::new(), endless: false, returned: false }
    }

    fn rest(&self) -> &'a [u8] {
        &self.content[self.at..]
    }

    fn says(&mut self, wrong: Wrong) {
        if self.wrong.len() < MOST {
            self.wrong.push(wrong);
        }
    }

    /// The next word and where it stands; [`Token::End`] for ever after the last one.
    pub(super) fn next(&mut self) -> (Range<usize>, Token) {
        self.skip();
        let start = self.at;
        let token = self.token();
        (start..self.at, token)
    }

    /// Passes blanks and comments.
    fn skip(&mut self) {
        loop {
            match self.rest() {
                [b' ' | b'\t' | b'\n', ..] => self.at += 1,
                [b'\r', b'\n', ..] => self.at += 2,
                [b'\r', ..] => self.lone_return(),
                [b'#', rest @ ..] => {
                    self.at += 1 + rest.find_byte(b'\n').unwrap_or(rest.len());
                }
                [b'(', b'*', ..] => self.comment(),
                _ => return,
            }
        }
    }

    /// Passes a carriage return that ends no line: one is told, for a file that has one has many.
    fn lone_return(&mut self) {
        if !self.returned {
            self.returned = true;
            let wrong = Wrong::new(self.at, "this carriage return ends no line");
            self.says(wrong.help("save the file with line feeds at the ends of lines"));
        }
        self.at += 1;
    }

    /// Passes a comment, which may have others in it.
    fn comment(&mut self) {
        let start = self.at;
        let mut depth = 0usize;
        loop {
            match self.rest() {
                [b'(', b'*', ..] => {
                    depth += 1;
                    self.at += 2;
                }
                [b'*', b')', ..] => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                [_, ..] => self.at += 1,
                [] => {
                    let help = "write `*)` where it ends";
                    self.says(Wrong::new(start, "this comment is not closed").help(help));
                    self.endless = true;
                    return;
                }
            }
        }
    }

    fn token(&mut self) -> Token {
        let (length, token) = match self.rest() {
            [] => (0, Token::End),
            [b'"', b'"', b'"', ..] => {
                self.at += 3;
                return self.text(self.at - 3, b"\"\"\"");
            }
            [b'"', ..] => {
                self.at += 1;
                return self.text(self.at - 1, b"\"");
            }
            [b'=', b'+', b'=', ..] => (3, Token::Update(Update::Again)),
            [b'=', b'+', ..] => (2, Token::Update(Update::After)),
            [b'=', b':', b'=', ..] => {
                let wrong = Wrong::new(self.at, "`=:=` is no way to change a variable");
                self.says(wrong.help("there are `=`, `+=`, `=+`, `=+=`, `:=` and `=:`"));
                (3, Token::Bad)
            }
            [b'=', b':', ..] => (2, Token::Update(Update::AfterColon)),
            [b'+', b'=', ..] => (2, Token::Update(Update::Before)),
            [b':', b'=', ..] => (2, Token::Update(Update::BeforeColon)),
            [b'!', b'=', ..] => (2, Token::Relation(Relation::NotEqual)),
            [b'>', b'=', ..] => (2, Token::Relation(Relation::GreaterEqual)),
            [b'<', b'=', ..] => (2, Token::Relation(Relation::LessEqual)),
            // An old way to say the same.
            [b'~', ..] => (1, Token::Relation(Relation::GreaterEqual)),
            [b'>', ..] => (1, Token::Relation(Relation::Greater)),
            [b'<', ..] => (1, Token::Relation(Relation::Less)),
            [b'=', ..] => (1, Token::Relation(Relation::Equal)),
            [b'!', ..] => (1, Token::Not),
            [b'?', ..] => (1, Token::Defined),
            [b'&', ..] => (1, Token::And),
            [b'|', ..] => (1, Token::Or),
            [b':', ..] => (1, Token::Colon),
            [b'{', ..] => (1, Token::OpenBrace),
            [b'}', ..] => (1, Token::CloseBrace),
            [b'[', ..] => (1, Token::OpenBracket),
            [b']', ..] => (1, Token::CloseBracket),
            [b'(', ..] => (1, Token::OpenParenthesis),
            [b')', ..] => (1, Token::CloseParenthesis),
            [byte, ..] if is_word(*byte) => return self.word(),
            rest => {
                let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"[]{}()".contains(byte);
                let length = rest.iter().skip(1).position(ends).map_or(rest.len(), |at| at + 1);
                let word = rest[..length].to_str_lossy();
                let first = word.chars().next().unwrap_or_default();
                let (length, word) = match first.is_whitespace() {
                    true => (first.len_utf8(), &word[..first.len_utf8()]),
                    false => (length, &*word),
                };
                let shown = word.escape_debug().to_string().replace("\\'", "'");
                self.says(
                    Wrong::new(self.at, format!("`{shown}` means nothing here")).help(meant(word)),
                );
                (length, Token::Bad)
            }
        };
        self.at += length;
        token
    }

    /// A name, a number, `true` or `false`: whichever is longest.
    fn word(&mut self) -> Token {
        let rest = self.rest();
        let name = name(rest).unwrap_or(0);
        let digits = &rest[usize::from(rest[0] == b'-')..];
        let count =
            digits.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count();
        let number = if count == 0 { 0 } else { rest.len() - digits.len() + count };
        let length = name.max(number).max(1);
        let start = self.at;
        let word = rest[..length].to_str_lossy().into_owned();
        self.at += length;
        if name > number {
            return match word.as_str() {
                "true" => Token::Bool(true),
                "false" => Token::Bool(false),
                _ => Token::Ident(word),
            };
        }
        if let [b'.', after, ..] = self.rest()
            && is_word(*after)
        {
            let is_part = |byte: &u8| is_word(*byte) || b".~+".contains(byte);
            self.at += self.rest().iter().take_while(|byte| is_part(byte)).count();
            let whole = self.content[start..self.at].to_str_lossy();
            let wrong = Wrong::new(start, format!("`{whole}` is neither a name nor a number"));
            self.says(wrong.help(format!("a version is a text in quotes: \"{whole}\"")));
            return Token::Bad;
        }
        match int(&word) {
            Some(int) => Token::Int(int),
            None => {
                let wrong = Wrong::new(start, format!("`{word}` is neither a name nor a number"));
                self.says(wrong.help(QUOTE));
                Token::Bad
            }
        }
    }

    /// A text whose opening quotes are passed already.
    fn text(&mut self, start: usize, close: &[u8]) -> Token {
        let mut text = BString::default();
        loop {
            let rest = self.rest();
            let plain = rest.find_byteset(b"\"\\\r").unwrap_or(rest.len());
            text.extend_from_slice(&rest[..plain]);
            self.at += plain;
            match self.rest() {
                rest if rest.starts_with(close) => {
                    self.at += close.len();
                    return Token::Text(text);
                }
                [b'\\', ..] => self.escape(&mut text),
                [b'\r', b'\n', ..] => {
                    text.push(b'\n');
                    self.at += 2;
                }
                [byte, ..] => {
                    text.push(*byte);
                    self.at += 1;
                }
                [] => {
                    let quotes = close.to_str_lossy();
                    let wrong = Wrong::new(start, "this text is not closed");
                    self.says(wrong.help(format!("write `{quotes}` where it ends")));
                    self.endless = true;
                    return Token::Text(text);
                }
            }
        }
    }

    /// A backslash and what it stands for.
    fn escape(&mut self, text: &mut BString) {
        let (length, byte) = match &self.rest()[1..] {
            [b'\n', ..] | [b'\r', b'\n', ..] => {
                let rest = &self.rest()[1..];
                let after = &rest[rest.find_byte(b'\n').map_or(0, |at| at + 1)..];
                let blanks = after.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                self.at = self.content.len() - after.len() + blanks;
                return;
            }
            [byte @ (b'\\' | b'"' | b'\'' | b' '), ..] => (2, Some(*byte)),
            [b'n', ..] => (2, Some(b'\n')),
            [b'r', ..] => (2, Some(b'\r')),
            [b't', ..] => (2, Some(b'\t')),
            [b'b', ..] => (2, Some(8)),
            [b'x', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (4, Some(hex(*high) * 16 + hex(*low)))
            }
            [a, b, c, ..] if [a, b, c].iter().all(|digit| digit.is_ascii_digit()) => {
                let code =
                    [a, b, c].iter().fold(0, |code, digit| code * 10 + u32::from(**digit - b'0'));
                (4, u8::try_from(code).ok())
            }
            _ => (1, None),
        };
        match byte {
            Some(byte) => text.push(byte),
            None => {
                let wrong = Wrong::new(self.at, "this backslash escapes nothing");
                self.says(wrong.help(
                    "there are \\\\, \\\", \\n, \\r, \\t, \\b, a blank, three digits up to 255, \\xHH \
                     and the end of the line",
                ));
            }
        }
        self.at += length;
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => digit.to_ascii_lowercase() - b'a' + 10,
    }
}

/// Names and numbers are made of these.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The length of the name that `text` begins with: names of packages with `+` between them, a colon, and
/// the name of a variable; or one of these alone.
fn name(text: &[u8]) -> Option<usize> {
    let mut end = part(text)?;
    while text.get(end) == Some(&b'+')
        && let Some(length) = part(&text[end + 1..])
    {
        end += 1 + length;
    }
    if text.get(end) == Some(&b':')
        && let Some(length) = plain(&text[end + 1..])
    {
        end += 1 + length;
    }
    Some(end)
}

/// The length of a plain name, or of `_`, which stands for the package itself.
fn part(text: &[u8]) -> Option<usize> {
    plain(text).or_else(|| (text.first() == Some(&b'_')).then_some(1))
}

/// The length of a name: letters, digits, `_` and `-`, at least one of them a letter.
fn plain(text: &[u8]) -> Option<usize> {
    let length = text.iter().take_while(|byte| is_word(**byte)).count();
    text[..length].iter().any(u8::is_ascii_alphabetic).then_some(length)
}

/// A number: digits with `_` between them, and `-` before.
fn int(word: &str) -> Option<i64> {
    let digits = word.strip_prefix('-').unwrap_or(word);
    if !digits.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let value: i64 = digits.replace('_', "").parse().ok()?;
    let value = if digits.len() == word.len() { value } else { -value };
    (-LARGEST - 1..=LARGEST).contains(&value).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words of a text; those that are wrong are `Bad`.
    fn words(text: &str) -> Vec<Token> {
        let mut lexer = Lexer::new(text.as_bytes());
        let mut all = Vec::new();
        loop {
            match lexer.next().1 {
                Token::End => return all,
                token => all.push(token),
            }
        }
    }

    /// The one text of a file, where nothing is wrong.
    fn text(content: &str) -> Option<String> {
        let mut lexer = Lexer::new(content.as_bytes());
        match (lexer.next().1, lexer.next().1, lexer.wrong.is_empty()) {
            (Token::Text(text), Token::End, true) => Some(text.to_string()),
            _ => None,
        }
    }

    fn idents(names: &[&str]) -> Vec<Token> {
        names.iter().map(|name| Token::Ident((*name).to_owned())).collect()
    }

    #[test]
    fn texts_have_escapes_and_line_ends() {
        assert_eq!(text(r#""a\"b\\c\'\ \n\t\r\b""#).as_deref(), Some("a\"b\\c' \n\t\r\u{8}"));
        assert_eq!(text(r#""\065\x42\x6a""#).as_deref(), Some("ABj"));
        assert_eq!(text("\"a\\\n \t b\\\r\n  c\r\nd\re\""), Some("abc\nd\re".to_owned()));
        for wrong in [r#""\q""#, r#""\256""#, r#""\12""#, r#""\xg0""#, "\"a", "\"a\\\""] {
            assert_eq!(text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn three_quotes_close_three_quotes() {
        assert_eq!(text("\"\"\"a \"b\"\" c\"\"\"").as_deref(), Some("a \"b\"\" c"));
        assert_eq!(text("\"\"\"\\\"\"\"\"").as_deref(), Some("\""));
        assert_eq!(text("\"\"").as_deref(), Some(""));
        assert_eq!(text("\"\"\"\"\"\"").as_deref(), Some(""));
        assert_eq!(text("\"\"\"a\"\""), None);
    }

    #[test]
    fn names_may_be_of_packages() {
        assert_eq!(
            words("a-b _x 4ti2 a:b a+b+_:c _:name"),
            idents(&["a-b", "_x", "4ti2", "a:b", "a+b+_:c", "_:name"])
        );
        // A blank ends a name, and `true-x` is one.
        assert_eq!(
            words("a: b"),
            [Token::Ident("a".into()), Token::Colon, Token::Ident("b".into())]
        );
        assert_eq!(words("true-x true"), [Token::Ident("true-x".into()), Token::Bool(true)]);
        assert_eq!(words("a:1"), [Token::Ident("a".into()), Token::Colon, Token::Int(1)]);
        assert_eq!(
            words("a+=\"b\""),
            [Token::Ident("a".into()), Token::Update(Update::Before), Token::Text("b".into())]
        );
    }

    #[test]
    fn numbers_have_digits() {
        assert_eq!(words("-12 1_000"), [Token::Int(-12), Token::Int(1000)]);
        assert_eq!(words("4611686018427387903"), [Token::Int(LARGEST)]);
        for wrong in ["_", "-", "-_", "4611686018427387904", "99999999999999999999"] {
            assert_eq!(words(wrong), [Token::Bad], "{wrong}");
        }
        assert_eq!(words("1.0~rc1+b x"), [Token::Bad, Token::Ident("x".into())]);
        assert_eq!(words("1. "), [Token::Int(1), Token::Bad]);
    }

    #[test]
    fn a_carriage_return_alone_is_told_once_and_is_a_blank() {
        let mut lexer = Lexer::new(b"a\rb\rc\r\n");
        for name in ["a", "b", "c"] {
            assert_eq!(lexer.next().1, Token::Ident(name.into()));
        }
        assert_eq!(lexer.next().1, Token::End);
        let said: Vec<_> = lexer.wrong.iter().map(|it| (it.at, it.message.as_str())).collect();
        assert_eq!(said, [(1, "this carriage return ends no line")]);
    }

    #[test]
    fn comments_are_in_each_other() {
        assert_eq!(words("a # b (* \" \nc (* d (* \" *) # *)f"), idents(&["a", "c", "f"]));
        assert_eq!(words("(* (* *)"), []);
        assert_eq!(
            words("(a)*"),
            [Token::OpenParenthesis, Token::Ident("a".into()), Token::CloseParenthesis, Token::Bad]
        );
    }

    #[test]
    fn signs_are_as_long_as_they_can_be() {
        use Token::Update as By;
        assert_eq!(
            words("=+= =+ += := =: = != >= ~"),
            [
                By(Update::Again),
                By(Update::After),
                By(Update::Before),
                By(Update::BeforeColon),
                By(Update::AfterColon),
                Token::Relation(Relation::Equal),
                Token::Relation(Relation::NotEqual),
                Token::Relation(Relation::GreaterEqual),
                Token::Relation(Relation::GreaterEqual),
            ]
        );
        assert_eq!(words("=:="), [Token::Bad]);
    }
}
