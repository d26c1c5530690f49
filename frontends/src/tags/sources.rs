//! The modules and outputs of a section by the files whose tags count for them.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::package::{Compiled, Section};

/// The files that belong to one module: its sources, and what is compiled of them, whose tags count as well.
pub(super) struct Module {
    /// Its path relative to the section's folder, as the model writes it.
    pub(super) path: String,
    pub(super) files: Vec<String>,
}

impl Module {
    fn new(path: String, sources: Vec<String>) -> Self {
        let mut module = Self { path, files: Vec::new() };
        sources.into_iter().for_each(|source| module.add(source));
        module
    }

    fn add(&mut self, source: String) {
        let stem = source.rsplit_once('.').map_or(source.as_str(), |(stem, _)| stem);
        let objects = OBJECTS.map(|ending| format!("{stem}.{ending}"));
        for file in [source].into_iter().chain(objects) {
            if !self.files.contains(&file) {
                self.files.push(file);
            }
        }
    }
}

/// The names in folders, each folder listed once.
pub(super) struct Folders<'a> {
    pub(super) list: &'a dyn Fn(&str) -> Vec<String>,
    pub(super) known: HashMap<String, Rc<Names>>,
}

/// The names in a folder, in order and to look one up.
pub(super) type Names = (Vec<String>, HashSet<String>);

impl Folders<'_> {
    pub(super) fn names(&mut self, folder: &str) -> Rc<Names> {
        if let Some(known) = self.known.get(folder) {
            return Rc::clone(known);
        }
        let listed = (self.list)(folder);
        let names = listed.iter().cloned().collect();
        let names = Rc::new((listed, names));
        self.known.insert(folder.to_owned(), Rc::clone(&names));
        names
    }
}

const ENDINGS: [&str; 4] = ["ml", "mli", "mll", "mly"];
const OBJECTS: [&str; 3] = ["cmi", "cmo", "cmx"];

pub(super) fn modules(section: &Section, folders: &mut Folders<'_>) -> Vec<Module> {
    let named = match section {
        Section::Library(library) => {
            library.modules.iter().chain(&library.internal_modules).collect()
        }
        Section::Object(object) => object.modules.iter().collect(),
        Section::Executable(executable) => {
            return beside(&executable.compiled, &executable.main, folders);
        }
        Section::Test(_) | Section::Document(_) => Vec::new(),
    };
    let root = section.compiled().map_or("", |compiled| compiled.path.as_str());
    let file = |module: &String| {
        let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
        let folder = join(root, folder);
        let listed = folders.names(&folder);
        let candidates = ENDINGS.iter().flat_map(|ending| {
            [format!("{}.{ending}", uncapitalized(name)), format!("{name}.{ending}")]
        });
        let candidates: Vec<_> = candidates.collect();
        let there: Vec<_> =
            candidates.iter().filter(|name| listed.1.contains(*name)).cloned().collect();
        // What is made during the build is not listed, but tagged all the same.
        let files = if there.is_empty() { candidates } else { there };
        Module::new(module.clone(), files.iter().map(|name| join(&folder, name)).collect())
    };
    named.into_iter().map(file).collect()
}

/// The modules of a program: whatever stands beside its main file.
fn beside(compiled: &Compiled, main: &str, folders: &mut Folders<'_>) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let (folder, main) = main.rsplit_once('/').unwrap_or(("", main));
    let place = join(&compiled.path, folder);
    let listed = folders.names(&place);
    for name in [main.to_owned()].iter().chain(&listed.0) {
        let Some((stem, ending)) = name.rsplit_once('.') else { continue };
        if !ENDINGS.contains(&ending) {
            continue;
        }
        let path = join(folder, &capitalized(stem));
        let file = join(&place, name);
        let at = *known.entry(path.clone()).or_insert(modules.len());
        match modules.get_mut(at) {
            Some(module) => module.add(file),
            None => modules.push(Module::new(path, vec![file])),
        }
    }
    modules
}

/// What a section makes in the end, as ocamlbuild names it.
pub(super) fn outputs(section: &Section) -> Vec<String> {
    let Some(compiled) = section.compiled() else { return Vec::new() };
    let (stem, endings): (&str, &[&str]) = match section {
        Section::Executable(executable) => {
            (executable.main.strip_suffix(".ml").unwrap_or(&executable.main), &["byte", "native"])
        }
        _ => (&compiled.name, &["cma", "cmxa", "cmxs", "mllib"]),
    };
    endings.iter().map(|ending| join(&compiled.path, &format!("{stem}.{ending}"))).collect()
}

fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

fn capitalized(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

fn uncapitalized(name: &str) -> String {
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    name
}
