//! The seal of the state database: what was in it when it was last closed, and since which start of the
//! machine that has been so.
//!
//! A build does not wait until the disk has what it wrote. As long as the machine runs that makes no
//! difference, however a build ends. After a loss of power the database may hold some of its pages and not
//! others, each of them whole: then its content is not the sealed one, and it is damaged.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::with_suffix;
use crate::digest::{Digest, hash_file};
use crate::run::processes;

/// What follows the name of the database.
pub(super) const SUFFIX: &str = "-seal";

/// From this size on, in bytes, it takes less time to wait for the disk than to read all of it.
const LARGE: u64 = 32 << 20;
/// It is written in place, all at once.
const LENGTH: usize = 128;
/// In place of a digest: the disk has everything.
const ON_DISK: &str = "on-disk";

/// A seal as it is written.
struct Seal {
    boot: String,
    /// `None`: the disk has what is in the database.
    content: Option<Digest>,
}

impl Seal {
    /// `None` when there is none: nobody has ever written without waiting for the disk. Folders keep their
    /// names in order, so a seal is there before anything that is written under it.
    fn read(database: &Path) -> Option<Self> {
        let text = std::fs::read(place(database)).ok()?;
        Some(
            Self::parse(&text)
                .unwrap_or(Self { boot: String::new(), content: Some(Digest([0; 32])) }),
        )
    }

    fn parse(text: &[u8]) -> Option<Self> {
        let mut fields = std::str::from_utf8(text).ok()?.split_ascii_whitespace();
        if (fields.next()?, fields.next()?) != ("seal", "1") {
            return None;
        }
        let (boot, content) = (fields.next()?.to_owned(), fields.next()?);
        let content = match content {
            ON_DISK => None,
            digest => Some(Digest::from_hex(digest.as_bytes())?),
        };
        Some(Self { boot, content })
    }

    /// The first one gets its name when it is whole: a build may be killed at any moment.
    fn write(&self, database: &Path) -> io::Result<()> {
        let content = self.content.map_or_else(|| ON_DISK.to_owned(), |digest| digest.to_string());
        let line = format!("seal 1 {} {content}", self.boot);
        let line = format!("{line:<width$}\n", width = LENGTH - 1);
        let place = place(database);
        match OpenOptions::new().write(true).open(&place) {
            Ok(file) => file.write_all_at(line.as_bytes(), 0),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let beside = with_suffix(&place, ".tmp");
                std::fs::write(&beside, line)?;
                std::fs::rename(beside, place)
            }
            Err(error) => Err(error),
        }
    }
}

fn place(database: &Path) -> PathBuf {
    with_suffix(database, SUFFIX)
}

/// Why `database` is not what was written; `None` when it is, as far as its seal can tell.
pub(super) fn broken(database: &Path) -> Option<String> {
    let seal = Seal::read(database)?;
    let sealed = seal.content?;
    if processes::boot().is_some_and(|boot| boot == seal.boot) {
        return None;
    }
    let whole = content(database).is_ok_and(|content| content == sealed);
    (!whole).then(|| "the machine stopped before the disk had all of it".to_owned())
}

/// Seals `database`, which is whole and which nobody else writes, for the present start of the machine;
/// `false` when whoever writes now has to wait for the disk.
pub(super) fn begin(database: &Path) -> bool {
    let Some(boot) = processes::boot() else { return false };
    let content = match Seal::read(database) {
        Some(Seal { content: None, .. }) => return false,
        Some(seal) if seal.boot == boot => return true,
        _ if is_large(database) => return false,
        _ => content(database),
    };
    content.is_ok_and(|content| Seal { boot, content: Some(content) }.write(database).is_ok())
}

/// Seals `database` as it is now that it is closed and nothing waits to be put into it.
pub(super) fn close(database: &Path) -> io::Result<()> {
    let Some(boot) = processes::boot() else { return Ok(()) };
    if Seal::read(database).is_none_or(|seal| seal.content.is_none()) {
        return Ok(());
    }
    let content = if is_large(database) {
        File::open(database)?.sync_all()?;
        None
    } else {
        Some(content(database)?)
    };
    Seal { boot, content }.write(database)
}

fn is_large(database: &Path) -> bool {
    std::fs::metadata(database).is_ok_and(|file| file.len() >= LARGE)
}

fn content(database: &Path) -> io::Result<Digest> {
    match hash_file(database) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Digest::of(b"")),
        other => other,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    fn database(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.db");
        std::fs::write(&path, content).unwrap();
        (dir, path)
    }

    /// As if the machine had been started since.
    fn start_machine(database: &Path) {
        let seal = Seal::read(database).unwrap();
        Seal { boot: "another".to_owned(), ..seal }.write(database).unwrap();
    }

    #[test]
    fn what_was_written_while_the_machine_runs_is_believed() {
        let (_dir, path) = database(b"one");
        assert_eq!(broken(&path), None);
        assert!(begin(&path));
        std::fs::write(&path, "two").unwrap();
        assert_eq!(broken(&path), None);
        assert!(begin(&path));
    }

    #[test]
    fn after_a_start_of_the_machine_only_the_sealed_content_is_believed() {
        let (_dir, path) = database(b"one");
        assert!(begin(&path));
        std::fs::write(&path, "two").unwrap();
        start_machine(&path);
        assert!(broken(&path).is_some());
        std::fs::write(&path, "one").unwrap();
        assert_eq!(broken(&path), None);
        assert!(begin(&path));
        std::fs::write(&path, "two").unwrap();
        close(&path).unwrap();
        start_machine(&path);
        assert_eq!(broken(&path), None);
        std::fs::write(&path, "").unwrap();
        assert!(broken(&path).is_some());
    }

    #[test]
    fn a_seal_is_whole_as_soon_as_it_has_its_name() {
        use std::sync::atomic::{AtomicBool, Ordering};
        for _ in 0..300 {
            let (_dir, path) = database(b"one");
            let done = AtomicBool::new(false);
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        let seen = std::fs::read(place(&path));
                        assert!(seen.is_err() || seen.is_ok_and(|text| text.len() == LENGTH));
                    }
                });
                assert!(begin(&path));
                done.store(true, Ordering::Relaxed);
            });
        }
    }

    #[test]
    fn a_seal_that_is_not_whole_proves_nothing() {
        let (_dir, path) = database(b"one");
        assert!(begin(&path));
        for text in ["", "seal 1", "seal 2 x on-disk", "seal 1 x yes", "\u{fffd}"] {
            std::fs::write(place(&path), text).unwrap();
            assert!(broken(&path).is_some(), "{text}");
        }
    }

    #[test]
    fn a_large_database_is_waited_for() {
        let (_dir, path) = database(b"one");
        assert!(begin(&path));
        File::options().write(true).open(&path).unwrap().set_len(LARGE).unwrap();
        close(&path).unwrap();
        start_machine(&path);
        assert_eq!(broken(&path), None);
        assert!(!begin(&path));
    }
}
