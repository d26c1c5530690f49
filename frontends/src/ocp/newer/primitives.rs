//! Operators of the newer language, and the functions that are always there.

use super::super::files::Place;
use super::super::project::{self, Description, dirname};
use super::super::substitute::substitute;
use super::super::syntax::Kind;
use super::super::value::{Env, Items, Text, Value};
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

/// What an operator gives.
pub(super) fn operator(
    machine: &mut Machine<'_, '_>,
    operator: &'static str,
    one: Value,
    two: &Value,
    place: Place,
) -> Result<Value> {
    let wrong = |one: &Value| {
        let message = format!("`{operator}` of {} and {}", one.kind(), two.kind());
        Err(Leave::Raise("type-error", Value::text(&message), place))
    };
    match operator {
        "=" | "==" => return Ok(Value::Bool(one.same(two))),
        "!=" | "<>" => return Ok(Value::Bool(!one.same(two))),
        "<" | ">" | "<=" | ">=" => {
            let Ok(order) = one.compare(two) else { return wrong(&one) };
            return Ok(Value::Bool(match operator {
                "<" => order.is_lt(),
                ">" => order.is_gt(),
                "<=" => order.is_le(),
                _ => order.is_ge(),
            }));
        }
        _ => {}
    }
    match (operator, one, two) {
        ("||" | "|", Value::Bool(one), Value::Bool(two)) => Ok(Value::Bool(one || *two)),
        ("&&" | "&", Value::Bool(one), Value::Bool(two)) => Ok(Value::Bool(one && *two)),
        ("+", Value::List(mut one), Value::List(two)) => {
            let copied = if one.is_shared() { one.len() } else { 0 };
            machine.project.spend(copied + two.len(), place)?;
            two.iter().for_each(|item| one.push(item.clone()));
            Ok(Value::List(one))
        }
        ("+", Value::List(mut one), two) => {
            machine.project.spend(if one.is_shared() { one.len() } else { 0 }, place)?;
            one.push(two.clone());
            Ok(Value::List(one))
        }
        ("+", Value::Text(one), two) => {
            let more = match two {
                Value::Text(two) => two.text.to_string(),
                other => other.shown(),
            };
            machine.project.spend(one.text.len() + more.len(), place)?;
            let text = format!("{}{more}", one.text);
            Ok(Value::Text(Text { text: text.into(), ..one }))
        }
        ("+", Value::Object(mut one), Value::Object(two)) => {
            machine.project.spend(one.cost() + two.iter().count(), place)?;
            two.iter().for_each(|(name, value)| one.set(name, value.clone()));
            Ok(Value::Object(one))
        }
        ("-", Value::Object(mut one), two @ (Value::Text(_) | Value::List(_))) => {
            machine.project.spend(one.cost(), place)?;
            for name in two.words().unwrap_or_default() {
                one.take(&name.text);
            }
            Ok(Value::Object(one))
        }
        (_, Value::Int(one), Value::Int(two)) => match number(operator, one, *two) {
            Some(number) => Ok(Value::Int(number)),
            None => Err(Leave::Raise("div-by-zero", Value::Int(one), place)),
        },
        (_, one, _) => wrong(&one),
    }
}

/// An operator on numbers; `None` is a division by zero.
fn number(operator: &str, one: i64, two: i64) -> Option<i64> {
    let shift = |two: i64| u32::try_from(two.clamp(0, 63)).unwrap_or_default();
    Some(match operator {
        "+" => one.wrapping_add(two),
        "-" => one.wrapping_sub(two),
        "*" => one.wrapping_mul(two),
        "/" => one.checked_div(two)?,
        "%" => one.checked_rem(two)?,
        "<<" => one.wrapping_shl(shift(two)),
        ">>" => one.wrapping_shr(shift(two)),
        "^" => one ^ two,
        "|" | "||" => one | two,
        _ => one & two,
    })
}

