//! The syntax tree of an `_oasis` file; everything in it knows its place.

use mbuild_rules::Diagnostic;

/// A word and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Byte offset in the file.
    pub at: usize,
}

/// The text after a field's colon, its lines joined and freed of their indentation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// The text.
    pub value: String,
    /// For each line: (offset in `value`, offset in the file).
    pub pieces: Vec<(usize, usize)>,
}

impl Text {
    /// Where byte `offset` of the value stands in the file.
    pub fn place(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|(start, _)| *start <= offset);
        match after.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some((start, at)) => at + (offset - start),
            None => self.pieces.first().map_or(0, |(_, at)| *at),
        }
    }
}

/// A test that decides what holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// `true`, `false`.
    Bool(bool),
    /// `!a`.
    Not(Box<Expr>),
    /// `a && b`.
    And(Box<Expr>, Box<Expr>),
    /// `a || b`.
    Or(Box<Expr>, Box<Expr>),
    /// `flag(name)`.
    Flag(Word),
    /// `os_type(value)` and the like: a variable equals a value.
    Equals(Word, Word),
}

/// What a field's line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `Name: text`.
    Set(Text),
    /// `Name+: text`.
    Add(Text),
    /// `Name$: expression`.
    Test(Box<Expr>),
}

/// A field's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name, as written.
    pub name: Word,
    /// What it does.
    pub operation: Operation,
}

/// A statement inside a section, or of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// A field.
    Field(Field),
    /// `if`, with what holds then and what holds `else`.
    If(Box<Expr>, Vec<Statement>, Vec<Statement>),
}

/// The kinds of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Kind {
    Package,
    Flag,
    Library,
    Object,
    Executable,
    SourceRepository,
    Test,
    Document,
}

impl Kind {
    /// Every kind that has a keyword.
    pub const SECTIONS: [Self; 7] = [
        Self::Flag,
        Self::Library,
        Self::Object,
        Self::Executable,
        Self::SourceRepository,
        Self::Test,
        Self::Document,
    ];

    /// The keyword that opens such a section.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Package => "Package",
            Self::Flag => "Flag",
            Self::Library => "Library",
            Self::Object => "Object",
            Self::Executable => "Executable",
            Self::SourceRepository => "SourceRepository",
            Self::Test => "Test",
            Self::Document => "Document",
        }
    }
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// Its kind.
    pub kind: Kind,
    /// Its name.
    pub name: Word,
    /// What it says.
    pub statements: Vec<Statement>,
}

/// An `_oasis` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The file as the user named it.
    pub path: Vec<u8>,
    /// Its content.
    pub content: Vec<u8>,
    /// The statements outside of sections.
    pub statements: Vec<Statement>,
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// What was read but is better written otherwise.
    pub warnings: Vec<Diagnostic>,
}

impl Manifest {
    /// A message about a place in this file.
    pub fn message(&self, at: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(&self.path, &self.content, at, message)
    }
}
