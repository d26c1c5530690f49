//! What reading a project's files shares: the files, what was said, what was described, and a budget.

use std::collections::BTreeMap;
use std::rc::Rc;

use mbuild_rules::Diagnostic;

use super::env::Env;
use super::files::{Files, Messages, Place};
use super::globals::Globals;
use super::pack;
use super::syntax::{Kind, Statement};
use super::tokens::Parsed;
use super::value::Text;
use crate::environment::Environment;
use crate::ocaml::sources::clean;

/// What evaluating all files of a project may cost: about one for each value looked at or made.
const BUDGET: usize = 16_000_000;

/// What each byte of a manifest adds to that, so that long ones without any loop are read.
const BUDGET_OF_BYTE: usize = 4;

/// Files may include each other this deeply.
const INCLUDES: usize = 20;

/// Nothing may be evaluated deeper inside other things.
const DEPTH: usize = 350;

/// What the name of a file ends in that another one is made of.
const TEMPLATE: &str = ".in";

/// The project's folder, as a manifest may ask about it. Paths are relative to it.
pub trait Tree {
    /// The content of a file, where there is one.
    fn read(&mut self, path: &str) -> Option<Vec<u8>>;
    /// The content of a manifest, where there is one; or why it is no text.
    fn manifest(&mut self, path: &str) -> Option<Result<Vec<u8>, Diagnostic>> {
        self.read(path).map(Ok)
    }
    /// The names in a folder; from now on another one asks for a new configuration.
    fn names(&mut self, folder: &str) -> Vec<String>;
    /// Whether there is such a file.
    fn is_file(&mut self, path: &str) -> bool;
    /// Whether there is such a file or folder.
    fn exists(&mut self, path: &str) -> bool;
}

/// A package as a manifest describes it: nothing in it is understood yet.
#[derive(Clone, Debug)]
pub struct Description {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: Text,
    /// The file that describes it.
    pub file: u32,
    /// Every option that holds for it.
    pub options: Env,
}

/// The state of reading a project.
pub struct Project<'a> {
    /// The files read so far.
    pub files: Files,
    /// What was said so far.
    pub messages: Messages,
    /// The packages described so far.
    pub descriptions: Vec<Description>,
    /// What every file may name.
    pub(super) globals: Globals,
    /// The project's folder.
    pub tree: &'a mut dyn Tree,
    /// Options by name, for `use`: the file, and the statements.
    pub(super) configs: BTreeMap<Rc<str>, (u32, Rc<Vec<Statement>>)>,
    /// What the user chose of what may be there or not, by name.
    pub chosen: BTreeMap<String, bool>,
    /// What may be there or not, and whether it is when the user says nothing.
    pub features: BTreeMap<String, bool>,
    /// The files that are being included.
    includes: Vec<String>,
    /// A file that was to be included and has to be made first, of a template beside it.
    unmade: Option<String>,
    budget: usize,
    spent: usize,
    depth: usize,
    /// What packs call their options.
    pub(super) packs: pack::Names,
    /// How many texts were asked for that nobody else has.
    pub(super) unique: usize,
}

/// What a manifest asks to be included.
pub(super) enum Include {
    /// This file, of which [`Project::included`] tells the end.
    File(u32),
    /// There is no such file.
    Missing,
    /// It cannot be, which was said.
    Wrong,
}

/// The budget is spent, or something is nested too deeply; it was said.
#[derive(Clone, Copy, Debug)]
pub(super) struct Enough;

impl<'a> Project<'a> {
    /// A project of which nothing was read.
    pub fn new(environment: &Environment, tree: &'a mut dyn Tree) -> Self {
        Self {
            files: Files::default(),
            messages: Messages::default(),
            descriptions: Vec::new(),
            globals: Globals::new(environment),
            tree,
            configs: BTreeMap::new(),
            chosen: BTreeMap::new(),
            features: BTreeMap::new(),
            includes: Vec::new(),
            unmade: None,
            budget: BUDGET,
            spent: 0,
            depth: 0,
            packs: pack::Names::default(),
            unique: 0,
        }
    }

    /// Whether something that may be there or not is there; from now on the user may choose it.
    pub(super) fn feature(&mut self, name: &str, default: bool) -> bool {
        self.features.insert(name.to_owned(), default);
        self.chosen.get(&name.to_ascii_lowercase()).copied().unwrap_or(default)
    }

    /// A manifest chooses in the place of the user.
    pub(super) fn set_feature(&mut self, name: &str, on: bool) {
        self.chosen.insert(name.to_ascii_lowercase(), on);
    }

