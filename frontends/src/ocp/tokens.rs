//! A cursor over the tokens of a file, and what is found wrong on the way: what the parsers of both languages share.

use std::collections::HashMap;
use std::rc::Rc;

use super::lex::{Bad, Token};

/// Further mistakes than these are not told.
pub(super) const MISTAKES: usize = 100;

/// A mistake or a warning: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) help: String,
}

/// What a file consists of.
#[derive(Clone, Debug)]
pub(super) struct Parsed<S> {
    pub(super) statements: Vec<S>,
    pub(super) errors: Vec<Found>,
    pub(super) warnings: Vec<Found>,
}

/// A mistake was found and told.
#[derive(Debug)]
pub(super) struct Wrong;

pub(super) type Result<T> = std::result::Result<T, Wrong>;

/// Tokens, of which those before `at` have been read.
pub(super) struct Tokens<'a> {
    tokens: Vec<(Token<'a>, usize)>,
    at: usize,
    depth: usize,
    limit: usize,
    names: HashMap<&'a str, Rc<str>>,
    errors: Vec<Found>,
    warnings: Vec<Found>,
}

impl<'a> Tokens<'a> {
    /// The tokens of a file, in which nothing may be nested deeper than `limit`.
    pub(super) fn new(tokens: Vec<(Token<'a>, usize)>, bad: Vec<Bad>, limit: usize) -> Self {
        let errors = bad
            .into_iter()
            .take(MISTAKES)
            .map(|Bad { at, message, help }| Found { at, message, help: help.to_owned() })
            .collect();
        Self { tokens, at: 0, depth: 0, limit, names: HashMap::new(), errors, warnings: Vec::new() }
    }

    /// What was read, and everything that was said.
    pub(super) fn parsed<S>(self, statements: Vec<S>) -> Parsed<S> {
        let Self { mut errors, warnings, .. } = self;
        errors.sort_by_key(|found| found.at);
        Parsed { statements, errors, warnings }
    }

    /// The next token.
    pub(super) fn token(&self) -> &Token<'a> {
        self.ahead(0)
    }

    /// The token `ahead` of the next one.
    pub(super) fn ahead(&self, ahead: usize) -> &Token<'a> {
        self.tokens.get(self.at + ahead).map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn is_at_end(&self) -> bool {
        *self.token() == Token::End
    }

    /// Byte offset of the next token.
    pub(super) fn place(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    /// How many tokens have been read.
    pub(super) fn read(&self) -> usize {
        self.at
    }

    /// Goes back, or on, to where so many have been read, outside of everything.
    pub(super) fn go_to(&mut self, read: usize) {
        self.at = read;
        self.depth = 0;
    }

    /// Reads the next token.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(found) if *found == word)
    }

    /// Reads the next token where it is this word.
    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    /// A name, of which all uses share one text.
    pub(super) fn name(&mut self, word: &'a str) -> Rc<str> {
        self.names.entry(word).or_insert_with(|| word.into()).clone()
    }

    pub(super) fn error<T>(
        &mut self,
        at: usize,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Result<T> {
        if self.errors.len() < MISTAKES {
            self.errors.push(Found { at, message: message.into(), help: help.into() });
        }
        Err(Wrong)
    }

    pub(super) fn warn(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        if self.warnings.len() < MISTAKES {
            self.warnings.push(Found { at, message: message.into(), help: help.into() });
        }
    }

    /// What stands here is not what should.
    pub(super) fn unexpected<T>(&mut self, wanted: &str, help: impl Into<String>) -> Result<T> {
        let found = match self.token() {
            Token::Word(word) => format!("`{word}`"),
            Token::Text(text) if text.len() < 40 => format!("`{}`", text.escape_debug()),
            Token::Text(_) => "a text".to_owned(),
            Token::Int(number) => format!("`{number}`"),
            Token::End => "the end of the file".to_owned(),
        };
        self.error(self.place(), format!("{found}, where {wanted} should be"), help)
    }

    /// Goes one level deeper; whoever did it comes back with [`Tokens::leave`].
    pub(super) fn enter(&mut self) -> Result<()> {
        if self.depth == self.limit {
            let message = format!("more than {} levels of nesting", self.limit);
            let help = "give the inner parts names of their own";
            return self.error(self.place(), message, help);
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back from a level.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}

/// A list in no more room than it needs, where it is short: there may be a million of them.
pub(super) fn fitted<T>(mut list: Vec<T>) -> Vec<T> {
    if list.len() < 4 {
        list.shrink_to_fit();
    }
    list
}

/// Whether a word begins as names do.
pub(super) fn begins_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
}
