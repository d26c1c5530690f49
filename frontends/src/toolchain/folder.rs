//! The toolchains that mbuild has made: `$XDG_DATA_HOME/mbuild/toolchains/NAME-KEY`, one folder each.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::user_folder;

/// The file in which a toolchain says what it is.
pub const FILE: &str = "toolchain.json";

/// Grows when toolchains are made in another way, so that old ones do not serve any more.
pub const RECIPES: u32 = 1;

/// A toolchain that mbuild has made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Its folder.
    #[serde(skip)]
    pub path: PathBuf,
    /// The name of the toolchain.
    pub name: String,
    /// What it was made of, as a digest.
    pub key: String,
    /// The version of OCaml that it was made for.
    pub ocaml: String,
    /// Which recipes made it.
    pub recipes: u32,
    /// What it was made of, in words.
    pub parts: Vec<String>,
}

impl Folder {
    /// Whether it works with the host's compiler of this version and with this mbuild.
    pub fn serves(&self, ocaml: &str) -> bool {
        self.ocaml == ocaml && self.recipes == RECIPES
    }

    /// Removes it.
    pub fn remove(&self) -> io::Result<()> {
        // Nobody is to find half of it.
        let away = self.path.with_file_name(format!(".removed-{}-{}", self.name, self.key));
        fs::rename(&self.path, &away)?;
        fs::remove_dir_all(&away)
    }
}

/// The folder of all toolchains; `None` where there is no home.
pub fn home(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    user_folder(variable, "XDG_DATA_HOME", ".local/share")
        .map(|data| data.join("mbuild/toolchains"))
}

/// The folder of all kernels; `None` where there is no home.
pub fn kernels(variable: &dyn Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    home(variable).map(|home| home.with_file_name("kernels"))
}

/// Every toolchain that mbuild has made, in the order of their folders' names, and then the kernels.
pub fn all(variable: &dyn Fn(&str) -> Option<OsString>) -> Vec<Folder> {
    let homes = [home(variable), kernels(variable)];
    homes.into_iter().flatten().flat_map(|home| inside(&home)).collect()
}

/// The toolchains in one folder.
pub(crate) fn inside(home: &Path) -> Vec<Folder> {
    let Ok(entries) = fs::read_dir(home) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths.iter().filter_map(|path| read(path)).collect()
}

/// The toolchain in a folder; what is hidden is not complete.
fn read(path: &Path) -> Option<Folder> {
    if path.file_name()?.as_encoded_bytes().starts_with(b".") {
        return None;
    }
    let content = fs::read(path.join(FILE)).ok()?;
    let folder: Folder = serde_json::from_slice(&content).ok()?;
    Some(Folder { path: path.to_owned(), ..folder })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_complete_toolchains_are_found_and_they_can_be_removed() {
        let dir = tempfile::tempdir().unwrap();
        let variable =
            |name: &str| (name == "XDG_DATA_HOME").then(|| dir.path().as_os_str().to_owned());
        assert_eq!(all(&variable), []);
        let folder = Folder {
            path: home(&variable).unwrap().join("x-1"),
            name: "x".into(),
            key: "1".into(),
            ocaml: "4.13.1".into(),
            recipes: RECIPES,
            parts: Vec::new(),
        };
        for name in ["x-1", ".x-2", "y-1"] {
            fs::create_dir_all(folder.path.with_file_name(name)).unwrap();
        }
        let text = serde_json::to_vec(&folder).unwrap();
        for name in ["x-1", ".x-2"] {
            fs::write(folder.path.with_file_name(name).join(FILE), &text).unwrap();
        }
        assert_eq!(all(&variable), std::slice::from_ref(&folder));
        assert!(folder.serves("4.13.1") && !folder.serves("4.14.0"));
        folder.remove().unwrap();
        assert_eq!(all(&variable), []);
    }
}
