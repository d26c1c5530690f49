//! Versions as OASIS orders them (as Debian does), and constraints on them.

use std::cmp::Ordering;
use std::fmt;

/// Compares two versions: runs of digits as numbers, `~` before the end, letters before the rest.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() || !b.is_empty() {
        loop {
            let (x, y) = (weight(a), weight(b));
            if x != y {
                return x.cmp(&y);
            }
            if x == 0 {
                break;
            }
            (a, b) = (&a[1..], &b[1..]);
        }
        let (x, y) = (number(&mut a), number(&mut b));
        match x.len().cmp(&y.len()).then_with(|| x.cmp(y)) {
            Ordering::Equal => {}
            other => return other,
        }
    }
    Ordering::Equal
}

/// Compares two versions as Debian and opam do: what comes after the last `-`, the revision, counts only where
/// the rest is the same.
pub fn compare_with_revision(a: &str, b: &str) -> Ordering {
    let (a, b) = (a.rsplit_once('-').unwrap_or((a, "")), b.rsplit_once('-').unwrap_or((b, "")));
    compare(a.0, b.0).then_with(|| compare(a.1, b.1))
}

/// Where the first byte stands among non-digits; 0 for a digit and for the end.
fn weight(text: &[u8]) -> i32 {
    match text.first() {
        None => 0,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(b'~') => -1,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    }
}

/// Takes the digits at the start, without leading zeros.
fn number<'a>(text: &mut &'a [u8]) -> &'a [u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    &digits[zeros..]
}

/// A condition on a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Constraint {
    /// `>= 1.0` and the like.
    Compare(Operator, String),
    /// `a && b`.
    And(Box<Constraint>, Box<Constraint>),
    /// `a || b`.
    Or(Box<Constraint>, Box<Constraint>),
}

/// How a version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Operator {
    Less,
    LessEqual,
    Equal,
    GreaterEqual,
    Greater,
}

/// What is wrong with the text of a constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ConstraintError {
    /// Byte offset in the text.
    pub at: usize,
    /// What is wrong.
    pub message: String,
}

const OPERATORS: [(&str, Operator); 5] = [
    ("<=", Operator::LessEqual),
    (">=", Operator::GreaterEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
];

/// Parentheses inside each other beyond this are not what a person wrote.
const MAX_DEPTH: usize = 32;

impl Constraint {
    /// Reads `>= 1.0 && (< 2 || = 3.1)`. An operator and its version are separated by a blank.
    pub fn parse(text: &str) -> Result<Self, ConstraintError> {
        let mut reader = Reader { text, at: 0 };
        let result = reader.either(0)?;
        reader.skip();
        match reader.rest() {
            "" => Ok(result),
            rest => Err(reader.error(format!("unexpected `{}`", first_word(rest)))),
        }
    }

    /// Whether a version fulfils it.
    pub fn holds(&self, version: &str) -> bool {
        match self {
            Self::Compare(operator, bound) => {
                let order = compare(version, bound);
                match operator {
                    Operator::Less => order.is_lt(),
                    Operator::LessEqual => order.is_le(),
                    Operator::Equal => order.is_eq(),
                    Operator::GreaterEqual => order.is_ge(),
                    Operator::Greater => order.is_gt(),
                }
            }
            Self::And(a, b) => a.holds(version) && b.holds(version),
            Self::Or(a, b) => a.holds(version) || b.holds(version),
        }
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compare(operator, version) => {
                let sign = OPERATORS
                    .iter()
                    .find(|(_, known)| known == operator)
                    .map_or("", |(sign, _)| sign);
                write!(out, "{sign} {version}")
            }
            Self::And(a, b) => {
                let part = |part: &Self| match part {
                    Self::Or(..) => format!("({part})"),
                    _ => part.to_string(),
                };
                write!(out, "{} && {}", part(a), part(b))
            }
            Self::Or(a, b) => write!(out, "{a} || {b}"),
        }
    }
}

