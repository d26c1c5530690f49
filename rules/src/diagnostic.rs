//! A message about a place in a text file, with the line, a caret and what to do.

use std::fmt;

use bstr::ByteSlice;

/// Ninja shows no more than this many bytes of a line.
const NINJA_WIDTH: usize = 72;

/// More of a line than this is not kept, but for what is around the place; and so much before the place.
const LONGEST: usize = 1000;
const BEFORE: usize = 200;

/// What is wrong in a file, where, and what to do about it.
///
/// Used for rule files, manifests and configuration alike. [`fmt::Display`] gives the form people
/// read; [`Diagnostic::ninja_text`] gives Ninja's own form for the ninja face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the user named it; bytes, not necessarily UTF-8. Empty when the message names no file.
    pub file: Vec<u8>,
    /// Line, counted from 1; 0 when the message is about the file as a whole.
    pub line: usize,
    /// Column in bytes, counted from 1; 0 when the message is about the line as a whole.
    pub column: usize,
    /// The text of that line without its line feed; of a very long one what is around the place, with `...` for
    /// what is left out.
    pub source: Vec<u8>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<Box<str>>,
    /// Where the place is in [`Diagnostic::source`].
    caret: usize,
    ninja: Option<Box<NinjaForm>>,
}

/// What Ninja's form has different.
#[derive(Clone, Debug, PartialEq, Eq)]
enum NinjaForm {
    /// Ninja gives up at once.
    Fatal,
    /// Ninja sees the mistake at another place than the one worth showing.
    Elsewhere { line: usize, column: usize, source: Vec<u8> },
}

impl Diagnostic {
    /// A message about byte `offset` of `content`.
    pub fn at(file: &[u8], content: &[u8], offset: usize, message: impl Into<String>) -> Self {
        let offset = offset.min(content.len());
        let start = content[..offset].rfind_byte(b'\n').map_or(0, |at| at + 1);
        let end = content[offset..].find_byte(b'\n').map_or(content.len(), |at| offset + at);
        let (source, caret) = excerpt(&content[start..end], offset - start);
        Self {
            line: content[..start].iter().filter(|byte| **byte == b'\n').count() + 1,
            column: offset - start + 1,
            source,
            caret,
            ..Self::about(file, message)
        }
    }

    /// A message about the first `word` of the statement that begins in `line`, counted from 1; about its
    /// beginning when the word is not in it as such.
    pub fn at_word(
        file: &[u8],
        content: &[u8],
        line: usize,
        word: &[u8],
        message: impl Into<String>,
    ) -> Self {
        let ends = content.find_iter(b"\n").map(|at| at + 1);
        let start = std::iter::once(0).chain(ends).nth(line.saturating_sub(1));
        let start = start.unwrap_or(content.len());
        let statement = statement(&content[start..]);
        let at = words(statement).find(|range| &statement[range.clone()] == word);
        Self::at(file, content, start + at.map_or(0, |range| range.start), message)
    }

    /// A message about a file as a whole, or about none when `file` is empty.
    pub fn about(file: &[u8], message: impl Into<String>) -> Self {
        Self {
            file: file.to_vec(),
            line: 0,
            column: 0,
            source: Vec::new(),
            message: message.into(),
            help: None,
            caret: 0,
            ninja: None,
        }
    }

    /// The same message with a word on what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into().into_boxed_str());
        self
    }

    /// The same message as one that Ninja gives up on at once.
    #[must_use]
    pub(crate) fn into_fatal(mut self) -> Self {
        self.ninja = Some(Box::new(NinjaForm::Fatal));
        self
    }

    /// Whether Ninja writes `ninja: fatal: ` before [`Diagnostic::ninja_text`], not `ninja: error: `.
    pub fn is_fatal(&self) -> bool {
        self.ninja.as_deref() == Some(&NinjaForm::Fatal)
    }

    /// The same message with the place of another one for [`Diagnostic::ninja_text`].
    #[must_use]
    pub(crate) fn with_ninja_place(mut self, other: Self) -> Self {
        let Self { line, column, source, .. } = other;
        self.ninja = Some(Box::new(NinjaForm::Elsewhere { line, column, source }));
        self
    }

    /// The message as Ninja itself writes it after `ninja: error: `, with a line feed at the end only
    /// where Ninja has one.
    pub fn ninja_text(&self) -> String {
        let (line, column, source) = match self.ninja.as_deref() {
            Some(NinjaForm::Elsewhere { line, column, source }) => (*line, *column, source),
            _ => (self.line, self.column, &self.source),
        };
        if self.file.is_empty() {
            return self.message.clone();
        }
        if line == 0 {
            return format!("{}: {}", self.file.as_bstr(), self.message);
        }
        let mut text = format!("{}:{line}: {}\n", self.file.as_bstr(), self.message);
        let before = column.saturating_sub(1);
        if before > 0 && before < NINJA_WIDTH {
            let visible = source.find_byte(0).map_or(&source[..], |at| &source[..at]);
            if visible.len() < NINJA_WIDTH {
                text.push_str(&visible.to_str_lossy());
            } else {
                text.push_str(&visible[..NINJA_WIDTH].to_str_lossy());
                text.push_str("...");
            }
            text.push('\n');
            text.push_str(&" ".repeat(before));
            text.push_str("^ near here");
        }
        text
    }
}

