//! The private prefix of a package of a tree: where it is installed for others of the tree that look for
//! installed packages, because a tool of its own builds it or them.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::choices::Choices;
use crate::files;
use crate::findlib::conf::Conf;
use crate::install::{Folders, Item, Options};
use crate::ocaml::rules::plain;
use crate::package::tree::Part;
use crate::package::{Change, How, expand, of_elsewhere};

/// How much of its digest tells a name with odd signs from one that differs from it in nothing else.
const DIGITS: usize = 8;

/// The step that installs a package there: `mbuild internal own-prefix TARGET PACKAGE OUTPUT`.
pub const PREFIX: &str = "own-prefix";

/// A private prefix; all paths are relative to the root of the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prefix {
    /// The folder of the package below the build directory.
    pub own: String,
    /// The names that packages of the tree know it by.
    #[serde(default)]
    pub called: Vec<String>,
    /// What stands for `/`.
    pub folder: String,
    /// Where findlib packages are.
    pub libraries: String,
    /// Where programs are.
    pub programs: String,
    /// Where shared stubs are for the runtime, which looks for them by name alone.
    pub stubs: String,
}

impl Prefix {
    /// The one of a package with these choices; `dir` is the build directory.
    pub fn of(dir: &str, part: &Part, choices: &Choices, conf: &Conf) -> Self {
        let package = &part.package;
        let own = folder_of(dir, &package.name);
        let folder = format!("{own}/prefix");
        let folders = Folders::of(package, choices, &options(Path::new(&folder)), conf, &hidden);
        let programs = folders.get("bindir").unwrap_or_default();
        let text = |path: &Path| path.to_string_lossy().into_owned();
        Self {
            stubs: format!("{folder}/stubs"),
            libraries: text(&folders.libraries),
            programs: text(&programs),
            called: part.called.clone(),
            own,
            folder,
        }
    }

    /// Where an installation folder is in it; `folders` are those of a package that was read with the same choices.
    fn place(&self, folder: &str, folders: &BTreeMap<String, String>) -> Option<String> {
        let known = folders.get(folder)?;
        Some(if folder == "libdir" {
            self.libraries.clone()
        } else {
            format!("{}{known}", self.folder)
        })
    }

    /// What says that the package is there, and what of it.
    pub fn done(&self) -> String {
        format!("{}/prefix.done", self.own)
    }

    /// What leads others there; `root` is the root of the tree, as they see it.
    pub fn changes(&self, root: &str) -> [Change; 3] {
        let change = |name: &str, folder: &str| Change {
            name: name.to_owned(),
            how: How::Before,
            value: format!("{root}/{folder}"),
        };
        [
            change("PATH", &self.programs),
            change("OCAMLPATH", &self.libraries),
            change("CAML_LD_LIBRARY_PATH", &self.stubs),
        ]
    }

    /// Where something is that a package installs there, beside its place in `folders`: the linker looks for
    /// shared stubs beside the library, and the runtime in one folder.
    pub fn places(&self, root: &Path, folders: &Folders, item: Item) -> Vec<Item> {
        let name = item.to.file_name().unwrap_or_default();
        let shared = name.to_string_lossy();
        if !(shared.starts_with("dll") && shared.ends_with(".so")) {
            return vec![item];
        }
        let beside = match &item.library {
            Some(library) if item.to.parent() == Some(&folders.stublibs) => {
                folders.libraries.join(library).join(name)
            }
            _ => item.to.clone(),
        };
        let together = root.join(&self.stubs).join(name);
        [beside, together].map(|to| Item { to, ..item.clone() }).into()
    }
}

/// The folder of a package of a tree below the build directory `dir`. No two names have the same.
pub fn folder_of(dir: &str, package: &str) -> String {
    let own = super::folder_of(dir);
    let name = plain(package);
    if name == package {
        return format!("{own}/{name}");
    }
    let digest = files::digest(package.as_bytes());
    format!("{own}/{name}-{}", &digest[..DIGITS.min(digest.len())])
}

/// How a package is installed with `folder` in place of `/`.
pub fn options(folder: &Path) -> Options {
    Options { prefix: None, destdir: Some(folder.to_owned()) }
}

/// Where libraries of the user's go is none of a private prefix's business.
pub fn hidden(_: &str) -> Option<OsString> {
    None
}

/// Expands the variables in a text that stand for folders of [other packages](of_elsewhere): to what is in their
/// prefixes, which `root` leads to, and without such to what they will be.
pub fn expand_elsewhere(
    text: &str,
    prefixes: &[&Prefix],
    folders: &BTreeMap<String, String>,
    root: &str,
) -> String {
    expand(text, |name| {
        let (package, folder) = of_elsewhere(name)?;
        let own = |prefix: &&Prefix| prefix.called.iter().any(|called| called == package);
        match prefixes.iter().copied().find(own) {
            Some(prefix) => Some(format!("{root}/{}", prefix.place(folder, folders)?)),
            None => folders.get(folder).cloned(),
        }
    })
}

/// What says that the private prefix is there that this path leads into; `dir` is the build directory.
pub fn done_of(dir: &str, path: &str) -> Option<String> {
    let own = super::folder_of(dir);
    let (name, _) = path.strip_prefix(&own)?.strip_prefix('/')?.split_once("/prefix/")?;
    (!name.contains('/')).then(|| format!("{own}/{name}/prefix.done"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_signs_alone_have_folders_of_their_own() {
        assert_eq!(folder_of("_mbuild/native", "p_q"), "_mbuild/native/own/p_q");
        let odd = folder_of("_mbuild/native", "p+q");
        assert!(odd.starts_with("_mbuild/native/own/p_q-"), "{odd}");
        assert_ne!(odd, folder_of("_mbuild/native", "p q"));
        let done = done_of("_mbuild/native", &format!("{odd}/prefix/lib/x"));
        assert_eq!(done, Some(format!("{odd}/prefix.done")));
    }
}
