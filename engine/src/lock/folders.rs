//! The right to change what is below folders that are not ours: the folders themselves are locked, so nothing of it
//! is in them, and nothing stays however the holder ends.
//!
//! Of a folder that is not there yet the nearest one above it is locked. So that nobody can take it for free once it
//! has come, those further above are locked as well, but only against who wants them alone.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use super::{Answer, Waiting, is_at};
use crate::error::Error;
use crate::event::Sink;
use crate::run::interrupt::Interrupt;
use crate::run::processes::descends_from;

/// The variable of the environment by which commands know the process that holds folders and waits for them; where
/// the system says who that is, it is not asked.
pub const HOLDER: &str = "MBUILD_HOLDER";

/// The right to change what is below some folders, held until dropped.
pub struct HeldFolders {
    /// Open folders; the kernel takes each lock back with its folder.
    _locked: Vec<File>,
}

/// What came of the wish for one folder.
enum Step {
    /// It is locked, or there is nobody to wait for.
    Done(Option<File>),
    /// Somebody removed or moved it meanwhile.
    Moved,
    Stopped,
}

/// Waits until nobody else holds one of these folders, one above them or one in them, and keeps others waiting until
/// dropped. Who was started by a command of the holder does not wait, for the holder waits for it; and nobody does
/// for a folder that cannot be locked.
///
/// # Errors
/// When an interrupt ends the waiting.
pub fn hold_folders(folders: &[PathBuf], sink: &mut dyn Sink) -> Result<HeldFolders, Error> {
    let interrupt = Interrupt::listening()?;
    hold(folders, sink, &|| interrupt.signal().is_some())
}

fn hold(
    folders: &[PathBuf],
    sink: &mut dyn Sink,
    stop: &dyn Fn() -> bool,
) -> Result<HeldFolders, Error> {
    let mut waiting = Waiting::new(sink, stop);
    loop {
        let there = nearest(folders);
        let Some(locked) = hold_all(&there, &mut waiting)? else { continue };
        // What has come while we waited is to be locked itself.
        if nearest(folders) == there {
            return Ok(HeldFolders { _locked: locked });
        }
    }
}

/// Locks folders, and those above them; `None` where one of them has moved meanwhile.
fn hold_all(
    wanted: &BTreeSet<PathBuf>,
    waiting: &mut Waiting<'_>,
) -> Result<Option<Vec<File>>, Error> {
    // In one order everywhere, the outer ones first: so no two wait for each other.
    let all: BTreeSet<&Path> = wanted.iter().flat_map(|folder| folder.ancestors()).collect();
    let mut locked = Vec::new();
    for folder in all {
        let how = match wanted.contains(folder) {
            true => FlockOperation::NonBlockingLockExclusive,
            false => FlockOperation::NonBlockingLockShared,
        };
        match one(folder, how, waiting) {
            Step::Done(file) => locked.extend(file),
            Step::Moved => return Ok(None),
            Step::Stopped => return Err(Error::Interrupted),
        }
    }
    Ok(Some(locked))
}

fn one(folder: &Path, how: FlockOperation, waiting: &mut Waiting<'_>) -> Step {
    let Ok(file) = File::open(folder) else { return Step::Done(None) };
    match waiting.lock(&file, how, &|file| (holders(file), None)) {
        Ok(Answer::Ours) if is_at(&file, folder) => Step::Done(Some(file)),
        Ok(Answer::Ours) => Step::Moved,
        Ok(Answer::Stopped) => Step::Stopped,
        Ok(Answer::ByAncestor(_)) | Err(_) => Step::Done(None),
    }
}

/// Of each folder the nearest one that is there, itself or above it, by its true name; none that is in another of
/// them.
fn nearest(folders: &[PathBuf]) -> BTreeSet<PathBuf> {
    let there = |folder: &PathBuf| folder.ancestors().find_map(|path| path.canonicalize().ok());
    let all: BTreeSet<PathBuf> = folders.iter().filter_map(there).collect();
    let is_inner = |folder: &Path| folder.ancestors().skip(1).any(|above| all.contains(above));
    all.iter().filter(|folder| !is_inner(folder)).cloned().collect()
}

/// The processes that hold an open folder, as far as that is known.
fn holders(file: &File) -> Vec<u32> {
    let known = system::holders(file);
    if !known.is_empty() {
        return known;
    }
    let said = std::env::var(HOLDER).ok().and_then(|pid| pid.parse().ok());
    said.filter(|pid| descends_from(*pid)).into_iter().collect()
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs::File;
    use std::os::unix::fs::MetadataExt as _;

    use rustix::fs::{major, minor};

    /// Those that `/proc/locks` names.
    pub(super) fn holders(file: &File) -> Vec<u32> {
        let Ok(data) = file.metadata() else { return Vec::new() };
        let text = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        let device = format!("{:02x}:{:02x}", major(data.dev()), minor(data.dev()));
        let inode = data.ino().to_string();
        let mut found: Vec<(bool, u32)> = Vec::new();
        for line in text.lines() {
            // `1: FLOCK  ADVISORY  WRITE 17 08:01:4711 0 EOF`
            let words: Vec<&str> = line.split_ascii_whitespace().collect();
            let [_, "FLOCK", _, _, pid, place, ..] = words.as_slice() else { continue };
            let Some((its_device, its_inode)) = place.rsplit_once(':') else { continue };
            if let (true, Ok(pid)) = (its_inode == inode, pid.parse()) {
                found.push((its_device == device, pid));
            }
        }
        // Some file systems have another device there than their files say.
        let exact = found.iter().any(|(same, _)| *same);
        found.into_iter().filter(|(same, _)| *same || !exact).map(|(_, pid)| pid).collect()
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::fs::File;

    /// Nobody says it.
    pub(super) fn holders(_: &File) -> Vec<u32> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[derive(Default)]
    struct Waits(Vec<Option<u32>>);

    impl Sink for Waits {
        fn event(&mut self, event: &Event<'_>) {
            if let Event::Waiting { pid, .. } = event {
                self.0.push(*pid);
            }
        }
    }

    /// Whether somebody else would have to wait for these, and for whom.
    fn waits(folders: &[PathBuf]) -> Option<Vec<Option<u32>>> {
        let mut sink = Waits::default();
        let stopped = hold(folders, &mut sink, &|| true).is_err();
        stopped.then_some(sink.0)
    }

    #[test]
    fn a_folder_is_held_with_what_is_in_it_and_against_what_is_above() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let [one, other, inner] = ["one", "other", "one/inner"].map(|name| top.join(name));
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::create_dir(&other).unwrap();
        std::os::unix::fs::symlink(&one, top.join("link")).unwrap();
        let held = hold(&[one.clone(), inner.clone()], &mut Waits::default(), &|| true).unwrap();
        for folder in [one.clone(), inner, top.join("link"), one.join("none/yet"), top.clone()] {
            let holder = waits(&[other.clone(), folder.clone()]);
            assert!(holder.is_some_and(|pids| pids.len() == 1), "{folder:?}");
        }
        assert_eq!(waits(&[other]), None);
        drop(held);
        assert_eq!(waits(&[one]), None);
        assert_eq!(std::fs::read_dir(&top).unwrap().count(), 3);
    }
}
