//! One installation from start to end: reads the package for the place it goes to, plans, places.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::error::InstallError;
use super::folders::{Folders, Options};
use super::item::Item;
use super::opam_file::opam_file;
use super::own::Stage;
use super::place::{Report, place};
use super::plan::{Plan, plan};
use super::receipt::{Receipt, receipt};
use super::remove::{How, Removed, remove};
use super::{opam_config, opam_list};
use crate::configure::{self, Configuration, Request, Stale};
use crate::files;
use crate::ocaml::rules::shell;
use crate::opam::{self, Content, Messages, Variables, read_config};
use crate::package::{Code, Package, Section, expand};
use crate::target;

/// A package and the place it is installed to.
pub struct Job {
    /// The package's folder.
    pub root: PathBuf,
    /// The build directory, `_mbuild/<target>` in it.
    pub build_dir: PathBuf,
    /// The last configuration; to remove a package none is needed.
    pub configuration: Result<Configuration, Stale>,
    /// The package, read for this place.
    pub package: Package,
    /// The place.
    pub folders: Folders,
    /// What its files of opam have to say.
    pub messages: Vec<Messages>,
}

impl Job {
    /// Reads the package of a request with the folders that `options` give; of a tree, each of its packages.
    pub fn read(request: &Request<'_>, options: &Options) -> Result<Vec<Self>, InstallError> {
        let target = request.target;
        let mut configuration = Configuration::load(request.root, target.directory());
        // Other targets of the same toolchain have programs of the same names.
        if let Ok(configuration) = &mut configuration {
            let own = |name: &String| *name == target.name;
            configuration.products.retain(|it| it.target.as_ref().is_none_or(own));
        }
        let mut choices = request.choices();
        if let Some(prefix) = &options.prefix {
            choices.prefix(&absolute(prefix)?)?;
        }
        let mut options = options.clone();
        if let Some(destdir) = &mut options.destdir {
            *destdir = absolute(destdir)?;
        }
        let mut reading = configure::read(&Request { choices: Some(choices.clone()), ..*request })?;
        let mut jobs = Vec::new();
        // The only part is the whole.
        drop(reading.package);
        for (at, part) in reading.parts.into_iter().enumerate() {
            let messages = reading.messages.remove(&part.folder).unwrap_or_default();
            let mut package = Arc::unwrap_or_clone(part.package);
            if target.code == target::Code::Native {
                let compiled = package.sections.iter_mut().filter_map(Section::compiled_mut);
                compiled.for_each(|compiled| compiled.code = Code::Native);
            }
            let conf = &reading.toolchain.findlib;
            let folders = Folders::of(&package, &choices, &options, conf, request.variable);
            let own = |all: &Configuration| Some(all.packages().get(at)?.clone().into_owned());
            jobs.push(Self {
                root: request.root.to_owned(),
                build_dir: Configuration::dir(request.root, target.directory()),
                configuration: match &configuration {
                    Ok(all) => own(all).ok_or(Stale::Never),
                    Err(stale) => Err(stale.clone()),
                },
                package,
                folders,
                messages,
            });
        }
        Ok(jobs)
    }

    /// What is installed, and where.
    pub fn plan(&self) -> Result<Plan, InstallError> {
        let configuration = self
            .configuration
            .as_ref()
            .map_err(|reason| InstallError::NotConfigured(reason.clone()))?;
        plan(&self.root, configuration, &self.package, &self.folders)
    }

    /// The folders that installing changes, there or not: one installation at a time may.
    pub fn changes(&self) -> Vec<PathBuf> {
        self.folders.changed(self.package.own_build.is_some())
    }

    /// Removes what the package's own commands have put right where it belongs: they want nothing there of an
    /// earlier time. Nothing is removed where somebody has changed some of it since, unless `force` says so.
    pub fn remove_direct(&self, force: bool) -> Result<(), InstallError> {
        let Some(receipt) = self.receipt()?.filter(|receipt| receipt.direct) else { return Ok(()) };
        let changed = receipt.files.iter().filter(|path| !force && receipt.is_changed(path));
        let files: Vec<PathBuf> = changed.cloned().collect();
        if !files.is_empty() {
            return Err(InstallError::Changed { package: self.package.name.clone(), files });
        }
        remove(&self.build_dir, &self.package.name, &self.folders, How::All)?;
        Ok(())
    }

