//! The functions that are always there.

mod list;
mod packages;
mod sys;
mod text;

use super::super::env::Env;
use super::super::files::Place;
use super::super::value::{Text, Value};
use super::library;
use super::machine::{Leave, Machine, Module, Result};

/// A call of a function that is always there.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    /// The function.
    pub(super) name: &'static str,
    /// What it is given.
    pub(super) arguments: &'a [Value],
    /// Where it is called.
    pub(super) place: Place,
    /// The variables there.
    pub(super) env: &'a Env,
}

impl Call<'_> {
    /// It cannot be called with what it is given.
    fn arity<T>(&self) -> Result<T> {
        self.wrong(format!("`{}` cannot be called with these arguments", self.name))
    }

    /// A value is not what it should be.
    fn wrong<T>(&self, message: String) -> Result<T> {
        self.raise("type-error", Value::text(message))
    }

    /// It ends with an exception.
    fn raise<T>(&self, name: &'static str, value: Value) -> Result<T> {
        Err(Leave::Raise(name, value, self.place))
    }

    /// It gives a text.
    fn text(&self, text: String) -> Result<Value> {
        Ok(Value::text_at(text, self.place))
    }

    /// It gives a list of texts.
    fn texts(&self, texts: impl IntoIterator<Item = String>) -> Result<Value> {
        Ok(Value::list(texts.into_iter().map(|text| Value::text_at(text, self.place))))
    }
}

/// What functions give that are called for their effect.
fn unit() -> Result<Value> {
    Ok(Value::Object(Env::default()))
}

/// Calls a function that is always there.
pub(super) fn call(machine: &mut Machine<'_, '_>, call: Call<'_>) -> Result<Value> {
    let Call { name, arguments, place, .. } = call;
    let cost: usize = arguments
        .iter()
        .map(|argument| match argument {
            Value::Text(text) => text.text.len(),
            Value::List(items) => items.len(),
            Value::Tuple(items) => items.len(),
            _ => 1,
        })
        .sum();
    machine.project.spend(cost, place)?;
    match name.split_once('_').map(|(module, _)| module) {
        Some("List") => list::call(machine, call),
        Some("String") => text::call(machine, call),
        Some("Sys") => sys::call(machine, call),
        Some("OCaml" | "Features" | "new") => packages::call(machine, call),
        None if name == "packer" => packages::call(machine, Call { name: "OCaml_pack", ..call }),
        _ => plain(machine, call),
    }
}

fn plain(machine: &mut Machine<'_, '_>, call: Call<'_>) -> Result<Value> {
    let Call { name, arguments, place, env } = call;
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
        ("value_length", [Value::List(items)]) => Ok(length(items.len())),
        ("value_length", [Value::Tuple(items)]) => Ok(length(items.len())),
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
                [] => call.text(folder),
                [Value::Text(file)] => call.text(format!("{folder}/{}", file.text)),
                _ => call.arity(),
            }
        }
        ("store_set", [Value::Text(name), value]) => {
            machine.functions.store.set(name.text.clone(), value.clone());
            unit()
        }
        ("store_get", [Value::Text(name)]) => match machine.functions.store.get(&name.text) {
            Some(value) => Ok(value.clone()),
            None => call.raise("not-found", Value::Text(name.clone())),
        },
        ("getconf", [Value::Text(name)]) => match env.get("config") {
            Some(Value::Object(config)) => {
                Ok(config.get(&name.text).cloned().unwrap_or(Value::Object(Env::default())))
            }
            _ => unit(),
        },
        _ => call.arity(),
    }
}

fn length(length: usize) -> Value {
    Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
}
