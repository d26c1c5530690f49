//! What Ninja remembers of a build directory in `.ninja_log` and `.ninja_deps`: taken over where Ninja has
//! built since we did, and kept up to date, so that people can go from one tool to the other and back.
//!
//! The state remembers the signatures that both files had when they agreed with it. While they have them,
//! neither file is opened; the first command of any build takes the signatures away, so that a killed
//! build, or one that does not keep the files, leads to a full comparison next time.

mod agree;
pub(crate) mod command_hash;
pub mod deps;
mod export;
mod import;
pub mod log;
mod maintain;

use std::io;
use std::path::{Path, PathBuf};

use mbuild_rules::{Manifest, path};

pub use deps::DepsLog;
pub(crate) use export::Ran;
pub use log::Log;
pub use maintain::{recompact, restat};

/// What a build knows of Ninja's files.
#[derive(Default)]
pub(crate) struct Logs {
    /// They are to be brought up to date after the build.
    pub(crate) keep: bool,
    /// What was in them, when they were not as the state remembers them.
    read: Option<(Log, DepsLog)>,
    /// Commands that they do not know of yet.
    ran: Vec<Ran>,
    /// The state remembers no signatures any more.
    forgotten: bool,
}

/// The place of one of the files; `builddir` as in the rule file.
pub fn place(builddir: &[u8], name: &str) -> Vec<u8> {
    if builddir.is_empty() {
        return name.as_bytes().to_vec();
    }
    let joined = [builddir, b"/", name.as_bytes()].concat();
    path::canonical(&joined).into_owned()
}

/// Both files, as the rule file's `builddir` places them.
pub(crate) fn paths(manifest: &Manifest) -> [Vec<u8>; 2] {
    let builddir = manifest.variable(b"builddir").unwrap_or_default();
    [log::FILE_NAME, deps::FILE_NAME].map(|name| place(builddir, name))
}

/// Replaces a file by another content at once.
///
/// # Errors
/// When that cannot be written; the file is what it was then.
pub fn replace(path: &Path, content: &[u8], suffix: &str) -> io::Result<()> {
    let mut new = path.as_os_str().to_owned();
    new.push(suffix);
    let new = PathBuf::from(new);
    std::fs::write(&new, content)?;
    std::fs::rename(&new, path)
}
