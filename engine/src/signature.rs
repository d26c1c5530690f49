//! Signatures: what `stat` says of a file, the cheap proof that it is unchanged.

use rustix::fd::AsFd;
use rustix::fs::{AtFlags, CWD};
use rustix::io::Errno;
use rustix::path::Arg;
use std::io;
use std::path::Path;

/// What `stat` says of a file, symbolic links followed. Equal signatures mean equal content, unless the
/// older one is [racy](crate::scan::racy).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signature {
    /// When the content changed last, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// When anything of it changed last; no program can set it back.
    pub ctime_ns: i64,
    /// Bytes.
    pub size: u64,
    /// Which file it is: a file that was replaced by another has another number.
    pub inode: u64,
    /// Kind and permissions.
    pub mode: u32,
}

const _: () = assert!(size_of::<Signature>() == 40);

impl Signature {
    /// How many bytes [`Signature::to_bytes`] gives.
    pub const LEN: usize = 36;

    /// The signature of `path`; `None` when nothing is there.
    pub fn of(path: &Path) -> io::Result<Option<Signature>> {
        Ok(Signature::at(CWD, path)?)
    }

    /// The signature of `path`, relative to an open folder; `None` when nothing is there.
    pub(crate) fn at(dir: impl AsFd, path: impl Arg) -> Result<Option<Signature>, Errno> {
        match rustix::fs::statat(dir, path, AtFlags::empty()) {
            Ok(stat) => Ok(Some(Signature::from_stat(&stat))),
            // A path through a file is as missing as one through a missing folder.
            Err(Errno::NOENT | Errno::NOTDIR) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The signature of an open file.
    pub fn of_open(file: impl AsFd) -> io::Result<Signature> {
        Ok(Signature::from_stat(&rustix::fs::fstat(file)?))
    }

    // The fields of `stat` have other types on other systems.
    #[allow(clippy::unnecessary_cast)]
    pub(crate) fn from_stat(stat: &rustix::fs::Stat) -> Signature {
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
        Signature {
            mtime_ns: nanoseconds(stat.st_mtime as i64, stat.st_mtime_nsec as i64),
            ctime_ns: nanoseconds(stat.st_ctime as i64, stat.st_ctime_nsec as i64),
            size: stat.st_size as u64,
            inode: stat.st_ino as u64,
            mode: stat.st_mode as u32,
        }
    }

    /// It is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// Nobody has written the file since it had the signature `before`, or put another one in its place.
    /// New links and permissions do not count.
    pub fn is_unwritten_since(&self, before: &Signature) -> bool {
        let written = |signature: &Signature| (signature.mtime_ns, signature.inode, signature.size);
        written(self) == written(before)
    }

    /// It is a regular file.
    pub(crate) fn is_regular(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// It is a regular file that its owner may run.
    pub fn is_program(&self) -> bool {
        self.mode & 0o170_100 == 0o100_100
    }

    /// The later of the two times.
    pub fn latest_ns(&self) -> i64 {
        self.mtime_ns.max(self.ctime_ns)
    }

    /// For a record on disk.
    pub fn to_bytes(&self) -> [u8; Signature::LEN] {
        let mut bytes = [0; Signature::LEN];
        bytes[0..8].copy_from_slice(&self.mtime_ns.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.ctime_ns.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.size.to_le_bytes());
        bytes[24..32].copy_from_slice(&self.inode.to_le_bytes());
        bytes[32..36].copy_from_slice(&self.mode.to_le_bytes());
        bytes
    }

    /// From a record on disk.
    pub fn from_bytes(bytes: &[u8; Signature::LEN]) -> Signature {
        let eight = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        Signature {
            mtime_ns: eight(0).cast_signed(),
            ctime_ns: eight(8).cast_signed(),
            size: eight(16),
            inode: eight(24),
            mode: u32::from_le_bytes([bytes[32], bytes[33], bytes[34], bytes[35]]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_changed_replaced_or_touched_file_has_another_signature() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        fs::write(&path, "1").unwrap();
        let first = Signature::of(&path).unwrap().unwrap();
        assert_eq!(Signature::of(&path).unwrap(), Some(first));
        assert_eq!(first.size, 1);

        let other = dir.path().join("other");
        fs::write(&other, "1").unwrap();
        fs::rename(&other, &path).unwrap();
        let replaced = Signature::of(&path).unwrap().unwrap();
        assert_ne!(replaced.inode, first.inode);

        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(Signature::of(&path).unwrap().unwrap().mtime_ns, 0);
    }

    #[test]
    fn what_is_missing_or_lies_under_a_file_has_no_signature() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "1").unwrap();
        assert_eq!(Signature::of(&dir.path().join("missing")).unwrap(), None);
        assert_eq!(Signature::of(&dir.path().join("file/under")).unwrap(), None);
        std::os::unix::fs::symlink("missing", dir.path().join("dangling")).unwrap();
        assert_eq!(Signature::of(&dir.path().join("dangling")).unwrap(), None);
    }

    #[test]
    fn symbolic_links_are_followed() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("file"), "1").unwrap();
        std::os::unix::fs::symlink("file", dir.path().join("link")).unwrap();
        let of = |name| Signature::of(&dir.path().join(name)).unwrap();
        assert_eq!(of("link"), of("file"));
        assert!(Signature::of(dir.path()).unwrap().unwrap().is_folder());
    }

    #[test]
    fn a_record_on_disk_leads_back_to_the_signature() {
        let signature = Signature {
            mtime_ns: -1,
            ctime_ns: i64::MAX,
            size: u64::MAX,
            inode: 7,
            mode: 0o100_644,
        };
        assert_eq!(Signature::from_bytes(&signature.to_bytes()), signature);
    }
}
