//! What is in the source tree: folders are listed, few files are read, and all of it is recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

/// The source tree of a package, read on demand.
#[derive(Clone, Debug)]
pub struct Sources {
    root: PathBuf,
    listed: BTreeMap<String, BTreeSet<String>>,
    read: BTreeSet<String>,
    /// Files that were looked for and are not there, some perhaps more than once: there may be a million.
    missed: Vec<String>,
    /// The folders of which every source counts.
    whole: BTreeSet<String>,
}

impl Sources {
    /// The tree below `root`; nothing is read yet.
    pub fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            listed: BTreeMap::new(),
            read: BTreeSet::new(),
            missed: Vec::new(),
            whole: BTreeSet::new(),
        }
    }

    /// The root of the tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The names in a folder, sorted; a folder that is not there has none.
    pub fn list(&mut self, folder: &str) -> &BTreeSet<String> {
        let root = &self.root;
        self.listed.entry(folder.to_owned()).or_insert_with(|| names(&root.join(folder)))
    }

    /// The same where every source counts, and not only what can be one of OCaml.
    pub fn list_whole(&mut self, folder: &str) -> Vec<String> {
        self.whole.insert(folder.to_owned());
        self.list(folder).iter().cloned().collect()
    }

    /// Whether every source of a folder counts.
    pub fn is_whole(&self, folder: &str) -> bool {
        self.whole.contains(folder)
    }

    /// Whether a folder has a file of this name.
    pub fn has(&mut self, folder: &str, name: &str) -> bool {
        self.list(folder).contains(name)
    }

    /// The content of a file; from now on a change of it asks for a new configuration.
    pub fn read(&mut self, path: &str) -> io::Result<Vec<u8>> {
        self.read.insert(path.to_owned());
        std::fs::read(self.root.join(path))
    }

    /// A file that was looked for is not there; one that comes asks for a new configuration.
    pub fn missed(&mut self, path: String) {
        self.missed.push(path);
    }

    /// What was looked at from a folder below the root counts as looked at from there.
    pub fn add(&mut self, folder: &str, inner: &Self) {
        let from_root = |path: &str| {
            if path.starts_with('/') { path.to_owned() } else { clean(&join(folder, path)) }
        };
        for (path, names) in &inner.listed {
            self.listed.insert(from_root(path), names.clone());
        }
        self.read.extend(inner.read.iter().map(|path| from_root(path)));
        self.missed.extend(inner.missed.iter().map(|path| from_root(path)));
        self.whole.extend(inner.whole.iter().map(|path| from_root(path)));
    }

    /// The folders that were listed, with what was in them.
    pub fn folders(&self) -> impl Iterator<Item = (&str, &BTreeSet<String>)> {
        self.listed.iter().map(|(folder, names)| (folder.as_str(), names))
    }

    /// The files that were read or looked for; one that is not there may come more than once.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.read.iter().chain(&self.missed).map(String::as_str)
    }
}

/// The names in a folder; such as are no text cannot be modules and are left out.
pub fn names(folder: &Path) -> BTreeSet<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return BTreeSet::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

/// A folder and a name below it, where the empty folder is the root.
pub fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    let folder = clean(folder);
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// A folder without `.` parts, double or trailing slashes; `..` is taken back where it can be.
pub fn clean(folder: &str) -> String {
    // Manifests may name a million files, and most are named as they should be.
    if folder.split('/').all(|part| !matches!(part, "" | "." | "..")) {
        return folder.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The folder of a path, empty for the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The name of a path without its folder.
pub fn name_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A name without its last ending.
pub fn stem_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// The file of a program for a target.
pub(super) fn with_extension(program: &str, extension: &str) -> String {
    if extension.is_empty() { program.to_owned() } else { format!("{program}.{extension}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_one_spelling() {
        assert_eq!(clean("./src//a/../b/"), "src/b");
        assert_eq!(clean("."), "");
        assert_eq!(join("./", "x.ml"), "x.ml");
        assert_eq!(clean("../x"), "../x");
    }

    #[test]
    fn what_was_listed_and_read_is_recorded() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("lib")).unwrap();
        std::fs::write(dir.path().join("lib/a.ml"), "x").unwrap();
        let mut sources = Sources::new(dir.path());
        assert!(sources.has("lib", "a.ml"));
        assert!(!sources.has("none", "a.ml"));
        assert_eq!(sources.read("lib/a.ml").unwrap(), b"x");
        assert_eq!(sources.folders().map(|(name, _)| name).collect::<Vec<_>>(), ["lib", "none"]);
        assert_eq!(sources.files().collect::<Vec<_>>(), ["lib/a.ml"]);
    }
}
