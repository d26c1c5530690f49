//! Expressions of the newer language, and what can be assigned to.

use std::rc::Rc;

use super::super::super::lex::Token;
use super::super::super::tokens::{Result, fitted};
use super::super::tree::{Expression, Form, Function, Link};
use super::{Parser, chain, is_name};

impl Parser<'_> {
    pub(super) fn name(&mut self) -> Result<Rc<str>> {
        match *self.tokens.token() {
            Token::Word(word) if is_name(word) => {
                self.tokens.skip();
                Ok(self.tokens.name(word))
            }
            _ => self.unexpected("a name"),
        }
    }

    /// `( a, b ) { ... }`.
    pub(super) fn function(&mut self) -> Result<Function> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.tokens.accept(")") {
            if !arguments.is_empty() {
                self.expect(",")?;
            }
            if self.tokens.accept("..") {
                arguments.push("..".into());
            } else {
                arguments.push(self.name()?);
            }
        }
        self.expect("{")?;
        Ok(Function { arguments, body: self.statements("}")? })
    }

    /// What can be assigned to: a variable and its fields.
    pub(super) fn target(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        let base = if let Token::Text(text) = self.tokens.token() {
            let form = Form::Text(text.clone());
            self.tokens.skip();
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
            let at = self.tokens.place();
            if self.tokens.accept(".") {
                let minus = self.tokens.accept("-");
                let name = self.name()?;
                let text = if minus { format!("-{name}").into() } else { name };
                links.push(Link::Field(Expression { at, form: Form::Text(text) }));
            } else if self.tokens.accept("[") {
                let index = self.expression()?;
                self.expect("]")?;
                links.push(Link::Field(index));
            } else if calls && self.tokens.accept("(") {
                links.push(Link::Call(self.arguments()?, at));
            } else {
                return Ok(fitted(links));
            }
        }
    }

    fn arguments(&mut self) -> Result<Box<[Expression]>> {
        self.deeper(|parser| {
            let first = parser.values.len();
            while !parser.tokens.accept(")") {
                if parser.values.len() > first {
                    parser.expect(",")?;
                }
                let value = parser.operators(0)?;
                parser.values.push(value);
            }
            Ok(parser.values.drain(first..).collect())
        })
    }

    /// An expression; several with commas are a tuple.
    pub(super) fn expression(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        let first = self.operators(0)?;
        if !self.tokens.is(",") {
            return Ok(first);
        }
        let mut all = vec![first];
        while self.tokens.accept(",") {
            all.push(self.operators(0)?);
        }
        Ok(Expression { at, form: Form::Tuple(all.into()) })
    }

    pub(super) fn operand(&mut self) -> Result<Expression> {
        if !self.tokens.is("{") {
            return self.postfix();
        }
        let at = self.tokens.place();
        self.tokens.skip();
        let mut fields = Vec::new();
        loop {
            while self.tokens.accept(";") {}
            if self.tokens.accept("}") {
                return Ok(Expression { at, form: Form::Record(fields.into()) });
            }
            let field = self.target()?;
            self.expect("=")?;
            fields.push((field, self.expression()?));
            if !self.tokens.is("}") {
                self.expect(";")?;
            }
        }
    }

    pub(super) fn postfix(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        let form = match self.tokens.token().clone() {
            Token::Text(text) => Form::Text(text),
            Token::Int(number) => Form::Int(number),
            Token::Word("true") => Form::Bool(true),
            Token::Word("false") => Form::Bool(false),
            Token::Word(".") => Form::All,
            Token::Word("(") => {
                self.tokens.skip();
                let inner = self.deeper(Self::expression)?;
                self.expect(")")?;
                let links = self.links(true)?;
                return Ok(chain(inner, links));
            }
            Token::Word("[") => {
                self.tokens.skip();
                let list = self.deeper(Self::list)?;
                let links = self.links(true)?;
                return Ok(chain(Expression { at, form: Form::List(list) }, links));
            }
            Token::Word("function") => {
                self.tokens.skip();
                let function = self.function()?;
                let links = self.links(true)?;
                return Ok(chain(
                    Expression { at, form: Form::Function(Rc::new(function)) },
                    links,
                ));
            }
            Token::Word(word) if is_name(word) => Form::Variable(self.tokens.name(word)),
            _ => return self.unexpected("a value"),
        };
        self.tokens.skip();
        let links = self.links(true)?;
        Ok(chain(Expression { at, form }, links))
    }

    fn list(&mut self) -> Result<Box<[Expression]>> {
        let first = self.values.len();
        loop {
            while self.tokens.accept(";") {}
            if self.tokens.accept("]") {
                return Ok(self.values.drain(first..).collect());
            }
            let value = self.expression()?;
            self.values.push(value);
            if !self.tokens.is("]") && !self.tokens.is(";") {
                return self.unexpected("`;`");
            }
        }
    }
}
