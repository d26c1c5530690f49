//! The files of a project, so that everything said of a value is said where the value was written.

use mbuild_rules::Diagnostic;

/// A place in one of the files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file: an index.
    pub file: u32,
    /// Byte offset.
    pub at: u32,
}

/// The files that were read, by the numbers that places have.
#[derive(Clone, Debug, Default)]
pub struct Files {
    files: Vec<(String, Vec<u8>)>,
}

impl Files {
    /// Adds a file: its path relative to the project's root, and its content.
    pub fn add(&mut self, path: &str, content: Vec<u8>) -> u32 {
        self.files.push((path.to_owned(), content));
        u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX)
    }

    /// The path of a file.
    pub fn path(&self, file: u32) -> &str {
        self.files.get(file as usize).map_or("", |(path, _)| path)
    }

    /// The content of a file.
    pub fn content(&self, file: u32) -> &[u8] {
        self.files.get(file as usize).map_or(&[], |(_, content)| content)
    }

    /// A message about a place.
    pub fn message(&self, place: Place, message: impl Into<String>) -> Diagnostic {
        let path = self.path(place.file).as_bytes();
        Diagnostic::at(path, self.content(place.file), place.at as usize, message)
    }
}

impl Place {
    /// A byte of a file.
    pub fn new(file: u32, at: usize) -> Self {
        Self { file, at: u32::try_from(at).unwrap_or(u32::MAX) }
    }
}

/// What is wrong or strange, in the order of finding.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    /// What is wrong.
    pub errors: Vec<Diagnostic>,
    /// What is strange.
    pub warnings: Vec<Diagnostic>,
    said: std::collections::BTreeSet<(Place, String)>,
}

impl Messages {
    /// Whether nothing more that is wrong would be told.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() >= super::tokens::MISTAKES
    }

    /// Says that a file cannot be read at all.
    pub(super) fn add(&mut self, wrong: Diagnostic) {
        if !self.is_full() {
            self.errors.push(wrong);
        }
    }

    /// Says once what is wrong at a place.
    pub fn error(
        &mut self,
        files: &Files,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let message = message.into();
        if self.errors.len() < super::tokens::MISTAKES && self.said.insert((place, message.clone()))
        {
            self.errors.push(files.message(place, message).with_help(help));
        }
    }

    /// Says once what is strange at a place.
    pub fn warn(
        &mut self,
        files: &Files,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let message = message.into();
        if self.warnings.len() < super::tokens::MISTAKES
            && self.said.insert((place, message.clone()))
        {
            self.warnings.push(files.message(place, message).with_help(help));
        }
    }
}
