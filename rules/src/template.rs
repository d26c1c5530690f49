//! A text with variables that stands in no rule file, such as the value of a flag.

use crate::Diagnostic;
use crate::lexer::{Lexer, scan};

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Bytes as they are, escapes resolved.
    Text(Vec<u8>),
    /// `$name` or `${name}`.
    Variable(Vec<u8>),
}

/// Takes a text apart as the value of a variable in a rule file; it ends with its first line. Messages
/// call it `name`.
///
/// # Errors
/// A `$` that introduces nothing.
pub fn parse(name: &[u8], text: &[u8]) -> Result<Vec<Part>, Diagnostic> {
    let line = [text, b"\n"].concat();
    let value = Lexer::new(&line, 0).value().map_err(|mistake| mistake.in_file(name, &line))?;
    let mut parts = Vec::new();
    let mut text = Vec::new();
    scan::expand(value.text, &mut text, |variable, text| {
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(text)));
        }
        parts.push(Part::Variable(variable.to_vec()));
    });
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    Ok(parts)
}
