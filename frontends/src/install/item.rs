//! One file to install, and where it goes.

use std::path::PathBuf;

/// A file to install.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The file, relative to the package root.
    pub from: PathBuf,
    /// Where to, with the `destdir`.
    pub to: PathBuf,
    /// Its permissions there.
    pub mode: u32,
    /// The findlib package (first part of the name) whose folder it goes to, or which owns the
    /// shared stubs.
    pub library: Option<String>,
}
