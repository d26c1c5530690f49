//! A cursor over the tokens of a file, and what is found wrong on the way: what the parsers of both languages share.

use std::hash::BuildHasher as _;
use std::rc::Rc;

use hashbrown::DefaultHashBuilder;

use super::lex::{Bad, Token};

/// Further mistakes than these are not told.
pub(super) const MISTAKES: usize = 100;

/// So many names are remembered, to share their texts; there may be a million that stand once.
const NAMES: usize = 1024;

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

/// What cuts a file into tokens.
pub(super) trait Lexer<'a> {
    /// The next token and its byte offset; behind the last one the end, however often it is asked for.
    fn next(&mut self) -> std::result::Result<(Token<'a>, usize), Bad>;

    /// Whether a word begins something (1), ends something (-1), or neither (0).
    fn level(word: &str) -> isize;
}

/// The tokens of a file, each cut out when the parser comes to it: there may be millions.
pub(super) struct Tokens<'a, L> {
    lexer: L,
    next: (Token<'a>, usize),
    /// The one after that, where it was looked at.
    second: Option<(Token<'a>, usize)>,
    /// What was begun and not ended in the statement at the top that is being read.
    open: usize,
    depth: usize,
    limit: usize,
    /// Names by their hashes, of those with the same the one that was read last.
    names: Vec<Option<(&'a str, Rc<str>)>>,
    hashes: DefaultHashBuilder,
    errors: Vec<Found>,
    warnings: Vec<Found>,
}

impl<'a, L: Lexer<'a>> Tokens<'a, L> {
    /// The tokens of a file, in which nothing may be nested deeper than `limit`.
    pub(super) fn new(lexer: L, limit: usize) -> Self {
        let mut tokens = Self {
            lexer,
            next: (Token::End, 0),
            second: None,
            open: 0,
            depth: 0,
            limit,
            names: vec![None; NAMES],
            hashes: DefaultHashBuilder::default(),
            errors: Vec::new(),
            warnings: Vec::new(),
        };
        tokens.next = tokens.cut();
        tokens
    }

    /// Cuts out the next token; what is none on the way is told.
    fn cut(&mut self) -> (Token<'a>, usize) {
        loop {
            match self.lexer.next() {
                Ok(token) => return token,
                Err(Bad { at, message, help }) => {
                    let _ = self.error::<()>(at, message, help);
                }
            }
        }
    }

    /// What was read, and everything that was said.
    pub(super) fn parsed<S>(self, statements: Vec<S>) -> Parsed<S> {
        let Self { mut errors, warnings, .. } = self;
        errors.sort_by_key(|found| found.at);
        Parsed { statements, errors, warnings }
    }

    /// The next token.
    pub(super) fn token(&self) -> &Token<'a> {
        &self.next.0
    }

    /// The token after the next one.
    pub(super) fn second(&mut self) -> &Token<'a> {
        if self.second.is_none() {
            self.second = Some(self.cut());
        }
        self.second.as_ref().map_or(&Token::End, |(token, _)| token)
    }

    pub(super) fn is_at_end(&self) -> bool {
        *self.token() == Token::End
    }

    /// Byte offset of the next token.
    pub(super) fn place(&self) -> usize {
        self.next.1
    }

    /// Begins a statement outside of everything.
    pub(super) fn begin(&mut self) {
        (self.open, self.depth) = (0, 0);
    }

    /// What was begun and not ended since [`Tokens::begin`].
    pub(super) fn open(&self) -> usize {
        self.open
    }

    /// Reads the next token.
    pub(super) fn skip(&mut self) {
        if let Token::Word(word) = &self.next.0 {
            self.open = self.open.saturating_add_signed(L::level(word));
        }
        self.next = match self.second.take() {
            Some(second) => second,
            None => self.cut(),
        };
    }

    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(found) if *found == word)
    }

    /// Reads the next token where it is this word.
    pub(super) fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.skip();
        }
        found
    }

    /// A name, of which uses share one text as long as it is remembered.
    pub(super) fn name(&mut self, word: &'a str) -> Rc<str> {
        let at = self.hashes.hash_one(word) as usize % NAMES;
        match &mut self.names[at] {
            Some((known, text)) if *known == word => text.clone(),
            other => other.insert((word, word.into())).1.clone(),
        }
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
