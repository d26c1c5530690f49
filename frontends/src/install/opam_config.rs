//! The variables that a package has for others, as its own commands leave them in `<package>.config`.

use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::item::Item;
use crate::configure::ConfigureError;
use crate::ocaml::sources::join;
use crate::opam::read_config;

/// A file that is written before it is installed: its path relative to the package root, and its content.
type Made = (String, Vec<u8>);

/// The file `name` in the folder `tree` as it is kept where the package is installed: a file to write, with its
/// content, and its place; `None` where there is none.
pub(super) fn item(
    root: &Path,
    tree: &str,
    name: &str,
    folders: &Folders,
) -> Result<Option<(Made, Item)>, InstallError> {
    let shown = join(tree, name);
    let Ok(content) = std::fs::read(root.join(&shown)) else { return Ok(None) };
    let config = read_config(shown.as_bytes(), &content).map_err(ConfigureError::Wrong)?;
    let own = tree.rsplit_once('/').map_or("", |(own, _)| own);
    let from = join(own, name);
    let to = folders.receipts()?.join(name);
    let item = Item { from: PathBuf::from(&from), to, mode: 0o644, library: None };
    Ok(Some(((from, config.write().into_bytes()), item)))
}
