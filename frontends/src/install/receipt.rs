//! What an installation put where: the list by which it is replaced and taken back.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::InstallError;
use super::folders::Folders;
use super::remove::remove_folders;
use crate::files;
use crate::files::any_path::{self, AnyPath};

/// The version of the format.
const FORMAT: u32 = 1;

/// The files of one package in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    format: u32,
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// The version of mbuild that installed it.
    pub mbuild: String,
    /// Its files.
    #[serde(with = "any_path::all")]
    pub files: BTreeSet<PathBuf>,
    /// What is in them: a digest for each, and two where one version was about to replace another.
    #[serde(default)]
    pub contents: BTreeSet<(AnyPath, String)>,
    /// Folders that came into being for it.
    #[serde(with = "any_path::all")]
    pub folders: BTreeSet<PathBuf>,
    /// Lines added to lists of folders with shared stubs: (list, line).
    #[serde(default)]
    pub ld_conf: BTreeSet<(AnyPath, AnyPath)>,
    /// The package's own commands put files where they belong, and nowhere else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub direct: bool,
}

impl Receipt {
    /// Of nothing yet.
    pub(super) fn new(package: &str, version: &str) -> Self {
        Self {
            format: FORMAT,
            package: package.to_owned(),
            version: version.to_owned(),
            mbuild: env!("CARGO_PKG_VERSION").to_owned(),
            ..Self::default()
        }
    }

    /// The file is none that was installed, by what is in it: somebody has changed it since. One that is gone is
    /// not, and neither is one whose content nobody has kept.
    pub(super) fn is_changed(&self, path: &Path) -> bool {
        let Ok(metadata) = path.symlink_metadata() else { return false };
        let digest = if metadata.is_file() { files::digest_of(path).ok() } else { None };
        self.is_other(path, digest.as_deref())
    }

    /// The same of a file whose digest is known; it has none where it is no file.
    pub(super) fn is_other(&self, path: &Path, digest: Option<&str>) -> bool {
        let first = (AnyPath(path.to_owned()), String::new());
        let known = self.contents.range(first..).take_while(|(of, _)| of.0 == path);
        let mut known = known.map(|(_, digest)| digest.as_str()).peekable();
        known.peek().is_some() && !known.any(|known| digest == Some(known))
    }

    /// Calls files otherwise, which are the same.
    pub(super) fn rename(&mut self, names: &HashMap<PathBuf, PathBuf>) {
        let renamed = |path: PathBuf| names.get(&path).cloned().unwrap_or(path);
        self.files = std::mem::take(&mut self.files).into_iter().map(renamed).collect();
        let contents = std::mem::take(&mut self.contents).into_iter();
        let contents = contents.map(|(path, digest)| (AnyPath(renamed(path.0)), digest));
        self.contents = contents.collect();
    }

    /// Reads a receipt; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, InstallError> {
        let content = match fs::read(path) {
            Ok(content) => content,
            // What stands in the place of a folder is told of when that is needed.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) =>
            {
                return Ok(None);
            }
            Err(source) => {
                return Err(InstallError::Io { what: "read", path: path.to_owned(), source });
            }
        };
        let wrong = |reason: String| InstallError::Receipt { path: path.to_owned(), reason };
        let receipt: Self =
            serde_json::from_slice(&content).map_err(|error| wrong(error.to_string()))?;
        if receipt.format != FORMAT {
            return Err(wrong(format!("its format is {}, not {FORMAT}", receipt.format)));
        }
        Ok(Some(receipt))
    }

    /// Writes it where [`Places::all`] says.
    pub(super) fn write(&self, places: &Places) -> Result<(), InstallError> {
        places.all().try_for_each(|path| self.write_to(path))
    }

    fn write_to(&self, path: &Path) -> Result<(), InstallError> {
        let mut text = serde_json::to_vec_pretty(self).map_err(|error| InstallError::Receipt {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        text.push(b'\n');
        files::write_if_changed(path, &text).map_err(InstallError::io("write", path))?;
        Ok(())
    }
}

/// Where the receipts of one installation are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// In the build directory: one for each place installed to.
    pub(super) build: PathBuf,
    /// Beside what is installed; not where a packager collects files.
    pub(super) beside: Option<PathBuf>,
}

impl Places {
    pub(super) fn of(
        build_dir: &Path,
        package: &str,
        folders: &Folders,
    ) -> Result<Self, InstallError> {
        let beside = folders.receipts()?.join(format!("{package}.json"));
        // Several installations of one build: to the system, below a packager's folder, ...
        let place = [&beside, &folders.libraries].map(|path| path.as_os_str().as_encoded_bytes());
        let mut name = files::digest(&place.join(&b"\0"[..]));
        name.truncate(16);
        Ok(Self {
            build: build_dir.join("installed").join(format!("{name}.json")),
            beside: folders.destdir.is_none().then_some(beside),
        })
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.build.as_path()).chain(self.beside.as_deref())
    }

    /// Removes it together with those of the folders that are empty. The one in the build directory
    /// goes last, so that what a sudden end leaves can be taken back.
    pub(super) fn remove(&self, mut folders: BTreeSet<PathBuf>) -> Result<(), InstallError> {
        let remove = |path: &Path| match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(InstallError::io("remove", path)(error))
            }
            _ => Ok(()),
        };
        self.beside.as_deref().map_or(Ok(()), remove)?;
        remove_folders(&mut folders);
        if let Some(dir) = self.beside.as_deref().and_then(Path::parent) {
            hand_over(dir, &folders)?;
        }
        remove(&self.build)
    }

    /// What was installed: the one beside holds, since another checkout may have installed last.
    pub(super) fn read(&self) -> Result<Option<Receipt>, InstallError> {
        match &self.beside {
            Some(beside) => match Receipt::read(beside)? {
                Some(receipt) => Ok(Some(receipt)),
                None => Receipt::read(&self.build),
            },
            None => Receipt::read(&self.build),
        }
    }
}

/// What mbuild installed of a package in `folders`; `None` when nothing is known.
pub fn receipt(
    build_dir: &Path,
    package: &str,
    folders: &Folders,
) -> Result<Option<Receipt>, InstallError> {
    Places::of(build_dir, package, folders)?.read()
}

/// Whether a file is a receipt, where `dir` is their folder.
pub(super) fn is_receipt(dir: &Path, file: &Path) -> bool {
    file.parent() == Some(dir) && file.extension().is_some_and(|ending| ending == "json")
}

/// The package whose receipt has a file, among the receipts in `dir`.
pub(super) fn owner(dir: &Path, file: &Path, but: &str) -> Option<String> {
    let mut others = all(dir).map(|(_, receipt)| receipt);
    others
        .find(|receipt| receipt.package != but && receipt.files.contains(file))
        .map(|receipt| receipt.package)
}

/// Folders that came into being for a package that is no more go with those that have something in them, whose
/// receipts are in `dir`.
fn hand_over(dir: &Path, folders: &BTreeSet<PathBuf>) -> Result<(), InstallError> {
    for (path, mut receipt) in all(dir) {
        let inside = |folder: &&PathBuf| {
            path.starts_with(folder) || receipt.files.iter().any(|file| file.starts_with(folder))
        };
        let own: Vec<PathBuf> = folders.iter().filter(inside).cloned().collect();
        if !own.is_empty() {
            receipt.folders.extend(own);
            receipt.write_to(&path)?;
        }
    }
    Ok(())
}

/// The receipts in a folder.
fn all(dir: &Path) -> impl Iterator<Item = (PathBuf, Receipt)> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths.into_iter().filter_map(|path| Some((path.clone(), Receipt::read(&path).ok()??)))
}
