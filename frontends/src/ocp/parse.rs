//! From tokens to the syntax tree of the old language; after a mistake it goes on with what follows.

mod condition;
mod expression;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::lex::{Cursor, Token};
use super::syntax::{Expression, Form, Kind, Statement, Word};
use super::tokens::{Parsed, Result, Tokens, Wrong, begins_name, fitted};
use crate::suggest;

/// Nothing may be nested deeper.
const DEPTH: usize = 300;

/// Words that are no names.
const KEYWORDS: [&str; 19] = [
    "begin", "end", "true", "false", "library", "syntax", "program", "objects", "config",
    "include", "type", "use", "pack", "test", "rules", "if", "then", "else", "not",
];

/// Reads a file.
pub(super) fn parse(content: &[u8]) -> Parsed<Statement> {
    let tokens = Tokens::new(Cursor::new(content), DEPTH);
    let mut parser = Parser { content, tokens, values: Vec::new() };
    let statements = parser.file();
    parser.tokens.parsed(statements)
}

struct Parser<'a> {
    content: &'a [u8],
    tokens: Tokens<'a, Cursor<'a>>,
    /// The values of lists that are being read: each list takes its own when it ends, and no more room than they do.
    values: Vec<Expression>,
}

/// Where statements stand: some may stand at the top only.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Top,
    Package,
    Options,
}

