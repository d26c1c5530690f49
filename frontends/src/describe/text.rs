//! JSON as lines for people.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::package::SECTIONS;

/// What is said of the package as a whole.
pub(super) fn of_all(value: &Value) -> String {
    let word = |name: &str| value[name].as_str().unwrap_or_default();
    let mut out = format!("{} {}", word("name"), word("version"));
    let synopsis = word("synopsis");
    if !synopsis.is_empty() {
        let _ = write!(out, ": {synopsis}");
    }
    out.push('\n');
    for (name, value) in ordered(value) {
        if !["shape", "name", "version", "synopsis", SECTIONS].contains(&name.as_str()) {
            line(name, value, 1, &mut out);
        }
    }
    out
}

/// What is said of a section.
pub(super) fn of_one(section: &Value) -> String {
    let of = |name: &str| section[name].as_str().unwrap_or_default();
    let mut out = format!("\n{} `{}`\n", of("kind"), of("name"));
    for (name, value) in ordered(section) {
        if !["kind", "name"].contains(&name.as_str()) {
            line(name, value, 1, &mut out);
        }
    }
    out
}

/// What people look for first.
const FIRST: [&str; 20] = [
    "format",
    "manifests",
    "description",
    "license",
    "build",
    "run",
    "install",
    "path",
    "findlib",
    "main",
    "modules",
    "internal_modules",
    "command",
    "title",
    "depends",
    "tools",
    "code",
    "authors",
    "maintainers",
    "flags",
];

/// The fields of an object in the order in which people read them.
fn ordered(value: &Value) -> Vec<(&String, &Value)> {
    let mut all: Vec<_> = value.as_object().into_iter().flatten().collect();
    let rank = |name: &str| FIRST.iter().position(|first| *first == name).unwrap_or(FIRST.len());
    all.sort_by_key(|(name, _)| rank(name));
    all
}

/// What people want to know when it does not hold, too.
const ANSWERED: [&str; 3] = ["build", "install", "run"];

/// The width of names.
const WIDTH: usize = 16;

fn line(name: &str, value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().all(Value::is_string) => {
            let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            let separator = if words.iter().any(|word| word.contains([' ', ','])) {
                format!("\n{indent}{:WIDTH$} ", "")
            } else {
                " ".to_owned()
            };
            let _ = writeln!(out, "{indent}{name:WIDTH$} {}", words.join(&separator));
        }
        Value::Array(items) => {
            for item in items.iter().filter_map(Value::as_object) {
                let _ = writeln!(out, "{indent}{name:WIDTH$} {}", fields(item));
            }
        }
        Value::Object(map) if map.values().all(|value| value.is_array() || is_word(value)) => {
            for (key, value) in map {
                line(&format!("{name} {key}"), value, depth, out);
            }
        }
        Value::Object(map) => {
            let _ = writeln!(out, "{indent}{name:WIDTH$} {}", fields(map));
        }
        Value::Null => {}
        Value::Bool(false) if !ANSWERED.contains(&name) => {}
        Value::String(text) if text.is_empty() => {}
        Value::String(text) => {
            let text = text.replace('\n', &format!("\n{indent}{:WIDTH$} ", ""));
            let _ = writeln!(out, "{indent}{name:WIDTH$} {text}");
        }
        other => {
            let _ = writeln!(out, "{indent}{name:WIDTH$} {}", plain(other));
        }
    }
}

/// A text, or nothing.
fn is_word(value: &Value) -> bool {
    value.is_string() || value.as_object().is_some_and(Map::is_empty)
}

/// The fields of a small object in one line.
fn fields(map: &Map<String, Value>) -> String {
    let known = map.iter().filter(|(_, value)| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        Value::Bool(_) | Value::Number(_) => true,
    });
    known.map(|(name, value)| format!("{name}: {}", plain(value))).collect::<Vec<_>>().join(", ")
}

fn plain(value: &Value) -> String {
    match value {
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
