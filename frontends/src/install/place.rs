//! Copies the files of a plan to where they go, each in one step, and leaves a receipt.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use mbuild_rules::reason;

use super::error::InstallError;
use super::folders::Folders;
use super::item::Item;
use super::ld_conf;
use super::plan::Plan;
use super::receipt::{Places, Receipt, owner};
use super::remove::remove_folders;
use crate::files;
use crate::files::any_path::AnyPath;

/// What placing a file changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file was not there.
    New,
    /// It had other content, or other permissions.
    Replaced,
    /// It was there already.
    Same,
    /// It was installed before, and the package has it no more.
    Removed,
}

/// A file and what happened to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The installed file.
    pub path: PathBuf,
    /// What happened.
    pub change: Change,
}

/// What an installation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Every file, in the order of the plan, then those removed.
    pub files: Vec<Placed>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
}

/// What the user should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The runtime will not find shared stubs.
    #[error("bytecode will not find the shared stubs in `{}`: {reason}; add the folder to `{}` or to `CAML_LD_LIBRARY_PATH`", folder.display(), list.display())]
    NotInLdConf {
        /// The folder with the stubs.
        folder: PathBuf,
        /// The list.
        list: PathBuf,
        /// Why it is not in the list.
        reason: String,
    },
}

/// Installs a package. Nothing is written when a file is not built or belongs to others, unless
/// `force` says to take it over. `build_dir` is `_mbuild/<target>` and `root` the package root.
pub fn place(
    root: &Path,
    build_dir: &Path,
    plan: &Plan,
    folders: &Folders,
    force: bool,
) -> Result<Report, InstallError> {
    plan.write_made(root)?;
    plan.check_built(root)?;
    let places = Places::of(build_dir, &plan.package, folders)?;
    let before = places.read()?.unwrap_or_default();
    if !force {
        check_ours(plan, folders, &before)?;
    }

    let mut receipt = Receipt::new(&plan.package, &plan.version);
    receipt.files = plan.items.iter().map(|item| item.to.clone()).collect();
    let owners = owner_files(plan, folders);
    receipt.files.extend(owners.iter().map(|(path, _)| path.clone()));
    receipt.direct = plan.direct;
    receipt.ld_conf.clone_from(&before.ld_conf);
    receipt.folders.clone_from(&before.folders);
    for path in places.beside.iter().chain(&receipt.files) {
        missing_folders(path, &mut receipt.folders);
    }
    // The receipt comes first and holds what was there before as well: whatever happens in
    // between, everything can be taken back.
    let mut all = receipt.clone();
    all.files.extend(before.files.iter().cloned());
    all.write(&places)?;

    let mut report = Report::default();
    for item in &plan.items {
        report.files.push(place_one(root, item)?);
    }
    for (path, content) in &owners {
        files::write_if_changed(path, content).map_err(InstallError::io("write", path))?;
    }
    for path in before.files.difference(&receipt.files) {
        match fs::remove_file(path) {
            Ok(()) => {
                report.files.push(Placed { path: path.clone(), change: Change::Removed });
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(InstallError::io("remove", path)(error)),
        }
    }
    remove_folders(&mut receipt.folders);
    add_to_ld_conf(plan, folders, &mut receipt, &mut report);
    receipt.write(&places)?;
    Ok(report)
}

/// Refuses where a file is there that is not from an earlier installation of this package.
fn check_ours(plan: &Plan, folders: &Folders, before: &Receipt) -> Result<(), InstallError> {
    let mut files: Vec<PathBuf> = plan
        .items
        .iter()
        .map(|item| &item.to)
        .filter(|to| !before.files.contains(*to) && to.symlink_metadata().is_ok())
        .cloned()
        .collect();
    // A META says best whose the whole folder is.
    files.sort_by_key(|path| path.file_name().is_none_or(|name| name != "META"));
    let Some(first) = files.first() else { return Ok(()) };
    let owner = owner(&folders.receipts()?, first, &plan.package);
    Err(InstallError::Foreign { package: plan.package.clone(), files, owner })
}

fn place_one(root: &Path, item: &Item) -> Result<Placed, InstallError> {
    let from = root.join(&item.from);
    let content = fs::read(&from).map_err(InstallError::io("read", &from))?;
    let to = &item.to;
    let placed = |change| Ok(Placed { path: to.clone(), change });
    let change = match to.symlink_metadata() {
        Ok(metadata) if metadata.is_file() => {
            if mode(&metadata) == item.mode && fs::read(to).is_ok_and(|now| now == content) {
                return placed(Change::Same);
            }
            Change::Replaced
        }
        Ok(_) => Change::Replaced,
        Err(_) => Change::New,
    };
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent).map_err(InstallError::io("make", parent))?;
    }
    files::replace(to, &content, Some(item.mode)).map_err(InstallError::io("write", to))?;
    placed(change)
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    metadata.permissions().mode() & 0o7777
}

/// Permissions are no reason to write again where there are none.
#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> u32 {
    0o644
}

/// Beside a shared stub in the common folder, findlib keeps the name of its package.
fn owner_files(plan: &Plan, folders: &Folders) -> Vec<(PathBuf, Vec<u8>)> {
    plan.items
        .iter()
        .filter(|item| item.to.parent() == Some(&folders.stublibs))
        .filter_map(|item| {
            let mut name = item.to.file_name()?.to_owned();
            name.push(".owner");
            let content = format!("{}\n", item.library.as_ref()?);
            Some((item.to.with_file_name(name), content.into_bytes()))
        })
        .collect()
}

/// Makes the runtime look into the folders of libraries with shared stubs in them.
fn add_to_ld_conf(plan: &Plan, folders: &Folders, receipt: &mut Receipt, report: &mut Report) {
    let Some(list) = &folders.ld_conf else { return };
    let stubs: BTreeSet<&Path> = plan
        .items
        .iter()
        .filter(|item| item.library.is_some() && is_shared_stub(&item.to))
        .filter_map(|item| item.to.parent())
        .filter(|folder| *folder != folders.stublibs)
        .collect();
    for folder in stubs {
        match ld_conf::add(list, folder) {
            Ok(true) => {
                receipt.ld_conf.insert((AnyPath(list.clone()), AnyPath(folder.to_owned())));
            }
            Ok(false) => {}
            Err(error) => report.warnings.push(Warning::NotInLdConf {
                folder: folder.to_owned(),
                list: list.clone(),
                reason: reason(&error),
            }),
        }
    }
}

fn is_shared_stub(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"dll"))
}

/// The folders above a file that are not there yet.
fn missing_folders(file: &Path, missing: &mut BTreeSet<PathBuf>) {
    for folder in file.ancestors().skip(1) {
        if folder.as_os_str().is_empty() || folder.exists() {
            break;
        }
        missing.insert(folder.to_owned());
    }
}
