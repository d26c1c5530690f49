//! Conditions of the old language.

use super::super::lex::Token;
use super::super::syntax::{Comparison, Condition};
use super::super::tokens::Result;
use super::Parser;

impl Parser<'_> {
    /// A condition: parts that bind less first.
    pub(super) fn condition(&mut self) -> Result<Condition> {
        let mut any = vec![self.all()?];
        while self.tokens.accept("||") {
            any.push(self.all()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Condition::Any(any) })
    }

    fn all(&mut self) -> Result<Condition> {
        let mut all = vec![self.one()?];
        while self.tokens.accept("&&") {
            all.push(self.one()?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Condition::All(all) })
    }

    fn one(&mut self) -> Result<Condition> {
        let mut not = false;
        while self.tokens.accept("not") {
            not = !not;
        }
        let found = if self.tokens.accept("(") {
            let inside = self.deeper(Self::condition)?;
            self.expect(")", "close the parentheses of the condition")?;
            inside
        } else {
            let left = self.expression()?;
            let how = match self.tokens.token() {
                Token::Word("=") => Some(Comparison::Equal),
                Token::Word("<") => Some(Comparison::Less),
                Token::Word("<=") => Some(Comparison::LessOrEqual),
                Token::Word(">") => Some(Comparison::Greater),
                Token::Word(">=") => Some(Comparison::GreaterOrEqual),
                _ => None,
            };
            match how {
                Some(how) => {
                    self.tokens.skip();
                    Condition::Compare(how, Box::new((left, self.expression()?)))
                }
                None => Condition::Holds(left),
            }
        };
        Ok(if not { Condition::Not(Box::new(found)) } else { found })
    }
}
