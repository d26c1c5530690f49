//! From tokens to the syntax tree of the newer language; after a mistake it goes on with what follows.

mod expression;
mod operators;
#[cfg(test)]
mod tests;

use std::rc::Rc;

use super::super::lex::Token;
use super::super::tokens::{Parsed, Result, Tokens, Wrong, begins_name, fitted};
use super::lex::Lexer;
use super::tree::{Catch, Expression, Form, Link, Statement};

/// Nothing may be nested deeper.
const DEPTH: usize = 150;

const KEYWORDS: [&str; 16] = [
    "begin", "end", "function", "return", "true", "false", "if", "then", "else", "include",
    "import", "try", "catch", "for", "in", "not",
];

/// Reads a file.
pub(in crate::ocp) fn parse(content: &[u8]) -> Parsed<Statement> {
    let tokens = Tokens::new(Lexer::new(content), DEPTH);
    let mut parser = Parser { tokens, values: Vec::new() };
    let mut statements = Vec::new();
    while !parser.tokens.is_at_end() {
        parser.tokens.begin();
        match parser.statement() {
            Ok(Some(statement)) => statements.push(statement),
            Ok(None) => {}
            Err(Wrong) => parser.recover(),
        }
    }
    parser.tokens.parsed(statements)
}

struct Parser<'a> {
    tokens: Tokens<'a, Lexer<'a>>,
    /// The values of lists and calls that are being read: each takes its own when it ends, and no more room than
    /// they do.
    values: Vec<Expression>,
}

