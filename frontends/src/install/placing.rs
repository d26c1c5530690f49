//! Single files on the way to their places: what is there now, what comes, and how it gets its name.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::error::InstallError;
use super::item::Item;
use super::place::{Change, Placed};
use super::receipt::Receipt;
use crate::files;
use crate::files::any_path::AnyPath;

/// A file of a plan, and what is in its place.
pub(super) struct Placing<'a> {
    item: &'a Item,
    /// Of what comes.
    digest: String,
    there: There,
}

/// What is in a place.
enum There {
    Nothing,
    /// Something that is no file of its own.
    Other,
    File {
        digest: String,
        mode: u32,
    },
}

impl<'a> Placing<'a> {
    /// Looks at what comes and what is there.
    pub(super) fn all(root: &Path, items: &'a [Item]) -> Result<Vec<Self>, InstallError> {
        let one = |item: &'a Item| {
            let from = root.join(&item.from);
            let digest = files::digest_of(&from).map_err(InstallError::io("read", &from))?;
            let there = match item.to.symlink_metadata() {
                Err(_) => There::Nothing,
                Ok(metadata) if metadata.is_file() => {
                    let digest = files::digest_of(&item.to);
                    let digest = digest.map_err(InstallError::io("read", &item.to))?;
                    There::File { digest, mode: mode(&metadata) }
                }
                Ok(_) => There::Other,
            };
            Ok(Self { item, digest, there })
        };
        items.iter().map(one).collect()
    }

    pub(super) fn to(&self) -> &PathBuf {
        &self.item.to
    }

    pub(super) fn is_there(&self) -> bool {
        !matches!(self.there, There::Nothing)
    }

    /// It would go over something that is not what `before` says was installed.
    pub(super) fn is_over(&self, before: &Receipt) -> bool {
        let digest = match &self.there {
            There::Nothing => return false,
            There::Other => None,
            There::File { digest, .. } if *digest == self.digest => return false,
            There::File { digest, .. } => Some(digest.as_str()),
        };
        before.is_other(self.to(), digest)
    }

    /// Its entry in the list of what is in the files.
    pub(super) fn content(&self) -> (AnyPath, String) {
        (AnyPath(self.to().clone()), self.digest.clone())
    }

    pub(super) fn placed(&self) -> Placed {
        Placed { path: self.to().clone(), change: self.change() }
    }

    fn change(&self) -> Change {
        match &self.there {
            There::Nothing => Change::New,
            There::File { digest, mode } if *digest == self.digest && *mode == self.item.mode => {
                Change::Same
            }
            There::File { .. } | There::Other => Change::Replaced,
        }
    }
}

/// A file with its content, beside its place.
pub(super) struct Pending<'a> {
    file: TempPath,
    to: &'a Path,
}

/// Writes all that is not there yet, beside its place; nothing of it stays when one cannot be written.
pub(super) fn write<'a>(
    root: &Path,
    placing: &'a [Placing<'_>],
) -> Result<Vec<Pending<'a>>, InstallError> {
    let mut pending = Vec::new();
    for one in placing.iter().filter(|it| it.change() != Change::Same) {
        let Item { from, to, mode, .. } = one.item;
        let from = root.join(from);
        let content = fs::read(&from).map_err(InstallError::io("read", &from))?;
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(InstallError::io("make", parent))?;
        }
        let file = files::pending(to, &content, Some(*mode));
        pending.push(Pending { file: file.map_err(InstallError::io("write", to))?, to });
    }
    Ok(pending)
}

/// Gives each its name, in their order.
pub(super) fn name(pending: Vec<Pending<'_>>) -> Result<(), InstallError> {
    for Pending { file, to } in pending {
        file.persist(to).map_err(|error| InstallError::io("write", to)(error.error))?;
    }
    Ok(())
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o7777
}

/// Permissions are no reason to write again where there are none.
#[cfg(not(unix))]
fn mode(_metadata: &Metadata) -> u32 {
    0o644
}
