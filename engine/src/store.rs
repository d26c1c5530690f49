//! The store: the machine-wide cache of outputs by content and of results by action key.
//!
//! Many threads and many processes use it at once. It never decides whether a build succeeds: what
//! cannot be stored is not stored, what is damaged is dropped, and both are said once as a [`Notice`].

mod blobs;
mod index;
mod record;
mod restore;
mod sweep;
mod writer;

pub use restore::RestoreError;
pub use sweep::{Stats, Verified};

use crate::digest::Digest;
use crate::error::reason;
use crate::settings::StoreSettings;
use crate::signature::Signature;
use blobs::Blobs;
use index::Index;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use writer::{Message, Writer};

/// The folder of the format that this code reads and writes; another format gets another folder.
const FORMAT: &str = "v1";
/// Outputs up to this size are kept in the index: reading and writing one row costs less than the same
/// with files of their own.
pub(crate) const INLINE: usize = 16 * 1024;
/// What a command prints is replayed with its outputs; nobody reads more than this.
const MAX_PRINTED: usize = 1024 * 1024;

/// The machine-wide cache.
#[derive(Debug)]
pub struct Store {
    shared: Arc<Shared>,
    writer: Option<Writer>,
    max_bytes: u64,
}

/// What the threads of the store have in common.
#[derive(Debug)]
struct Shared {
    index: Index,
    blobs: Blobs,
    /// Off after the first failure to write, for the rest of the session.
    storing: AtomicBool,
    hits: AtomicU64,
    misses: AtomicU64,
    damaged: AtomicU64,
    notices: Mutex<Vec<Notice>>,
}

/// Something about the store that people are to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Something was damaged and is gone now.
    Repaired {
        /// Which file or part.
        what: String,
        /// What was wrong and what was done.
        detail: String,
    },
    /// Nothing more is stored in this session.
    Disabled {
        /// Why.
        reason: String,
    },
}

/// The store cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A folder or file of the store.
    #[error("cannot open the store in `{}`: {}", dir.display(), reason(.error))]
    Folder {
        /// Where the store is.
        dir: PathBuf,
        /// Why not.
        error: io::Error,
    },
    /// The index of the store.
    #[error("cannot read or write the index of the store `{}`: {error}", path.display())]
    Index {
        /// The index.
        path: PathBuf,
        /// Why not.
        error: rusqlite::Error,
    },
}

/// What an action made, as it goes into the store.
#[derive(Clone, Copy, Debug)]
pub struct Made<'a> {
    /// The key that is known before the action runs.
    pub k1: &'a Digest,
    /// The dependencies that were discovered; `None` for an action that discovers none.
    pub dependencies: Option<&'a [Vec<u8>]>,
    /// The key that holds the dependencies' content.
    pub k2: &'a Digest,
    /// All outputs: their paths as the rule file has them, and their digests.
    pub outputs: &'a [(&'a [u8], Digest)],
    /// What the command printed.
    pub printed: &'a [u8],
    /// How long it took.
    pub cost_ms: u64,
}

/// What an action made, as it comes from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key it was found by.
    pub k2: Digest,
    /// All outputs.
    pub outputs: Vec<Output>,
    /// What the command printed.
    pub printed: Vec<u8>,
    /// How long it took.
    pub cost_ms: u64,
    /// The content of the small outputs, one after the other.
    content: Vec<u8>,
}

/// One output of an [`Entry`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The path, as the rule file had it.
    pub path: Vec<u8>,
    /// The digest of the content.
    pub digest: Digest,
    /// The permissions.
    pub mode: u32,
    /// Bytes.
    pub size: u64,
}

impl Output {
    fn is_inline(&self) -> bool {
        self.size <= INLINE as u64
    }
}

