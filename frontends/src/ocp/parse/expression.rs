//! Expressions of the old language.

use std::rc::Rc;

use super::super::lex::Token;
use super::super::syntax::{Expression, Form, Pack, Statement, Word};
use super::super::tokens::{Result, fitted};
use super::{Level, Parser, is_name};

impl Parser<'_> {
    fn expressions(&mut self, ends: &str) -> Result<Box<[Expression]>> {
        let first = self.values.len();
        loop {
            if self.tokens.accept(";") {
                continue;
            }
            if self.tokens.accept(ends) {
                return Ok(self.values.drain(first..).collect());
            }
            if self.tokens.is(",") {
                return self.tokens.unexpected(
                    "a value",
                    "values of a list stand beside each other, with nothing or `;` between them",
                );
            }
            if self.tokens.is_at_end() {
                return self.tokens.unexpected(&format!("`{ends}`"), "close the list");
            }
            let value = self.expression()?;
            self.values.push(value);
        }
    }

    /// `( options )`.
    fn options(&mut self) -> Result<Vec<Statement>> {
        self.deeper(|parser| {
            let options = parser.statements(Level::Options, ")")?;
            parser.expect(")", "close the parentheses of the options")?;
            Ok(options)
        })
    }

    /// A value, and the options behind it.
    pub(super) fn expression(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        let expression = self.plain()?;
        let mut options = Vec::new();
        while self.tokens.accept("(") {
            options.push(self.options()?);
        }
        Ok(if options.is_empty() {
            expression
        } else {
            Expression { at, form: Form::With(Box::new((expression, fitted(options)))) }
        })
    }

    fn plain(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        let form = match self.tokens.token() {
            Token::Int(number) => {
                let text = number.to_string().into();
                self.tokens.skip();
                Form::Text(text)
            }
            Token::Word(word @ ("true" | "false")) => {
                let value = *word == "true";
                self.tokens.skip();
                Form::Bool(value)
            }
            Token::Word("[") => {
                self.tokens.skip();
                Form::List(self.deeper(|parser| parser.expressions("]"))?)
            }
            Token::Word("{") => {
                self.tokens.skip();
                Form::Command(self.deeper(|parser| parser.expressions("}"))?)
            }
            Token::Word("pack") => {
                self.tokens.skip();
                self.pack()?
            }
            Token::Word("begin") => {
                self.tokens.skip();
                self.expect(
                    "(",
                    "as a value, `begin` has options in parentheses before what they are for",
                )?;
                let options = self.options()?;
                let list = self.deeper(|parser| parser.expressions("end"))?;
                let list = Expression { at, form: Form::List(list) };
                Form::With(Box::new((list, vec![options])))
            }
            _ => return self.text(),
        };
        Ok(Expression { at, form })
    }

    fn pack(&mut self) -> Result<Form> {
        const HELP: &str = "write `pack Module [ \"file.ml\" ]`";
        let at = self.tokens.place();
        let Some(text) = self.named(&[]) else {
            return self.tokens.unexpected("the name of a module", HELP);
        };
        self.tokens.skip();
        let options = if self.tokens.accept("(") { self.options()? } else { Vec::new() };
        self.expect("[", HELP)?;
        let files = self.deeper(|parser| parser.expressions("]"))?;
        Ok(Form::Pack(Box::new(Pack { module: Word { text, at }, options, files })))
    }

    /// A text, a variable, or what a primitive gives.
    pub(super) fn text(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        if self.tokens.accept("%") {
            let Some(name) = self.named(&["pack"]) else {
                let help = "write `%name( options )`";
                return self.tokens.unexpected("the name of a primitive", help);
            };
            self.tokens.skip();
            self.expect("(", "a primitive has options: `%name( options )`")?;
            let form = Form::Primitive(Box::new((name, self.options()?)));
            return Ok(Expression { at, form });
        }
        let is_text = matches!(self.tokens.token(), Token::Text(_));
        let Some(text) = self.named(&[]) else {
            let help = "put texts in quotes, and lists between `[` and `]`";
            return self.tokens.unexpected("a value", help);
        };
        self.tokens.skip();
        let form = if is_text { Form::Text(text) } else { Form::Variable(text) };
        Ok(Expression { at, form })
    }

    /// The text or name that stands here; some keywords are names in some places.
    pub(super) fn named(&mut self, more: &[&str]) -> Option<Rc<str>> {
        match self.tokens.token().clone() {
            Token::Text(text) => Some(text),
            Token::Word(word) if is_name(word) || more.contains(&word) => {
                Some(self.tokens.name(word))
            }
            _ => None,
        }
    }
}
