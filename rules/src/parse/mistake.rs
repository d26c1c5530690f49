//! A mistake at a byte of the file being read, before it becomes a [`Diagnostic`].

use crate::Diagnostic;

/// What is wrong and where; lines and columns are only counted when somebody wants to see them.
#[derive(Clone, Debug)]
pub(crate) struct Mistake {
    /// The byte that Ninja would name.
    at: usize,
    /// The byte that people should look at, where Ninja names the start of the next statement.
    shown: Option<usize>,
    message: String,
    help: Option<String>,
    /// Whether Ninja gives up on it at once, without naming a place.
    fatal: bool,
}

impl Mistake {
    /// A mistake at byte `at`.
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { at, shown: None, message: message.into(), help: None, fatal: false }
    }

    /// The same with a word on what to do, unless there is one.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help.get_or_insert_with(|| help.into());
        self
    }

    /// The same with help that may be missing.
    pub(crate) fn help_if(self, help: Option<String>) -> Self {
        match help {
            Some(help) => self.help(help),
            None => self,
        }
    }

    /// The same as one that names no place for Ninja.
    pub(crate) fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }

    /// The same, shown to people at byte `at`.
    pub(crate) fn shown_at(mut self, at: usize) -> Self {
        self.shown = Some(at);
        self
    }

    /// The message about `content`, which was read from `file`.
    pub(crate) fn in_file(self, file: &[u8], content: &[u8]) -> Diagnostic {
        if self.fatal {
            let mut diagnostic = Diagnostic::about(b"", self.message).into_fatal();
            diagnostic.help = self.help.map(String::into_boxed_str);
            return diagnostic;
        }
        let ninja = Diagnostic::at(file, content, self.at, self.message.as_str());
        let mut diagnostic = match self.shown {
            Some(at) => Diagnostic::at(file, content, at, self.message).with_ninja_place(ninja),
            None => ninja,
        };
        diagnostic.help = self.help.map(String::into_boxed_str);
        diagnostic
    }
}
