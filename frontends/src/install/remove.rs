//! Takes an installation back, by its receipt.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::ld_conf;
use super::receipt::Places;
use crate::files;

/// What removing did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Files that were removed.
    pub files: Vec<PathBuf>,
    /// Files of the receipt that were gone already.
    pub gone: Vec<PathBuf>,
    /// Files that were changed since they were installed, and stay.
    pub kept: Vec<PathBuf>,
}

/// How to remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Only say which files.
    Dry,
    /// Files that were changed since they were installed stay.
    KeepChanged,
    /// Everything.
    All,
}

/// Removes what mbuild installed of a package in `folders`: its files, the folders that came into
/// being for it where they are empty, and the receipt.
pub fn remove(
    build_dir: &Path,
    package: &str,
    folders: &Folders,
    how: How,
) -> Result<Removed, InstallError> {
    let places = Places::of(build_dir, package, folders)?;
    let Some(receipt) = places.read()? else {
        let looked_for = places.beside.unwrap_or(places.build);
        return Err(InstallError::NotInstalled { package: package.to_owned(), looked_for });
    };
    let mut removed = Removed::default();
    // findlib sees a package as long as it has its META, so that goes first.
    let (metas, others): (Vec<_>, Vec<_>) =
        receipt.files.iter().partition(|path| path.file_name().is_some_and(|name| name == "META"));
    for path in metas.into_iter().chain(others) {
        if how != How::All && receipt.is_changed(path) {
            removed.kept.push(path.clone());
            continue;
        }
        if how == How::Dry {
            let gone = path.symlink_metadata().is_err();
            if gone { &mut removed.gone } else { &mut removed.files }.push(path.clone());
            continue;
        }
        match fs::remove_file(path) {
            Ok(()) => removed.files.push(path.clone()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                removed.gone.push(path.clone());
            }
            Err(error) => return Err(InstallError::io("remove", path)(error)),
        }
    }
    if how == How::Dry {
        return Ok(removed);
    }
    for (list, line) in &receipt.ld_conf {
        ld_conf::remove(list, line).map_err(InstallError::io("write", list))?;
    }
    remove_pending(receipt.files.iter().map(PathBuf::as_path).chain(places.all()));
    places.remove(receipt.folders)?;
    Ok(removed)
}

/// Removes what an installation that was killed has left beside these files: nobody else installs here now.
pub(super) fn remove_pending<'a>(files: impl Iterator<Item = &'a Path>) {
    let folders: BTreeSet<&Path> = files.filter_map(Path::parent).collect();
    for entry in folders.into_iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten() {
        let Ok(entry) = entry else { continue };
        if files::is_pending(&entry.file_name()) && entry.file_type().is_ok_and(|it| it.is_file()) {
            // Where it cannot be removed, the folder stays, and nothing else comes of it.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes those of the folders that are empty, the inner ones first, and forgets them.
pub(super) fn remove_folders(folders: &mut BTreeSet<PathBuf>) {
    let all: Vec<PathBuf> = folders.iter().rev().cloned().collect();
    for folder in all {
        if fs::remove_dir(&folder).is_ok() {
            folders.remove(&folder);
        }
    }
}