impl Parser<'_> {
    fn expect(&mut self, word: &str, help: &str) -> Result<()> {
        if self.tokens.accept(word) {
            Ok(())
        } else {
            self.tokens.unexpected(&format!("`{word}`"), help)
        }
    }

    /// Goes one level deeper for what `inside` reads.
    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.tokens.enter()?;
        let read = inside(self);
        self.tokens.leave();
        read
    }

    fn file(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            while self.tokens.accept(";") || self.tokens.accept(";;") {}
            if self.tokens.is_at_end() {
                return statements;
            }
            self.tokens.begin();
            match self.statement(Level::Top) {
                Ok(statement) => statements.push(statement),
                Err(Wrong) => self.recover(),
            }
        }
    }

    /// Skips what belongs to a statement with a mistake: to its `end`, or to what begins a line.
    fn recover(&mut self) {
        self.values.clear();
        self.tokens.skip();
        while !self.tokens.is_at_end() && (self.tokens.open() > 0 || !self.begins_line()) {
            self.tokens.skip();
        }
    }

    fn begins_line(&self) -> bool {
        let before = &self.content[..self.tokens.place().min(self.content.len())];
        before
            .iter()
            .rev()
            .find(|byte| !matches!(byte, b' ' | b'\t'))
            .is_none_or(|byte| *byte == b'\n')
    }

    fn statements(&mut self, level: Level, ends: &str) -> Result<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            if self.tokens.accept(";") || self.tokens.accept(";;") {
                continue;
            }
            if self.tokens.is(ends) || self.tokens.is_at_end() {
                return Ok(fitted(statements));
            }
            statements.push(self.statement(level)?);
        }
    }

    /// One statement, or several in braces.
    fn branch(&mut self, level: Level) -> Result<Vec<Statement>> {
        if !self.tokens.accept("{") {
            return Ok(vec![self.statement(level)?]);
        }
        let inside = self.deeper(|parser| parser.statements(level, "}"))?;
        self.expect("}", "close the braces behind `then` or `else`")?;
        Ok(inside)
    }

    fn statement(&mut self, level: Level) -> Result<Statement> {
        if level != Level::Options && self.tokens.accept("begin") {
            return self.deeper(|parser| parser.begun(level));
        }
        if self.tokens.accept("if") {
            return self.deeper(|parser| parser.branches(level));
        }
        if self.tokens.accept("use") {
            return Ok(Statement::Use(self.text()?));
        }
        self.option()
    }

    fn begun(&mut self, level: Level) -> Result<Statement> {
        const OPEN: &str = "each `begin` needs its own `end`";
        if level == Level::Top {
            if self.tokens.accept("config") {
                let name = self.text()?;
                let options = Rc::new(self.statements(Level::Options, "end")?);
                self.expect("end", OPEN)?;
                return Ok(Statement::Config { name, options });
            }
            let kind = match self.tokens.token() {
                Token::Word(word) => Kind::of(word),
                _ => None,
            };
            if let Some(kind) = kind {
                self.tokens.skip();
                let name = self.text()?;
                let body = self.statements(Level::Package, "end")?;
                self.expect("end", OPEN)?;
                return Ok(Statement::Package { kind, name, body });
            }
            if let Token::Word(word) = *self.tokens.token()
                && matches!(self.tokens.second(), Token::Text(_))
            {
                let known = Kind::ALL.map(|(keyword, _)| keyword);
                let help = suggest::help(word, known, || {
                    format!("kinds are {}", suggest::list(known.into_iter().chain(["config"])))
                });
                let message = format!("`{word}` is no kind of package");
                return self.tokens.error(self.tokens.place(), message, help);
            }
        }
        let inside = self.statements(level, "end")?;
        self.expect("end", OPEN)?;
        Ok(Statement::Block(inside))
    }

    fn branches(&mut self, level: Level) -> Result<Statement> {
        const THEN: &str = "write `if CONDITION then ... else ...`";
        if level == Level::Top && self.tokens.accept("include") {
            let file = self.text()?;
            self.expect("then", "write `if include \"FILE\" then ... else ...`")?;
            let then = self.branch(level)?;
            let otherwise =
                if self.tokens.accept("else") { self.branch(level)? } else { Vec::new() };
            return Ok(Statement::Include { file, then, otherwise });
        }
        let condition = self.condition()?;
        self.expect("then", THEN)?;
        let then = self.branch(level)?;
        let otherwise = if self.tokens.accept("else") { self.branch(level)? } else { Vec::new() };
        Ok(Statement::If { condition, then, otherwise })
    }

    /// `name`, `name = value` or `name += value`.
    fn option(&mut self) -> Result<Statement> {
        const HELP: &str =
            "write `NAME = VALUE`, `NAME += VALUE`, or a package between `begin` and `end`";
        let at = self.tokens.place();
        let text = match (self.named(&["syntax", "rules", "pack"]), self.tokens.token().clone()) {
            (Some(name), _) => name,
            (None, Token::Word("end")) => {
                let help = "remove it, or write the `begin` before it";
                return self.tokens.error(at, "this `end` closes nothing", help);
            }
            (None, Token::Word("else")) => {
                let help = "put what stands between `then` and `else` in braces";
                return self.tokens.error(at, "this `else` belongs to no `if`", help);
            }
            // The stock tool takes other signs for names.
            (None, Token::Word(word)) if is_odd_name(word) => {
                let message = format!("`{word}` is taken for the name of an option here");
                let help = match word {
                    "+" => "write `+=` without a blank to add to what stands before",
                    _ => "remove it",
                };
                self.tokens.warn(at, message, help);
                self.tokens.name(word)
            }
            _ => return self.tokens.unexpected("an option", HELP),
        };
        self.tokens.skip();
        let name = Word { text, at };
        let append = self.tokens.is("+=");
        if append || self.tokens.is("=") {
            self.tokens.skip();
            let value = self.expression()?;
            return Ok(Statement::Set { name, append, value });
        }
        Ok(Statement::Set { name, append, value: Expression { at, form: Form::Bool(true) } })
    }
}

/// Whether a word can name an option or a variable.
fn is_name(word: &str) -> bool {
    begins_name(word) && !KEYWORDS.contains(&word)
}

/// Signs with a meaning of their own are not among the names that the stock tool makes of others.
fn is_odd_name(word: &str) -> bool {
    const SIGNS: [&str; 18] = [
        "[", "]", ";", "(", ")", "{", "}", "=", "+=", "!", "<", ">", ">=", "<=", "&&", "||", "%",
        "'",
    ];
    !KEYWORDS.contains(&word) && !SIGNS.contains(&word)
}
