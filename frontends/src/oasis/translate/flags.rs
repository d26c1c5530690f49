//! The format that a manifest is written in, and the switches that it has.

use hashbrown::HashMap;

use super::super::ast::{Field, Kind, Manifest, Operation, Statement};
use super::super::evaluate::{self, Messages};
use super::super::variables::Variables;
use crate::choices::Choices;
use crate::package::Flag;
use crate::version;

/// Whether a switch is on; one that nobody knows is.
pub(super) fn variables_flag(variables: &Variables, name: &str) -> bool {
    evaluate::Facts::flag(variables, name).unwrap_or(true)
}

/// The format the file says it is written in; the newest where it says nothing sensible.
pub(super) fn format(manifest: &Manifest, messages: &mut Messages) -> String {
    let newest = "0.4".to_owned();
    let found = manifest.statements.iter().rev().find_map(|statement| match statement {
        Statement::Field(Field { name, operation: Operation::Set(text) })
            if name.text.eq_ignore_ascii_case("OASISFormat") =>
        {
            Some(text)
        }
        _ => None,
    });
    // That it is missing is said with the other fields that are.
    let Some(text) = found else { return newest };
    let known = ["0.1", "0.2", "0.3", "0.4"];
    let short: String = text.value.splitn(3, '.').take(2).collect::<Vec<_>>().join(".");
    if known.contains(&short.as_str()) {
        return short;
    }
    messages.errors.add(|| {
        manifest
            .message(text.place(0), format!("unknown format `{}`", text.value))
            .with_help("formats are 0.1, 0.2, 0.3 and 0.4: write `OASISFormat: 0.4`")
    });
    newest
}

/// Switches that every package has, and what they do.
pub(crate) const FLAGS: [(&str, &str); 4] = [
    ("tests", "Build and run the tests"),
    ("docs", "Make the documentation"),
    ("debug", "Compile with debugging information"),
    ("profile", "Compile for profiling"),
];

/// Decides every flag, in the order of the file, then those that are always there.
pub(super) fn flags(
    manifest: &Manifest,
    format: &str,
    choices: &Choices,
    variables: &mut Variables,
    messages: &mut Messages,
) -> Vec<Flag> {
    let mut flags: Vec<Option<Flag>> = Vec::new();
    // The place of each in `flags`, by its name in small letters.
    let mut known: HashMap<String, usize> = HashMap::new();
    let chosen = |name: &str| {
        let lower = name.to_ascii_lowercase();
        let by_flag = choices.flags.iter().find(|(flag, _)| flag.to_ascii_lowercase() == lower);
        by_flag
            .map(|(_, on)| *on)
            .or_else(|| choices.variables.get(name).and_then(|value| value.parse().ok()))
    };
    let gated = version::compare(format, "0.3").is_ge();
    let defaults = [!gated, true, true, false];
    let always =
        FLAGS.iter().zip(defaults).map(|((name, about), default)| (*name, *about, default));
    for (name, _, default) in always.clone() {
        variables.set_flag(name, chosen(name).unwrap_or(default));
    }
    for section in manifest.sections.iter().filter(|section| section.kind == Kind::Flag) {
        let name = &section.name.text;
        let fields = evaluate::section(manifest, section, variables, messages);
        let default = fields.bool("Default");
        let value = chosen(name).unwrap_or(default);
        variables.set_flag(name, value);
        if let Some(before) = known.insert(name.to_ascii_lowercase(), flags.len()) {
            messages.warnings.add(|| {
                manifest
                    .message(section.name.at, format!("flag `{name}` is declared twice"))
                    .with_help("remove one of the two; the later one holds")
            });
            flags[before] = None;
        }
        let (name, description) = (name.clone(), fields.string("Description"));
        flags.push(Some(Flag { name, description, default, value }));
    }
    for (name, description, default) in always.filter(|(name, ..)| !known.contains_key(*name)) {
        let value = variables_flag(variables, name);
        let (name, description) = (name.to_owned(), description.to_owned());
        flags.push(Some(Flag { name, description, default, value }));
    }
    flags.into_iter().flatten().collect()
}
