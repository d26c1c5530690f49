//! The functions that describe packages, and what may be part of them or not.

use super::super::machine::{Machine, Result};
use super::{Call, unit};
use crate::ocp::env::Env;
use crate::ocp::pack::pack;
use crate::ocp::project::Description;
use crate::ocp::syntax::Kind;
use crate::ocp::value::{Text, Value};

pub(super) fn call(machine: &mut Machine<'_, '_>, call: Call<'_>) -> Result<Value> {
    let Call { name, arguments, place, env } = call;
    match (name, arguments) {
        ("OCaml_pack", [Value::Text(_), files]) => {
            Ok(pack(machine.project, &arguments[0], files, place))
        }
        ("OCaml_pack", [module @ Value::Text(_), Value::Object(options), files]) => {
            let module = Value::with(module.clone(), options.clone());
            Ok(pack(machine.project, &module, files, place))
        }
        ("new_package", [Value::Text(name), Value::Text(kind), Value::Object(options)]) => {
            match Kind::of(&kind.text) {
                Some(kind) => describe(machine, kind, name, options, env),
                None => {
                    let message = format!("`{}` is no kind of package", kind.text);
                    call.wrong(message)
                }
            }
        }
        (
            "OCaml_library" | "OCaml_program" | "OCaml_objects" | "OCaml_rules" | "OCaml_test",
            [Value::Text(package), Value::Object(options)],
        ) => match name.strip_prefix("OCaml_").and_then(Kind::of) {
            Some(kind) => describe(machine, kind, package, options, env),
            None => unit(),
        },
        ("Features_get", [Value::Text(name), Value::Bool(default)]) => {
            let enabled = machine.project.feature(&name.text, *default);
            let mut record = Env::default();
            record.set("enabled", Value::Bool(enabled));
            record.set("user", Value::Bool(enabled != *default));
            Ok(Value::Object(record))
        }
        ("Features_enable", [Value::Text(name)] | [Value::Text(name), Value::Bool(_)])
        | ("Features_with", [Value::Text(name), ..]) => {
            machine.project.set_feature(&name.text, true);
            unit()
        }
        ("Features_without", [Value::Text(name)]) => {
            machine.project.set_feature(&name.text, false);
            unit()
        }
        _ => call.arity(),
    }
}

/// A package, whose folder is that of the file where it says nothing else.
fn describe(
    machine: &mut Machine<'_, '_>,
    kind: Kind,
    name: &Text,
    options: &Env,
    env: &Env,
) -> Result<Value> {
    let mut options = options.clone();
    if options.get("dirname").is_none()
        && let Some(folder) = env.get("dirname")
    {
        options.set("dirname", folder.clone());
    }
    let described = Description { kind, name: name.clone(), file: name.place.file, options };
    machine.project.descriptions.push(described);
    Ok(Value::Object(Env::default()))
}
