//! Copies the files of a plan to where they go, each in one step, and leaves a receipt.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use mbuild_rules::reason;

use super::error::InstallError;
use super::folders::Folders;
use super::ld_conf;
use super::placing::{self, Placing};
use super::plan::Plan;
use super::receipt::{Places, Receipt, owner};
use super::remove::{remove_folders, remove_pending};
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
    /// The package has a file no more that somebody has changed.
    #[error("`{}` was changed since it was installed, and stays", path.display())]
    Kept {
        /// The file.
        path: PathBuf,
    },
}

/// Installs a package. Nothing is written when a file is not built, belongs to others, or was changed since it was
/// installed, unless `force` says to take it over. What is installed stays as it is where what comes has no room.
/// `build_dir` is `_mbuild/<target>` and `root` the package root.
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
    check_places(plan, &places)?;
    let known = places.read()?;
    let mut before = known.clone().unwrap_or_default();
    let mut receipt = Receipt::new(&plan.package, &plan.version);
    receipt.files = plan.items.iter().map(|item| item.to.clone()).collect();
    let owners = owner_files(plan, folders);
    receipt.files.extend(owners.iter().map(|(path, _)| path.clone()));
    call_alike(&mut before, &receipt.files);
    let files = receipt.files.union(&before.files).map(PathBuf::as_path);
    remove_pending(files.chain(places.all()));
    let placing = Placing::all(root, &plan.items)?;
    if !force {
        check_ours(plan, folders, &before, &placing)?;
    }

    receipt.contents = placing.iter().map(Placing::content).collect();
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
    all.contents.extend(before.contents.iter().cloned());
    // Everything has its content on the disk before the first file changes.
    let pending = all.write(&places).and_then(|()| placing::write(root, &placing));
    let pending = match pending {
        Ok(pending) => pending,
        Err(error) => {
            // Where that fails as well, the one that is there lists too much, and nothing wrong.
            let _ = match &known {
                Some(known) => {
                    remove_folders(&mut receipt.folders);
                    known.write(&places)
                }
                None => places.remove(receipt.folders),
            };
            return Err(error);
        }
    };
    placing::name(pending)?;

    let mut report = Report::default();
    report.files.extend(placing.iter().map(Placing::placed));
    for (path, content) in &owners {
        files::write_if_changed(path, content).map_err(InstallError::io("write", path))?;
    }
    for path in before.files.difference(&receipt.files) {
        if before.is_changed(path) {
            report.warnings.push(Warning::Kept { path: path.clone() });
            continue;
        }
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

/// Refuses where something that is no folder stands where one has to be.
fn check_places(plan: &Plan, places: &Places) -> Result<(), InstallError> {
    let files = plan.items.iter().map(|item| item.to.as_path()).chain(places.all());
    let folders: BTreeSet<&Path> = files.filter_map(Path::parent).collect();
    for folder in folders {
        let there = folder.ancestors().find(|path| path.symlink_metadata().is_ok());
        let Some(there) = there.filter(|path| !path.is_dir()) else { continue };
        let what = match fs::read_link(there) {
            Ok(to) if !there.exists() => {
                format!("it is a link to `{}`, which is not there", to.display())
            }
            _ => "it is no folder".to_owned(),
        };
        return Err(InstallError::NoPlace { path: there.to_owned(), what });
    }
    Ok(())
}

/// Calls what was installed as it is called now, where links lead to it by another name.
fn call_alike(before: &mut Receipt, now: &BTreeSet<PathBuf>) {
    let others: Vec<PathBuf> = before.files.difference(now).cloned().collect();
    if others.is_empty() {
        return;
    }
    let true_name = |path: &Path| {
        let parent = path.parent()?.canonicalize().ok()?;
        Some(parent.join(path.file_name()?))
    };
    let known: HashMap<PathBuf, &PathBuf> =
        now.iter().filter_map(|path| Some((true_name(path)?, path))).collect();
    let new = |old: &PathBuf| Some((*known.get(&true_name(old)?)?).clone());
    let names = others.into_iter().filter_map(|old| Some((old.clone(), new(&old)?))).collect();
    before.rename(&names);
}

/// Refuses where a file is there that is not from an earlier installation of this package, or not any more as that
/// left it.
fn check_ours(
    plan: &Plan,
    folders: &Folders,
    before: &Receipt,
    placing: &[Placing<'_>],
) -> Result<(), InstallError> {
    let package = plan.package.clone();
    let there = placing.iter().filter(|it| it.is_there());
    let (ours, others): (Vec<_>, Vec<_>) = there.partition(|it| before.files.contains(it.to()));
    let mut files: Vec<PathBuf> = others.iter().map(|it| it.to().to_owned()).collect();
    // A META says best whose the whole folder is.
    files.sort_by_key(|path| path.file_name().is_none_or(|name| name != "META"));
    if let Some(first) = files.first() {
        let owner = owner(&folders.receipts()?, first, &package);
        return Err(InstallError::Foreign { package, files, owner });
    }
    let changed = ours.iter().filter(|it| it.is_over(before));
    let files: Vec<PathBuf> = changed.map(|it| it.to().to_owned()).collect();
    if files.is_empty() { Ok(()) } else { Err(InstallError::Changed { package, files }) }
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
