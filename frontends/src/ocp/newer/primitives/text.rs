//! The functions of texts, and of files as texts.

use super::super::machine::{Leave, Machine, Result};
use super::Call;
use crate::ocp::substitute::substitute;
use crate::ocp::translate::capitalized;
use crate::ocp::value::{Text, Value};

pub(super) fn call(machine: &mut Machine<'_, '_>, call: Call<'_>) -> Result<Value> {
    let Call { name, arguments, place, .. } = call;
    match (name, arguments) {
        ("String_mem", [Value::Text(part), Value::Text(whole)]) => {
            Ok(Value::Bool(whole.text.contains(&*part.text)))
        }
        ("String_concat", [list @ Value::List(_)]) => match list.joined("") {
            Some(joined) => call.text(joined),
            None => call.arity(),
        },
        ("String_concat", [list @ Value::List(_), Value::Text(between)])
        | ("String_concat", [Value::Text(between), list @ Value::List(_)]) => {
            match list.joined(&between.text) {
                Some(joined) => {
                    machine.project.spend(joined.len(), place)?;
                    call.text(joined)
                }
                None => call.arity(),
            }
        }
        ("String_capitalize", [Value::Text(word)]) => call.text(capitalized(&word.text)),
        ("String_write_file", _) => {
            let message = "manifests cannot write files";
            machine.project.error(place, message, "let a rule make the file");
            Err(Leave::Enough)
        }
        ("String_read_file", [Value::Text(file)]) => {
            let Some(path) = machine.project.inside("", &file.text, place) else {
                return call.text(String::new());
            };
            match machine.project.tree.read(&path) {
                Some(content) => {
                    machine.project.spend(content.len(), place)?;
                    call.text(String::from_utf8_lossy(&content).into_owned())
                }
                None => call.raise("not-found", Value::Text(file.clone())),
            }
        }
        ("String_split" | "String_split_simplify", [Value::Text(whole), Value::Text(between)]) => {
            let mut chars = between.text.chars();
            let (Some(between), None) = (chars.next(), chars.next()) else {
                let message = "texts are split at one letter";
                return call.raise("failure", Value::text(message));
            };
            let parts = whole.text.split(between);
            let keep = |part: &&str| name == "String_split" || !part.is_empty();
            call.texts(parts.filter(keep).map(str::to_owned))
        }
        ("String_subst_suffix", [value, Value::Text(old), Value::Text(new)]) => {
            let one = |value: &Value| match value {
                Value::Text(word) => match word.text.strip_suffix(&*old.text) {
                    Some(stem) => {
                        let text = format!("{stem}{}", new.text);
                        Value::Text(Text { text: text.into(), ..word.clone() })
                    }
                    None => value.clone(),
                },
                other => other.clone(),
            };
            Ok(match value {
                Value::List(list) => Value::list(list.iter().map(one)),
                other => one(other),
            })
        }
        ("String_filter_by_suffix", [Value::List(list), Value::Text(suffix)]) => {
            let fits = |value: &&Value| match value {
                Value::Text(word) => word.text.ends_with(&*suffix.text),
                _ => false,
            };
            Ok(Value::list(list.iter().filter(fits).cloned()))
        }
        ("String_subst", [Value::Text(whole), Value::List(pairs)]) => {
            let dollars = whole.text.replace("$(", "%{").replace("${", "%{");
            let dollars = dollars.replace(['}', ')'], "}%");
            let value = |name: &str| {
                pairs.iter().find_map(|pair| match pair {
                    Value::Tuple(items) => match &**items {
                        [Value::Text(known), Value::Text(value)] if *known.text == *name => {
                            Some(value.text.to_string())
                        }
                        [Value::Text(known), value] if *known.text == *name => Some(value.shown()),
                        _ => None,
                    },
                    _ => None,
                })
            };
            call.text(substitute(&dollars, &mut |name| value(name)))
        }
        _ => call.arity(),
    }
}
