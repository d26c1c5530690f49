//! Changes of the environment: `build-env` for the package's own commands, `setenv` for who uses it.

use bstr::ByteSlice as _;

use super::One;
use crate::opam::Wrong;
use crate::opam::command::plain_variables;
use crate::opam::interpolate::expand_early;
use crate::opam::reference::Reference;
use crate::opam::tree::{Kind, Relation, Update, Value};
use crate::opam::variables::{Content, Known, Variables as _};
use crate::package::{Change, How};

impl One<'_> {
    /// The changes that a field makes, in its order. In those of `setenv` variables of the package itself that are not
    /// known before it is installed stay, with its name: `%{NAME:x}%`.
    pub(super) fn environment(&mut self, field: &str, known: &Known) -> Vec<Change> {
        let mut known = known.clone();
        // How many processors there are is asked where a command runs, and these are plain texts.
        known.global.insert("jobs".to_owned(), Content::Text("1".to_owned()));
        let mut changes = Vec::new();
        for value in self.manifest.file.fields(field) {
            for value in updates(value) {
                match change(value, &known, field == "setenv") {
                    Ok(found) => changes.push(found),
                    Err(wrong) => self.wrong.push(wrong),
                }
            }
        }
        changes
    }
}

/// The changes of a field, which may be one without a list, or lists of one.
fn updates(value: &Value) -> Vec<&Value> {
    match &value.kind {
        Kind::List(values) => values.iter().flat_map(updates).collect(),
        _ => vec![value],
    }
}

fn change(value: &Value, known: &Known, installed: bool) -> Result<Change, Wrong> {
    let wrong = || {
        Wrong::new(value.span.start, "this changes no variable of the environment").help(
            "a change is `NAME = \"value\"`, or one of `+=`, `=+`, `=+=`, `:=`, `=:` to put the value to a list",
        )
    };
    let (how, name, text) = match &value.kind {
        Kind::Relation(Relation::Equal, name, text) => (How::Set, name, text),
        Kind::Update(update, name, text) => {
            let how = match update {
                Update::Before | Update::Again => How::Before,
                Update::After => How::After,
                Update::BeforeColon => How::BeforeEmpty,
                Update::AfterColon => How::AfterEmpty,
            };
            (how, name, text)
        }
        _ => return Err(wrong()),
    };
    let (Kind::Ident(name), Kind::Text(text)) = (&name.kind, &text.kind) else {
        return Err(wrong());
    };
    let is_name = !name.starts_with(|first: char| first.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        let help = "names of variables are letters, digits, and `_`";
        let message = format!("`{name}` is no name of a variable");
        return Err(Wrong::new(value.span.start, message).help(help));
    }
    let later = |it: &Reference| if installed { own(it, known) } else { None };
    let value = plain_variables(&expand_early(&text.to_str_lossy(), known, later));
    Ok(Change { name: name.clone(), how, value })
}

/// How a variable of the package itself that has no value yet is called by others.
fn own(reference: &Reference, known: &Known) -> Option<String> {
    let [package] = reference.packages.as_slice() else { return None };
    let is_own = package.as_ref().is_none_or(|package| *package == known.name);
    if !is_own || known.get(Some(None), &reference.name).is_some() {
        return None;
    }
    let name = format!("{}:{}", known.name, reference.name);
    Some(match &reference.texts {
        Some((yes, no)) => format!("{name}?{yes}:{no}"),
        None => name,
    })
}
