//! From module names to the files that hold them.

use std::collections::BTreeSet;

use super::error::{OcamlError, Subject};
use super::making::{MadeSource, Making};
use super::rules::Rules;
use super::sources::{Sources, clean, folder_of, join, name_of, stem_of};
use crate::package::{Package, Section};
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
    /// The modules inside it, where it is a folder; then it has no source of its own.
    pub(super) inside: Vec<Module>,
}

impl Module {
    /// Whether a source of it, found from the folder `path`, is called as the manifest lists the module, but for the
    /// first letter, which may be large or small.
    pub(super) fn is_called_as_listed(&self, path: &str, source: &str) -> bool {
        let listed = clean(&join(path, &self.written));
        let at = listed.len().saturating_sub(clean(&self.written).len());
        let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
        stem.len() == listed.len()
            && stem.bytes().zip(listed.bytes()).enumerate().all(|(place, (one, other))| {
                one == other || place == at && one.eq_ignore_ascii_case(&other)
            })
    }

    /// Its sources, and those of the modules inside it.
    pub(super) fn sources(&self) -> Vec<&str> {
        let mut left = vec![self];
        let mut sources = Vec::new();
        while let Some(module) = left.pop() {
            let own = module.implementation.iter().chain(&module.interface);
            sources.extend(own.map(|source| source.path.as_str()));
            left.extend(&module.inside);
        }
        sources
    }
}

/// A source that the compiler reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Source {
    /// The file, relative to the package root.
    pub(super) path: String,
    /// What it is made from, where it is made.
    pub(super) from: Option<String>,
    /// What names the modules that it will name, where it is made only when these are compiled.
    pub(super) query: Option<String>,
}

impl Source {
    /// The file that names the modules that it needs.
    pub(super) fn scanned(&self) -> &str {
        self.query.as_ref().unwrap_or(&self.path)
    }
}

impl From<MadeSource> for Source {
    fn from(made: MadeSource) -> Self {
        Self { path: made.path, from: Some(made.from), query: made.query }
    }
}

/// Files in a package root that serve other tools and are no modules of anything.
const FOREIGN: [&str; 3] = ["setup.ml", "myocamlbuild.ml", "myocamlbuild_config.ml"];

/// A folder in a package root that another tool builds in.
const FOREIGN_FOLDER: &str = "dist";

/// Folders inside each other beyond this are no modules.
pub(super) const MAX_DEPTH: usize = 32;

/// The folders that sections have their sources in, and those around them: where nobody says so, they are
/// no modules of another section.
pub(super) fn own_folders(package: &Package) -> BTreeSet<String> {
    let mut folders = BTreeSet::from([FOREIGN_FOLDER.to_owned()]);
    for compiled in package.sections.iter().filter_map(Section::compiled) {
        let own = [compiled.path.as_str(), compiled.c_folder()];
        for folder in own.into_iter().chain(compiled.include.iter().map(String::as_str)) {
            let folder = clean(folder);
            folders.extend(folder.match_indices('/').map(|(at, _)| folder[..at].to_owned()));
            folders.insert(folder);
        }
    }
    folders
}

/// Finds modules for one section.
pub(super) struct Finder<'a> {
    /// Folders are modules in this section.
    pub(super) nested: bool,
    /// Those that are not, unless the section lists them.
    pub(super) own_folders: BTreeSet<String>,
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
            for stem in if self.nested { spellings(name).to_vec() } else { Vec::new() } {
                if let Some(mut module) = self.inside(&folder, &stem, 0) {
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

    /// The module of the main source `main`, a file below `path` or one of the other folders.
    pub(super) fn main(
        &mut self,
        section: &Subject,
        path: &str,
        include: &[String],
        main: &str,
    ) -> Result<(String, Module), OcamlError> {
        for folder in std::iter::once(path).chain(include.iter().map(String::as_str)) {
            let file = clean(&join(folder, main));
            let folder = folder_of(&file).to_owned();
            let stem = stem_of(name_of(&file)).to_owned();
            match self.stem(&folder, &stem)? {
                Some(module) if module.implementation.is_some() => return Ok((folder, module)),
                _ => {}
            }
        }
        let (written, file) = (main.to_owned(), clean(&join(path, main)));
        Err(OcamlError::NoMain { section: section.clone(), written, file })
    }

    /// Every module of a folder, in the order of its names.
    /// What cannot be made is left out: it matters only where something names it.
    pub(super) fn folder(&mut self, folder: &str) -> Vec<Module> {
        self.modules_of(folder, 0)
    }

    fn modules_of(&mut self, folder: &str, depth: usize) -> Vec<Module> {
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
        if self.nested {
            for name in self.sources.list(folder).clone() {
                let known = modules.iter().any(|module: &Module| module.name == capitalized(&name));
                if !known && !self.own_folders.contains(&join(folder, &name)) {
                    modules.extend(self.inside(folder, &name, depth));
                }
            }
        }
        modules
    }

    /// The module that a folder is, where anything is in it. Links are not followed: they may lead round.
    fn inside(&mut self, folder: &str, name: &str, depth: usize) -> Option<Module> {
        let path = join(folder, name);
        if depth >= MAX_DEPTH || !is_module(name) || !self.sources.has(folder, name) {
            return None;
        }
        let found = self.sources.root().join(&path).symlink_metadata();
        if !found.is_ok_and(|found| found.is_dir()) {
            return None;
        }
        let inside = self.modules_of(&path, depth + 1);
        (!inside.is_empty()).then(|| Module {
            written: capitalized(name),
            name: capitalized(name),
            base: name.to_owned(),
            interface: None,
            implementation: None,
            inside,
        })
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
            inside: Vec::new(),
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
            return Ok(Some(own.into()));
        }
        if self.sources.has(folder, &name) {
            return Ok(Some(Source { path: join(folder, &name), from: None, query: None }));
        }
        let made = self.making.make(self.sources, self.rules, folder, stem, ending)?;
        Ok(made.map(Source::from))
    }
}

/// The names of the file of a module: with a small letter first, then as the module.
pub(super) fn spellings(name: &str) -> [String; 2] {
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
