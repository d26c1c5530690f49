//! What `%name( options )` gives in the old language.

use super::env::Env;
use super::files::Place;
use super::pack::pack;
use super::project::{Enough, Project};
use super::scope::Scope;
use super::substitute::substitute;
use super::value::{Text, Value};
use crate::suggest;

/// Every primitive.
const NAMES: [&str; 15] = [
    "subst_ext",
    "subst_file",
    "basefiles",
    "path",
    "string",
    "mem",
    "disp",
    "exit",
    "pack",
    "dstdir",
    "srcdir",
    "byte_exe",
    "asm_exe",
    "split",
    "split_simplify",
];

/// Calls a primitive with its own options, inside of what is around it.
pub(super) fn call(
    project: &mut Project<'_>,
    name: &str,
    place: Place,
    scope: &Scope<'_>,
    own: &Env,
) -> Result<Value, Enough> {
    // Some look at the variables around them as well.
    let inherited = |option: &str| scope.get(option).cloned();
    let own_text = |option: &str| own.get(option).and_then(|value| value.joined(" "));
    let needs = |project: &mut Project<'_>, option: &str| {
        let message = format!("`%{name}` needs `{option}`");
        project.error(place, message, format!("write `%{name}( {option} = ... )`"));
        Ok(Value::empty())
    };
    let texts = |value: Option<Value>| -> Option<Vec<Text>> { value?.words() };
    match name {
        "subst_ext" | "subst_file" | "basefiles" => {
            let Some(files) = inherited("files").and_then(|files| files.elements()) else {
                return needs(project, "files");
            };
            let to = match texts(inherited("to_ext")).as_deref() {
                _ if name == "basefiles" => "%{basefile}%".to_owned(),
                Some([ending]) => format!("%{{dirname}}%/%{{basename}}%{}", ending.text),
                _ => match inherited("to_file").and_then(|value| value.joined(" ")) {
                    Some(to) => to,
                    None => return needs(project, "to_ext"),
                },
            };
            let from = texts(inherited("from_ext")).unwrap_or_default();
            let keep = inherited("keep_others").is_some_and(|value| value.holds());
            let mut out = Vec::new();
            for (file, options) in files {
                project.spend(to.len(), place)?;
                let ending = file.text.find('.').map(|dot| &file.text[dot..]);
                let meant = ending.is_some_and(|ending| {
                    from.is_empty() || from.iter().any(|from| *from.text == *ending)
                });
                if meant {
                    let text = substitute(&to, &mut |name| of_file(&file.text, name));
                    out.push(Value::with(Value::text_at(text, file.place), options));
                } else if keep {
                    out.push(Value::with(Value::Text(file), options));
                }
            }
            Ok(Value::list(out))
        }
        "path" | "string" => {
            let option = if name == "path" { "path" } else { "strings" };
            let Some(parts) = texts(inherited(option)) else { return needs(project, option) };
            let between = match name {
                "path" => "/".to_owned(),
                _ => inherited("sep").and_then(|value| value.joined(" ")).unwrap_or_default(),
            };
            let text = parts.iter().map(|part| &*part.text).collect::<Vec<_>>().join(&between);
            project.spend(text.len(), place)?;
            Ok(Value::list([Value::text_at(text, place)]))
        }
        "mem" => {
            let Some(text) = inherited("string").and_then(|value| value.joined(" ")) else {
                return needs(project, "string");
            };
            let Some(list) = texts(inherited("strings")) else {
                return needs(project, "strings");
            };
            project.spend(list.len(), place)?;
            Ok(Value::Bool(list.iter().any(|word| *word.text == *text)))
        }
        "disp" => {
            let shown = Value::Object(own.clone()).shown();
            project.warn(place, format!("`%disp` shows {shown}"), "remove it");
            Ok(Value::empty())
        }
        "exit" => {
            project.error(
                place,
                "this project is not to be built here: `%exit`",
                "remove it, or fulfil what is asked before it",
            );
            Ok(Value::empty())
        }
        "pack" => {
            let Some(module) = own.get("to_module").cloned() else {
                return needs(project, "to_module");
            };
            let Some(files) = own.get("files").cloned() else { return needs(project, "files") };
            Ok(pack(project, &module, &files, place))
        }
        "dstdir" | "srcdir" | "byte_exe" | "asm_exe" => {
            let Some(package) = own_text("p") else { return needs(project, "p") };
            let kind = if name == "srcdir" { "SRC" } else { "DST" };
            let mut text = format!("%{{{package}_FULL_{kind}_DIR}}%");
            match name {
                "byte_exe" => text += &format!("/{package}.byte"),
                "asm_exe" => text += &format!("/{package}.asm"),
                _ => {
                    if let Some(file) = own_text("file") {
                        text += &format!("/{file}");
                    }
                }
            }
            Ok(Value::text_at(text, place))
        }
        "split" | "split_simplify" => {
            let Some(text) = own_text("s") else { return needs(project, "s") };
            let between = own_text("sep").and_then(|sep| sep.chars().next()).unwrap_or(' ');
            project.spend(text.len(), place)?;
            let parts = text.split(between).filter(|part| name == "split" || !part.is_empty());
            Ok(Value::list(parts.map(|part| Value::text_at(part, place))))
        }
        "uniq" => {
            project.unique += 1;
            Ok(Value::text_at(format!(".id_{}", project.unique), place))
        }
        _ => {
            let help = suggest::help(name, NAMES.into_iter().chain(["uniq"]), || {
                format!("primitives are {}", suggest::list(NAMES.into_iter().chain(["uniq"])))
            });
            project.error(place, format!("there is no primitive `%{name}`"), help);
            Ok(Value::empty())
        }
    }
}

/// What `%{name}%` stands for in a text about a file.
pub(super) fn of_file(file: &str, name: &str) -> Option<String> {
    let (folder, base) = file.rsplit_once('/').unwrap_or((".", file));
    Some(match name {
        "file" => file.to_owned(),
        "basefile" => base.to_owned(),
        "basename" => base.split('.').next().unwrap_or_default().to_owned(),
        "dirname" => folder.to_owned(),
        "extensions" => base.find('.').map(|dot| base[dot..].to_owned()).unwrap_or_default(),
        _ => return None,
    })
}