    /// Adds a manifest of the project.
    pub(super) fn add(&mut self, path: &str, content: Vec<u8>) -> u32 {
        self.budget = self.budget.saturating_add(content.len().saturating_mul(BUDGET_OF_BYTE));
        self.files.add(path, content)
    }

    /// What a file consists of; `None` where it is wrong, which is said.
    pub(super) fn parsed<S>(
        &mut self,
        file: u32,
        parse: impl FnOnce(&[u8]) -> Parsed<S>,
    ) -> Option<Vec<S>> {
        let Parsed { statements, errors, warnings } = parse(self.files.content(file));
        for found in warnings {
            self.warn(Place::new(file, found.at), found.message, found.help);
        }
        let right = errors.is_empty();
        for found in errors {
            self.error(Place::new(file, found.at), found.message, found.help);
        }
        right.then_some(statements)
    }

    /// Begins to include a file that is named relative to a folder.
    pub(super) fn include(
        &mut self,
        folder: &str,
        name: &str,
        place: Place,
    ) -> Result<Include, Enough> {
        let Some(path) = self.inside(folder, name, place) else { return Ok(Include::Wrong) };
        if self.includes.contains(&path) || self.includes.len() == INCLUDES {
            self.error(place, format!("`{name}` includes itself"), "remove one of the two");
            return Ok(Include::Wrong);
        }
        let content = match self.tree.manifest(&path) {
            None => {
                let made = self.tree.is_file(&format!("{path}{TEMPLATE}"));
                self.unmade = self.unmade.take().or(made.then_some(path));
                return Ok(Include::Missing);
            }
            Some(Ok(content)) => content,
            Some(Err(wrong)) => {
                self.messages.add(wrong);
                return Ok(Include::Wrong);
            }
        };
        self.spend(content.len(), place)?;
        let file = self.files.add(&path, content);
        self.includes.push(path);
        Ok(Include::File(file))
    }

    /// What helps where something has no value: to make the file first that may set it, else what `otherwise`
    /// says.
    pub(super) fn help_unset(&self, otherwise: impl FnOnce() -> String) -> String {
        match &self.unmade {
            Some(file) => format!(
                "a file is included that is not there, `{file}`: make it first, of `{file}{TEMPLATE}`, as a `configure` does"
            ),
            None => otherwise(),
        }
    }

    /// The file that was included last has been read.
    pub(super) fn included(&mut self) {
        self.includes.pop();
    }

    /// Says that a value holds too many others inside each other.
    pub(super) fn too_deep(&mut self, place: Place) {
        let help = "look for a value that holds itself";
        self.error(place, "values are nested too deeply here", help);
    }

    /// Pays for some work at a place.
    pub(super) fn spend(&mut self, cost: usize, place: Place) -> Result<(), Enough> {
        if self.spent > self.budget {
            return Err(Enough);
        }
        self.spent = self.spent.saturating_add(cost + 1);
        if self.spent > self.budget {
            self.error(
                place,
                "this takes too long: the project was given up here",
                "look for a loop without an end, or for a list that doubles again and again",
            );
            return Err(Enough);
        }
        Ok(())
    }

    /// Goes one level deeper; whoever did it comes back with [`Project::leave`].
    pub(super) fn enter(&mut self, place: Place) -> Result<(), Enough> {
        if self.depth >= DEPTH {
            self.error(
                place,
                format!("more than {DEPTH} things inside each other"),
                "look for something that uses itself",
            );
            return Err(Enough);
        }
        self.depth += 1;
        Ok(())
    }

    /// Comes back from a level.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Says what is wrong at a place.
    pub fn error(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.messages.error(&self.files, place, message, help);
    }

    /// Says what is strange at a place.
    pub fn warn(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.messages.warn(&self.files, place, message, help);
    }

    /// A path that a manifest names, relative to a folder of the project; `None` where it leads out of it,
    /// which is said.
    pub(super) fn inside(&mut self, folder: &str, path: &str, place: Place) -> Option<String> {
        match inside(folder, path) {
            Some(path) => Some(path),
            None => {
                self.error(
                    place,
                    format!("`{path}` leads out of the project"),
                    "name a file below the folder that the project's first manifest stands in",
                );
                None
            }
        }
    }
}

/// A path relative to a folder, without detours; `None` where it leads out of the project.
pub(super) fn inside(folder: &str, path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\0') {
        return None;
    }
    let path = if folder.is_empty() { clean(path) } else { clean(&format!("{folder}/{path}")) };
    let leads_out = path == ".." || path.starts_with("../");
    (!leads_out).then_some(path)
}

/// The folder that an environment's files stand in, as it is written.
pub(super) fn dirname(env: &Env) -> String {
    env.get("dirname").and_then(|value| value.joined("/")).unwrap_or_default()
}
