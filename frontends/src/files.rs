//! Writing files so that nobody ever sees half of one, and cheap proofs that a file is unchanged.

pub mod any_path;

use std::ffi::{OsStr, OsString};
use std::fs::{self, Metadata, Permissions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tempfile::TempPath;

/// What `stat` says of a file: the cheap proof that it is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Time of the last change of content, in nanoseconds.
    pub modified: i64,
    /// Time of the last change of content or attributes, in nanoseconds.
    pub changed: i64,
    /// Length in bytes.
    pub size: u64,
    /// Number of the file on its file system.
    pub inode: u64,
}

impl Stamp {
    /// The stamp of a file or folder, links followed; `None` where there is none.
    pub fn of(path: &Path) -> Option<Self> {
        Some(Self::from_metadata(&fs::metadata(path).ok()?))
    }

    /// From what was said already.
    #[cfg(unix)]
    pub fn from_metadata(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000) + rest;
        Self {
            modified: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
            size: metadata.len(),
            inode: metadata.ino(),
        }
    }

    /// From what was said already.
    #[cfg(not(unix))]
    pub fn from_metadata(metadata: &Metadata) -> Self {
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok())
            .map_or(0, |time| i64::try_from(time.as_nanos()).unwrap_or(i64::MAX));
        Self { modified, changed: modified, size: metadata.len(), inode: 0 }
    }

    /// The later of its times.
    pub fn latest(&self) -> i64 {
        self.modified.max(self.changed)
    }
}

/// The digest of some content, as text.
pub fn digest(content: &[u8]) -> String {
    blake3::hash(content).to_hex().to_string()
}

/// The digest of a file's content, as text.
pub fn digest_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}

/// Writes a file unless it has this content already, and says whether it did. Folders above it
/// come into being.
pub fn write_if_changed(path: &Path, content: &[u8]) -> io::Result<bool> {
    if fs::read(path).is_ok_and(|now| now == content) {
        return Ok(false);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    // 0o666 less the user's mask, as any other program would create it.
    replace(path, content, None)?;
    Ok(true)
}

/// How the names of files begin that have not got theirs yet, and how much comes after that.
const PENDING: (&str, usize) = (".mbuild-", 6);

/// Whether a file of this name was left by a process that was killed before it could give it its own.
pub fn is_pending(name: &OsStr) -> bool {
    let (start, more) = PENDING;
    let name = name.as_encoded_bytes();
    name.len() == start.len() + more && name.starts_with(start.as_bytes())
}

/// Puts `content` in the place of `path` in one step. `mode` holds whatever the user's mask says;
/// without one the file is as any new file.
pub fn replace(path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<()> {
    pending(path, content, mode)?.persist(path).map_err(|error| error.error)
}

/// A file beside `path` with what that is going to have: it gets that name, in one step, when it is persisted, and is
/// gone when it is dropped.
pub fn pending(path: &Path, content: &[u8], mode: Option<u32>) -> io::Result<TempPath> {
    let parent = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(PENDING.0).rand_bytes(PENDING.1);
    let all = permissions(0o666);
    if let Some(all) = all {
        builder.permissions(all);
    }
    let mut file = builder.tempfile_in(parent)?;
    file.write_all(content)?;
    if let Some(permissions) = mode.and_then(permissions) {
        file.as_file().set_permissions(permissions)?;
    }
    Ok(file.into_temp_path())
}

#[cfg(unix)]
fn permissions(mode: u32) -> Option<Permissions> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(Permissions::from_mode(mode))
}

#[cfg(not(unix))]
fn permissions(_mode: u32) -> Option<Permissions> {
    None
}

/// The user's folder for one kind of files, as the XDG base directories have it: what the variable `xdg`
/// names, else `below` the home folder; `None` where there is no home.
pub fn user_folder(
    variable: &dyn Fn(&str) -> Option<OsString>,
    xdg: &str,
    below: &str,
) -> Option<PathBuf> {
    let named = |name: &str| variable(name).filter(|text| !text.is_empty()).map(PathBuf::from);
    named(xdg).or_else(|| Some(named("HOME")?.join(below)))
}

/// Whether its owner may run a file.
#[cfg(unix)]
pub fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o100 != 0)
}

/// Whether its owner may run a file.
#[cfg(not(unix))]
pub fn is_program(path: &Path) -> bool {
    path.extension().is_some_and(|ext| ext == "exe")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_content_leaves_a_file_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b");
        assert!(write_if_changed(&path, b"x").unwrap());
        let stamp = Stamp::of(&path);
        assert!(!write_if_changed(&path, b"x").unwrap());
        assert_eq!(Stamp::of(&path), stamp);
        assert!(write_if_changed(&path, b"y").unwrap());
        assert_ne!(Stamp::of(&path), stamp);
        assert_eq!(fs::read_dir(dir.path().join("a")).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_mode_holds_whatever_the_mask_is() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("program");
        replace(&path, b"", Some(0o755)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o755);
        assert!(is_program(&path));
        replace(&path, b"", Some(0o644)).unwrap();
        assert!(!is_program(&path));
    }
}
