//! Takes an installation back, by its receipt.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::ld_conf;
use super::receipt::Places;

/// What removing did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Files that were removed.
    pub files: Vec<PathBuf>,
    /// Files of the receipt that were gone already.
    pub gone: Vec<PathBuf>,
}

/// Removes what mbuild installed of a package in `folders`: its files, the folders that came into
/// being for it where they are empty, and the receipt. `dry` only says which files.
pub fn remove(
    build_dir: &Path,
    package: &str,
    folders: &Folders,
    dry: bool,
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
        if dry {
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
    if dry {
        return Ok(removed);
    }
    for (list, line) in &receipt.ld_conf {
        ld_conf::remove(list, line).map_err(InstallError::io("write", list))?;
    }
    for path in places.all() {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(InstallError::io("remove", path)(error));
            }
            _ => {}
        }
    }
    let mut left = receipt.folders;
    remove_folders(&mut left);
    Ok(removed)
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
