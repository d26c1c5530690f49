//! Digests: BLAKE3 of a file's content, and of the fields that a key is made of.

use std::cell::RefCell;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

use crate::scan::Clock;
use crate::signature::Signature;

/// A BLAKE3 hash.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// How many bytes a digest has.
    pub const LEN: usize = 32;

    /// The digest of a file with this content.
    pub fn of(content: &[u8]) -> Digest {
        Digest(*blake3::hash(content).as_bytes())
    }

    /// The digest that these bytes spell, when there are exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Digest> {
        bytes.try_into().ok().map(Digest)
    }

    /// The digest that 64 hexadecimal digits spell.
    pub fn from_hex(digits: &[u8]) -> Option<Digest> {
        blake3::Hash::from_hex(digits).ok().map(|hash| Digest(*hash.as_bytes()))
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The first 12 hexadecimal digits: enough for people.
    pub fn prefix(&self) -> String {
        let mut digits = blake3::Hash::from_bytes(self.0).to_hex().to_string();
        digits.truncate(12);
        digits
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "Digest({})", self.prefix())
    }
}

/// Builds the digest of a sequence of fields.
///
/// Each field goes in with its length, so that no two sequences of fields run into the same bytes; the
/// domain keeps apart the keys of different kinds, and a new meaning of old fields gets a new domain.
#[derive(Clone)]
pub struct Hasher(blake3::Hasher);

impl Hasher {
    /// A hasher for keys of one kind, such as `mbuild key 1`.
    pub fn new(domain: &str) -> Hasher {
        let mut hasher = Hasher(blake3::Hasher::new());
        hasher.field(domain.as_bytes());
        hasher
    }

    /// Adds bytes.
    pub fn field(&mut self, bytes: &[u8]) -> &mut Hasher {
        self.0.update(&(bytes.len() as u64).to_le_bytes());
        self.0.update(bytes);
        self
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) -> &mut Hasher {
        self.0.update(&number.to_le_bytes());
        self
    }

    /// Adds a digest.
    pub fn digest(&mut self, digest: &Digest) -> &mut Hasher {
        self.0.update(&digest.0);
        self
    }

    /// The digest of all that was added.
    pub fn finish(&self) -> Digest {
        Digest(*self.0.finalize().as_bytes())
    }
}

/// Large enough for BLAKE3 to hash many chunks at once, small enough to stay in the cache.
const BUFFER: usize = 128 * 1024;

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The digest of what `path` leads to, symbolic links followed.
///
/// A file's digest is that of its content. A folder's is that of the sorted names in it: that is what a
/// command sees that lists it. Pipes, sockets and devices are not read: their kind and device number count.
pub fn hash_file(path: &Path) -> io::Result<Digest> {
    let mut file = open(path, OFlags::empty())?;
    let metadata = file.metadata()?;
    let kind = metadata.file_type();
    if kind.is_file() {
        SCRATCH.with_borrow_mut(|buffer| Ok(hash_content(&mut file, metadata.len(), buffer)?.0))
    } else if kind.is_dir() {
        hash_folder(path)
    } else {
        let number = u64::from(kind.is_fifo());
        Ok(Hasher::new("mbuild special file 1").number(number).number(metadata.rdev()).finish())
    }
}

/// Without `NONBLOCK` the open of a named pipe waits for a writer.
fn open(path: &Path, flags: OFlags) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | flags).bits().cast_signed();
    OpenOptions::new().read(true).custom_flags(flags).open(path)
}

/// A regular file, read once.
#[derive(Debug)]
pub(crate) struct Plain {
    /// As it was when it was open and not yet read.
    pub(crate) signature: Signature,
    /// The signature may stay while the content changes.
    pub(crate) racy: bool,
    pub(crate) digest: Digest,
    /// All of it, when that is not too much to keep.
    pub(crate) content: Option<Vec<u8>>,
}

/// Reads a regular file; `None` when there is something else. What a symbolic link leads to is read when
/// `follow` says so. A content of up to `keep` bytes is kept.
pub(crate) fn read_plain(
    path: &Path,
    follow: bool,
    keep: usize,
    clock: &Clock,
) -> io::Result<Option<Plain>> {
    let flags = if follow { OFlags::empty() } else { OFlags::NOFOLLOW };
    let mut file = match open(path, flags) {
        Ok(file) => file,
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => return Ok(None),
        Err(error) => return Err(error),
    };
    let (signature, racy) = clock.sign(&file)?;
    if !signature.is_regular() {
        return Ok(None);
    }
    SCRATCH.with_borrow_mut(|buffer| {
        let (digest, whole) = hash_content(&mut file, signature.size, buffer)?;
        let content = whole.filter(|content| content.len() <= keep).map(<[u8]>::to_vec);
        Ok(Some(Plain { signature, racy, digest, content }))
    })
}