    /// An empty folder that stands for `/` while the package's own commands install. What they put right where it
    /// belongs is looked for.
    pub fn stage(&self) -> Result<Stage, InstallError> {
        let nothing = BTreeMap::new();
        let configured = self.configuration.as_ref().map_or(&nothing, |it| &it.folders);
        Stage::fresh(
            &self.root,
            self.own_folder(),
            &self.folders,
            Some(configured),
            self.installs_for_opam(),
        )
    }

    /// The same for commands that can put nothing elsewhere.
    pub fn closed_stage(&self) -> Result<Stage, InstallError> {
        Stage::fresh(&self.root, self.own_folder(), &self.folders, None, self.installs_for_opam())
    }

    /// Commands of a file of opam install it, wholly or in part.
    fn installs_for_opam(&self) -> bool {
        let own = self.package.own_build.as_ref();
        self.is_for_opam() && own.is_some_and(|own| !own.install.is_empty())
    }

    /// Its commands are those of a file of opam.
    fn is_for_opam(&self) -> bool {
        self.package.own_build.as_ref().is_some_and(|own| !own.lists.is_empty())
    }

    /// What the package's own tool builds is in there, relative to the root.
    fn own_folder(&self) -> &str {
        let own = self.configuration.as_ref().ok().and_then(|it| it.own_build.as_ref());
        own.and_then(|own| own.tree.rsplit_once('/')).map_or("", |(own, _)| own)
    }

    /// What the package's own commands have put there, to be installed in its stead.
    pub fn staged(&self, stage: &Stage) -> Result<Plan, InstallError> {
        let ours = self.receipt()?.map(|receipt| receipt.files).unwrap_or_default();
        let (direct, changed) = stage.collect(&self.package.name, &ours)?;
        let mut made = Vec::new();
        let mut items = stage.items(&self.root, &self.folders)?;
        let mut unasked = BTreeSet::new();
        if let Some(own) = self.package.own_build.as_ref().filter(|_| self.is_for_opam()) {
            let folders = self.folders.unasked(own);
            let is_below = |item: &&Item| folders.iter().any(|folder| item.to.starts_with(folder));
            unasked.extend(items.iter().filter(is_below).map(|item| item.from.clone()));
        }
        if let (Some(own), Ok(configuration)) = (&self.package.own_build, &self.configuration) {
            let tree = configuration.own_tree();
            for list in &opam_list::lists(&self.root.join(tree), &own.lists)? {
                items.extend(opam_list::items(&self.root, tree, list, &self.folders)?);
            }
            for name in &own.configs {
                let Some((file, item)) = opam_config::item(&self.root, tree, name, &self.folders)?
                else {
                    continue;
                };
                made.push(file);
                items.push(item);
            }
        }
        let Package { name, version, .. } = &self.package;
        let (package, version) = (name.clone(), version.clone());
        let direct = direct > 0;
        Ok(Plan { package, version, items, made, direct, changed, unasked, ..Plan::default() })
    }

    /// The commands of the shell with which its users have in their environment what it is to have.
    pub fn exports(&self) -> Vec<String> {
        let own = self.own_variables();
        let expanded = |value: &str| {
            let value = self.in_folders(value);
            // What is not left open is said already.
            if value.contains("%{") { opam::expand(&value, &own) } else { value }
        };
        let exports = self.package.exports.iter();
        exports.map(|change| change.shell(&shell(&expanded(&change.value)))).collect()
    }

    /// What its files of opam have to say once it is installed, or could not be built: name and text.
    pub fn messages(&self, success: bool) -> Vec<(String, String)> {
        let Left(own) = self.own_variables();
        let none = BTreeMap::new();
        let mut all = Vec::new();
        for messages in &self.messages {
            let name = messages.package();
            let said = messages.after(success, own.get(name).unwrap_or(&none));
            all.extend(said.iter().map(|text| (name.to_owned(), self.in_folders(text))));
        }
        all
    }

