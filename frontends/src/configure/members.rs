//! Reads the packages that were found in a folder, each from its own place, and refuses what a tree cannot have.

use std::collections::BTreeMap;
use std::path::Path;

use mbuild_rules::Diagnostic;

use super::error::ConfigureError;
use super::format;
use super::layout::Found;
use super::setup_ml;
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::ocaml::sources::{Sources, join};
use crate::package::tree::Part;
use crate::package::{Package, Section};

/// The packages, with paths from the root; else everything that is wrong with any of them. What was looked at
/// is in `sources` then.
pub(super) fn read(
    root: &Path,
    mut found: Vec<Found>,
    choices: &Choices,
    (environment, findlib): (&Environment, &mut Findlib),
    sources: &mut Sources,
) -> Result<(Vec<Part>, Vec<Diagnostic>), ConfigureError> {
    let is_tree = found.len() > 1 || found.iter().any(|found| !found.folder.is_empty());
    // ocp-build leaves out what needs something that is not there, so it has to know what the others provide.
    found.sort_by_key(|found| found.format.name == "ocp");
    let mut provided: BTreeMap<String, Installed> = BTreeMap::new();
    let (mut parts, mut warnings, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    for mut package in found {
        let folder = package.folder.clone();
        let choices = Choices { frontend: package.chosen.clone(), ..choices.clone() };
        let own = if is_tree { &mut package.sources } else { &mut *sources };
        let read = package.format.read(&mut format::Reading {
            manifests: &package.manifests,
            environment: &mut environment.clone(),
            choices: &choices,
            findlib,
            sources: own,
            provided: &provided,
        });
        let manifests: Vec<String> =
            package.manifests.iter().map(|manifest| join(&folder, manifest)).collect();
        match read {
            Ok(read) if !is_tree => {
                warnings.extend(read.warnings);
                parts.push(Part { folder, manifests, package: read.package });
            }
            Ok(read) => {
                wrong.extend(refused(&read.package, &manifests, own)?);
                warnings.extend(read.warnings.into_iter().map(|it| below(it, &folder)));
                let package = read.package.below(root, &folder);
                provide(&package, root, &mut provided);
                parts.push(Part { folder, manifests, package });
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
    Ok((parts, warnings))
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

/// What only a package alone in its folder can have: a tool of its own takes all of it for itself.
fn refused(
    package: &Package,
    manifests: &[String],
    sources: &mut Sources,
) -> Result<Option<Diagnostic>, ConfigureError> {
    let file = manifests.first().map_or("", String::as_str);
    let message = if let Some(own) = &package.own_build {
        format!(
            "package `{}` is built by its own tool, {}, and cannot be one of a tree",
            package.name, own.tool
        )
    } else if sources.has("", setup_ml::FILE) {
        let content = format::read(sources, setup_ml::FILE)?;
        match setup_ml::own_code(&String::from_utf8_lossy(&content)) {
            None => return Ok(None),
            Some(_) => format!(
                "package `{}` is configured by its own `setup.ml`, and cannot be one of a tree",
                package.name
            ),
        }
    } else {
        return Ok(None);
    };
    let help = "build and install it by itself (`-C`), and name the others in `mbuild.toml`: `packages = [...]`";
    Ok(Some(Diagnostic::about(file.as_bytes(), message).with_help(help)))
}

/// A message about a file of a package, whose folder is this.
fn below(mut message: Diagnostic, folder: &str) -> Diagnostic {
    if !message.file.is_empty() && !folder.is_empty() {
        message.file = [folder.as_bytes(), b"/", message.file.as_slice()].concat();
    }
    message
}
