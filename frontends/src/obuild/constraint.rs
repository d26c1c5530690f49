//! Constraints on versions: `>= 1.0 && != 2.0`, as the package model writes them.

use crate::version::{Constraint, Operator};

/// Longer ones, and deeper ones, no person wrote.
const MAX_LENGTH: usize = 1024;
const MAX_DEPTH: usize = 32;

/// Every sign, a longer one before those that it begins with.
const SIGNS: [&str; 15] =
    ["&&", "||", ">=", "<=", "==", "!=", "/=", "&", "|", ">", "<", "=", "!", "(", ")"];

/// Reads a constraint, and writes it without `!` and `!=`; else gives the offset of what is wrong, and what
/// that is.
pub(super) fn read(text: &str) -> Result<String, (usize, String)> {
    if text.len() > MAX_LENGTH {
        return Err((0, "this constraint is too long".to_owned()));
    }
    let mut reader = Reader { text, at: 0 };
    let result = reader.all(0)?;
    match reader.token() {
        None => Ok(result.to_string()),
        Some(found) => Err(reader.wrong(format!("unexpected `{found}`"))),
    }
}

struct Reader<'a> {
    text: &'a str,
    /// Where the token that was read last begins.
    at: usize,
}

impl<'a> Reader<'a> {
    /// The next token, which is not taken: signs, or what is none.
    fn token(&mut self) -> Option<&'a str> {
        let rest = self.text[self.at..].trim_start();
        self.at = self.text.len() - rest.len();
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let is_end = |c: char| "&|!<>=/()".contains(c) || c.is_whitespace();
        let word = || rest.find(is_end).unwrap_or(rest.len()).max(1);
        let length = sign.map_or_else(word, |sign| sign.len());
        if rest.is_empty() {
            return None;
        }
        Some(&rest[..length])
    }

    fn take(&mut self) -> Option<&'a str> {
        let token = self.token()?;
        self.at += token.len();
        Some(token)
    }

    fn wrong(&self, message: String) -> (usize, String) {
        (self.at, message)
    }

    /// Both `&&` and `||` hold what stands before them together: neither binds tighter.
    fn all(&mut self, depth: usize) -> Result<Constraint, (usize, String)> {
        let mut result = self.single(depth, false)?;
        loop {
            let both = match self.token() {
                Some("&&" | "&") => true,
                Some("||" | "|") => false,
                _ => return Ok(result),
            };
            self.take();
            let more = self.single(depth, false)?;
            result = pair(both, result, more);
        }
    }

    fn single(&mut self, depth: usize, not: bool) -> Result<Constraint, (usize, String)> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("this constraint is too deep".to_owned()));
        }
        let Some(token) = self.token() else {
            return Err(self.wrong("the constraint ends too early".to_owned()));
        };
        let operator = match token {
            "!" => {
                self.take();
                return self.single(depth + 1, !not);
            }
            "(" => {
                self.take();
                let inner = self.all(depth + 1)?;
                if self.token() != Some(")") {
                    return Err(self.wrong("expected `)`".to_owned()));
                }
                self.take();
                return Ok(if not { negated(inner) } else { inner });
            }
            "<" => Operator::Less,
            "<=" => Operator::LessEqual,
            "=" | "==" => Operator::Equal,
            ">=" => Operator::GreaterEqual,
            ">" => Operator::Greater,
            "!=" | "/=" => {
                self.take();
                let version = self.version(token)?;
                let found = Constraint::Compare(Operator::Equal, version);
                return Ok(if not { found } else { negated(found) });
            }
            other => {
                let said = format!("expected `>=`, `>`, `=`, `!=`, `<=` or `<`, not `{other}`");
                return Err(self.wrong(said));
            }
        };
        self.take();
        let found = Constraint::Compare(operator, self.version(token)?);
        Ok(if not { negated(found) } else { found })
    }

    fn version(&mut self, sign: &str) -> Result<String, (usize, String)> {
        let is_version =
            |token: &str| token.chars().all(|c| c.is_ascii_alphanumeric() || ".*~+-_".contains(c));
        match self.token().filter(|token| is_version(token)) {
            Some(version) => {
                self.take();
                Ok(version.to_owned())
            }
            None => Err(self.wrong(format!("expected a version after `{sign}`"))),
        }
    }
}

fn pair(both: bool, a: Constraint, b: Constraint) -> Constraint {
    let (a, b) = (Box::new(a), Box::new(b));
    if both { Constraint::And(a, b) } else { Constraint::Or(a, b) }
}

/// What holds where this does not.
fn negated(constraint: Constraint) -> Constraint {
    match constraint {
        Constraint::Compare(operator, version) => {
            let compare = |operator| Constraint::Compare(operator, version.clone());
            match operator {
                Operator::Less => compare(Operator::GreaterEqual),
                Operator::LessEqual => compare(Operator::Greater),
                Operator::GreaterEqual => compare(Operator::Less),
                Operator::Greater => compare(Operator::LessEqual),
                Operator::Equal => pair(false, compare(Operator::Less), compare(Operator::Greater)),
            }
        }
        Constraint::And(a, b) => pair(false, negated(*a), negated(*b)),
        Constraint::Or(a, b) => pair(true, negated(*a), negated(*b)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_need_no_blanks_and_not_is_written_without_a_sign() {
        let ok = |text: &str| read(text).unwrap();
        assert_eq!(ok(">=3.12.1"), ">= 3.12.1");
        assert_eq!(ok("( >= 1.3.8 )"), ">= 1.3.8");
        assert_eq!(ok("!= 2"), "< 2 || > 2");
        assert_eq!(ok("! (>= 1 && < 2)"), "< 1 || >= 2");
        assert_eq!(ok("> 1 | = 0.5 & <= 3"), "(> 1 || = 0.5) && <= 3");
        assert_eq!(ok("!!/=2"), "< 2 || > 2");
        // The package model reads what is written here.
        assert!(Constraint::parse(&ok("!(=1||>2)&&!=3.1")).unwrap().holds("1.5"));
    }

    #[test]
    fn what_makes_no_sense_is_shown() {
        assert_eq!(
            read("1.0"),
            Err((0, "expected `>=`, `>`, `=`, `!=`, `<=` or `<`, not `1.0`".to_owned()))
        );
        assert_eq!(read(">= "), Err((3, "expected a version after `>=`".to_owned())));
        assert_eq!(read(">= 1 2"), Err((5, "unexpected `2`".to_owned())));
        assert_eq!(read("(>= 1"), Err((5, "expected `)`".to_owned())));
        assert_eq!(read(""), Err((0, "the constraint ends too early".to_owned())));
        assert_eq!(read(&"!".repeat(99)).unwrap_err().1, "this constraint is too deep");
        assert_eq!(read(&"(".repeat(2000)).unwrap_err().1, "this constraint is too long");
    }
}
