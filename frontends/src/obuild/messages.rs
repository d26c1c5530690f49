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

    /// A mistake at byte `at` whose text and help take time to find: they are not where nobody would read them.
    pub(super) fn error_with(&mut self, at: usize, said: impl FnOnce() -> (String, String)) {
        self.errors.add(|| diagnostic(self.path, self.content, at, said()));
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

    /// The same for what is strange.
    pub(super) fn warning_with(&mut self, at: usize, said: impl FnOnce() -> (String, String)) {
        self.warnings.add(|| diagnostic(self.path, self.content, at, said()));
    }

    /// What is strange; or what is wrong, with what is strange: a key that nobody knows may be the one that is
    /// missing.
    pub(super) fn end(mut self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        let warnings = self.warnings.end(self.path);
        if self.errors.is_empty() {
            return Ok(warnings);
        }
        // How many are not told is no place in the file.
        for warning in warnings.into_iter().filter(|warning| warning.line > 0) {
            self.errors.add(|| warning);
        }
        Err(self.errors.end(self.path))
    }
}

fn diagnostic(path: &[u8], content: &[u8], at: usize, said: (String, String)) -> Diagnostic {
    Diagnostic::at(path, content, at, said.0).with_help(said.1)
}
