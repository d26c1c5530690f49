//! The documentation of a package, and how it is made.

use super::compiled::{Data, Tool};

/// Documentation.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The section's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Built in this configuration.
    pub build: bool,
    /// Installed.
    pub install: bool,
    /// How it is made.
    pub kind: DocumentKind,
    /// Where to; may hold `${docdir}` and the like.
    pub target: Option<String>,
    /// Programs it needs.
    pub tools: Vec<Tool>,
    /// Shell commands before and after it is made.
    pub before: Option<String>,
    /// Shell commands before and after it is made.
    pub after: Option<String>,
    /// The folder, relative to the package root, in which its commands may look for what is built, as those of a
    /// test may.
    pub mirror: Option<String>,
    /// A shell command that removes what was made in the source tree.
    pub clean: Option<String>,
    /// Data to install, relative to the package root.
    pub data: Vec<Data>,
}

impl Document {
    /// It is installed in this configuration.
    pub fn is_installed(&self) -> bool {
        self.build && self.install && !matches!(self.kind, DocumentKind::None)
    }
}

/// How documentation is made.
#[derive(Clone, Debug, Default)]
pub enum DocumentKind {
    /// Nothing is made, and nothing installed.
    #[default]
    None,
    /// ocamldoc's HTML, in `path`.
    Ocamldoc {
        /// The folder it is made in.
        path: String,
        /// Modules shown.
        modules: Vec<String>,
        /// Libraries (findlib names in full) whose modules are all shown.
        libraries: Vec<String>,
        /// Flags for ocamldoc.
        flags: Vec<String>,
        /// A text shown first, relative to the package root.
        intro: Option<String>,
    },
    /// Shell commands.
    Command(String),
}
