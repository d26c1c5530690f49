//! What reading a project's files shares: the files, what was said, what was described, and a budget.

use std::collections::BTreeMap;

use super::files::{Files, Messages, Place};
use super::syntax::Kind;
use super::value::{Env, Text, Value};
use crate::environment::Environment;
use crate::ocaml::sources::clean;

/// What evaluating all files of a project may cost: about one for each value looked at or made.
const BUDGET: usize = 16_000_000;

/// Nothing may be evaluated deeper inside other things.
const DEPTH: usize = 350;

/// The project's folder, as a manifest may ask about it. Paths are relative to it.
pub trait Tree {
    /// The content of a file, where there is one.
    fn read(&mut self, path: &str) -> Option<Vec<u8>>;
    /// The names in a folder.
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
    pub globals: Env,
    /// The project's folder.
    pub tree: &'a mut dyn Tree,
    /// Options by name, for `use`: the file, and the statements.
    pub(super) configs: BTreeMap<String, (u32, Vec<super::syntax::Statement>)>,
    /// What the user chose of what may be there or not, by name.
    pub chosen: BTreeMap<String, bool>,
    /// What may be there or not, and whether it is when the user says nothing.
    pub features: BTreeMap<String, bool>,
    spent: usize,
    depth: usize,
    /// How many texts were asked for that nobody else has.
    pub(super) unique: usize,
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
            globals: globals(environment),
            tree,
            configs: BTreeMap::new(),
            chosen: BTreeMap::new(),
            features: BTreeMap::new(),
            spent: 0,
            depth: 0,
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

    /// Pays for some work at a place.
    pub(super) fn spend(&mut self, cost: usize, place: Place) -> Result<(), Enough> {
        if self.spent > BUDGET {
            return Err(Enough);
        }
        self.spent = self.spent.saturating_add(cost + 1);
        if self.spent > BUDGET {
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
    let path = clean(&format!("{folder}/{path}"));
    let leads_out = path == ".." || path.starts_with("../");
    (!leads_out).then_some(path)
}

/// The folder that an environment's files stand in, as it is written.
pub(super) fn dirname(env: &Env) -> String {
    env.get("dirname").and_then(|value| value.joined("/")).unwrap_or_default()
}

/// The values that every file may name.
fn globals(environment: &Environment) -> Env {
    let mut env = Env::default();
    let empty = [
        "cflags",
        "ccopt",
        "nodeps",
        "noimpldeps",
        "ocamlc_deps",
        "ocamldoc_deps",
        "ocamlopt_deps",
        "ocamldep_deps",
        "ocamllex_deps",
        "ocamlyacc_deps",
        "ocamlmklib_deps",
        "link_deps",
        "asmlink_deps",
        "bytelink_deps",
        "asmlink_libs",
        "bytelink_libs",
        "mklib",
        "bytelink",
        "bytecomp",
        "docflags",
        "asmcomp",
        "asmlink",
        "dep",
        "rule_sources",
        "more_deps",
        "link_order",
        "pp_requires",
        "comp_requires",
        "pp_deps",
        "pack",
        "syntax",
        "ppflags",
        "subdir",
        "cclib",
        "packages",
    ];
    for name in empty {
        env.set(name, Value::empty());
    }
    let no = [
        "ml",
        "mli",
        "nopervasives",
        "nointernaldeps",
        "is_toplevel",
        "bytedebug",
        "asmdebug",
        "debug",
        "force_link",
        "externals_only",
        "sort",
        "no_mli",
    ];
    for name in no {
        env.set(name, Value::Bool(false));
    }
    for name in ["doc", "cmxs_plugin", "has_byte", "has_asm", "install_META", "byte_support"] {
        env.set(name, Value::Bool(true));
    }
    for name in ["libstubs", "package", "install_subdir"] {
        env.set(name, Value::text(""));
    }
    for tool in
        ["ocamldep", "ocamlc", "ocamlopt", "ocamllex", "ocamlyacc", "ocamldoc", "ocamlmklib"]
    {
        env.set(tool, Value::texts(&[tool]));
    }
    env.set("native_support", Value::Bool(environment.is_native()));
    let version = environment.get("ocaml_version").unwrap_or_default().to_owned();
    let text = Text { version: true, ..Text::new(&version, Place::default()) };
    env.set("ocaml_version", Value::Text(text));
    let numbers: Vec<&str> = version.split(['.', '+', '~', '-']).collect();
    let parts = ["ocaml_major_version", "ocaml_minor_version", "ocaml_point_version"];
    for (at, name) in parts.into_iter().enumerate() {
        let number = numbers.get(at).copied().unwrap_or("0");
        env.set(name, Value::texts(&[number]));
    }
    for name in ["system", "architecture", "os_type"] {
        env.set(name, Value::texts(&[environment.get(name).unwrap_or_default()]));
    }
    for name in ["ext_obj", "ext_lib", "ext_dll"] {
        env.set(name, Value::text(environment.get(name).unwrap_or_default()));
    }
    let library = environment.get("standard_library").unwrap_or_default();
    env.set("OCAMLLIB", Value::text(library));
    env
}
