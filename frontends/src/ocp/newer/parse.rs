//! From tokens to the syntax tree of the newer language; after a mistake it goes on with what follows.

use std::rc::Rc;

use super::super::lex::{Bad, Token};
use super::super::parse::{Found, MISTAKES};
use super::lex;
use super::tree::{Catch, Expression, Form, Function, Link, Statement};

/// Nothing may be nested deeper.
const DEPTH: usize = 150;

const KEYWORDS: [&str; 16] = [
    "begin", "end", "function", "return", "true", "false", "if", "then", "else", "include",
    "import", "try", "catch", "for", "in", "not",
];

/// Operators, those that bind least first.
const LEVELS: [&[&str]; 10] = [
    &["||"],
    &["&&"],
    &["|"],
    &["^"],
    &["&"],
    &["==", "=", "!=", "<>"],
    &["<", ">", "<=", ">="],
    &["<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
];

/// Reads a file.
pub(super) fn parse(content: &[u8]) -> (Vec<Statement>, Vec<Found>) {
    let (tokens, bad) = lex::tokens(content);
    let mut parser = Parser { tokens, at: 0, depth: 0, errors: Vec::new() };
    for Bad { at, message, help } in bad.into_iter().take(MISTAKES) {
        parser.errors.push(Found { at, message, help: help.to_owned() });
    }
    let mut statements = Vec::new();
    while *parser.token() != Token::End {
        let start = parser.at;
        match parser.statement() {
            Ok(Some(statement)) => statements.push(statement),
            Ok(None) => {}
            Err(Wrong) => parser.recover(start),
        }
        parser.depth = 0;
    }
    parser.errors.sort_by_key(|found| found.at);
    (statements, parser.errors)
}

/// A mistake was found and told.
struct Wrong;

type Result<T> = std::result::Result<T, Wrong>;

struct Parser<'a> {
    tokens: Vec<(Token<'a>, usize)>,
    at: usize,
    depth: usize,
    errors: Vec<Found>,
}

impl<'a> Parser<'a> {
    fn token(&self) -> &Token<'a> {
        self.tokens.get(self.at).map_or(&Token::End, |(token, _)| token)
    }

    fn place(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(_, at)| *at)
    }

    fn is(&self, word: &str) -> bool {
        matches!(self.token(), Token::Word(found) if *found == word)
    }

    fn accept(&mut self, word: &str) -> bool {
        let found = self.is(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, word: &str) -> Result<()> {
        if self.accept(word) { Ok(()) } else { self.unexpected(&format!("`{word}`")) }
    }

    fn unexpected<T>(&mut self, wanted: &str) -> Result<T> {
        let found = match self.token() {
            Token::Word(word) => format!("`{word}`"),
            Token::Text(text) if text.len() < 40 => format!("`{text}`"),
            Token::Text(_) => "a text".to_owned(),
            Token::Int(number) => format!("`{number}`"),
            Token::End => "the end of the file".to_owned(),
        };
        let help = if wanted == "`;`" {
            "end the statement before with `;`"
        } else {
            "statements are `NAME = VALUE;`, calls, `if(...) { ... }` and the like"
        };
        self.error(format!("{found}, where {wanted} should be"), help)
    }

    fn error<T>(&mut self, message: String, help: &str) -> Result<T> {
        if self.errors.len() < MISTAKES {
            self.errors.push(Found { at: self.place(), message, help: help.to_owned() });
        }
        Err(Wrong)
    }

    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth == DEPTH {
            let help = "give the inner parts names of their own";
            return self.error(format!("more than {DEPTH} levels of nesting"), help);
        }
        self.depth += 1;
        let read = inside(self);
        self.depth -= 1;
        read
    }

    /// Skips what belongs to a statement with a mistake: to its `;`, or to the end of its block.
    fn recover(&mut self, start: usize) {
        let mistake = self.at.max(start);
        self.at = start;
        let mut open = 0usize;
        loop {
            match self.token() {
                Token::End => return,
                Token::Word("{" | "(" | "[" | "begin") => open += 1,
                Token::Word("}" | ")" | "]" | "end") => {
                    open = open.saturating_sub(1);
                    if open == 0 && self.at >= mistake {
                        self.at += 1;
                        while self.accept(";") || self.accept(")") {}
                        return;
                    }
                }
                Token::Word(";") if open == 0 && self.at >= mistake => {
                    self.at += 1;
                    return;
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    fn statements(&mut self, ends: &str) -> Result<Vec<Statement>> {
        self.deeper(|parser| {
            let mut statements = Vec::new();
            while !parser.accept(ends) {
                if *parser.token() == Token::End {
                    return parser.unexpected(&format!("`{ends}`"));
                }
                statements.extend(parser.statement()?);
            }
            Ok(statements)
        })
    }

    /// A statement; `None` for a lonely `;`.
    fn statement(&mut self) -> Result<Option<Statement>> {
        if self.accept(";") {
            return Ok(None);
        }
        if let Some(block) = self.block()? {
            return Ok(Some(block));
        }
        if self.accept("if") {
            return self.branches().map(Some);
        }
        if self.accept("include") {
            let file = self.expression()?;
            let otherwise = if self.accept("else") {
                self.deeper(Self::statement)?.into_iter().collect()
            } else {
                self.expect(";")?;
                Vec::new()
            };
            return Ok(Some(Statement::Include(file, otherwise)));
        }
        let named =
            matches!(self.tokens.get(self.at + 1), Some((Token::Word(word), _)) if is_name(word));
        if self.is("function") && named {
            self.at += 1;
            let at = self.place();
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
        if self.accept("try") {
            let Some(body) = self.plain_block()? else { return self.unexpected("`{`") };
            let mut catches = Vec::new();
            while self.accept("catch") {
                self.expect("(")?;
                let Token::Text(name) = self.token().clone() else {
                    return self.unexpected("the name of an exception");
                };
                self.at += 1;
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
        if self.accept("{") {
            return Ok(Some(Statement::Sequence(self.statements("}")?)));
        }
        if self.accept("begin") {
            return Ok(Some(Statement::Block(self.statements("end")?)));
        }
        if self.accept("for") {
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
                    if !self.is("else") {
                        self.expect(";")?;
                    }
                    statement
                }
            };
            branches.push((condition, vec![body]));
            if !self.accept("else") {
                return Ok(Statement::If(branches, Vec::new()));
            }
            if !self.accept("if") {
                let otherwise = self.deeper(Self::statement)?.into_iter().collect();
                return Ok(Statement::If(branches, otherwise));
            }
        }
    }

    fn simple(&mut self) -> Result<Statement> {
        let at = self.place();
        if self.accept("return") {
            let value = if self.is(";") { None } else { Some(self.expression()?) };
            return Ok(Statement::Return(value, at));
        }
        if self.accept("import") {
            return Ok(Statement::Import(self.expression()?));
        }
        let target = self.postfix()?;
        let operator = match self.token() {
            Token::Word("=") => None,
            Token::Word("+=") => Some("+"),
            Token::Word("-=") => Some("-"),
            _ => return Ok(Statement::Do(target)),
        };
        if !is_target(&target) {
            return self.unexpected("`;`");
        }
        self.at += 1;
        let value = self.expression()?;
        Ok(Statement::Assign(target, operator, value))
    }

    fn name(&mut self) -> Result<String> {
        match self.token() {
            Token::Word(word) if is_name(word) => {
                let name = (*word).to_owned();
                self.at += 1;
                Ok(name)
            }
            _ => self.unexpected("a name"),
        }
    }

    /// `( a, b ) { ... }`.
    fn function(&mut self) -> Result<Function> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.accept(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            if self.accept("..") {
                arguments.push("..".to_owned());
            } else {
                arguments.push(self.name()?);
            }
        }
        self.expect("{")?;
        Ok(Function { arguments, body: self.statements("}")? })
    }

    /// What can be assigned to: a variable and its fields.
    fn target(&mut self) -> Result<Expression> {
        let at = self.place();
        let base = if let Token::Text(text) = self.token() {
            let form = Form::Text(text.clone());
            self.at += 1;
            form
        } else {
            Form::Variable(self.name()?)
        };
        let base = Expression { at, form: base };
        let links = self.links(false)?;
        Ok(chain(base, links))
    }

    fn links(&mut self, calls: bool) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        loop {
            let at = self.place();
            if self.accept(".") {
                let minus = self.accept("-");
                let name = self.name()?;
                let text = if minus { format!("-{name}") } else { name };
                links.push(Link::Field(Expression { at, form: Form::Text(text) }));
            } else if self.accept("[") {
                let index = self.expression()?;
                self.expect("]")?;
                links.push(Link::Field(index));
            } else if calls && self.accept("(") {
                links.push(Link::Call(self.arguments()?, at));
            } else {
                return Ok(links);
            }
        }
    }

    fn arguments(&mut self) -> Result<Vec<Expression>> {
        self.deeper(|parser| {
            let mut arguments = Vec::new();
            while !parser.accept(")") {
                if !arguments.is_empty() {
                    parser.expect(",")?;
                }
                arguments.push(parser.operators(0)?);
            }
            Ok(arguments)
        })
    }

    /// An expression; several with commas are a tuple.
    fn expression(&mut self) -> Result<Expression> {
        let at = self.place();
        let first = self.operators(0)?;
        if !self.is(",") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.accept(",") {
            all.push(self.operators(0)?);
        }
        Ok(Expression { at, form: Form::Tuple(all) })
    }

    fn operators(&mut self, level: usize) -> Result<Expression> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        let at = self.place();
        let first = self.operators(level + 1)?;
        let mut more = Vec::new();
        loop {
            let found = match self.token() {
                Token::Word(word) => operators.iter().find(|operator| *operator == word).copied(),
                _ => None,
            };
            let Some(operator) = found else { break };
            self.at += 1;
            more.push((operator, self.operators(level + 1)?));
        }
        Ok(if more.is_empty() {
            first
        } else {
            Expression { at, form: Form::Operators(Box::new(first), more) }
        })
    }

    fn unary(&mut self) -> Result<Expression> {
        let at = self.place();
        let mut not = 0;
        loop {
            if self.accept("!") || self.accept("-") || self.accept("not") {
                not += 1;
            } else if !self.accept("+") {
                break;
            }
        }
        let inner = self.deeper(Self::operand)?;
        Ok(if not == 0 { inner } else { Expression { at, form: Form::Not(not, Box::new(inner)) } })
    }

    fn operand(&mut self) -> Result<Expression> {
        if !self.is("{") {
            return self.postfix();
        }
        let at = self.place();
        self.at += 1;
        let mut fields = Vec::new();
        loop {
            while self.accept(";") {}
            if self.accept("}") {
                return Ok(Expression { at, form: Form::Record(fields) });
            }
            let field = self.target()?;
            self.expect("=")?;
            fields.push((field, self.expression()?));
            if !self.is("}") {
                self.expect(";")?;
            }
        }
    }

    fn postfix(&mut self) -> Result<Expression> {
        let at = self.place();
        let form = match self.token().clone() {
            Token::Text(text) => Form::Text(text),
            Token::Int(number) => Form::Int(number),
            Token::Word("true") => Form::Bool(true),
            Token::Word("false") => Form::Bool(false),
            Token::Word(".") => Form::All,
            Token::Word("(") => {
                self.at += 1;
                let inner = self.deeper(Self::expression)?;
                self.expect(")")?;
                let links = self.links(true)?;
                return Ok(chain(inner, links));
            }
            Token::Word("[") => {
                self.at += 1;
                let list = self.deeper(Self::list)?;
                let links = self.links(true)?;
                return Ok(chain(Expression { at, form: Form::List(list) }, links));
            }
            Token::Word("function") => {
                self.at += 1;
                let function = self.function()?;
                let links = self.links(true)?;
                return Ok(chain(
                    Expression { at, form: Form::Function(Rc::new(function)) },
                    links,
                ));
            }
            Token::Word(word) if is_name(word) => Form::Variable(word.to_owned()),
            _ => return self.unexpected("a value"),
        };
        self.at += 1;
        let links = self.links(true)?;
        Ok(chain(Expression { at, form }, links))
    }

    fn list(&mut self) -> Result<Vec<Expression>> {
        let mut list = Vec::new();
        loop {
            while self.accept(";") {}
            if self.accept("]") {
                return Ok(list);
            }
            list.push(self.expression()?);
            if !self.is("]") && !self.is(";") {
                return self.unexpected("`;`");
            }
        }
    }
}

fn chain(base: Expression, links: Vec<Link>) -> Expression {
    if links.is_empty() {
        return base;
    }
    Expression { at: base.at, form: Form::Chain(Box::new(base), links) }
}

/// A variable or a field of one.
fn is_target(expression: &Expression) -> bool {
    match &expression.form {
        Form::Variable(_) => true,
        Form::Chain(base, links) => {
            matches!(base.form, Form::Variable(_))
                && links.iter().all(|link| matches!(link, Link::Field(_)))
        }
        _ => false,
    }
}

fn is_name(word: &str) -> bool {
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && !KEYWORDS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn errors(content: &str) -> Vec<(usize, String)> {
        let (_, errors) = parse(content.as_bytes());
        errors.into_iter().map(|found| (found.at, found.message)).collect()
    }

    #[test]
    fn a_file_of_everything_is_read() {
        let text = r#"x.y[1].-z = 1, 2; x += [ 1; (2, 3); ]; ; { y = . ; } begin z -= "a"; end
            if(a = 1 && !b || c << 2 > 3) f(1, { a = 1; b.c = 2; "d" = [] }) else if(d) { } else g();
            function f(a, b, ..) { return a; } h = function(){ return; }(1)(2).x;
            for i in (1, 2) { try { raise("a", 1); } catch("a", x) { print(x); } catch("b", y) begin end }
            include "x" else { import y; } include z; a = '[ b { c = 1 } ' d ] + 'e; "a".b;"#;
        assert_eq!(errors(text), []);
    }

    #[test]
    fn every_mistake_is_told_once() {
        let text = "x = ;\ny = 1\nz = 2;\nif x { }\nf(1 2);\ntry { }\nw = [ 1, ; ];\nx = 1;";
        let found = errors(text);
        let lines: Vec<usize> =
            found.iter().map(|(at, _)| text[..*at].matches('\n').count() + 1).collect();
        assert_eq!(lines, [1, 3, 4, 5, 7], "{found:?}");
    }

    #[test]
    fn nesting_has_a_limit_and_long_chains_have_none() {
        for open in
            ["x = [", "x = (", "x = { a =", "{", "if(x) {", "f(", "begin ", "x = function() {"]
        {
            let text = open.repeat(50_000);
            assert!(errors(&text)[0].1.contains("levels"), "{open}");
        }
        for (first, more) in [("x = 1", " + 1"), ("x = f", "(1)"), ("x = a", ".b"), ("x = ", "! ")]
        {
            let text =
                format!("{first}{}{};", more.repeat(50_000), if more == "! " { "a" } else { "" });
            assert_eq!(errors(&text), [], "{first}");
        }
        let text = format!("{} if(a) {{ }}", "if(a) { } else ".repeat(20_000));
        assert_eq!(errors(&text), []);
    }
}
