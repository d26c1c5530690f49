//! What every manifest may name without setting it: the options with their defaults, and the machine.

use std::rc::Rc;

use hashbrown::HashMap;

use super::env::Env;
use super::files::Place;
use super::value::{Text, Value};
use crate::environment::Environment;

/// The values that every file may name: nobody changes them, and they are asked for millions of times.
#[derive(Clone, Debug)]
pub(super) struct Globals(Rc<HashMap<Rc<str>, Value>>);

impl Globals {
    /// Those of a machine.
    pub(super) fn new(environment: &Environment) -> Self {
        let all = globals(environment);
        Self(Rc::new(all.iter().map(|(name, value)| (name.clone(), value.clone())).collect()))
    }

    /// The value of this name.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Every name, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &Rc<str>> {
        let mut names: Vec<&Rc<str>> = self.0.keys().collect();
        names.sort_unstable();
        names.into_iter()
    }
}

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
    let text = Text { version: true, ..Text::new(version.as_str(), Place::default()) };
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