    /// The variables that the package has left for others.
    fn own_variables(&self) -> Left {
        let (Some(own), Ok(configuration)) = (&self.package.own_build, &self.configuration) else {
            return Left::default();
        };
        let tree = self.root.join(configuration.own_tree());
        let mut left = Left::default();
        for name in &own.configs {
            let Ok(content) = fs::read(tree.join(name)) else { continue };
            // What is wrong in it was said when it was installed.
            if let Ok(config) = read_config(name.as_bytes(), &content) {
                let package = name.strip_suffix(".config").unwrap_or(name);
                left.0.insert(package.to_owned(), config.variables);
            }
        }
        left
    }

    fn in_folders(&self, text: &str) -> String {
        expand(text, |name| self.folders.named.get(name).cloned())
    }

    /// Installs; `force` takes over files of others.
    pub fn place(&self, plan: &Plan, force: bool) -> Result<Report, InstallError> {
        place(&self.root, &self.build_dir, plan, &self.folders, force)
    }

    /// Whether there is a list of what was installed.
    pub fn is_installed(&self) -> Result<bool, InstallError> {
        Ok(self.receipt()?.is_some())
    }

    fn receipt(&self) -> Result<Option<Receipt>, InstallError> {
        receipt(&self.build_dir, &self.package.name, &self.folders)
    }

    /// Takes back what was installed, but for files that somebody has changed since; `dry` only says which files.
    pub fn remove(&self, dry: bool) -> Result<Removed, InstallError> {
        let how = if dry { How::Dry } else { How::KeepChanged };
        remove(&self.build_dir, &self.package.name, &self.folders, how)
    }

    /// Writes `<package>.install` and the files it names to the build directory; gives its path.
    pub fn write_opam_file(&self, plan: &Plan) -> Result<PathBuf, InstallError> {
        let plan = self.for_opam(plan);
        plan.write_made(&self.root)?;
        let path = self.build_dir.join(format!("{}.install", self.package.name));
        write_list(&path, opam_file(&plan, &self.folders).as_bytes())?;
        Ok(path)
    }

    /// The plan with the files that say whose shared stubs are, as findlib writes them wherever it installs.
    fn for_opam(&self, plan: &Plan) -> Plan {
        let mut plan = plan.clone();
        let own = self.build_dir.strip_prefix(&self.root).unwrap_or(&self.build_dir);
        for item in plan.items.clone() {
            let (Some(library), Some(name)) = (&item.library, item.to.file_name()) else {
                continue;
            };
            let name = name.to_string_lossy();
            if name.starts_with("dll") {
                let from = own.join(format!("{name}.owner"));
                let content = format!("{library}\n").into_bytes();
                plan.made.push((from.to_string_lossy().into_owned(), content));
                let to = self.folders.stublibs.join(format!("{name}.owner"));
                plan.items.push(Item { from, to, mode: 0o644, library: None });
            }
        }
        plan
    }

    /// The same to the package's folder, where opam looks for it; gives its path and how many files are on it. A list that
    /// somebody else wrote is kept in it as a comment, and only replaced if `force` says so.
    pub fn write_for_opam(
        &self,
        plan: &Plan,
        force: bool,
    ) -> Result<(PathBuf, usize), InstallError> {
        let plan = self.for_opam(plan);
        plan.write_made(&self.root)?;
        plan.check_built(&self.root)?;
        let path = self.root.join(format!("{}.install", self.package.name));
        let before = match fs::read(&path) {
            Ok(content) => Some(content),
            Err(_) if !path.exists() => None,
            Err(error) => return Err(InstallError::io("read", &path)(error)),
        };
        if !force && before.as_ref().is_some_and(|content| opam::replaced(content).is_none()) {
            return Err(InstallError::OwnList { path });
        }
        let list = opam_file(&plan, &self.folders);
        write_list(&path, &opam::made_list(&list, before.as_deref()))?;
        Ok((path, plan.items.len()))
    }
}

/// The variables that packages have left for others, by their names.
#[derive(Default)]
struct Left(BTreeMap<String, BTreeMap<String, Content>>);

impl Variables for Left {
    fn get(&self, package: Option<Option<&str>>, name: &str) -> Option<Content> {
        self.0.get(package??)?.get(name).cloned()
    }
}

fn write_list(path: &Path, text: &[u8]) -> Result<(), InstallError> {
    files::write_if_changed(path, text).map_err(InstallError::io("write", path))?;
    Ok(())
}

fn absolute(path: &Path) -> Result<PathBuf, InstallError> {
    std::path::absolute(path).map_err(InstallError::io("find", path))
}
