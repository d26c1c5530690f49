//! Finds the modules and C files of a section, and keeps what is missing.

use std::collections::BTreeSet;

use crate::ocaml::error::{OcamlError, Subject};
use crate::ocaml::modules::{MAX_DEPTH, Module, capitalized};
use crate::ocaml::sources::{clean, folder_of, join};
use crate::package::{Compiled, Inside, Section};

use super::{Plan, Planner, c_files};

/// The modules of a section.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) members: Vec<Module>,
    pub(super) others: Vec<Module>,
    /// How many of these, the last ones, stand beside the modules of libraries.
    pub(super) beside: usize,
    pub(super) main: Option<String>,
}

impl Planner<'_, '_> {
    /// The modules that a section lists, those it may name besides, and its main module.
    pub(super) fn modules(
        &mut self,
        section: &Section,
        subject: &Subject,
        uses: &[usize],
        plans: &[Plan<'_>],
    ) -> Result<Found, OcamlError> {
        let Some(compiled) = section.compiled() else { return Ok(Found::default()) };
        let path = clean(&compiled.path);
        self.finder.nested = compiled.folders;
        let mut members: Vec<Module> = Vec::new();
        let mut folders: Vec<String> = Vec::new();
        let mut main = None;
        let listed: Vec<&String> = match section {
            Section::Library(library) => {
                library.modules.iter().chain(&library.internal_modules).collect()
            }
            Section::Object(object) => object.modules.iter().collect(),
            Section::Executable(executable) => executable.modules.iter().collect(),
            _ => Vec::new(),
        };
        let root = self.finder.sources.root().to_owned();
        let main_only = matches!(section, Section::Executable(_));
        if (main_only || !listed.is_empty()) && !root.join(&path).is_dir() {
            // Each of its sources is missing then; it is said once.
            let section = subject.clone();
            self.missing.push(OcamlError::NoFolder { section, folder: compiled.path.clone() });
            return Ok(Found::default());
        }
        let archive = c_files(compiled).next().map(|_| compiled.name.as_str());
        for written in c_files(compiled).chain(archive) {
            if let Some(character) = written.chars().find(|c| for_shell(*c)) {
                let (section, written) = (subject.clone(), written.to_owned());
                self.missing.push(OcamlError::ForShell { section, written, character });
            }
        }
        for written in c_files(compiled) {
            let file = clean(&join(compiled.c_folder(), written));
            if !self.finder.making.is_output(&file) && !root.join(&file).exists() {
                let (section, written) = (subject.clone(), written.to_owned());
                self.missing.push(OcamlError::NoCSource { section, written, file });
            }
        }
        for written in listed {
            let inside = compiled.packs.get(written).map(|inside| &**inside);
            let Some(module) = self.listed(compiled, subject, &path, (written, inside), 0)? else {
                continue;
            };
            if !members.iter().any(|known| known.name == module.name) {
                members.push(module);
            }
            let dir = written.rsplit_once('/').map_or("", |(dir, _)| dir);
            folders.push(clean(&join(&path, dir)));
        }
        if let Section::Executable(executable) = section {
            if executable.is_in_c() {
                return Ok(Found::default());
            }
            let found = self.finder.main(subject, &path, &compiled.include, &executable.main);
            if let Some((folder, mut module)) = self.there(found)? {
                // A manifest may speak of it as of other modules, with its folder.
                let listed = join(folder_of(&executable.main), &module.name);
                if compiled.speaks_of(&listed) {
                    module.written = listed;
                }
                main = Some(module.name.clone());
                members.push(module);
                folders.push(folder);
                folders.push(path);
            }
        }
        folders.extend(compiled.include.iter().map(|folder| clean(folder)));
        if compiled.closed {
            return Ok(Found { members, main, ..Found::default() });
        }
        let mut around = Vec::new();
        if compiled.around {
            // The nearest first, as the compilers are told of them.
            let used = uses.iter().rev().filter_map(|at| plans[*at].section.compiled());
            around.extend(used.map(|used| clean(&used.path)));
        }
        folders.extend(around.iter().cloned());
        let mut seen: BTreeSet<String> = members.iter().map(|module| module.name.clone()).collect();
        let theirs: BTreeSet<&str> =
            uses.iter().flat_map(|at| &plans[*at].members).flat_map(Module::sources).collect();
        let names: BTreeSet<&str> = uses
            .iter()
            .flat_map(|at| &plans[*at].members)
            .map(|module| module.name.as_str())
            .collect();
        let (mut others, mut beside) = (Vec::new(), Vec::new());
        let mut visited = BTreeSet::new();
        for folder in folders {
            if !visited.insert(folder.clone()) {
                continue;
            }
            for module in self.finder.folder(&folder) {
                // A module of a library goes before a folder that happens to be called so.
                let known = module.sources().iter().any(|source| theirs.contains(source))
                    || !module.inside.is_empty() && names.contains(module.name.as_str());
                if !known && seen.insert(module.name.clone()) {
                    let list = if around.contains(&folder) { &mut beside } else { &mut others };
                    list.push(module);
                }
            }
        }
        let count = beside.len();
        others.append(&mut beside);
        Ok(Found { members, others, beside: count, main })
    }

    /// A module that a section lists: as written, and, where it is made of others, those.
    fn listed(
        &mut self,
        compiled: &Compiled,
        subject: &Subject,
        path: &str,
        (written, modules): (&str, Option<&[Inside]>),
        depth: usize,
    ) -> Result<Option<Module>, OcamlError> {
        let Some(modules) = modules.filter(|_| depth < MAX_DEPTH) else {
            let found = self.finder.module(subject, path, &compiled.include, written);
            return self.there(found);
        };
        let mut inside = Vec::new();
        for module in modules {
            let own = Some(&*module.modules).filter(|modules| !modules.is_empty());
            let listed = (&*module.name, own);
            inside.extend(self.listed(compiled, subject, path, listed, depth + 1)?);
        }
        Ok((!inside.is_empty()).then(|| Module {
            written: written.to_owned(),
            name: capitalized(written),
            base: written.to_owned(),
            interface: None,
            implementation: None,
            inside,
        }))
    }

    /// What was found; what is missing is kept, so that all of it is said at once.
    fn there<T>(&mut self, found: Result<T, OcamlError>) -> Result<Option<T>, OcamlError> {
        match found {
            Ok(found) => Ok(Some(found)),
            Err(error @ (OcamlError::NoSource { .. } | OcamlError::NoMain { .. })) => {
                self.missing.push(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Whether a character means something to a shell. `ocamlmklib` quotes no file names.
fn for_shell(c: char) -> bool {
    c.is_ascii() && !c.is_ascii_alphanumeric() && !"_-+./,:@%=^~".contains(c)
}
