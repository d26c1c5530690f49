//! Operators of the newer language, those that bind least first.

use super::super::super::lex::Token;
use super::super::super::tokens::{Result, fitted};
use super::super::tree::{Expression, Form};
use super::Parser;

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

/// The signs that operators begin with.
const BEGINNINGS: [char; 12] = ['|', '&', '^', '=', '!', '<', '>', '+', '-', '*', '/', '%'];

impl Parser<'_> {
    /// An expression of operators that bind at least as much as those of a level.
    pub(super) fn operators(&mut self, least: usize) -> Result<Expression> {
        let at = self.tokens.place();
        let mut left = self.unary()?;
        // What stands to the left binds more than what follows, so that levels only fall.
        while let Some((level, _)) = self.operator().filter(|(level, _)| *level >= least) {
            let mut more = Vec::new();
            while let Some((_, operator)) = self.operator().filter(|(other, _)| *other == level) {
                self.tokens.skip();
                more.push((operator, self.operators(level + 1)?));
            }
            left = Expression { at, form: Form::Operators(Box::new((left, fitted(more)))) };
        }
        Ok(left)
    }

    /// The operator that stands here, and its level.
    fn operator(&self) -> Option<(usize, &'static str)> {
        let Token::Word(word) = self.tokens.token() else { return None };
        // Most words are none.
        if !word.starts_with(BEGINNINGS) {
            return None;
        }
        LEVELS.iter().enumerate().find_map(|(level, operators)| {
            Some((level, operators.iter().find(|operator| *operator == word).copied()?))
        })
    }

    fn unary(&mut self) -> Result<Expression> {
        let at = self.tokens.place();
        let mut not = 0;
        loop {
            if self.tokens.accept("!") || self.tokens.accept("-") || self.tokens.accept("not") {
                not += 1;
            } else if !self.tokens.accept("+") {
                break;
            }
        }
        let inner = self.deeper(Self::operand)?;
        Ok(if not == 0 { inner } else { Expression { at, form: Form::Not(not, Box::new(inner)) } })
    }
}
