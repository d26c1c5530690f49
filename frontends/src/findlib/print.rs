//! META as text, in the form that OASIS gives it.

use std::fmt;

use super::meta::{Entry, Meta, Predicate};

impl fmt::Display for Meta {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.block(0, f)
    }
}

impl Meta {
    /// What is in it, each line `depth` blanks further in. No deeper than a file may nest.
    fn block(&self, depth: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = " ".repeat(depth);
        let mut blocks = self.order.iter().peekable();
        for at in 0..=self.entries.len() {
            while let Some((_, index)) = blocks.next_if(|(before, _)| *before == at) {
                let Some((name, inner)) = self.packages.get(*index) else { continue };
                writeln!(f, "{indent}package \"{}\" (", escaped(name))?;
                inner.block(depth + 1, f)?;
                writeln!(f, "{indent})")?;
            }
            if let Some(entry) = self.entries.get(at) {
                writeln!(f, "{indent}{entry}")?;
            }
        }
        Ok(())
    }
}

impl Entry {
    /// `name(predicates) = "value"`, where a name after `-` must not hold.
    pub fn new(name: &str, predicates: &[&str], value: impl Into<String>) -> Self {
        let predicate = |text: &&str| {
            let name = text.strip_prefix('-');
            Predicate { name: name.unwrap_or(text).to_owned(), negated: name.is_some() }
        };
        Self {
            name: name.to_owned(),
            predicates: predicates.iter().map(predicate).collect(),
            append: false,
            value: value.into(),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        for (at, predicate) in self.predicates.iter().enumerate() {
            f.write_str(if at == 0 { "(" } else { ", " })?;
            write!(f, "{}{}", if predicate.negated { "-" } else { "" }, predicate.name)?;
        }
        let close = if self.predicates.is_empty() { "" } else { ")" };
        let sign = if self.append { "+=" } else { "=" };
        write!(f, "{close} {sign} \"{}\"", escaped(&self.value))
    }
}

/// A text between quotes.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_the_same() {
        let text = "a(x, -y) += \"1 \\\\ \\\"2\\\"\"\npackage \"p\" (\n b = \"two\nlines\"\n package \"q\" (\n )\n)\nc = \"\"\n";
        let meta = Meta::parse(b"META", text.as_bytes()).unwrap();
        assert_eq!(meta.to_string(), text);
        assert_eq!(Meta::parse(b"META", meta.to_string().as_bytes()).unwrap(), meta);
    }
}
