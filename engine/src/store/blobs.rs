//! Blobs: contents as read-only files named by their digests.

use super::Output;
use crate::digest::Digest;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::SystemTime;

const BUFFER: usize = 128 * 1024;

/// The folders `blobs/00` to `blobs/ff`, and `temporary` on the same file system.
#[derive(Debug)]
pub(super) struct Blobs {
    blobs: PathBuf,
    temporary: PathBuf,
    counter: AtomicU64,
    /// Process ids of another container, or of another machine, may be the same as ours.
    random: u64,
    /// The file system can share the blocks of two files, as far as we know.
    clones: AtomicBool,
}

impl Blobs {
    pub(super) fn open(dir: &Path) -> io::Result<Blobs> {
        let (blobs, temporary) = (dir.join("blobs"), dir.join("temporary"));
        // What builds make may be nobody else's business.
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&temporary)?;
        builder.create(&blobs)?;
        let (counter, clones) = (AtomicU64::new(0), AtomicBool::new(cfg!(target_os = "linux")));
        let random = RandomState::new().build_hasher().finish();
        Ok(Blobs { blobs, temporary, counter, random, clones })
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        let digits = digest.to_string();
        self.blobs.join(&digits[..2]).join(&digits[2..])
    }

    /// Makes a blob of an output; `Ok(false)` when the output cannot be read or is not what it should
    /// be, an error when the store cannot take it.
    pub(super) fn insert(&self, place: &Path, output: &Output) -> io::Result<bool> {
        let path = self.path(&output.digest);
        if let Ok(blob) = File::open(&path)
            && blob.metadata()?.len() == output.size
        {
            // A sweep that runs now takes it for new.
            let _ = blob.set_modified(SystemTime::now());
            return Ok(true);
        }
        let Ok(source) = File::open(place) else { return Ok(false) };
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let temporary = self.temporary.join(format!("{:016x}-{number}", self.random));
        let result = self.write(source, &temporary, &path, output);
        if !matches!(result, Ok(true)) {
            let _ = fs::remove_file(&temporary);
        }
        result
    }

    fn write(
        &self,
        source: File,
        temporary: &Path,
        path: &Path,
        output: &Output,
    ) -> io::Result<bool> {
        let mut blob =
            OpenOptions::new().write(true).create_new(true).mode(0o444).open(temporary)?;
        if self.transfer(source, &mut blob)? != output.digest {
            return Ok(false);
        }
        match fs::rename(temporary, path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if let Some(folder) = path.parent() {
                    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
                }
                fs::rename(temporary, path)?;
            }
            other => other?,
        }
        Ok(true)
    }

    /// Gives `to` the content of `from` and tells its digest; blocks are shared when they can be.
    pub(super) fn transfer(&self, mut from: File, to: &mut File) -> io::Result<Digest> {
        let cloned = self.clones.load(Ordering::Relaxed) && {
            let cloned = clone(&from, to);
            if !cloned {
                self.clones.store(false, Ordering::Relaxed);
            }
            cloned
        };
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; BUFFER];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(Digest(*hasher.finalize().as_bytes())),
                Ok(length) => {
                    hasher.update(&buffer[..length]);
                    if !cloned {
                        to.write_all(&buffer[..length])?;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub(super) fn remove(&self, digest: &Digest) {
        let _ = fs::remove_file(self.path(digest));
    }

    /// All files there are.
    pub(super) fn list(&self) -> io::Result<Listing> {
        let Listing { mut blobs, mut strangers } = Listing::default();
        for entry in fs::read_dir(&self.temporary)? {
            strangers.push(entry?.path());
        }
        for folder in fs::read_dir(&self.blobs)? {
            let folder = folder?.path();
            let Ok(files) = fs::read_dir(&folder) else {
                strangers.push(folder);
                continue;
            };
            for file in files {
                let file = file?;
                let mut digits = folder.file_name().unwrap_or_default().as_encoded_bytes().to_vec();
                digits.extend_from_slice(file.file_name().as_encoded_bytes());
                // A file that another process removes meanwhile is none.
                let Ok(metadata) = file.metadata() else { continue };
                match Digest::from_hex(&digits) {
                    Some(digest) => blobs.push((digest, metadata)),
                    None => strangers.push(file.path()),
                }
            }
        }
        Ok(Listing { blobs, strangers })
    }
}

/// What is in the folders of the blobs.
#[derive(Default)]
pub(super) struct Listing {
    /// The blobs with their sizes and times.
    pub(super) blobs: Vec<(Digest, fs::Metadata)>,
    /// What is in `temporary`, or is there without being a blob.
    pub(super) strangers: Vec<PathBuf>,
}

#[cfg(target_os = "linux")]
fn clone(from: &File, to: &File) -> bool {
    rustix::fs::ioctl_ficlone(to, from).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn clone(_: &File, _: &File) -> bool {
    false
}

/// Appends the content of a small output to `content`; `Ok(false)` when it is not what it should be.
pub(super) fn append_verified(
    place: &Path,
    output: &Output,
    content: &mut Vec<u8>,
) -> io::Result<bool> {
    let before = content.len();
    let Ok(file) = File::open(place) else { return Ok(false) };
    let read = file.take(output.size + 1).read_to_end(content);
    Ok(read.is_ok() && Digest::of(&content[before..]) == output.digest)
}
