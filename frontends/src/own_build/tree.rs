//! The copy of the source tree in which a package's own commands run.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{self, OwnBuildError};
use crate::files;
use crate::files::any_path::AnyPath;
use crate::ocaml::sources::join;

/// The source tree of a package, as far as its own commands may read it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    /// The folder of the package, relative to where the steps run; empty where that is there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub root: String,
    /// Regular files, relative to the package root and sorted.
    pub files: Vec<String>,
    /// Links, with what they name.
    pub links: Vec<(String, AnyPath)>,
    /// Folders below the package root.
    pub folders: Vec<String>,
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A file, by the digest of its content, and whether its owner may run it.
    File(String, bool),
    /// A link.
    Link(PathBuf),
    /// A folder.
    Folder,
}

/// What is in a tree, by path relative to it.
pub(super) type Digests = BTreeMap<PathBuf, Found>;

/// Folders that are no part of the sources: what version control and opam keep, what builds leave.
const NONE_OF_IT: [&str; 9] =
    [".git", ".hg", ".svn", ".bzr", "_darcs", "CVS", "_mbuild", "_build", "_opam"];

/// Whether a name can be one of a source: what editors leave is none, and so are the folders of version
/// control and of builds.
pub fn is_source(name: &str) -> bool {
    let editors = name.ends_with('~')
        || name.ends_with(".swp")
        || name.starts_with(".#")
        || (name.starts_with('#') && name.ends_with('#'));
    // What OASIS's `setup.ml` leaves where it has run.
    let setup = matches!(name, "setup.data" | "setup.log");
    !editors && !setup && !NONE_OF_IT.contains(&name)
}

/// Lists the source tree below `root`, without what [`is_source`] takes out. `list` gives the names in a
/// folder, and is asked for every one of them. A name that is no text stays out: no rule file could
/// hold it.
pub fn sources(root: &Path, list: &mut dyn FnMut(&str) -> Vec<String>) -> io::Result<Sources> {
    let mut found = Sources::default();
    let mut left = vec![String::new()];
    while let Some(folder) = left.pop() {
        for name in list(&folder).into_iter().filter(|name| is_source(name)) {
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            let full = root.join(&path);
            let Ok(kind) = full.symlink_metadata() else { continue };
            if kind.is_symlink() {
                let target = fs::read_link(&full)?;
                found.links.push((path, AnyPath(target)));
            } else if kind.is_dir() {
                found.folders.push(path.clone());
                left.push(path);
            } else if kind.is_file() {
                found.files.push(path);
            }
        }
    }
    found.files.sort();
    found.links.sort();
    found.folders.sort();
    Ok(found)
}

/// The copy.
pub(super) struct Tree {
    /// Its folder in full.
    pub(super) path: PathBuf,
}

impl Sources {
    /// The files, relative to where the steps run.
    pub fn from_outside(&self) -> impl Iterator<Item = String> {
        self.files.iter().map(|file| join(&self.root, file))
    }
}

impl Tree {
    /// An empty folder; what was there is removed.
    pub(super) fn fresh(path: &Path) -> Result<Self, OwnBuildError> {
        let path = std::path::absolute(path).map_err(error::file("find", path))?;
        if path.symlink_metadata().is_ok() {
            writable(&path);
            fs::remove_dir_all(&path).map_err(error::file("remove", &path))?;
        }
        fs::create_dir_all(&path).map_err(error::file("make", &path))?;
        Ok(Self { path })
    }

