//! Reads a project whose manifests are ocp-build's: every `*.ocp` and `*.ocp2` file below its folder.

use std::collections::{BTreeMap, HashMap};

use mbuild_rules::Diagnostic;

use super::{Read, Reading};
use crate::configure::error::ConfigureError;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::findlib::evaluate::Predicates;
use crate::ocaml::sources::Sources;
use crate::ocp::{self, Machine, Project, Tree};

pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    ocp::manifests(sources)
}

pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let environment = reading.environment.clone();
    let settings = ocp::settings_of(reading.sources);
    let mut tree = Looking { sources: reading.sources, seen: HashMap::new() };
    let mut project = Project::new(&environment, &mut tree);
    project.chosen.clone_from(&reading.choices.flags);
    let settings = settings.iter().filter_map(|path| project.tree.manifest(path)?.err());
    let settings: Vec<Diagnostic> = settings.collect();
    ocp::read(&mut project, reading.manifests);
    project.messages.errors.extend(settings);
    if !project.messages.errors.is_empty() {
        return Err(ConfigureError::Wrong(project.messages.errors));
    }
    let mut machine =
        Asking { environment: &environment, findlib: reading.findlib, provided: reading.provided };
    let (package, warnings) =
        ocp::package(project, &mut machine, reading.choices).map_err(ConfigureError::Wrong)?;
    Ok(Read { package, warnings, messages: Vec::new() })
}

/// The source tree at hand.
struct Looking<'a> {
    sources: &'a mut Sources,
    /// What was looked at: many rules name the same files.
    seen: HashMap<String, Kind>,
}

/// What there is at a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nothing,
    File,
    Other,
}

impl Looking<'_> {
    fn kind(&mut self, path: &str) -> Kind {
        if let Some(kind) = self.seen.get(path) {
            return *kind;
        }
        let kind = match self.sources.root().join(path).metadata() {
            Ok(found) if found.is_file() => Kind::File,
            Ok(_) => Kind::Other,
            Err(_) => Kind::Nothing,
        };
        self.seen.insert(path.to_owned(), kind);
        kind
    }
}

impl Tree for Looking<'_> {
    fn manifest(&mut self, path: &str) -> Option<Result<Vec<u8>, Diagnostic>> {
        match super::read(self.sources, path) {
            Ok(content) => Some(Ok(content)),
            Err(ConfigureError::Wrong(wrong)) => wrong.into_iter().next().map(Err),
            Err(_) => None,
        }
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        self.sources.read(path).ok()
    }

    fn names(&mut self, folder: &str) -> Vec<String> {
        self.sources.list_whole(folder)
    }

    fn is_file(&mut self, path: &str) -> bool {
        self.kind(path) == Kind::File
    }

    fn exists(&mut self, path: &str) -> bool {
        let there = self.kind(path) != Kind::Nothing;
        if !there {
            self.sources.missed(path.to_owned());
        }
        there
    }
}

/// The machine at hand.
struct Asking<'a> {
    environment: &'a Environment,
    findlib: &'a mut Findlib,
    provided: &'a BTreeMap<String, Installed>,
}

impl Machine for Asking<'_> {
    fn environment(&self) -> &Environment {
        self.environment
    }

    fn installed(&mut self, package: &str) -> Option<Installed> {
        if let Some(found) = self.provided.get(package) {
            return Some(found.clone());
        }
        let found = self.findlib.package(package).ok().flatten()?;
        let directory = found.dir.to_string_lossy().into_owned();
        Some(Installed { version: found.version(), directory })
    }

    fn requires(&mut self, package: &str) -> Vec<String> {
        let Some(found) = self.findlib.package(package).ok().flatten() else { return Vec::new() };
        let names = found.meta.list("requires", &Predicates::default());
        // The stock tool links no preprocessors.
        let linked = |name: &String| {
            !name.ends_with(".syntax") && self.findlib.package(name).is_ok_and(|it| it.is_some())
        };
        names.into_iter().filter(linked).collect()
    }
}
