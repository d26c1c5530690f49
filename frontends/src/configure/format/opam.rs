//! Reads a package whose manifests are opam's: `opam`, `*.opam`, `opam/opam`, and what opam 1 kept beside.

use super::{Read, Reading, each, folder_name};
use crate::configure::error::ConfigureError;
use crate::depends::find_program;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::ocaml::sources::Sources;
use crate::opam::{self, Host, Machine, Manifest};

pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    let is_one = |name: &&String| *name == "opam" || name.ends_with(".opam");
    let names: Vec<String> = sources.list("").iter().filter(is_one).cloned().collect();
    let mut found = Vec::new();
    for name in names {
        if sources.root().join(&name).is_file() {
            found.push(name);
        } else if name == "opam" {
            let inside = sources.list("opam").iter().filter(is_one).cloned();
            let inside: Vec<String> = inside.map(|name| format!("opam/{name}")).collect();
            found.extend(inside.into_iter().filter(|path| sources.root().join(path).is_file()));
        }
    }
    found
}

pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let manifests: Vec<Manifest> = each(reading, opam::parse)?
        .into_iter()
        .map(|(path, content, file)| Manifest { path, content, file })
        .collect();
    let folder = folder_name(reading.sources);
    let environment = reading.environment.clone();
    let mut looking =
        Looking { environment: &environment, findlib: reading.findlib, sources: reading.sources };
    let (package, warnings) = opam::package(&manifests, &folder, &mut looking, reading.choices)
        .map_err(ConfigureError::Wrong)?;
    Ok(Read { package, warnings })
}

/// The machine and the source tree at hand.
struct Looking<'a> {
    environment: &'a Environment,
    findlib: &'a mut Findlib,
    sources: &'a mut Sources,
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

    fn has_program(&mut self, name: &str) -> bool {
        find_program(name).is_some()
    }

    fn read(&mut self, path: &str) -> Option<Vec<u8>> {
        if !self.sources.root().join(path).is_file() {
            return None;
        }
        self.sources.read(path).ok()
    }
}
