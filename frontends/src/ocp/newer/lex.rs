//! The tokens of the newer language: those of the old one, and words after a quote that need no quotes.

use std::collections::VecDeque;

use super::super::lex::{Bad, Cursor, Token};
use super::super::tokens;

/// How what follows is read; each opening sign begins a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    Plain,
    /// Words of a list: `'[ a.ml b.ml ]`.
    Words,
    /// The end of `'{ ... }`, which stands for a function.
    Function,
}

/// Cuts a file into tokens.
pub(super) struct Lexer<'a> {
    cursor: Cursor<'a>,
    modes: Vec<Mode>,
    /// Tokens that come next: some signs stand for several.
    out: VecDeque<(Token<'a>, usize)>,
}

/// A byte that ends a word without quotes.
fn ends_word(byte: u8) -> bool {
    byte.is_ascii_whitespace() || b"\",;(){}[]".contains(&byte)
}

impl<'a> tokens::Lexer<'a> for Lexer<'a> {
    fn next(&mut self) -> Result<(Token<'a>, usize), Bad> {
        loop {
            if let Some(token) = self.out.pop_front() {
                return Ok(token);
            }
            if let Some(token) = self.more()? {
                return Ok(token);
            }
        }
    }

    fn level(word: &str) -> isize {
        match word {
            "{" | "(" | "[" | "begin" => 1,
            "}" | ")" | "]" | "end" => -1,
            _ => 0,
        }
    }
}

impl<'a> Lexer<'a> {
    pub(super) fn new(content: &'a [u8]) -> Self {
        Self { cursor: Cursor::new(content), modes: Vec::new(), out: VecDeque::new() }
    }

    fn words(&mut self, words: &[&'static str], at: usize) {
        self.out.extend(words.iter().map(|word| (Token::Word(word), at)));
    }

    /// Reads what comes next: a token, or several that are put into `out`.
    fn more(&mut self) -> Result<Option<(Token<'a>, usize)>, Bad> {
        if self.modes.last() == Some(&Mode::Function) {
            self.modes.pop();
            self.words(&[";", "}"], self.cursor.at());
            return Ok(None);
        }
        self.cursor.blanks()?;
        let at = self.cursor.at();
        if self.cursor.is_at_end() {
            return Ok(Some((Token::End, at)));
        }
        let first = self.cursor.peek(0);
        if self.modes.last() == Some(&Mode::Words) {
            self.word(first, at)?;
            return Ok(None);
        }
        let token = match first {
            b'"' => Token::Text(self.cursor.text()?),
            b'0'..=b'9' => Token::Int(self.cursor.int()?),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.cursor.identifier(),
            b'\'' => {
                self.quote(at);
                return Ok(None);
            }
            _ => {
                let Some(symbol) = self.cursor.symbol() else { return Err(self.cursor.illegal()) };
                match first {
                    b'(' | b'[' | b'{' => self.modes.push(Mode::Plain),
                    b')' | b']' | b'}' => {
                        self.modes.pop();
                    }
                    _ => {}
                }
                symbol
            }
        };
        Ok(Some((token, at)))
    }

    /// What a quote begins: a word, a list of words, or a function without arguments.
    fn quote(&mut self, at: usize) {
        self.cursor.skip(1);
        match self.cursor.peek(0) {
            b'{' | b'(' => {
                let open = if self.cursor.peek(0) == b'{' { "{" } else { "(" };
                self.cursor.skip(1);
                self.words(&["function", "(", ")", "{", "return", open], at);
                self.modes.extend([Mode::Function, Mode::Plain]);
            }
            b'[' => {
                self.cursor.skip(1);
                self.words(&["["], at);
                self.modes.push(Mode::Words);
            }
            byte if self.cursor.is_at_end() || ends_word(byte) => {
                self.words(&["["], at);
                self.modes.push(Mode::Words);
            }
            _ => {
                let word = self.cursor.take(|byte| !ends_word(byte)).into();
                self.out.push_back((Token::Text(word), at));
            }
        }
    }

    /// One word of a list, or its end.
    fn word(&mut self, first: u8, at: usize) -> Result<(), Bad> {
        let sign = |byte: u8| match byte {
            b'{' => "{",
            b'[' => "[",
            b'}' => "}",
            b']' => "]",
            b')' => ")",
            b',' => ",",
            _ => ";",
        };
        match first {
            b'"' => {
                let text = self.cursor.text()?;
                self.words(&[";"], at);
                self.out.push_back((Token::Text(text), at));
            }
            // Options belong to the word before them.
            b'{' | b'[' => {
                self.cursor.skip(1);
                self.words(&[",", sign(first)], at);
                self.modes.push(Mode::Plain);
            }
            b'(' => {
                self.cursor.skip(1);
                self.words(&[";", "("], at);
                self.modes.push(Mode::Plain);
            }
            b'}' | b']' => {
                self.cursor.skip(1);
                self.words(&[sign(first)], at);
                self.modes.pop();
            }
            b')' | b',' | b';' => {
                self.cursor.skip(1);
                self.words(&["]", sign(first)], at);
                self.modes.pop();
                if first == b')' {
                    self.modes.pop();
                }
            }
            _ => {
                let word = self.cursor.take(|byte| !ends_word(byte)).into();
                self.words(&[";"], at);
                self.out.push_back((Token::Text(word), at));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::tokens::Lexer as _;
    use super::*;

    fn shown(content: &str) -> String {
        let mut lexer = Lexer::new(content.as_bytes());
        let words = std::iter::from_fn(|| match lexer.next().unwrap().0 {
            Token::Word(word) => Some(word.to_owned()),
            Token::Text(text) => Some(format!("{text:?}")),
            Token::Int(number) => Some(number.to_string()),
            Token::End => None,
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_after_a_quote_need_no_quotes() {
        assert_eq!(shown("x = 'a.ml;"), "x = \"a.ml\" ;");
        assert_eq!(
            shown("'[ a.ml { pp = [] } b/c.ml ]"),
            "[ ; \"a.ml\" , { pp = [ ] } ; \"b/c.ml\" ]"
        );
        assert_eq!(shown("x = ' a b ;y"), "x = [ ; \"a\" ; \"b\" ] ; y");
        assert_eq!(shown("f(' a b) + [1]"), "f ( [ ; \"a\" ; \"b\" ] ) + [ 1 ]");
        assert_eq!(shown("'{ a = 1 } ;"), "function ( ) { return { a = 1 } ; } ;");
    }
}
