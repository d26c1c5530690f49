//! Reads the packages that were found in a folder, each from its own place.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use mbuild_rules::Diagnostic;

use super::error::ConfigureError;
use super::format;
use super::layout::Found;
use super::own_tool;
use super::receipts::Receipts;
use super::setup_ml;
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::ocaml::sources::{Sources, join};
use crate::opam::Messages;
use crate::package::tree::Part;
use crate::package::{Package, Section};

/// What was read of all packages.
pub(super) struct Members {
    /// The packages, in the order of their folders.
    pub(super) parts: Vec<Part>,
    /// What is strange in their manifests.
    pub(super) warnings: Vec<Diagnostic>,
    /// What they have to say, by their folders.
    pub(super) messages: BTreeMap<String, Vec<Messages>>,
}

/// The machine at hand, as readers ask of it.
pub(super) struct Machine<'a> {
    /// What the compiler says of it.
    pub(super) environment: &'a Environment,
    /// What is installed for findlib.
    pub(super) findlib: &'a mut Findlib,
    /// What is installed for opam.
    pub(super) receipts: &'a mut Receipts,
}

/// The packages, with paths from the root; else everything that is wrong with any of them. What was looked at
/// is in `sources` then.
pub(super) fn read(
    root: &Path,
    mut found: Vec<Found>,
    choices: &Choices,
    machine: Machine<'_>,
    sources: &mut Sources,
) -> Result<Members, ConfigureError> {
    let Machine { environment, findlib, receipts } = machine;
    let is_tree = found.len() > 1 || found.iter().any(|found| !found.folder.is_empty());
    found.sort_by_key(|found| found.format.order);
    // These name packages, whatever builds them; their names are known before they are read.
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut of_folder: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in found.iter_mut().filter(|_| is_tree) {
        let all = format::opam_names(&mut package.sources);
        of_folder
            .insert(package.folder.clone(), all.iter().map(|(name, _)| name.clone()).collect());
        names.extend(all.into_iter().map(|(name, version)| (name, version.unwrap_or_default())));
    }
    let mut provided: BTreeMap<String, Installed> = BTreeMap::new();
    let (mut parts, mut warnings, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let mut messages = BTreeMap::new();
    for mut package in found {
        let folder = package.folder.clone();
        let own_names = of_folder.remove(&folder).unwrap_or_default();
        let choices = Choices { frontend: package.chosen.clone(), ..choices.clone() };
        let own = if is_tree { &mut package.sources } else { &mut *sources };
        let read = package.format.read(&mut format::Reading {
            manifests: &package.manifests,
            environment: &mut environment.clone(),
            choices: &choices,
            findlib,
            receipts,
            sources: own,
            provided: &provided,
            tree: &names,
        });
        let manifests: Vec<String> =
            package.manifests.iter().map(|manifest| join(&folder, manifest)).collect();
        match read {
            Ok(read) if !is_tree => {
                messages.insert(folder.clone(), read.messages);
                warnings.extend(read.warnings);
                let called = vec![read.package.name.clone()];
                let package = Arc::new(read.package);
                parts.push(Part { folder, manifests, called, package });
            }
            Ok(mut read) => {
                messages.insert(folder.clone(), read.messages);
                by_setup(&mut read.package, &choices, environment.is_native(), own)?;
                warnings.extend(read.warnings.into_iter().map(|it| below(it, &folder)));
                let package = read.package.below(root, &folder);
                provide(&package, root, &mut provided);
                names.entry(package.name.clone()).or_insert_with(|| package.version.clone());
                let mut called = vec![package.name.clone()];
                called.extend(own_names);
                let package = Arc::new(package);
                parts.push(Part { folder, manifests, called, package });
            }
            Err(ConfigureError::Wrong(all)) => {
                wrong.extend(all.into_iter().map(|it| below(it, &folder)));
            }
            Err(error) => return Err(error),
        }
        if is_tree {
            sources.add(&package.folder, &package.sources);
        }
    }
    if !wrong.is_empty() {
        return Err(ConfigureError::Wrong(wrong));
    }
    parts.sort_by(|one, other| one.folder.cmp(&other.folder));
    Ok(Members { parts, warnings, messages })
}

/// The libraries of a package, as if they were installed.
fn provide(package: &Package, root: &Path, provided: &mut BTreeMap<String, Installed>) {
    for section in &package.sections {
        let findlib = match section {
            Section::Library(library) => &library.findlib,
            Section::Object(object) => &object.findlib,
            _ => continue,
        };
        if let Some(compiled) = section.compiled().filter(|it| it.build && it.install) {
            let directory = root.join(&compiled.path).to_string_lossy().into_owned();
            let installed = Installed { version: Some(package.version.clone()), directory };
            provided.insert(findlib.clone(), installed);
        }
    }
}

/// Lets a package's own `setup.ml` build it where that has code to configure it: it wants a folder to itself.
fn by_setup(
    package: &mut Package,
    choices: &Choices,
    native: bool,
    sources: &mut Sources,
) -> Result<(), ConfigureError> {
    if package.own_build.is_some() || !sources.has("", setup_ml::FILE) {
        return Ok(());
    }
    let content = format::read(sources, setup_ml::FILE)?;
    if setup_ml::own_code(&String::from_utf8_lossy(&content)).is_some() {
        let why = "`setup.ml` has code of its own that configures it";
        own_tool::by_setup(package, choices, true, native, why, false);
    }
    Ok(())
}

/// A message about a file of a package, whose folder is this.
fn below(mut message: Diagnostic, folder: &str) -> Diagnostic {
    if !message.file.is_empty() && !folder.is_empty() {
        message.file = [folder.as_bytes(), b"/", message.file.as_slice()].concat();
    }
    message
}
