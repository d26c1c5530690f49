//! Reads a package whose manifests are opam's: `opam`, `*.opam`, `opam/opam`, and what opam 1 kept beside, and folders called so.

use std::collections::BTreeMap;
use std::path::Path;

use super::{FORMATS, OPAM, Read, Reading, each, folder_name};
use crate::configure::error::ConfigureError;
use crate::configure::receipts::{Receipt, Receipts, Said};
use crate::depends::Programs;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::ocaml::sources::Sources;
use crate::opam::{self, Host, Machine, Manifest};

pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    let root = sources.root().to_owned();
    let is_file = |path: &str| root.join(path).is_file();
    opam::find(|folder| sources.list(folder).iter().cloned().collect(), is_file)
}

/// The names of the packages whose files stand in a folder, with their versions; files that cannot be read are
/// left out, for they are told of when they are.
pub(super) fn names(sources: &mut Sources) -> Vec<(String, Option<String>)> {
    let folder = folder_name(sources);
    let mut names = Vec::new();
    for path in find(sources) {
        let Ok(content) = sources.read(&path) else { continue };
        if let Ok(file) = opam::parse(path.as_bytes(), &content) {
            names.push(opam::called(&Manifest { path, content, file }, &folder));
        }
    }
    names
}

/// Completes what another manifest says of a package from opam's file beside it; what cannot be read there
/// is told and is in nobody's way.
pub(super) fn complete(reading: &mut Reading<'_>, read: &mut Read) {
    let (mut manifests, mut strange) = (Vec::new(), Vec::new());
    for path in find(reading.sources) {
        let Ok(content) = reading.sources.read(&path) else { continue };
        match opam::parse(path.as_bytes(), &content) {
            Ok(file) => manifests.push(Manifest { path, content, file }),
            Err(wrong) => strange.extend(wrong),
        }
    }
    let folder = folder_name(reading.sources);
    let environment = reading.environment.clone();
    let choices = reading.choices;
    let mut looking = Looking::new(&environment, reading);
    let package = &mut read.package;
    strange.extend(opam::complete(&manifests, &folder, &mut looking, package));
    let own = opam::of_package(&manifests, &folder, &package.name).into_iter();
    read.messages = opam::messages(own, &folder, &mut looking, choices);
    read.warnings.extend(strange);
}

pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let manifests: Vec<Manifest> = each(reading, opam::parse)?
        .into_iter()
        .map(|(path, content, file)| Manifest { path, content, file })
        .collect();
    let folder = folder_name(reading.sources);
    let environment = reading.environment.clone();
    let choices = reading.choices;
    let mut looking = Looking::new(&environment, reading);
    let (package, warnings) =
        opam::package(&manifests, &folder, &mut looking, choices).map_err(ConfigureError::Wrong)?;
    let lists = package.own_build.as_ref().map_or(&[][..], |own| &own.lists);
    // Those that cannot be built here have nothing to say.
    let built = manifests.iter().filter(|it| {
        let (name, _) = opam::called(it, &folder);
        lists.contains(&format!("{name}.install"))
    });
    let messages = opam::messages(built, &folder, &mut looking, choices);
    Ok(Read { package, warnings, messages })
}

/// The machine and the source tree at hand.
struct Looking<'a> {
    environment: &'a Environment,
    findlib: &'a mut Findlib,
    sources: &'a mut Sources,
    tree: &'a BTreeMap<String, String>,
    receipts: &'a mut Receipts,
    programs: Programs,
}

impl<'a> Looking<'a> {
    fn new(environment: &'a Environment, reading: &'a mut Reading<'_>) -> Self {
        Self {
            environment,
            findlib: reading.findlib,
            sources: reading.sources,
            tree: reading.tree,
            receipts: reading.receipts,
            programs: Programs::default(),
        }
    }
}

impl Host for Looking<'_> {
    fn environment(&self) -> &Environment {
        self.environment
    }

    fn machine(&self) -> Machine {
        Machine::detect()
    }

    fn installed(&mut self, findlib: &str) -> Option<Installed> {
        let found = self.findlib.package(findlib).ok().flatten()?;
        let directory = found.dir.to_string_lossy().into_owned();
        Some(Installed { version: found.version(), directory })
    }

    fn in_tree(&mut self, name: &str) -> Option<Installed> {
        let version = self.tree.get(name)?;
        let version = Some(version.clone()).filter(|version| !version.is_empty());
        Some(Installed { version, ..Installed::default() })
    }

    fn has_program(&mut self, name: &str) -> bool {
        self.programs.find(name).is_some()
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        if !self.sources.root().join(path).is_file() {
            return None;
        }
        self.sources.read(path).ok()
    }

    fn list(&mut self, folder: &str) -> Vec<String> {
        self.sources.list(folder).iter().cloned().collect()
    }

    fn has_other_manifest(&mut self) -> bool {
        let others = FORMATS.iter().filter(|format| format.name != OPAM);
        others.into_iter().any(|format| !(format.find)(self.sources).is_empty())
    }

    fn config(&mut self, package: &str, shared: &str) -> Option<(String, Vec<u8>)> {
        let places = self.receipts.configs(package, shared);
        places.into_iter().find_map(|path| Some((path.clone(), self.outside(&path)?)))
    }

    fn in_switch(&mut self, package: &str, shared: &str) -> Option<Installed> {
        let Receipt { path, version } = self.receipts.find(package, shared);
        let Some(version) = version else {
            self.sources.missed(path);
            return None;
        };
        // It is another machine once this is not there any more, or says something else.
        let receipt = self.outside(&path);
        let version = match version {
            Said::ByName(version) => version,
            Said::Inside => {
                let receipt: serde_json::Value = serde_json::from_slice(&receipt?).ok()?;
                receipt.get("version")?.as_str()?.to_owned()
            }
        };
        let version = Some(version).filter(|version| !version.is_empty());
        Some(Installed { version, ..Installed::default() })
    }

    fn outside(&mut self, path: &str) -> Option<Vec<u8>> {
        let full = Path::new(path);
        // A device has no end.
        if full.exists() && !full.is_file() {
            return None;
        }
        self.sources.read(path).ok()
    }
}