/// What is kept of a line, and where byte `at` of the line is in that. A letter of several bytes is not parted.
fn excerpt(line: &[u8], at: usize) -> (Vec<u8>, usize) {
    if line.len() <= LONGEST {
        return (line.to_vec(), at);
    }
    let is_inside = |at: usize| line.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut start = at.saturating_sub(BEFORE);
    let mut end = (start + LONGEST).min(line.len());
    // Bytes that are no text may go on like this; a letter has four at most.
    for _ in 0..3 {
        start -= usize::from(start > 0 && is_inside(start));
        end -= usize::from(end > at && is_inside(end));
    }
    let (left, right): (&[u8], &[u8]) =
        (if start > 0 { b"..." } else { b"" }, if end < line.len() { b"..." } else { b"" });
    ([left, &line[start..end], right].concat(), left.len() + at - start)
}

/// The first statement of `text`: up to a line feed that no `$` escapes.
fn statement(text: &[u8]) -> &[u8] {
    let mut ends = text.find_iter(b"\n");
    let end = ends.find(|end| !text[..*end].ends_with(b"$"));
    &text[..end.unwrap_or(text.len())]
}

/// Where the words of a statement are.
fn words(statement: &[u8]) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let mut at = 0;
    statement.split(|byte| matches!(byte, b' ' | b':' | b'\n' | b'\r')).map(move |word| {
        let start = at;
        at += word.len() + 1;
        start..start + word.len()
    })
}

impl std::error::Error for Diagnostic {}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(out, "{}", self.file.as_bstr())?;
            if self.line > 0 {
                write!(out, ":{}", self.line)?;
                if self.column > 0 {
                    write!(out, ":{}", self.column)?;
                }
            }
            write!(out, ": ")?;
        }
        write!(out, "{}", self.message)?;
        let source = self.source.strip_suffix(b"\r").unwrap_or(&self.source);
        // A blank line would show nothing but a caret in the void.
        if self.line > 0 && !source.trim().is_empty() {
            write!(out, "\n  {}", source.as_bstr())?;
            if self.column > 0 {
                let before = &source[..self.caret.min(source.len())];
                let pad: String =
                    before.chars().map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
                write!(out, "\n  {pad}^")?;
            }
        }
        if let Some(help) = &self.help {
            write!(out, "\n  help: {help}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_in_its_statement_and_nowhere_else() {
        let text = b"rule r\nbuild out: r $\n  in | b\nbuild b: r other\n";
        let place = |line, word: &[u8]| {
            let found = Diagnostic::at_word(b"f", text, line, word, "x");
            (found.line, found.column)
        };
        assert_eq!(place(2, b"in"), (3, 3));
        assert_eq!(place(2, b"b"), (3, 8));
        assert_eq!(place(2, b"out"), (2, 7));
        assert_eq!(place(2, b"other"), (2, 1));
        assert_eq!(place(9, b"in"), (5, 1));
    }

    #[test]
    fn of_a_very_long_line_what_is_around_the_place_is_shown() {
        let line = ["é".repeat(100_000), "here".to_owned(), "é".repeat(100_000)].concat();
        let found = Diagnostic::at(b"f", line.as_bytes(), 200_000, "x");
        assert_eq!((found.line, found.column), (1, 200_001));
        let shown = found.to_string();
        let lines: Vec<&str> = shown.split('\n').collect();
        assert_eq!(lines[0], "f:1:200001: x");
        assert_eq!(lines[1], format!("  ...{}here{}...", "é".repeat(100), "é".repeat(398)));
        assert_eq!(lines[2], format!("  {}^", " ".repeat(103)));
        let found = Diagnostic::at(b"f", &vec![0x80; 5000], 2000, "x");
        assert_eq!(found.source.len(), 1006);
    }
}
