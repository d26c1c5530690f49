//! Reads a package whose manifests are Mirari's: every `*.conf` file of its folder is a program, and the
//! `_tags` beside them holds for all.

use std::collections::BTreeMap;

use super::{Read, Reading, apply_tags, each, folder_name};
use crate::configure::error::ConfigureError;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::findlib::expand::{Mode, Use};
use crate::mirari::{self, File, Machine};
use crate::ocaml::sources::Sources;

/// Other programs have files that end so as well; those are left alone, and so is what is hidden.
pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    let is_conf = |name: &&String| name.ends_with(".conf") && !name.starts_with('.');
    let names: Vec<String> = sources.list("").iter().filter(is_conf).cloned().collect();
    let is_one = |name: &String| sources.read(name).is_ok_and(|content| mirari::is_one(&content));
    names.into_iter().filter(is_one).collect()
}

pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let files: Vec<File> = each(reading, mirari::read)?
        .into_iter()
        .map(|(name, content, conf)| File { name, content, conf })
        .collect();
    let folder = folder_name(reading.sources);
    let mut looking = Looking {
        environment: reading.environment,
        findlib: reading.findlib,
        sources: reading.sources,
        provided: reading.provided,
    };
    let (mut package, mut warnings) =
        mirari::package(&files, &folder, &mut looking, reading.choices)
            .map_err(ConfigureError::Wrong)?;
    warnings.extend(apply_tags(reading.sources, &mut package)?);
    Ok(Read { package, warnings, messages: Vec::new() })
}

/// The machine and the source tree at hand.
struct Looking<'a> {
    environment: &'a Environment,
    findlib: &'a mut Findlib,
    sources: &'a mut Sources,
    provided: &'a BTreeMap<String, Installed>,
}

impl Machine for Looking<'_> {
    fn environment(&self) -> &Environment {
        self.environment
    }

    fn is_installed(&mut self, package: &str) -> bool {
        self.provided.contains_key(package) || matches!(self.findlib.package(package), Ok(Some(_)))
    }

    fn needs(&mut self, package: &str) -> Option<Vec<String>> {
        // Of many that are named few are there.
        self.findlib.package(package).ok()??;
        let used = Use::of(self.findlib, &[package.to_owned()], Mode::Byte).ok()?;
        Some(used.packages.into_iter().map(|package| package.name).collect())
    }

    fn is_folder(&mut self, path: &str) -> bool {
        self.sources.root().join(path).is_dir()
    }

    fn names(&mut self) -> Vec<String> {
        self.sources.list("").iter().cloned().collect()
    }
}