    /// Copies the sources, each with its permissions and the time of its last change, which some tools
    /// compare. Gives what is there now.
    pub(super) fn copy(&self, sources: &Sources) -> Result<Digests, OwnBuildError> {
        let mut digests = Digests::new();
        for folder in &sources.folders {
            let to = self.path.join(folder);
            fs::create_dir_all(&to).map_err(error::file("make", &to))?;
            digests.insert(PathBuf::from(folder), Found::Folder);
        }
        for file in &sources.files {
            let to = self.path.join(file);
            let from = Path::new(&sources.root).join(file);
            fs::copy(&from, &to).map_err(error::file("copy", &from))?;
            let modified = fs::metadata(&from).and_then(|data| data.modified());
            let modified = modified.map_err(error::file("read", &from))?;
            set_modified(&to, modified).map_err(error::file("write", &to))?;
            digests.insert(PathBuf::from(file), found_file(&to)?);
        }
        for (link, target) in &sources.links {
            let target = seen_from(&sources.root, link, target)?;
            let to = self.path.join(link);
            std::os::unix::fs::symlink(&target, &to).map_err(error::file("make", &to))?;
            digests.insert(PathBuf::from(link), Found::Link(target));
        }
        Ok(digests)
    }

    /// What is there now.
    pub(super) fn digests(&self) -> Result<Digests, OwnBuildError> {
        let mut digests = Digests::new();
        let mut left = vec![PathBuf::new()];
        while let Some(folder) = left.pop() {
            let full = self.path.join(&folder);
            let entries = fs::read_dir(&full).map_err(error::file("read", &full))?;
            for entry in entries {
                let entry = entry.map_err(error::file("read", &full))?;
                let path = folder.join(entry.file_name());
                let full = entry.path();
                let kind = entry.file_type().map_err(error::file("read", &full))?;
                let found = if kind.is_symlink() {
                    Found::Link(fs::read_link(&full).map_err(error::file("read", &full))?)
                } else if kind.is_dir() {
                    left.push(path.clone());
                    Found::Folder
                } else if kind.is_file() {
                    found_file(&full)?
                } else {
                    return Err(OwnBuildError::Odd(full));
                };
                digests.insert(path, found);
            }
        }
        Ok(digests)
    }
}

/// What [`Tree::copy`] would say of the sources as they are.
pub(super) fn digests(sources: &Sources) -> Result<Digests, OwnBuildError> {
    let mut digests = Digests::new();
    for folder in &sources.folders {
        digests.insert(PathBuf::from(folder), Found::Folder);
    }
    for file in &sources.files {
        digests.insert(PathBuf::from(file), found_file(&Path::new(&sources.root).join(file))?);
    }
    for (link, target) in &sources.links {
        digests.insert(PathBuf::from(link), Found::Link(seen_from(&sources.root, link, target)?));
    }
    Ok(digests)
}

fn found_file(path: &Path) -> Result<Found, OwnBuildError> {
    let digest = files::digest_of(path).map_err(error::file("read", path))?;
    Ok(Found::File(digest, files::is_program(path)))
}

/// What a copy of a link has to name: the same, or, where that leads out of the package, all of the way.
fn seen_from(root: &str, link: &str, target: &Path) -> Result<PathBuf, OwnBuildError> {
    let folder = Path::new(link).parent().unwrap_or(Path::new(""));
    let mut depth: i64 = 0;
    let leads_out = folder.join(target).components().any(|part| {
        match part {
            Component::ParentDir => depth -= 1,
            Component::Normal(_) => depth += 1,
            _ => {}
        }
        depth < 0
    });
    if leads_out && target.is_relative() {
        let full = Path::new(root).join(folder).join(target);
        return std::path::absolute(&full).map_err(error::file("find", full));
    }
    Ok(target.to_owned())
}

pub(super) fn set_modified(path: &Path, time: std::time::SystemTime) -> io::Result<()> {
    let data = fs::metadata(path)?;
    let mode = data.permissions();
    if mode.readonly() {
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    }
    fs::File::options().write(true).open(path)?.set_modified(time)?;
    fs::set_permissions(path, mode)
}

/// Takes write protection off folders, which keeps what is in them from being removed.
fn writable(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mut left = vec![path.to_owned()];
    while let Some(folder) = left.pop() {
        let Ok(data) = fs::symlink_metadata(&folder) else { continue };
        if data.permissions().mode() & 0o700 != 0o700 {
            // What cannot be changed is said when it is removed.
            let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o755));
        }
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        left.extend(
            entries
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
                .map(|entry| entry.path()),
        );
    }
}
