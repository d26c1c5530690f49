//! Restoring: outputs come back whole, with the right content, all or none.

use super::blobs::Blobs;
use super::{Entry, Output};
use crate::digest::Digest;
use crate::error::reason;
use crate::signature::Signature;
use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// An entry could not be restored; the action runs instead.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The stored content is not what was stored.
    #[error("the stored content of `{path}` is damaged")]
    Damaged {
        /// The output.
        path: String,
    },
    /// The stored content was removed.
    #[error("the stored content of `{path}` is gone")]
    Missing {
        /// The output.
        path: String,
    },
    /// The output cannot be written.
    #[error("cannot restore `{path}`: {}", reason(.error))]
    Io {
        /// The output.
        path: String,
        /// Why not.
        error: io::Error,
    },
}

/// Outputs written elsewhere, with their places; those that were not moved there are removed.
struct Written(Vec<(PathBuf, PathBuf)>);

impl Drop for Written {
    fn drop(&mut self) {
        for (temporary, _) in &self.0 {
            let _ = fs::remove_file(temporary);
        }
    }
}

pub(super) fn restore(
    blobs: &Blobs,
    entry: &Entry,
    dir: &Path,
    scratch: &Path,
) -> Result<Vec<Signature>, RestoreError> {
    let mut written = Written(Vec::with_capacity(entry.outputs.len()));
    let mut content = entry.content.as_slice();
    for output in &entry.outputs {
        let place = dir.join(OsStr::from_bytes(&output.path));
        // What cannot have its place must be known before anything is moved.
        if let Some(folder) = place.parent()
            && !folder.is_dir()
        {
            fs::create_dir_all(folder).map_err(io_error(output))?;
        }
        let (temporary, mut file) = create(scratch, output.mode).map_err(io_error(output))?;
        written.0.push((temporary, place));
        if output.is_inline() {
            let length = usize::try_from(output.size).unwrap_or(usize::MAX);
            let bytes = content.split_off(..length).ok_or_else(|| damaged(output))?;
            if Digest::of(bytes) != output.digest {
                return Err(damaged(output));
            }
            file.write_all(bytes).map_err(io_error(output))?;
        } else {
            restore_blob(blobs, output, &mut file)?;
        }
    }
    let mut signatures = Vec::with_capacity(entry.outputs.len());
    for (output, (temporary, place)) in entry.outputs.iter().zip(std::mem::take(&mut written.0)) {
        if let Err(error) = move_to(&temporary, &place) {
            let _ = fs::remove_file(&temporary);
            return Err(io_error(output)(error));
        }
        // Only now: the move changes the ctime.
        let signature = Signature::of(&place).map_err(io_error(output))?;
        signatures.push(signature.ok_or_else(|| io_error(output)(ErrorKind::NotFound.into()))?);
    }
    Ok(signatures)
}

fn restore_blob(blobs: &Blobs, output: &Output, file: &mut File) -> Result<(), RestoreError> {
    let blob = match File::open(blobs.path(&output.digest)) {
        Ok(blob) => blob,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(RestoreError::Missing { path: name(output) });
        }
        Err(error) => return Err(io_error(output)(error)),
    };
    let digest = blobs.transfer(blob, file).map_err(io_error(output))?;
    if digest == output.digest {
        Ok(())
    } else {
        blobs.remove(&output.digest);
        Err(damaged(output))
    }
}

/// A new file in a folder of this thread in `scratch`: threads that make files in the same folder wait for each
/// other. It has the permissions `mode` as far as the user's mask lets them.
fn create(scratch: &Path, mode: u32) -> io::Result<(PathBuf, File)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        static OWN: u64 = COUNTER.fetch_add(1, Ordering::Relaxed);
    }
    let scratch = scratch.join(OWN.with(u64::to_string));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(mode & 0o777);
    loop {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let temporary = scratch.join(format!("{}-{number}", std::process::id()));
        match options.open(&temporary) {
            Ok(file) => return Ok((temporary, file)),
            // A killed process of the same number left it.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) if error.kind() == ErrorKind::NotFound && !scratch.exists() => {
                fs::create_dir_all(&scratch)?;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Moves a whole file to its place, which may be on another file system.
fn move_to(temporary: &Path, place: &Path) -> io::Result<()> {
    match fs::rename(temporary, place) {
        Err(error) if error.kind() == ErrorKind::CrossesDevices => {
            let _ = fs::remove_file(place);
            fs::copy(temporary, place)?;
            fs::remove_file(temporary)
        }
        moved => moved,
    }
}

fn name(output: &Output) -> String {
    String::from_utf8_lossy(&output.path).into_owned()
}

fn damaged(output: &Output) -> RestoreError {
    RestoreError::Damaged { path: name(output) }
}

fn io_error(output: &Output) -> impl Fn(io::Error) -> RestoreError + '_ {
    |error| RestoreError::Io { path: name(output), error }
}