fn first_word(text: &str) -> &str {
    text.split([' ', '\t', '\n']).next().unwrap_or(text)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn skip(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches([' ', '\t', '\n']).len();
    }

    fn error(&self, message: impl Into<String>) -> ConstraintError {
        ConstraintError { at: self.at, message: message.into() }
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn either(&mut self, depth: usize) -> Result<Constraint, ConstraintError> {
        let mut result = self.both(depth)?;
        while self.take("||") {
            result = Constraint::Or(Box::new(result), Box::new(self.both(depth)?));
        }
        Ok(result)
    }

    fn both(&mut self, depth: usize) -> Result<Constraint, ConstraintError> {
        let mut result = self.single(depth)?;
        while self.take("&&") {
            result = Constraint::And(Box::new(result), Box::new(self.single(depth)?));
        }
        Ok(result)
    }

    fn single(&mut self, depth: usize) -> Result<Constraint, ConstraintError> {
        if depth > MAX_DEPTH || self.text.len() > 2048 {
            return Err(self.error("this constraint is too long"));
        }
        if self.take("(") {
            let inner = self.either(depth + 1)?;
            if !self.take(")") {
                return Err(self.error("expected `)`"));
            }
            return Ok(inner);
        }
        for (sign, operator) in OPERATORS {
            if !self.take(sign) {
                continue;
            }
            if !self.rest().starts_with([' ', '\t', '\n']) && !self.rest().is_empty() {
                self.at -= sign.len();
                let word = first_word(self.rest());
                return Err(
                    self.error(format!("`{word}` needs a blank: `{sign} {}`", &word[sign.len()..]))
                );
            }
            self.skip();
            // A parenthesis that closes a group stands against the version that ends it.
            let word = first_word(self.rest());
            let word = if depth > 0 { word.trim_end_matches(')') } else { word };
            if word.is_empty() {
                return Err(self.error(format!("expected a version after `{sign}`")));
            }
            self.at += word.len();
            return Ok(Constraint::Compare(operator, word.to_owned()));
        }
        let found = first_word(self.rest());
        if found.is_empty() {
            return Err(self.error("expected `>=`, `>`, `=`, `<=` or `<` and a version"));
        }
        Err(self.error(format!("expected `>=`, `>`, `=`, `<=` or `<` before `{found}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_debian_does() {
        let sorted = ["0.9~rc1", "0.9", "0.9a", "0.9+x", "0.10", "0.010.1", "1.0", "1.0.1", "10"];
        for (index, low) in sorted.iter().enumerate() {
            assert_eq!(compare(low, low), Ordering::Equal);
            for high in &sorted[index + 1..] {
                assert_eq!(compare(low, high), Ordering::Less, "{low} {high}");
                assert_eq!(compare(high, low), Ordering::Greater, "{low} {high}");
            }
        }
        assert_eq!(compare("1.00", "1.0"), Ordering::Equal);
    }

    #[test]
    fn revisions_count_last() {
        let order = [
            ("1-2", "1+x"),
            ("1.0", "1.0-1"),
            ("1.0-1", "1.0-2"),
            ("1.0-9", "1.0.1"),
            ("1.0-~1", "1.0"),
        ];
        for (low, high) in order {
            assert_eq!(compare_with_revision(low, high), Ordering::Less, "{low} {high}");
            assert_eq!(compare_with_revision(high, low), Ordering::Greater, "{high} {low}");
        }
        assert_eq!(compare_with_revision("1.0-", "1.0"), Ordering::Equal);
        assert_eq!(compare_with_revision("1.-00", "1.0"), Ordering::Equal);
        assert_eq!(compare("1-2", "1+x"), Ordering::Greater);
    }

    #[test]
    fn and_binds_tighter_than_or() {
        let constraint = Constraint::parse(">= 1.0 && < 2 || = 3").map(|c| (c.to_string(), c));
        let Ok((text, constraint)) = constraint else { unreachable!("{constraint:?}") };
        assert_eq!(text, ">= 1.0 && < 2 || = 3");
        for (version, holds) in [("0.9", false), ("1.5", true), ("2", false), ("3", true)] {
            assert_eq!(constraint.holds(version), holds, "{version}");
        }
        let grouped = Constraint::parse("(>= 1.0 || = 0.3) && < 2").map(|c| c.to_string());
        assert_eq!(grouped.as_deref(), Ok("(>= 1.0 || = 0.3) && < 2"));
    }

    #[test]
    fn constraints_that_make_no_sense_say_where() {
        let said = |text: &str| Constraint::parse(text).map_err(|error| (error.at, error.message));
        assert_eq!(said(">=1.0"), Err((0, "`>=1.0` needs a blank: `>= 1.0`".to_owned())));
        assert_eq!(
            said("1.0"),
            Err((0, "expected `>=`, `>`, `=`, `<=` or `<` before `1.0`".to_owned()))
        );
        assert_eq!(said(">= "), Err((3, "expected a version after `>=`".to_owned())));
        assert_eq!(said(">= 1 < 2"), Err((5, "unexpected `<`".to_owned())));
        assert_eq!(said("(>= 1 "), Err((6, "expected `)`".to_owned())));
    }
}