impl Parser<'_> {
    fn expect(&mut self, word: &str) -> Result<()> {
        if self.tokens.accept(word) { Ok(()) } else { self.unexpected(&format!("`{word}`")) }
    }

    fn unexpected<T>(&mut self, wanted: &str) -> Result<T> {
        let help = if wanted == "`;`" {
            "end the statement before with `;`"
        } else {
            "statements are `NAME = VALUE;`, calls, `if(...) { ... }` and the like"
        };
        self.tokens.unexpected(wanted, help)
    }

    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.tokens.enter()?;
        let read = inside(self);
        self.tokens.leave();
        read
    }

    /// Skips what belongs to a statement with a mistake: to its `;`, or to the end of its block.
    fn recover(&mut self) {
        self.values.clear();
        loop {
            match self.tokens.token() {
                Token::End => return,
                Token::Word("}" | ")" | "]" | "end") if self.tokens.open() <= 1 => {
                    self.tokens.skip();
                    while self.tokens.accept(";") || self.tokens.accept(")") {}
                    return;
                }
                Token::Word(";") if self.tokens.open() == 0 => {
                    self.tokens.skip();
                    return;
                }
                _ => self.tokens.skip(),
            }
        }
    }

    fn statements(&mut self, ends: &str) -> Result<Vec<Statement>> {
        self.deeper(|parser| {
            let mut statements = Vec::new();
            while !parser.tokens.accept(ends) {
                if parser.tokens.is_at_end() {
                    return parser.unexpected(&format!("`{ends}`"));
                }
                statements.extend(parser.statement()?);
            }
            Ok(fitted(statements))
        })
    }

    /// A statement; `None` for a lonely `;`.
    fn statement(&mut self) -> Result<Option<Statement>> {
        if self.tokens.accept(";") {
            return Ok(None);
        }
        if let Some(block) = self.block()? {
            return Ok(Some(block));
        }
        if self.tokens.accept("if") {
            return self.branches().map(Some);
        }
        if self.tokens.accept("include") {
            let file = self.expression()?;
            let otherwise = if self.tokens.accept("else") {
                self.deeper(Self::statement)?.into_iter().collect()
            } else {
                self.expect(";")?;
                Vec::new()
            };
            return Ok(Some(Statement::Include(file, otherwise)));
        }
        if self.tokens.is("function")
            && matches!(self.tokens.second(), Token::Word(word) if is_name(word))
        {
            self.tokens.skip();
            let at = self.tokens.place();
            let name = self.target()?;
            let function = self.function()?;
            let value = Expression { at, form: Form::Function(Rc::new(function)) };
            return Ok(Some(Statement::Assign(name, None, value)));
        }
        let statement = self.simple()?;
        self.expect(";")?;
        Ok(Some(statement))
    }

    /// A statement in braces, or one that ends with such.
    fn block(&mut self) -> Result<Option<Statement>> {
        if self.tokens.accept("try") {
            let Some(body) = self.plain_block()? else { return self.unexpected("`{`") };
            let mut catches = Vec::new();
            while self.tokens.accept("catch") {
                self.expect("(")?;
                let Token::Text(name) = self.tokens.token().clone() else {
                    return self.unexpected("the name of an exception");
                };
                self.tokens.skip();
                self.expect(",")?;
                let variable = self.name()?;
                self.expect(")")?;
                let Some(body) = self.plain_block()? else { return self.unexpected("`{`") };
                catches.push(Catch { name, variable, body: vec![body] });
            }
            if catches.is_empty() {
                return self.unexpected("`catch`");
            }
            return Ok(Some(Statement::Try(vec![body], catches)));
        }
        self.plain_block()
    }

    fn plain_block(&mut self) -> Result<Option<Statement>> {
        if self.tokens.accept("{") {
            return Ok(Some(Statement::Sequence(self.statements("}")?)));
        }
        if self.tokens.accept("begin") {
            return Ok(Some(Statement::Block(self.statements("end")?)));
        }
        if self.tokens.accept("for") {
            let variable = self.name()?;
            self.expect("in")?;
            let range = self.expression()?;
            let body = self.deeper(Self::plain_block)?;
            let Some(body) = body else { return self.unexpected("`{`") };
            return Ok(Some(Statement::For(variable, range, vec![body])));
        }
        Ok(None)
    }

    fn branches(&mut self) -> Result<Statement> {
        let mut branches = Vec::new();
        loop {
            self.expect("(")?;
            let condition = self.expression()?;
            self.expect(")")?;
            let body = match self.deeper(Self::block)? {
                Some(block) => block,
                None => {
                    let statement = self.simple()?;
                    if !self.tokens.is("else") {
                        self.expect(";")?;
                    }
                    statement
                }
            };
            branches.push((condition, vec![body]));
            if !self.tokens.accept("else") {
                return Ok(Statement::If(branches, Vec::new()));
            }
            if !self.tokens.accept("if") {
                let otherwise = self.deeper(Self::statement)?.into_iter().collect();
                return Ok(Statement::If(branches, otherwise));
            }
        }
    }

    fn simple(&mut self) -> Result<Statement> {
        let at = self.tokens.place();
        if self.tokens.accept("return") {
            let value = if self.tokens.is(";") { None } else { Some(self.expression()?) };
            return Ok(Statement::Return(value, at));
        }
        if self.tokens.accept("import") {
            return Ok(Statement::Import(self.expression()?));
        }
        let target = self.postfix()?;
        let operator = match self.tokens.token() {
            Token::Word("=") => None,
            Token::Word("+=") => Some("+"),
            Token::Word("-=") => Some("-"),
            _ => return Ok(Statement::Do(target)),
        };
        if !is_target(&target) {
            return self.unexpected("`;`");
        }
        self.tokens.skip();
        let value = self.expression()?;
        Ok(Statement::Assign(target, operator, value))
    }
}

fn chain(base: Expression, links: Vec<Link>) -> Expression {
    if links.is_empty() {
        return base;
    }
    Expression { at: base.at, form: Form::Chain(Box::new((base, links))) }
}

/// A variable or a field of one.
fn is_target(expression: &Expression) -> bool {
    match &expression.form {
        Form::Variable(_) => true,
        Form::Chain(chain) => {
            let (base, links) = &**chain;
            matches!(base.form, Form::Variable(_))
                && links.iter().all(|link| matches!(link, Link::Field(_)))
        }
        _ => false,
    }
}

fn is_name(word: &str) -> bool {
    begins_name(word) && !KEYWORDS.contains(&word)
}
