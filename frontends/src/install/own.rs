//! What a package has to install that its own tool has built: the files that its commands put below a folder
//! that stands for `/`, or those in its tree that its sections name.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::item::Item;
use super::receipt::is_receipt;
use super::watched::Watched;
use crate::files::is_program;
use crate::ocaml::sources::join;
use crate::package::{Library, Object};

/// A folder that stands for `/` while a package's own commands install.
#[derive(Debug)]
pub struct Stage {
    /// Relative to the package root.
    pub folder: String,
    /// In full.
    full: PathBuf,
    libraries: PathBuf,
    /// Commands that know of no such folder put files where they belong; nothing is looked for where they cannot.
    watched: Option<Watched>,
    /// Folders of a switch that were not there for them, inner ones first.
    lent: Vec<PathBuf>,
}

impl Stage {
    /// An empty one in the folder `own` of the package's build, with the folders in it that tools want to be there.
    /// The installation folders that the package was `configured` for are watched beside those of now; without,
    /// none are. Commands for opam find the folders in it that a switch has, and where they are installed to as well,
    /// until what they put there is [collected](Stage::collect).
    pub(super) fn fresh(
        root: &Path,
        own: &str,
        folders: &Folders,
        configured: Option<&BTreeMap<String, String>>,
        for_opam: bool,
    ) -> Result<Self, InstallError> {
        let folder = format!("{own}/stage");
        let full =
            std::path::absolute(root.join(&folder)).map_err(InstallError::io("find", root))?;
        if full.exists() {
            fs::remove_dir_all(&full).map_err(InstallError::io("remove", &full))?;
        }
        let watched = configured.map(|configured| Watched::new(root, folders, configured));
        let watched = watched.transpose()?;
        let lent = Vec::new();
        let mut stage = Self { folder, libraries: folders.libraries.clone(), full, watched, lent };
        let inside = stage.inside(&folders.libraries);
        let mut wanted = vec![inside];
        if folders.stublibs.is_dir() {
            wanted.push(stage.inside(&folders.stublibs));
        }
        if for_opam {
            let of_switch = folders.of_switch();
            if let Some(watched) = &stage.watched {
                let watched = of_switch.iter().filter(|folder| watched.has(folder));
                stage.lent = lend(watched);
            }
            wanted.extend(of_switch.iter().map(|folder| stage.inside(folder)));
            wanted.push(stage.inside(&folders.stublibs));
        }
        for folder in wanted {
            fs::create_dir_all(&folder).map_err(InstallError::io("make", &folder))?;
        }
        Ok(stage)
    }

    /// The folder of the package's build that it stands in, in full.
    pub fn surroundings(&self) -> &Path {
        self.full.parent().unwrap_or(&self.full)
    }

    fn inside(&self, path: &Path) -> PathBuf {
        self.full.join(path.strip_prefix("/").unwrap_or(path))
    }

    /// What makes well-behaved commands install below it.
    pub fn variables(&self) -> Vec<(OsString, OsString)> {
        vec![
            ("DESTDIR".into(), self.full.clone().into()),
            ("OCAMLFIND_DESTDIR".into(), self.inside(&self.libraries).into()),
            // The list of folders with stubs is no file of the package.
            ("OCAMLFIND_LDCONF".into(), "ignore".into()),
        ]
    }

    /// Takes what commands have put right where it belongs; `ours` is what was there of `package` before. Says
    /// how many files there were, and which files of others were changed.
    pub(super) fn collect(
        &self,
        package: &str,
        ours: &BTreeSet<PathBuf>,
    ) -> Result<(usize, Vec<PathBuf>), InstallError> {
        let Some(watched) = &self.watched else { return Ok((0, Vec::new())) };
        let collected = watched.collect(&self.full, package, ours);
        for folder in &self.lent {
            // One that is not empty is somebody's.
            let _ = fs::remove_dir(folder);
        }
        collected
    }

