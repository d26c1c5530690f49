//! The functions that ask for files and folders, and commands of rules.

use super::super::machine::{Machine, Result};
use super::Call;
use crate::ocp::env::Env;
use crate::ocp::project::{self, dirname};
use crate::ocp::value::Value;

pub(super) fn call(machine: &mut Machine<'_, '_>, call: Call<'_>) -> Result<Value> {
    let Call { name, arguments, place, env } = call;
    match (name, arguments) {
        ("Sys_file_exists", [Value::Text(file)]) => {
            let path = project::inside("", &file.text);
            Ok(Value::Bool(path.is_some_and(|path| machine.project.tree.exists(&path))))
        }
        ("Sys_readdir", [Value::Text(folder), rest @ ..]) => {
            let inside = machine.project.inside(&dirname(env), &folder.text, place);
            let Some(path) = inside else { return Ok(Value::empty()) };
            let names = machine.project.tree.names(&path);
            machine.project.spend(names.len(), place)?;
            match rest {
                [] => call.texts(names),
                [Value::Text(pattern)] => {
                    call.texts(names.into_iter().filter(|name| fits(name, &pattern.text)))
                }
                _ => call.arity(),
            }
        }
        ("Sys_command", [Value::List(_), rest @ ..]) => {
            let mut options = match rest {
                [] => Env::default(),
                [Value::Object(options)] => options.clone(),
                _ => return call.arity(),
            };
            options.set(machine.functions.value.clone(), arguments[0].clone());
            Ok(Value::with(Value::text_at("", place), options))
        }
        _ => call.arity(),
    }
}

/// Whether a name begins as a pattern with `*` and `?` says, and ends so as well.
fn fits(name: &str, pattern: &str) -> bool {
    globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(name))
}
