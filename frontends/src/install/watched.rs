//! What a package's own commands put right into the folders that are installed to, as opam lets them: the files
//! there before and after.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::receipt::{Receipt, is_receipt};
use crate::files::Stamp;

/// Folders with files that come and go while others run.
const BUSY: [&str; 3] = ["localstatedir", "sharedstatedir", "runstatedir"];

/// What commands install to right below a prefix besides the folders that have names, all of it as old packages and
/// those for opam have it. The prefix itself may be the folder of a user, with everything in it.
const BELOW: [&str; 4] = ["doc", "include", "info", "man"];

/// The folders that commands may install to, as they were before the commands ran.
#[derive(Debug)]
pub(super) struct Watched {
    folders: Vec<PathBuf>,
    /// Below it nothing is installed: the package itself.
    root: PathBuf,
    before: Seen,
    /// The folder with the lists of what mbuild has installed there.
    receipts: PathBuf,
}

/// What is in folders: of each its files and links with their stamps. There may be many, and a path for each would
/// take longer than looking at it.
type Seen = HashMap<PathBuf, HashMap<OsString, Stamp>>;

impl Watched {
    /// The folders of a place and those that the package was configured for.
    pub(super) fn new(
        root: &Path,
        place: &Folders,
        configured: &BTreeMap<String, String>,
    ) -> Result<Self, InstallError> {
        let root = std::path::absolute(root).map_err(InstallError::io("find", root))?;
        let named = place.named.iter().chain(configured);
        let mut folders: Vec<PathBuf> = named
            .filter(|(name, _)| !BUSY.contains(&name.as_str()))
            .flat_map(|(name, folder)| match name.as_str() {
                "prefix" | "exec_prefix" => {
                    BELOW.iter().map(|name| Path::new(folder).join(name)).collect()
                }
                _ => vec![PathBuf::from(folder)],
            })
            .collect();
        let libraries = match &place.destdir {
            Some(destdir) => place.libraries.strip_prefix(destdir).ok(),
            None => Some(place.libraries.as_path()),
        };
        folders.extend(libraries.map(|folder| Path::new("/").join(folder)));
        folders.retain(|folder| folder.is_absolute() && folder.parent().is_some());
        folders.sort();
        // Those inside of others come right after them.
        folders.dedup_by(|inner, outer| inner.starts_with(outer));
        let before = look(&folders, &root);
        Ok(Self { folders, root, before, receipts: place.real_receipts()? })
    }

    /// Whether a folder is looked at: one that is empty at the end and was not there is removed.
    pub(super) fn has(&self, folder: &Path) -> bool {
        self.folders.iter().any(|watched| folder.starts_with(watched))
    }

    /// Moves what has come since, or was changed and is one of `ours`, below `stage` at the same paths. Gives
    /// the files that were changed and are not ours; they stay as they are. What commands have installed with
    /// mbuild, of other packages than `package`, is those packages'.
    pub(super) fn collect(
        &self,
        stage: &Path,
        package: &str,
        ours: &BTreeSet<PathBuf>,
    ) -> Result<(usize, Vec<PathBuf>), InstallError> {
        let now = look(&self.folders, &self.root);
        let others = self.installed_by_others(package, &now)?;
        let (mut moved, mut changed) = (Vec::new(), Vec::new());
        for (folder, files) in &now {
            let before = self.before.get(folder);
            for (name, stamp) in files {
                let before = before.and_then(|files| files.get(name));
                if before == Some(stamp) {
                    continue;
                }
                let path = folder.join(name);
                if others.contains(&path) {
                    continue;
                }
                let ours = before.is_none() || ours.contains(&path);
                if ours { &mut moved } else { &mut changed }.push(path);
            }
        }
        moved.sort();
        changed.sort();
        for path in &moved {
            let to = stage.join(path.strip_prefix("/").unwrap_or(path));
            if let Some(parent) = to.parent() {
                fs::create_dir_all(parent).map_err(InstallError::io("make", parent))?;
            }
            // A link may name a file that is about to move; one that names nothing is left out.
            if path.is_file() {
                fs::copy(path, &to).map_err(InstallError::io("copy", path))?;
            }
        }
        for path in &moved {
            fs::remove_file(path).map_err(InstallError::io("remove", path))?;
        }
        // Inner folders first; one that is not empty is somebody's.
        let made: BTreeSet<&PathBuf> =
            now.keys().filter(|folder| !self.before.contains_key(*folder)).collect();
        for folder in made.into_iter().rev() {
            let _ = fs::remove_dir(folder);
        }
        Ok((moved.len(), changed))
    }

    /// The receipts that have come since, and the files in those of other packages.
    fn installed_by_others(
        &self,
        package: &str,
        now: &Seen,
    ) -> Result<BTreeSet<PathBuf>, InstallError> {
        let mut all = BTreeSet::new();
        let before = self.before.get(&self.receipts);
        for (name, stamp) in now.get(&self.receipts).into_iter().flatten() {
            let path = self.receipts.join(name);
            let is_as_before = before.and_then(|files| files.get(name)) == Some(stamp);
            if is_as_before || !is_receipt(&self.receipts, &path) {
                continue;
            }
            let receipt = Receipt::read(&path)?.filter(|receipt| receipt.package != package);
            all.extend(receipt.into_iter().flat_map(|receipt| receipt.files));
            all.insert(path);
        }
        Ok(all)
    }
}

/// Everything below some folders; what cannot be read is not there.
fn look(folders: &[PathBuf], root: &Path) -> Seen {
    let mut seen = Seen::default();
    let mut left: Vec<PathBuf> = folders.to_vec();
    while let Some(folder) = left.pop() {
        if folder.starts_with(root) {
            continue;
        }
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        let mut files = HashMap::new();
        for entry in entries.flatten() {
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => left.push(entry.path()),
                Ok(_) => {
                    // Of a link itself.
                    if let Ok(metadata) = entry.metadata() {
                        files.insert(entry.file_name(), Stamp::from_metadata(&metadata));
                    }
                }
                Err(_) => {}
            }
        }
        seen.insert(folder, files);
    }
    seen
}