    /// What is in it, as it has to be installed.
    pub(super) fn items(&self, root: &Path, folders: &Folders) -> Result<Vec<Item>, InstallError> {
        let mut items = Vec::new();
        let receipts = folders.real_receipts()?;
        let mut left = vec![PathBuf::new()];
        while let Some(folder) = left.pop() {
            let full = self.full.join(&folder);
            let entries = fs::read_dir(&full).map_err(InstallError::io("read", &full))?;
            for entry in entries {
                let entry = entry.map_err(InstallError::io("read", &full))?;
                let name = entry.file_name();
                let path = folder.join(&name);
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    left.push(path);
                    continue;
                }
                let from = Path::new(&self.folder).join(&path);
                let to = Path::new("/").join(&path);
                // The names of stubs' owners are written with the stubs, and what commands have installed
                // with mbuild is in this package's list.
                if !root.join(&from).is_file()
                    || is_receipt(&receipts, &to)
                    || (name.as_encoded_bytes().ends_with(b".owner")
                        && to.parent() == Some(&folders.stublibs))
                {
                    continue;
                }
                let mode = if is_program(&root.join(&from)) { 0o755 } else { 0o644 };
                let inside = to.strip_prefix(&folders.libraries).ok();
                let (to, library) = match (inside, &folders.destdir) {
                    (Some(inside), _) => (to.clone(), self.library(inside, &to, folders)),
                    (None, Some(destdir)) => (destdir.join(&path), None),
                    (None, None) => (to, None),
                };
                items.push(Item { from, to, mode, library });
            }
        }
        // findlib sees a package as soon as it has its META, so that comes last.
        items.sort_by_key(|item| (item.from.ends_with("META"), item.from.clone()));
        Ok(items)
    }

    /// The findlib package that a file below the folder of libraries belongs to: stubs say it beside them, as
    /// findlib has it, or belong to none.
    fn library(&self, inside: &Path, to: &Path, folders: &Folders) -> Option<String> {
        if to.parent() != Some(&folders.stublibs) {
            let first = inside.components().next()?;
            return Some(first.as_os_str().to_string_lossy().into_owned());
        }
        let mut owner = self.inside(to).into_os_string();
        owner.push(".owner");
        Some(fs::read_to_string(owner).ok()?.trim().to_owned())
    }
}

/// The files of a library that stand in the folder `dir`, where its tool has built it.
pub(super) fn library_files(root: &Path, dir: &str, library: &Library) -> Vec<String> {
    let name = &library.compiled.name;
    let mut files = Vec::new();
    for module in &library.modules {
        files.extend(first(root, dir, module, &["mli", "ml"]));
        if !library.pack {
            files.extend(all(root, dir, module, &["cmi"]));
        }
        files.extend(all(root, dir, module, &["cmti", "cmt", "annot"]));
    }
    let pack = library.pack.then_some(name);
    files.extend(pack.iter().flat_map(|pack| all(root, dir, pack, &["cmi", "cmti", "cmt", "cmx"])));
    for module in library.modules.iter().chain(&library.internal_modules) {
        if !library.pack {
            files.extend(all(root, dir, module, &["cmx"]));
        }
    }
    let archives = ["cma", "cmxa", "a", "cmxs"].map(|ending| format!("{name}.{ending}"));
    let stubs = [format!("lib{name}_stubs.a"), format!("dll{name}_stubs.so")];
    let whole = archives.iter().chain(&stubs).map(|file| join(dir, file));
    files.extend(whole.filter(|file| root.join(file).is_file()));
    files
}

/// The same of an object.
pub(super) fn object_files(root: &Path, dir: &str, object: &Object) -> Vec<String> {
    let mut files = Vec::new();
    for module in &object.modules {
        files.extend(first(root, dir, module, &["mli", "ml"]));
        files.extend(all(root, dir, module, &["cmi", "cmti", "cmt", "annot", "cmo", "cmx", "o"]));
    }
    files
}

/// The files of a module with these endings that are there.
fn all(root: &Path, dir: &str, module: &str, endings: &[&str]) -> Vec<String> {
    endings.iter().filter_map(|ending| spelled(root, dir, module, ending)).collect()
}

fn first(root: &Path, dir: &str, module: &str, endings: &[&str]) -> Option<String> {
    endings.iter().find_map(|ending| spelled(root, dir, module, ending))
}

/// The file of a module, whose name may begin with a small letter.
fn spelled(root: &Path, dir: &str, module: &str, ending: &str) -> Option<String> {
    let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
    let dir = join(dir, folder);
    let mut letters = name.chars();
    let small = letters.next().map(|first| first.to_ascii_lowercase());
    let small = small.into_iter().chain(letters).collect::<String>();
    let files = [small.as_str(), name].map(|stem| join(&dir, &format!("{stem}.{ending}")));
    files.into_iter().find(|file| root.join(file).is_file())
}
/// Makes these folders; gives those that were not there, inner ones first. Where this user may make none, commands
/// that need one say so.
fn lend<'a>(folders: impl Iterator<Item = &'a PathBuf>) -> Vec<PathBuf> {
    let mut missing = BTreeSet::new();
    for folder in folders {
        missing.extend(folder.ancestors().take_while(|it| !it.exists()).map(Path::to_owned));
    }
    for folder in &missing {
        let _ = fs::create_dir(folder);
    }
    missing.into_iter().rev().collect()
}
