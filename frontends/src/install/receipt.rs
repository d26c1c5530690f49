//! What an installation put where: the list by which it is replaced and taken back.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::InstallError;
use super::folders::Folders;
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

    /// Reads a receipt; `None` where there is none.
    pub(super) fn read(path: &Path) -> Result<Option<Self>, InstallError> {
        let content = match fs::read(path) {
            Ok(content) => content,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
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
        for path in places.all() {
            let mut text = serde_json::to_vec_pretty(self).map_err(|error| {
                InstallError::Receipt { path: path.to_owned(), reason: error.to_string() }
            })?;
            text.push(b'\n');
            files::write_if_changed(path, &text).map_err(InstallError::io("write", path))?;
        }
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
    let mut all: Vec<PathBuf> =
        fs::read_dir(dir).ok()?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    all.sort();
    all.iter()
        .filter_map(|path| Receipt::read(path).ok()?)
        .find(|receipt| receipt.package != but && receipt.files.contains(file))
        .map(|receipt| receipt.package)
}
