//! What all workers together know of the contents of files, so that each is read once.

use std::ffi::OsStr;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockWriteGuard};

use rustc_hash::{FxHashMap, FxHasher};

use crate::digest::{Digest, Plain, hash_file, read_plain};
use crate::files::Known;
use crate::scan::{Clock, racy};
use crate::signature::Signature;

const SHARDS: usize = 16;

/// Contents by path, shared by all threads of a build.
pub(crate) struct Contents {
    dir: PathBuf,
    clock: Option<Clock>,
    shards: [RwLock<Shard>; SHARDS],
}

/// The contents lie apart, so that a table that grows has little to move.
type Shard = FxHashMap<Box<[u8]>, Box<Content>>;

#[derive(Clone, Copy)]
struct Content {
    now: Known,
    /// What it was when the build began, or what an action of this build made it.
    settled: Option<Known>,
}

impl Contents {
    /// Knows nothing yet. Without a `clock` every file is taken for one that may still change unseen.
    pub(crate) fn new(dir: &Path, clock: Option<Clock>) -> Self {
        Self { dir: dir.to_owned(), clock, shards: Default::default() }
    }

    /// The time that the file system would stamp a file with now.
    pub(crate) fn now(&self) -> i64 {
        self.clock.as_ref().and_then(|clock| clock.now().ok()).unwrap_or(i64::MIN)
    }

    /// The place of a path of the rule file.
    pub(crate) fn place(&self, path: &[u8]) -> PathBuf {
        self.dir.join(OsStr::from_bytes(path))
    }

    /// What an action of this build has just made.
    pub(crate) fn settle(&self, path: &[u8], known: Known) {
        let content = Content { now: known, settled: Some(known) };
        self.write(path).insert(path.into(), Box::new(content));
    }

    /// What was known before the build, unless somebody has looked since.
    pub(crate) fn recall(&self, path: &[u8], known: Known) {
        let content = Content { now: known, settled: Some(known) };
        self.write(path).entry(path.into()).or_insert_with(|| Box::new(content));
    }

    /// What a worker has just seen.
    fn learn(&self, path: &[u8], known: Known) {
        let mut shard = self.write(path);
        match shard.get_mut(path) {
            Some(content) => content.now = known,
            None => {
                shard.insert(path.into(), Box::new(Content { now: known, settled: None }));
            }
        }
    }

    /// It had this content when the build began, or has it from an action of this build, and nobody else has
    /// written it meanwhile; whoever asks for the content alone does not mind who wrote the same again.
    pub(crate) fn is_settled(&self, path: &[u8], now: &Known, content_alone: bool) -> bool {
        self.get(path).and_then(|content| content.settled).is_some_and(|settled| {
            settled.digest == now.digest
                && (content_alone || now.signature.is_unwritten_since(&settled.signature))
        })
    }

    fn get(&self, path: &[u8]) -> Option<Content> {
        let shard = self.shard(path).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(path).map(|content| **content)
    }

    fn write(&self, path: &[u8]) -> RwLockWriteGuard<'_, Shard> {
        self.shard(path).write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Signature and digest of a file now; `None` when there is none.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(crate) fn look(&self, path: &[u8], made_here: bool) -> std::io::Result<Option<Known>> {
        let place = self.place(path);
        let Some(signature) = Signature::of(&place)? else { return Ok(None) };
        match self.get(path).map(|content| content.now) {
            Some(known) if known.signature == signature && !known.racy => Ok(Some(known)),
            _ => self.read(path, &place, made_here),
        }
    }

    /// The same for a file that a command of this build has just made, which is kept as what it made of it.
    /// The content of a plain file of up to `keep` bytes comes along, if it had to be read.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(crate) fn look_at_made(
        &self,
        path: &[u8],
        keep: usize,
    ) -> std::io::Result<Option<(Known, Option<Vec<u8>>)>> {
        let is_new = self.get(path).is_none();
        let plain = if is_new { self.read_new(path, keep) } else { None };
        let made = match plain {
            Some(made) => Some(made),
            None => self.look(path, true)?.map(|known| (known, None)),
        };
        if let Some((known, _)) = &made {
            self.settle(path, *known);
        }
        Ok(made)
    }

    /// `None` also when only a longer look can tell what it is.
    fn read_new(&self, path: &[u8], keep: usize) -> Option<(Known, Option<Vec<u8>>)> {
        let plain = read_plain(&self.place(path), false, keep, self.clock.as_ref()?).ok()??;
        Some((known(&plain), plain.content))
    }

    fn read(&self, path: &[u8], place: &Path, made_here: bool) -> std::io::Result<Option<Known>> {
        let plain = self.clock.as_ref().and_then(|clock| read_plain(place, true, 0, clock).ok()?);
        let known = match plain {
            Some(plain) => known(&plain),
            None => {
                let now = self.now();
                let Some(signature) = Signature::of(place)? else { return Ok(None) };
                let digest = content_of(place, &signature, made_here)?;
                Known { signature, digest, racy: racy(&signature, now) }
            }
        };
        self.learn(path, known);
        Ok(Some(known))
    }

    fn shard(&self, path: &[u8]) -> &RwLock<Shard> {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(path);
        &self.shards[(hash >> 60) as usize % SHARDS]
    }
}

fn known(plain: &Plain) -> Known {
    Known { signature: plain.signature, digest: plain.digest, racy: plain.racy }
}

/// The digest of a file, or of a folder: one that an action makes only has to be there, because what is
/// in it is made after it; any other one changes with the names in it.
pub(crate) fn content_of(
    place: &Path,
    signature: &Signature,
    made_here: bool,
) -> std::io::Result<Digest> {
    if made_here && signature.is_folder() {
        return Ok(Digest::of(b"mbuild output folder 1"));
    }
    hash_file(place)
}