/// The digest of a file; its content as well, when one read gave all of it.
fn hash_content<'a>(
    file: &mut File,
    size: u64,
    buffer: &'a mut Vec<u8>,
) -> io::Result<(Digest, Option<&'a [u8]>)> {
    buffer.resize(BUFFER, 0);
    let first = read(file, buffer)?;
    // A read that ends exactly at the size that was there at the open, with room left, is the whole file.
    if first as u64 == size && 0 < first && first < BUFFER {
        let content = &buffer[..first];
        return Ok((Digest::of(content), Some(content)));
    }
    let mut hasher = blake3::Hasher::new();
    let mut length = first;
    while length > 0 {
        hasher.update(&buffer[..length]);
        length = read(file, buffer)?;
    }
    Ok((Digest(*hasher.finalize().as_bytes()), None))
}

fn read(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

fn hash_folder(path: &Path) -> io::Result<Digest> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(path)? {
        names.push(entry?.file_name());
    }
    names.sort_unstable();
    let mut hasher = Hasher::new("mbuild folder 1");
    for name in &names {
        hasher.field(name.as_bytes());
    }
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_digest_of_its_content_whatever_its_size() {
        let dir = tempfile::tempdir().unwrap();
        for size in [0, 1, 4096, BUFFER - 1, BUFFER, BUFFER + 1, 3 * BUFFER + 7] {
            let content: Vec<u8> = (0..size).map(|index| (index % 251) as u8).collect();
            let path = dir.path().join("file");
            std::fs::write(&path, &content).unwrap();
            assert_eq!(hash_file(&path).unwrap(), Digest::of(&content), "{size} bytes");
        }
    }

    #[test]
    fn a_symbolic_link_has_the_digest_of_what_it_leads_to() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("file"), "content").unwrap();
        std::os::unix::fs::symlink("file", dir.path().join("link")).unwrap();
        assert_eq!(hash_file(&dir.path().join("link")).unwrap(), Digest::of(b"content"));
    }

    #[test]
    fn a_folder_changes_its_digest_with_its_names_only() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a"), "1").unwrap();
        let before = hash_file(dir.path()).unwrap();
        std::fs::write(dir.path().join("a"), "2").unwrap();
        assert_eq!(hash_file(dir.path()).unwrap(), before);
        std::fs::write(dir.path().join("b"), "1").unwrap();
        assert_ne!(hash_file(dir.path()).unwrap(), before);
    }

    #[test]
    fn what_is_read_once_is_what_a_look_and_a_read_say() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let clock = Clock::open(dir.path()).unwrap();
        let read = |path: &Path, follow| read_plain(path, follow, 8, &clock);
        for (size, kept) in [(0, false), (7, true), (8, true), (9, false), (BUFFER + 1, false)] {
            let content = vec![b'x'; size];
            std::fs::write(&path, &content).unwrap();
            let plain = read(&path, false).unwrap().unwrap();
            assert_eq!(plain.digest, Digest::of(&content));
            assert_eq!(Some(plain.signature), Signature::of(&path).unwrap());
            assert_eq!(plain.content, kept.then_some(content), "{size} bytes");
        }
        std::os::unix::fs::symlink("file", dir.path().join("link")).unwrap();
        assert!(read(&dir.path().join("link"), false).unwrap().is_none());
        let behind = read(&dir.path().join("link"), true).unwrap().unwrap();
        assert_eq!(Some(behind.signature), Signature::of(&path).unwrap());
        assert!(read(dir.path(), true).unwrap().is_none());
        let missing = read(&dir.path().join("missing"), true).unwrap_err();
        assert_eq!(missing.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn a_named_pipe_is_not_read() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pipe");
        let mode = rustix::fs::Mode::from_raw_mode(0o600);
        rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        assert_ne!(hash_file(&path).unwrap(), hash_file(Path::new("/dev/zero")).unwrap());
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let error = hash_file(Path::new("/nonexistent/file")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn fields_do_not_run_into_each_other() {
        let one = Hasher::new("test").field(b"ab").field(b"c").finish();
        let other = Hasher::new("test").field(b"a").field(b"bc").finish();
        assert_ne!(one, other);
        assert_ne!(Hasher::new("test").field(b"").finish(), Hasher::new("test").finish());
        assert_ne!(Hasher::new("test").finish(), Hasher::new("other").finish());
    }

    #[test]
    fn hexadecimal_digits_lead_back_to_the_digest() {
        let digest = Digest::of(b"");
        assert_eq!(
            digest.to_string(),
            "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        );
        assert_eq!(Digest::from_hex(digest.to_string().as_bytes()), Some(digest));
        assert_eq!(digest.prefix(), "af1349b9f5f9");
        assert_eq!(Digest::from_hex(b"af13"), None);
        assert_eq!(Digest::from_slice(digest.as_bytes()), Some(digest));
        assert_eq!(Digest::from_slice(b"short"), None);
    }
}
