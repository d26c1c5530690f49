//! From module names to the files that hold them.

use std::collections::BTreeSet;

use super::error::{OcamlError, Subject};
use super::making::Making;
use super::rules::Rules;
use super::sources::{Sources, clean, join, name_of, stem_of};
use crate::suggest;

/// A module with its sources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Module {
    /// As the manifest writes it (`dir/Foo`); the name for modules that it does not list.
    pub(super) written: String,
    /// Its name.
    pub(super) name: String,
    /// Name of its objects without ending.
    pub(super) base: String,
    /// Its interface.
    pub(super) interface: Option<Source>,
    /// Its implementation.
    pub(super) implementation: Option<Source>,
}

/// A source that the compiler reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The file, relative to the package root.
    pub(super) path: String,
    /// What it is made from, where it is made.
    pub(super) from: Option<String>,
}

/// Files in a package root that serve other tools and are no modules of anything.
const FOREIGN: [&str; 3] = ["setup.ml", "myocamlbuild.ml", "myocamlbuild_config.ml"];

/// Finds modules for one section.
pub(super) struct Finder<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) making: &'a mut Making,
    pub(super) rules: &'a mut Rules,
}

impl Finder<'_> {
    /// The module that a manifest calls `written`, in `path` or one of the other folders.
    pub(super) fn module(
        &mut self,
        section: &Subject,
        path: &str,
        include: &[String],
        written: &str,
    ) -> Result<Module, OcamlError> {
        let (dir, name) = written.rsplit_once('/').unwrap_or(("", written));
        let mut looked_for = Vec::new();
        let folders = std::iter::once(path).chain(include.iter().map(String::as_str));
        for folder in folders {
            let folder = clean(&join(folder, dir));
            for stem in spellings(name) {
                if let Some(mut module) = self.stem(&folder, &stem)? {
                    // The two halves may be written with different first letters.
                    for other in spellings(name) {
                        if module.interface.is_none() {
                            module.interface = self.source(&folder, &other, "mli")?;
                        }
                        if module.implementation.is_none() {
                            module.implementation = self.source(&folder, &other, "ml")?;
                            module.base = stem.clone();
                        }
                    }
                    written.clone_into(&mut module.written);
                    return Ok(module);
                }
            }
            if looked_for.is_empty() {
                for ending in ["ml", "mli"] {
                    looked_for.extend(
                        spellings(name).map(|stem| join(&folder, &format!("{stem}.{ending}"))),
                    );
                }
                let more: BTreeSet<String> = self.making.endings().map(str::to_owned).collect();
                for ending in more {
                    let [stem, _] = spellings(name);
                    looked_for.push(join(&folder, &format!("{stem}.{ending}")));
                }
            }
        }
        let other_rules = self.sources.has("", "myocamlbuild.ml");
        let near = self.near(&clean(&join(path, dir)), name);
        Err(OcamlError::NoSource {
            section: section.clone(),
            module: written.to_owned(),
            looked_for,
            near: near.map(|near| if dir.is_empty() { near } else { format!("{dir}/{near}") }),
            other_rules,
        })
    }

    /// A module of a folder with nearly this name.
    fn near(&mut self, folder: &str, name: &str) -> Option<String> {
        let known: Vec<String> =
            self.folder(folder).into_iter().map(|module| module.name).collect();
        suggest::close(name, known.iter().map(String::as_str)).map(str::to_owned)
    }

    /// The module of the main source `main`, a file below `path`.
    pub(super) fn main(
        &mut self,
        section: &Subject,
        path: &str,
        main: &str,
    ) -> Result<(String, Module), OcamlError> {
        let file = clean(&join(path, main));
        let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let stem = stem_of(name_of(&file)).to_owned();
        match self.stem(&folder, &stem)? {
            Some(module) if module.implementation.is_some() => Ok((folder, module)),
            _ => {
                Err(OcamlError::NoMain { section: section.clone(), written: main.to_owned(), file })
            }
        }
    }

    /// Every module of a folder, in the order of its names.
    /// What cannot be made is left out: it matters only where something names it.
    pub(super) fn folder(&mut self, folder: &str) -> Vec<Module> {
        let endings: BTreeSet<String> =
            self.making.endings().map(str::to_owned).chain(["ml".into(), "mli".into()]).collect();
        let stems: BTreeSet<String> = self
            .sources
            .list(folder)
            .iter()
            .map(String::as_str)
            .filter(|name| !(folder.is_empty() && FOREIGN.contains(name)))
            .chain(self.making.own_names(folder))
            .filter_map(|name| {
                let (stem, ending) = name.split_once('.')?;
                (endings.contains(ending) && is_module(stem)).then(|| stem.to_owned())
            })
            .collect();
        let mut modules = Vec::new();
        for stem in stems {
            modules.extend(self.stem(folder, &stem).ok().flatten());
        }
        modules
    }

    fn stem(&mut self, folder: &str, stem: &str) -> Result<Option<Module>, OcamlError> {
        let implementation = self.source(folder, stem, "ml")?;
        let interface = self.source(folder, stem, "mli")?;
        Ok((implementation.is_some() || interface.is_some()).then(|| Module {
            written: capitalized(stem),
            name: capitalized(stem),
            base: stem.to_owned(),
            interface,
            implementation,
        }))
    }

    /// The source itself, or one that is made: what the manifest itself stands for goes before a file in
    /// the source tree, and that before what is made from another one.
    fn source(
        &mut self,
        folder: &str,
        stem: &str,
        ending: &str,
    ) -> Result<Option<Source>, OcamlError> {
        let name = format!("{stem}.{ending}");
        if let Some(own) = self.making.own(self.rules, folder, &name) {
            return Ok(Some(Source { path: own.path, from: Some(own.from) }));
        }
        if self.sources.has(folder, &name) {
            return Ok(Some(Source { path: join(folder, &name), from: None }));
        }
        let made = self.making.make(self.sources, self.rules, folder, stem, ending)?;
        Ok(made.map(|made| Source { path: made.path, from: Some(made.from) }))
    }
}

/// The names of the file of a module: with a small letter first, then as the module.
fn spellings(name: &str) -> [String; 2] {
    let mut chars = name.chars();
    let small = chars
        .next()
        .map(|first| first.to_ascii_lowercase().to_string() + chars.as_str())
        .unwrap_or_default();
    [small, capitalized(name)]
}

/// A name with a capital first letter.
pub(super) fn capitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
        .unwrap_or_default()
}

/// Whether other modules can name a file with this stem.
fn is_module(stem: &str) -> bool {
    stem.starts_with(|first: char| first.is_ascii_alphabetic())
        && stem.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '\'')
}
