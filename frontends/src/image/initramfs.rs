//! The initial file system of a virtual machine: a first process, the program, and what goes with them.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::cpio::{self, Entry};
use super::{ImageError, at, description, gzip};
use crate::files;

/// Where the first process finds the program.
pub(crate) const PROGRAM: &str = "program";
/// Where it finds the list of drivers.
pub(crate) const MODULES: &str = "modules";

/// What goes into one, and where it goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Description {
    /// The file to make.
    pub(crate) out: PathBuf,
    /// Its files: the path inside, and the file that it is.
    pub(crate) files: Vec<(String, PathBuf)>,
    /// The drivers that are loaded, by their paths inside.
    pub(crate) modules: Vec<String>,
}

/// Makes the initial file system that a file describes.
pub fn run(path: &Path) -> Result<(), ImageError> {
    let what: Description = description(path)?;
    let mut entries = Vec::new();
    for (inside, file) in &what.files {
        let content = std::fs::read(file).map_err(at(file))?;
        let permissions = if files::is_program(file) { 0o755 } else { 0o644 };
        let path = inside.trim_start_matches('/').to_owned();
        entries.push(Entry { path, permissions, content });
    }
    if !what.modules.is_empty() {
        let lines: Vec<String> = what.modules.iter().map(|path| format!("/{path}\n")).collect();
        let content = lines.concat().into_bytes();
        entries.push(Entry { path: MODULES.to_owned(), permissions: 0o644, content });
    }
    let archive = gzip(&cpio::archive(&entries)).map_err(at(&what.out))?;
    files::replace(&what.out, &archive, None).map_err(at(&what.out))
}
