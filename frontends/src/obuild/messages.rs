//! What is said of one file: mistakes and warnings, in the order of the file.

use mbuild_rules::Diagnostic;

/// Nobody reads more than this, and each of them counts the lines before it.
const MANY: usize = 100;

/// What is said of one file.
pub(super) struct Messages<'a> {
    /// The file in messages.
    path: &'a [u8],
    content: &'a [u8],
    errors: Said,
    warnings: Said,
}

/// Messages with their places, and how many were left out.
#[derive(Default)]
struct Said {
    all: Vec<(usize, Diagnostic)>,
    left_out: usize,
}

impl<'a> Messages<'a> {
    pub(super) fn new(path: &'a [u8], content: &'a [u8]) -> Self {
        Self { path, content, errors: Said::default(), warnings: Said::default() }
    }

    /// A mistake at byte `at`.
    pub(super) fn error(&mut self, at: usize, text: impl Into<String>, help: impl Into<String>) {
        let found = || Diagnostic::at(self.path, self.content, at, text).with_help(help);
        self.errors.add(at, found);
    }

    /// A mistake at byte `at` whose text and help take time to find: they are not where nobody would read them.
    pub(super) fn error_with(&mut self, at: usize, said: impl FnOnce() -> (String, String)) {
        let found = || diagnostic(self.path, self.content, at, said());
        self.errors.add(at, found);
    }

    /// A mistake of the file as a whole.
    pub(super) fn error_of_file(&mut self, text: impl Into<String>, help: impl Into<String>) {
        self.errors.add(0, || Diagnostic::about(self.path, text).with_help(help));
    }

    /// Something that is strange at byte `at`.
    pub(super) fn warning(&mut self, at: usize, text: impl Into<String>, help: impl Into<String>) {
        let found = || Diagnostic::at(self.path, self.content, at, text).with_help(help);
        self.warnings.add(at, found);
    }

    /// The same for what is strange.
    pub(super) fn warning_with(&mut self, at: usize, said: impl FnOnce() -> (String, String)) {
        let found = || diagnostic(self.path, self.content, at, said());
        self.warnings.add(at, found);
    }

    /// What is strange, or what is wrong.
    pub(super) fn end(self) -> Result<Vec<Diagnostic>, Vec<Diagnostic>> {
        if self.errors.all.is_empty() {
            Ok(self.warnings.end(self.path))
        } else {
            Err(self.errors.end(self.path))
        }
    }
}

fn diagnostic(path: &[u8], content: &[u8], at: usize, said: (String, String)) -> Diagnostic {
    Diagnostic::at(path, content, at, said.0).with_help(said.1)
}

impl Said {
    fn add(&mut self, at: usize, found: impl FnOnce() -> Diagnostic) {
        if self.all.len() < MANY {
            self.all.push((at, found()));
        } else {
            self.left_out += 1;
        }
    }

    fn end(mut self, path: &[u8]) -> Vec<Diagnostic> {
        self.all.sort_by_key(|(at, _)| *at);
        let mut all: Vec<Diagnostic> = self.all.into_iter().map(|(_, found)| found).collect();
        if self.left_out > 0 {
            let text = format!("{} more of these are not shown", self.left_out);
            all.push(Diagnostic::about(path, text).with_help("begin with those above"));
        }
        all
    }
}
