//! The functions that are always there.

mod list;
mod packages;
mod sys;
mod text;

use super::super::env::Env;
use super::super::files::Place;
use super::super::value::{Text, Value};
use super::evaluate::{Leave, Machine, Module, Result};
use super::library;

/// Every function.
pub(super) const NAMES: [&str; 40] = [
    "print",
    "message",
    "exit",
    "raise",
    "module",
    "provides",
    "packer",
    "value_length",
    "value_type",
    "version",
    "SRCDIR",
    "DSTDIR",
    "store_set",
    "store_get",
    "new_package",
    "List_mem",
    "List_tail",
    "List_map",
    "List_flatten",
    "List_fold_left",
    "String_mem",
    "String_concat",
    "String_capitalize",
    "String_write_file",
    "String_read_file",
    "String_split",
    "String_split_simplify",
    "String_subst_suffix",
    "String_filter_by_suffix",
    "String_subst",
    "Sys_file_exists",
    "Sys_readdir",
    "Sys_command",
    "Features_get",
    "Features_enable",
    "Features_with",
    "Features_without",
    "OCaml_library",
    "OCaml_program",
    "OCaml_pack",
];

/// More of them, which no manifest names itself.
const OCAML: [&str; 4] = ["OCaml_objects", "OCaml_rules", "OCaml_test", "getconf"];

/// The function of this name.
pub(super) fn named(name: &str) -> Option<&'static str> {
    NAMES.iter().chain(&OCAML).find(|known| **known == name).copied()
}

/// Calls a function that is always there.
pub(super) fn call(
    machine: &mut Machine<'_, '_>,
    name: &'static str,
    arguments: &[Value],
    place: Place,
    env: &Env,
) -> Result<Value> {
    let cost: usize = arguments
        .iter()
        .map(|argument| match argument {
            Value::Text(text) => text.text.len(),
            Value::List(items) | Value::Tuple(items) => items.len(),
            _ => 1,
        })
        .sum();
    machine.project.spend(cost, place)?;
    match name.split_once('_').map(|(module, _)| module) {
        Some("List") => list::call(machine, name, arguments, place, env),
        Some("String") => text::call(machine, name, arguments, place),
        Some("Sys") => sys::call(machine, name, arguments, place, env),
        Some("OCaml" | "Features" | "new") => packages::call(machine, name, arguments, place, env),
        None if name == "packer" => packages::call(machine, "OCaml_pack", arguments, place, env),
        _ => plain(machine, name, arguments, place, env),
    }
}

fn plain(
    machine: &mut Machine<'_, '_>,
    name: &'static str,
    arguments: &[Value],
    place: Place,
    env: &Env,
) -> Result<Value> {
    let unit = || Ok(Value::Object(Env::default()));
    let text = |text: String| Ok(Value::text_at(text, place));
    match (name, arguments) {
        ("print" | "message", all) => {
            let shown: Vec<String> = all
                .iter()
                .map(|value| match value {
                    Value::Text(text) => text.text.to_string(),
                    other => other.shown(),
                })
                .collect();
            let said = shown.join("");
            if !said.is_empty() {
                machine.project.warn(place, said, "the manifest says so itself");
            }
            unit()
        }
        ("exit", _) => {
            let said = machine.project.messages.warnings.last().map(|last| last.message.clone());
            let message = match said {
                Some(said) => format!("the manifest gives up here: {said}"),
                None => "the manifest gives up here".to_owned(),
            };
            machine.project.error(place, message, "fulfil what it asks for before");
            Err(Leave::Enough)
        }
        ("raise", [Value::Text(name), value]) => {
            Err(Leave::RaiseNamed(name.text.to_string(), value.clone(), place))
        }
        ("module", [Value::Text(name)]) => library::module(machine, &name.text, None, place, env),
        ("module", [Value::Text(name), Value::Text(version)]) => {
            library::module(machine, &name.text, Some(&version.text), place, env)
        }
        ("provides", [Value::Text(name), Value::Text(version), value]) => {
            let known = machine.functions.modules.get(&*name.text);
            let newer = known
                .is_none_or(|(known, _)| crate::version::compare(known, &version.text).is_lt());
            if newer {
                let offered = (version.text.to_string(), Module::Offered(value.clone()));
                machine.functions.modules.insert(name.text.to_string(), offered);
            }
            Ok(Value::empty())
        }
        ("value_length", [Value::Text(text)]) => Ok(length(text.text.len())),
        ("value_length", [Value::List(items) | Value::Tuple(items)]) => Ok(length(items.len())),
        ("value_type", [value]) => Ok(Value::text_at(
            match value {
                Value::Bool(_) => "bool",
                Value::Int(_) => "int",
                Value::Text(_) => "string",
                Value::List(_) => "list",
                Value::Tuple(_) => "tuple",
                Value::Object(_) => "object",
                Value::Function(_) => "function",
                Value::Primitive(_) => "prim",
            },
            place,
        )),
        ("version", [Value::Text(text)]) => Ok(Value::Text(Text { version: true, ..text.clone() })),
        ("SRCDIR" | "DSTDIR", [Value::Text(package), rest @ ..]) => {
            let kind = &name[..3];
            let folder = format!("%{{{}_FULL_{kind}_DIR}}%", package.text);
            match rest {
                [] => text(folder),
                [Value::Text(file)] => text(format!("{folder}/{}", file.text)),
                _ => arity(name, place),
            }
        }
        ("store_set", [Value::Text(name), value]) => {
            machine.functions.store.set(name.text.clone(), value.clone());
            unit()
        }
        ("store_get", [Value::Text(name)]) => match machine.functions.store.get(&name.text) {
            Some(value) => Ok(value.clone()),
            None => Err(Leave::Raise("not-found", Value::Text(name.clone()), place)),
        },
        ("getconf", [Value::Text(name)]) => match env.get("config") {
            Some(Value::Object(config)) => {
                Ok(config.get(&name.text).cloned().unwrap_or(Value::Object(Env::default())))
            }
            _ => unit(),
        },
        (name, _) => arity(name, place),
    }
}

fn length(length: usize) -> Value {
    Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
}

fn arity<T>(name: &str, place: Place) -> Result<T> {
    let message = format!("`{name}` cannot be called with these arguments");
    Err(Leave::Raise("type-error", Value::text(message), place))
}
