//! What is installed and where to: the products of each section, META, data and documentation.

mod data;
mod meta;
mod modules;
mod programs;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::error::InstallError;
use super::folders::Folders;
use super::item::Item;
use super::own;
use crate::configure::Configuration;
use crate::files;
use crate::ocaml::product::Product;
use crate::package::{Compiled, Library, Object, Package, Section};

/// Everything that is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Name of the package.
    pub package: String,
    /// Version of the package.
    pub version: String,
    /// The files, in the order in which they are placed.
    pub items: Vec<Item>,
    /// Files that are not built but written before: (path relative to the package root, content).
    pub made: Vec<(String, Vec<u8>)>,
    /// Documents that are left out because they were not made.
    pub left_out: Vec<String>,
    /// The package's own commands have put files where they belong, not below a folder that stands for `/`.
    pub direct: bool,
    /// Files that the package's own commands have changed and that are not the package's.
    pub changed: Vec<PathBuf>,
    /// What the package's own commands have put where nobody told them to, by its path: with opam it is there, whatever
    /// folder opam has for its like.
    pub unasked: BTreeSet<PathBuf>,
}

impl Plan {
    /// Every file with its place, relative to `root` where that is below, its mode and its content.
    pub fn listing(&self, root: &Path) -> Result<String, InstallError> {
        let mut text = String::new();
        for item in &self.items {
            let digest = files::digest_of(&item.to).map_err(InstallError::io("read", &item.to))?;
            let to = item.to.strip_prefix(root).unwrap_or(&item.to).display();
            text += &format!("{digest} {:o} {to}\n", item.mode);
        }
        Ok(text)
    }

    /// Refuses where a file is not built.
    pub(super) fn check_built(&self, root: &Path) -> Result<(), InstallError> {
        match self.items.iter().find(|item| !root.join(&item.from).is_file()) {
            Some(item) => Err(InstallError::NotBuilt { path: item.from.display().to_string() }),
            None => Ok(()),
        }
    }

    /// Writes the files that are made for this plan, such as META.
    pub(super) fn write_made(&self, root: &Path) -> Result<(), InstallError> {
        for (path, content) in &self.made {
            let path = root.join(path);
            files::write_if_changed(&path, content).map_err(InstallError::io("write", &path))?;
        }
        Ok(())
    }
}

const PLAIN: u32 = 0o644;
const PROGRAM: u32 = 0o755;

/// Lists everything that a package installs. `package` has to be the package that `configuration`
/// is of; its folders may be others.
pub fn plan(
    root: &Path,
    configuration: &Configuration,
    package: &Package,
    folders: &Folders,
) -> Result<Plan, InstallError> {
    let mut planner = Planner {
        root,
        build_dir: format!("_mbuild/{}/", configuration.target),
        configuration,
        package,
        folders,
        plan: Plan {
            package: package.name.clone(),
            version: package.version.clone(),
            ..Plan::default()
        },
        places: HashMap::new(),
    };
    for (index, section) in package.sections.iter().enumerate() {
        match section {
            Section::Library(library) if installed(&library.compiled) => {
                let files = |dir: &str| own::library_files(root, dir, library);
                planner.own(&library.compiled, &library.findlib, &files)?;
                planner.library(index, library)?;
            }
            Section::Object(object) if installed(&object.compiled) => {
                let files = |dir: &str| own::object_files(root, dir, object);
                planner.own(&object.compiled, &object.findlib, &files)?;
                planner.modules(index, &object.findlib, true)?;
                planner.data(
                    index,
                    &format!("object `{}`", object.compiled.name),
                    &object.compiled,
                )?;
            }
            Section::Executable(executable) if installed(&executable.compiled) => {
                planner.program(index, executable)?;
            }
            Section::Document(document) if document.is_installed() => {
                planner.document(index, document)?;
            }
            _ => {}
        }
    }
    // findlib sees a package as soon as it has its META, so that comes last.
    planner.metas()?;
    Ok(planner.plan)
}

fn installed(compiled: &Compiled) -> bool {
    compiled.build && compiled.install
}

fn root_of(findlib: &str) -> &str {
    findlib.split('.').next().unwrap_or(findlib)
}

struct Planner<'a> {
    root: &'a Path,
    build_dir: String,
    configuration: &'a Configuration,
    package: &'a Package,
    folders: &'a Folders,
    plan: Plan,
    /// The item that goes to a place.
    places: HashMap<PathBuf, usize>,
}

impl Planner<'_> {
    fn products(&self, section: usize) -> impl Iterator<Item = &Product> + use<'_> {
        self.configuration.products.iter().filter(move |product| product.section == section)
    }

    fn add(&mut self, from: &str, to: PathBuf, mode: u32) -> Result<(), InstallError> {
        self.add_for(from, to, mode, None, false)
    }

    /// `shared` files may be made by several libraries with the same modules; any one will do.
    fn add_for(
        &mut self,
        from: &str,
        to: PathBuf,
        mode: u32,
        library: Option<&str>,
        shared: bool,
    ) -> Result<(), InstallError> {
        if let Some(other) = self.places.get(&to) {
            let first = &self.plan.items[*other].from;
            if shared || first == Path::new(from) {
                return Ok(());
            }
            let (first, second) = (first.display().to_string(), from.to_owned());
            return Err(InstallError::Twice { to, first, second });
        }
        self.places.insert(to.clone(), self.plan.items.len());
        let library = library.map(str::to_owned);
        self.plan.items.push(Item { from: PathBuf::from(from), to, mode, library });
        Ok(())
    }

    /// The folder that a library or object of this findlib name has to itself.
    fn own_folder(&self, findlib: &str) -> Option<&String> {
        self.package.sections.iter().find_map(|section| match section {
            Section::Library(Library { findlib: name, compiled, .. })
            | Section::Object(Object { findlib: name, compiled, .. })
                if name == findlib =>
            {
                compiled.own_folder.as_ref()
            }
            _ => None,
        })
    }

    /// The folder of a findlib package that has one to itself.
    fn package_folder(&self, findlib: &str) -> Option<&String> {
        let bare = self.package.bare.iter().find(|bare| bare.findlib == findlib);
        bare.map(|bare| &bare.folder).or_else(|| self.own_folder(findlib))
    }

    /// Where the files of a library or object of this findlib name go: each package around it may have a folder
    /// of its own.
    fn findlib_folder(&self, findlib: &str) -> PathBuf {
        if let Some(own) = self.own_folder(findlib) {
            return self.folders.libraries.join(own);
        }
        let mut folder = self.folders.libraries.join(root_of(findlib));
        for end in findlib.match_indices('.').map(|(at, _)| at).chain([findlib.len()]) {
            let section = self.package.sections.iter().find(|section| match section {
                Section::Library(library) => library.findlib == findlib[..end],
                Section::Object(object) => object.findlib == findlib[..end],
                _ => false,
            });
            let compiled = section.and_then(Section::compiled);
            folder.extend(compiled.and_then(|compiled| compiled.findlib_folder.as_ref()));
        }
        folder
    }
}