impl Store {
    /// Opens the store, and makes it when there is none. A damaged index is moved aside for an empty one.
    pub fn open(settings: &StoreSettings) -> Result<Store, StoreError> {
        let dir = settings.dir.join(FORMAT);
        let folder = |error| StoreError::Folder { dir: settings.dir.clone(), error };
        let blobs = Blobs::open(&dir).map_err(folder)?;
        let mut notices = Vec::new();
        let index = Index::open(&dir, &mut notices)?;
        let shared = Arc::new(Shared {
            index,
            blobs,
            storing: AtomicBool::new(true),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
            damaged: AtomicU64::new(0),
            notices: Mutex::new(notices),
        });
        let writer = Writer::start(&shared).map_err(folder)?;
        Ok(Store { shared, writer: Some(writer), max_bytes: settings.max_bytes })
    }

    /// The sets of dependencies that were discovered under this key, newest first, 16 at the most.
    pub fn dependency_sets(&self, k1: &Digest) -> Vec<Vec<Vec<u8>>> {
        let rows = self.shared.read(|index| index.dependency_sets(k1)).unwrap_or_default();
        rows.iter().filter_map(|row| record::decode_dependencies(k1, row)).collect()
    }

    /// What an action with this key made.
    pub fn get(&self, k2: &Digest) -> Option<Entry> {
        let row = self.shared.read(|index| index.entry(k2)).flatten();
        let Some((record, content)) = row else {
            self.shared.misses.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let Some(entry) = record::decode_entry(k2, &record, content) else {
            self.shared.misses.fetch_add(1, Ordering::Relaxed);
            self.drop_entry(k2, "its record in the index is damaged");
            return None;
        };
        Some(entry)
    }

    /// Puts the outputs of `entry` where they belong, relative to `dir`: all of them, or none on an error.
    ///
    /// Each output is compared with its digest on the way, written to the folder `scratch` and moved from
    /// there. What a killed process leaves in that folder is never looked at and may be removed. The result
    /// holds the signatures of the outputs in their order. A damaged entry is dropped.
    pub fn restore(
        &self,
        entry: &Entry,
        dir: &Path,
        scratch: &Path,
    ) -> Result<Vec<Signature>, RestoreError> {
        let result = restore::restore(&self.shared.blobs, entry, dir, scratch);
        match &result {
            Ok(_) => {
                self.shared.hits.fetch_add(1, Ordering::Relaxed);
                self.send(Message::Used(entry.k2));
            }
            Err(error) => {
                self.shared.misses.fetch_add(1, Ordering::Relaxed);
                match error {
                    RestoreError::Damaged { .. } => self.drop_entry(&entry.k2, &error.to_string()),
                    RestoreError::Missing { .. } => {
                        self.send(Message::Drop(entry.k2));
                    }
                    RestoreError::Io { .. } => {}
                }
            }
        }
        result
    }

    /// Stores what an action just made in `dir`; `false` when it was not stored, which is no error.
    ///
    /// Only regular files with the content of their digests are stored: a link or a folder would come
    /// back as something else.
    pub fn put(&self, dir: &Path, made: &Made<'_>) -> bool {
        self.put_read(dir, &[], made)
    }

    /// The same when some of the outputs were just read; `read` holds for each of them, as long as it goes, the
    /// signature of the regular file and the content with its digest.
    pub(crate) fn put_read(
        &self,
        dir: &Path,
        read: &[Option<(Signature, &[u8])>],
        made: &Made<'_>,
    ) -> bool {
        if !self.shared.storing.load(Ordering::Relaxed) || made.printed.len() > MAX_PRINTED {
            return false;
        }
        let mut entry = Entry {
            k2: *made.k2,
            outputs: Vec::with_capacity(made.outputs.len()),
            printed: made.printed.to_vec(),
            cost_ms: made.cost_ms,
            content: Vec::new(),
        };
        for (at, (path, digest)) in made.outputs.iter().enumerate() {
            if let Some((signature, content)) = read.get(at).copied().flatten()
                && content.len() <= INLINE
            {
                entry.content.extend_from_slice(content);
                entry.outputs.push(Output {
                    path: path.to_vec(),
                    digest: *digest,
                    mode: signature.mode & 0o777,
                    size: content.len() as u64,
                });
                continue;
            }
            let place = dir.join(std::ffi::OsStr::from_bytes(path));
            let Some(metadata) = fs::symlink_metadata(&place).ok().filter(fs::Metadata::is_file)
            else {
                return false;
            };
            let output = Output {
                path: path.to_vec(),
                digest: *digest,
                mode: std::os::unix::fs::MetadataExt::mode(&metadata) & 0o777,
                size: metadata.len(),
            };
            let stored = if output.is_inline() {
                blobs::append_verified(&place, &output, &mut entry.content)
            } else if output.size > self.max_bytes / 4 {
                return false;
            } else {
                self.shared.blobs.insert(&place, &output)
            };
            match stored {
                Ok(true) => entry.outputs.push(output),
                Ok(false) => return false,
                Err(error) => {
                    self.shared.disable(&error.to_string());
                    return false;
                }
            }
        }
        let dependencies =
            made.dependencies.map(|paths| (*made.k1, record::encode_dependencies(made.k1, paths)));
        self.send(Message::Put { entry, dependencies })
    }

    /// Waits until all that was put is in the index.
    pub fn flush(&self) {
        if let Some(writer) = &self.writer {
            writer.flush();
        }
    }

    /// What people are to know since the last call.
    pub fn take_notices(&self) -> Vec<Notice> {
        std::mem::take(&mut self.shared.notices.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Ends the session: all that was put is in the index, and the store is within its size again.
    pub fn finish(mut self) -> Vec<Notice> {
        self.writer = None;
        if self.shared.read(Index::bytes).is_some_and(|bytes| bytes > self.max_bytes) {
            // Somewhat below the bound, so that not each build has to sweep.
            let _ = self.gc(self.max_bytes / 10 * 9);
        }
        self.take_notices()
    }

    /// How full the store is and how it was used.
    pub fn stats(&self) -> Result<Stats, StoreError> {
        self.flush();
        sweep::stats(&self.shared).map_err(|error| self.shared.index.error(error))
    }

    /// Evicts what is large, long unused and cheap to make, until at most `max_bytes` are left; the
    /// result is how many bytes went.
    pub fn gc(&self, max_bytes: u64) -> Result<u64, StoreError> {
        self.flush();
        sweep::gc(&self.shared, max_bytes).map_err(|error| self.shared.index.error(error))
    }

    /// Removes everything; the result is how many bytes went.
    pub fn clear(&self) -> Result<u64, StoreError> {
        self.flush();
        sweep::clear(&self.shared).map_err(|error| self.shared.index.error(error))
    }

    /// Reads everything and drops what is damaged.
    pub fn verify(&self) -> Result<Verified, StoreError> {
        self.flush();
        sweep::verify(&self.shared).map_err(|error| self.shared.index.error(error))
    }

    fn send(&self, message: Message) -> bool {
        self.writer.as_ref().is_some_and(|writer| writer.send(message))
    }

    fn drop_entry(&self, k2: &Digest, detail: &str) {
        self.shared.damaged.fetch_add(1, Ordering::Relaxed);
        self.shared.notice(Notice::Repaired {
            what: format!("store entry {}", k2.prefix()),
            detail: format!("{detail}; the entry is dropped"),
        });
        self.send(Message::Drop(*k2));
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.writer = None;
    }
}

impl Shared {
    /// A read of the index; a failure is a miss, and a damaged index is replaced when it is opened next.
    fn read<T>(&self, read: impl FnOnce(&Index) -> rusqlite::Result<T>) -> Option<T> {
        match read(&self.index) {
            Ok(value) => Some(value),
            Err(error) => {
                self.index_failed(&error);
                None
            }
        }
    }

    fn index_failed(&self, error: &rusqlite::Error) {
        if index::is_damage(error) {
            self.index.mark_damaged();
        }
        if !index::is_busy(error) {
            self.disable(&format!("the index cannot be used: {error}"));
        }
    }

    fn disable(&self, reason: &str) {
        if self.storing.swap(false, Ordering::Relaxed) {
            self.notice(Notice::Disabled { reason: reason.to_owned() });
        }
    }

    fn notice(&self, notice: Notice) {
        self.notices.lock().unwrap_or_else(PoisonError::into_inner).push(notice);
    }
}

#[cfg(test)]
mod tests;
