//! The modules that are always there: what the stock tool installs beside itself.

use super::super::env::Env;
use super::super::files::Place;
use super::super::value::Value;
use super::machine::{Leave, Machine, Module, Result};
use super::{names, parse};
use crate::version;

/// The modules written in the language itself.
const SOURCE: &str = include_str!("modules.ocp2");

/// The version that modules have.
const VERSION: &str = "1.1";

/// Modules of nothing but primitives: fields and their primitives.
const MODULES: [(&str, &[(&str, &str)]); 4] = [
    (
        "List",
        &[
            ("length", "value_length"),
            ("mem", "List_mem"),
            ("map", "List_map"),
            ("flatten", "List_flatten"),
            ("tail", "List_tail"),
            ("fold_left", "List_fold_left"),
        ],
    ),
    (
        "String",
        &[
            ("mem", "String_mem"),
            ("length", "value_length"),
            ("concat", "String_concat"),
            ("split", "String_split"),
            ("split_simplify", "String_split_simplify"),
            ("subst_suffix", "String_subst_suffix"),
            ("filter_by_suffix", "String_filter_by_suffix"),
            ("subst", "String_subst"),
            ("capitalize", "String_capitalize"),
            ("write_file", "String_write_file"),
            ("read_file", "String_read_file"),
        ],
    ),
    (
        "Sys",
        &[
            ("file_exists", "Sys_file_exists"),
            ("readdir", "Sys_readdir"),
            ("command", "Sys_command"),
        ],
    ),
    (
        "Features",
        &[
            ("get", "Features_get"),
            ("enable", "Features_enable"),
            ("with", "Features_with"),
            ("without", "Features_without"),
        ],
    ),
];

/// What makes packages.
const OCAML: [(&str, &str); 9] = [
    ("library", "OCaml_library"),
    ("program", "OCaml_program"),
    ("objects", "OCaml_objects"),
    ("rules", "OCaml_rules"),
    ("test", "OCaml_test"),
    ("new_package", "new_package"),
    ("pack", "OCaml_pack"),
    ("system", "Sys_command"),
    ("getconf", "getconf"),
];

/// The variables that are always there.
pub(super) fn globals() -> Env {
    let mut env = Env::default();
    for name in ["ocaml", "config", "autoconf"] {
        env.set(name, Value::Object(Env::default()));
    }
    env.set("OCaml", record(&OCAML));
    env
}

fn record(fields: &[(&str, &str)]) -> Value {
    let mut env = Env::default();
    for (field, primitive) in fields {
        if let Some(name) = names::named(primitive) {
            env.set(*field, Value::Primitive(name));
        }
    }
    Value::Object(env)
}

/// A module by its name, at least of this version.
pub(super) fn module(
    machine: &mut Machine<'_, '_>,
    name: &str,
    wanted: Option<&str>,
    place: Place,
    env: &Env,
) -> Result<Value> {
    let short = name.strip_prefix("ocp-build:").unwrap_or(name);
    let own = MODULES.iter().find(|(known, _)| *known == short);
    if !machine.functions.modules.contains_key(name) {
        let value = match (own, short) {
            (Some((_, fields)), _) => record(fields),
            (None, "Store" | "OCaml") => written(machine, short, place)?,
            _ => {
                let message = format!("there is no module `{name}`");
                return Err(Leave::Raise("not-found", Value::text(message), place));
            }
        };
        let offered = (VERSION.to_owned(), Module::Offered(value));
        machine.functions.modules.insert(name.to_owned(), offered);
    }
    let Some((version, module)) = machine.functions.modules.get(name).cloned() else {
        return Ok(Value::empty());
    };
    if let Some(wanted) = wanted
        && version::compare(&version, wanted).is_lt()
    {
        let message = format!("module `{name}` is of version {version}, and {wanted} is wanted");
        return Err(Leave::Raise("bad-version", Value::text(message), place));
    }
    let offered = match module {
        Module::Made(value) => return Ok(value),
        Module::Making => {
            let message = format!("module `{name}` needs itself");
            return Err(Leave::Raise("infinite-dependency", Value::text(message), place));
        }
        Module::Offered(value) => value,
    };
    let set = |machine: &mut Machine<'_, '_>, module: Module| {
        machine.functions.modules.insert(name.to_owned(), (version.clone(), module));
    };
    set(machine, Module::Making);
    let made = match &offered {
        Value::Function(_) | Value::Primitive(_) => {
            machine.call(&offered, Vec::new(), place, env)?
        }
        other => other.clone(),
    };
    set(machine, Module::Made(made.clone()));
    Ok(made)
}

/// A function of the modules written in the language itself, which gives the module.
fn written(machine: &mut Machine<'_, '_>, name: &str, place: Place) -> Result<Value> {
    let statements = parse::parse(SOURCE.as_bytes()).statements;
    let mut env = Env::default();
    let file = machine.project.files.add("modules.ocp2", SOURCE.as_bytes().to_vec());
    super::evaluate::run(machine.project, machine.functions, file, statements, &mut env);
    let message = format!("there is no module `{name}`");
    env.take(name).ok_or(Leave::Raise("not-found", Value::text(message), place))
}