/// Calls a function that is always there.
pub(super) fn call(
    machine: &mut Machine<'_, '_>,
    name: &'static str,
    arguments: &[Value],
    place: Place,
    env: &Env,
) -> Result<Value> {
    let unit = || Ok(Value::Object(Env::default()));
    let text = |text: &str| Ok(Value::text_at(text, place));
    let texts =
        |list: Vec<String>| Ok(Value::list(list.iter().map(|text| Value::text_at(text, place))));
    let cost: usize = arguments
        .iter()
        .map(|argument| match argument {
            Value::Text(text) => text.text.len(),
            Value::List(items) | Value::Tuple(items) => items.len(),
            _ => 1,
        })
        .sum();
    machine.project.spend(cost, place)?;
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
        ("packer" | "OCaml_pack", [Value::Text(_), files]) => {
            Ok(super::super::primitives::pack(machine.project, &arguments[0], files, place))
        }
        ("packer" | "OCaml_pack", [module @ Value::Text(_), Value::Object(options), files]) => {
            let module = Value::with(module.clone(), options.clone());
            Ok(super::super::primitives::pack(machine.project, &module, files, place))
        }
        ("value_length", [Value::Text(text)]) => Ok(length(text.text.len())),
        ("value_length", [Value::List(items) | Value::Tuple(items)]) => Ok(length(items.len())),
        ("value_type", [value]) => text(match value {
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Text(_) => "string",
            Value::List(_) => "list",
            Value::Tuple(_) => "tuple",
            Value::Object(_) => "object",
            Value::Function(_) => "function",
            Value::Primitive(_) => "prim",
        }),
        ("version", [Value::Text(text)]) => Ok(Value::Text(Text { version: true, ..text.clone() })),
        ("SRCDIR" | "DSTDIR", [Value::Text(package), rest @ ..]) => {
            let kind = &name[..3];
            let folder = format!("%{{{}_FULL_{kind}_DIR}}%", package.text);
            match rest {
                [] => text(&folder),
                [Value::Text(file)] => text(&format!("{folder}/{}", file.text)),
                _ => arity(name, place),
            }
        }
        ("store_set", [Value::Text(name), value]) => {
            machine.functions.store.set(&name.text, value.clone());
            unit()
        }
        ("store_get", [Value::Text(name)]) => match machine.functions.store.get(&name.text) {
            Some(value) => Ok(value.clone()),
            None => Err(Leave::Raise("not-found", Value::Text(name.clone()), place)),
        },
        ("new_package", [Value::Text(name), Value::Text(kind), Value::Object(options)]) => {
            match Kind::of(&kind.text) {
                Some(kind) => describe(machine, kind, name, options, env),
                None => {
                    let message = format!("`{}` is no kind of package", kind.text);
                    Err(Leave::Raise("type-error", Value::text(&message), place))
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
        ("getconf", [Value::Text(name)]) => match env.get("config") {
            Some(Value::Object(config)) => {
                Ok(config.get(&name.text).cloned().unwrap_or(Value::Object(Env::default())))
            }
            _ => unit(),
        },
        ("List_mem", [item, Value::List(list)]) => {
            Ok(Value::Bool(list.iter().any(|one| one.same(item))))
        }
        ("List_tail", [Value::List(list)]) if !list.is_empty() => {
            Ok(Value::list(list.iter().skip(1).cloned()))
        }
        ("List_tail", [Value::List(_)]) => {
            Err(Leave::Raise("failure", Value::text("the tail of an empty list"), place))
        }
        (
            "List_map",
            [function @ (Value::Function(_) | Value::Primitive(_)), Value::List(list)],
        )
        | (
            "List_map",
            [Value::List(list), function @ (Value::Function(_) | Value::Primitive(_))],
        ) => {
            let mut out = Items::default();
            for item in list.iter() {
                out.push(machine.call(function, vec![item.clone()], place, env)?);
            }
            Ok(Value::List(out))
        }
        ("List_flatten", [Value::List(list)]) => {
            let mut out = Items::default();
            for item in list.iter() {
                match item {
                    Value::List(inner) => {
                        machine.project.spend(inner.len(), place)?;
                        inner.iter().for_each(|item| out.push(item.clone()));
                    }
                    other => out.push(other.clone()),
                }
            }
            Ok(Value::List(out))
        }
        ("List_fold_left", [function, start, Value::List(list)]) => {
            let mut value = start.clone();
            for item in list.iter() {
                value = machine.call(function, vec![value, item.clone()], place, env)?;
            }
            Ok(value)
        }
        ("String_mem", [Value::Text(part), Value::Text(whole)]) => {
            Ok(Value::Bool(whole.text.contains(&*part.text)))
        }
        ("String_concat", [list @ Value::List(_)]) => match list.joined("") {
            Some(joined) => text(&joined),
            None => arity(name, place),
        },
        ("String_concat", [list @ Value::List(_), Value::Text(between)])
        | ("String_concat", [Value::Text(between), list @ Value::List(_)]) => {
            match list.joined(&between.text) {
                Some(joined) => {
                    machine.project.spend(joined.len(), place)?;
                    text(&joined)
                }
                None => arity(name, place),
            }
        }
        ("String_capitalize", [Value::Text(word)]) => {
            text(&super::super::translate::capitalized(&word.text))
        }
        ("String_write_file", _) => {
            let message = "manifests cannot write files";
            machine.project.error(place, message, "let a rule make the file");
            Err(Leave::Enough)
        }
        ("String_read_file", [Value::Text(file)]) => {
            let Some(path) = machine.project.inside("", &file.text, place) else { return text("") };
            match machine.project.tree.read(&path) {
                Some(content) => {
                    machine.project.spend(content.len(), place)?;
                    text(&String::from_utf8_lossy(&content))
                }
                None => Err(Leave::Raise("not-found", Value::Text(file.clone()), place)),
            }
        }
        ("String_split" | "String_split_simplify", [Value::Text(whole), Value::Text(between)]) => {
            let mut chars = between.text.chars();
            let (Some(between), None) = (chars.next(), chars.next()) else {
                let message = "texts are split at one letter";
                return Err(Leave::Raise("failure", Value::text(message), place));
            };
            let parts = whole.text.split(between);
            let keep = |part: &&str| name == "String_split" || !part.is_empty();
            texts(parts.filter(keep).map(str::to_owned).collect())
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
                    Value::Tuple(items) if items.len() == 2 => match (items.get(0)?, items.get(1)?)
                    {
                        (Value::Text(known), Value::Text(value)) if *known.text == *name => {
                            Some(value.text.to_string())
                        }
                        (Value::Text(known), value) if *known.text == *name => Some(value.shown()),
                        _ => None,
                    },
                    _ => None,
                })
            };
            text(&substitute(&dollars, &mut |name| value(name)))
        }
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
                [] => texts(names),
                [Value::Text(pattern)] => {
                    texts(names.into_iter().filter(|name| fits(name, &pattern.text)).collect())
                }
                _ => arity(name, place),
            }
        }
        ("Sys_command", [Value::List(_), rest @ ..]) => {
            let mut options = match rest {
                [] => Env::default(),
                [Value::Object(options)] => options.clone(),
                _ => return arity(name, place),
            };
            options.set("value", arguments[0].clone());
            Ok(Value::with(Value::text_at("", place), options))
        }
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
        (name, _) => arity(name, place),
    }
}

fn length(length: usize) -> Value {
    Value::Int(i64::try_from(length).unwrap_or(i64::MAX))
}

fn arity<T>(name: &str, place: Place) -> Result<T> {
    let message = format!("`{name}` cannot be called with these arguments");
    Err(Leave::Raise("type-error", Value::text(&message), place))
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

/// Whether a name begins as a pattern with `*` and `?` says, and ends so as well.
fn fits(name: &str, pattern: &str) -> bool {
    globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .is_ok_and(|glob| glob.compile_matcher().is_match(name))
}
