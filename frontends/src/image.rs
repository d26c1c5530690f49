//! What boots: initial file systems and disks, written byte by byte so that the same input is the same file.
//!
//! Rule files call these as steps of mbuild's own, each with one file of JSON that says everything:
//! [`initramfs::run`] and [`disk::run`].

pub mod disk;
pub mod initramfs;

mod cpio;
mod qcow2;
mod tar;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use mbuild_rules::reason;
use serde::de::DeserializeOwned;

/// Why something that boots cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// A file cannot be read or written.
    #[error("cannot use `{}`: {}", path.display(), reason(.source))]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The description is not what this version of mbuild writes.
    #[error("`{}` is no description of what to make: {source}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// The boot loader could not be made.
    #[error("`{command}` failed: {said}")]
    Loader {
        /// The command.
        command: String,
        /// What it printed, or why it did not run.
        said: String,
    },
    /// The boot loader does not fit in front of the files.
    #[error("the boot loader takes {size} bytes, and {room} are free for it")]
    LoaderSize {
        /// What it takes.
        size: usize,
        /// What there is.
        room: usize,
    },
}

/// Gives an error the path that it is about.
fn at(path: &Path) -> impl FnOnce(io::Error) -> ImageError + '_ {
    move |source| ImageError::File { path: path.to_owned(), source }
}

/// What a step is told.
fn description<T: DeserializeOwned>(path: &Path) -> Result<T, ImageError> {
    let content = std::fs::read(path).map_err(at(path))?;
    serde_json::from_slice(&content)
        .map_err(|source| ImageError::Description { path: path.to_owned(), source })
}

/// Content as gzip compresses it, without name and time.
fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    // 255 is "unknown" for the system that wrote it (RFC 1952).
    let mut writer =
        GzBuilder::new().operating_system(255).write(Vec::new(), Compression::default());
    writer.write_all(content)?;
    writer.finish()
}
