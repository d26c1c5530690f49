//! What is said of one file: mistakes and warnings, in the order of the file.

use mbuild_rules::Diagnostic;

use crate::mistakes::Mistakes;

/// What is said of one file.
pub(super) struct Messages<'a> {
    /// The file in messages.
    path: &'a [u8],
    content: &'a [u8],
    errors: Mistakes,
    warnings: Mistakes,
}

impl<'a> Messages<'a> {
    pub(super) fn new(path: &'a [u8], content: &'a [u8]) -> Self {
        Self { path, content, errors: Mistakes::default(), warnings: Mistakes::default() }
    }

    /// A mistake at byte `at`.
    pub(super) fn error(&mut self, at: usize, text: impl Into<String>, help: impl Into<String>) {
        let found = || Diagnostic::at(self.path, self.content, at, text).with_help(help);
        self.errors.add(found);
    }

    /// A mistake of the file as a whole.
    pub(super) fn error_of_file(&mut self, text: impl Into<String>, help: impl Into<String>) {
        self.errors.add(|| Diagnostic::about(self.path, text).with_help(help));
    }

    /// Something that is strange at byte `at`.
    pub(super) fn warning(&mut self, at: usize, text: impl Into<String>, help: impl Into<String>) {
        let found = || Diagnostic::at(self.path, self.content, at, text).with_help(help);
        self.warnings.add(found);
    }

    /// What is strange, or what is wrong.
    pub(super) fn end(self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        if self.errors.is_empty() {
            Ok(self.warnings.end(self.path))
        } else {
            Err(self.errors.end(self.path))
        }
    }
}
