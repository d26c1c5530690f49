//! A message about a place in a text file, with the line, a caret and what to do.

use std::fmt;

use bstr::ByteSlice;

/// What is wrong in a file, where, and what to do about it.
///
/// Used for rule files, manifests and configuration alike. [`fmt::Display`] gives the form people
/// read; [`Diagnostic::ninja_text`] gives Ninja's own form for the ninja face.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file as the user named it; bytes, not necessarily UTF-8.
    pub file: Vec<u8>,
    /// Line, counted from 1; 0 when the message is about the file as a whole.
    pub line: usize,
    /// Column in bytes, counted from 1; 0 when the message is about the line as a whole.
    pub column: usize,
    /// The text of that line without its end of line.
    pub source: Vec<u8>,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A message about byte `offset` of `content`.
    pub fn at(file: &[u8], content: &[u8], offset: usize, message: impl Into<String>) -> Self {
        let offset = offset.min(content.len());
        let start = content[..offset].rfind_byte(b'\n').map_or(0, |at| at + 1);
        let end = content[offset..].find_byte(b'\n').map_or(content.len(), |at| offset + at);
        let source = content[start..end].strip_suffix(b"\r").unwrap_or(&content[start..end]);
        Self {
            file: file.to_vec(),
            line: content[..start].iter().filter(|byte| **byte == b'\n').count() + 1,
            column: offset - start + 1,
            source: source.to_vec(),
            message: message.into(),
            help: None,
        }
    }

    /// A message about a file as a whole.
    pub fn about(file: &[u8], message: impl Into<String>) -> Self {
        Self {
            file: file.to_vec(),
            line: 0,
            column: 0,
            source: Vec::new(),
            message: message.into(),
            help: None,
        }
    }

    /// The same message with a word on what to do.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl std::error::Error for Diagnostic {}

impl fmt::Display for Diagnostic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.as_bstr())?;
        if self.line > 0 {
            write!(out, ":{}", self.line)?;
            if self.column > 0 {
                write!(out, ":{}", self.column)?;
            }
        }
        write!(out, ": {}", self.message)?;
        if self.line > 0 {
            write!(out, "\n  {}", self.source.as_bstr())?;
            if self.column > 0 {
                let before = &self.source[..(self.column - 1).min(self.source.len())];
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
