//! Findlib names of the libraries of a package, and which of its sections a name means.

use std::collections::BTreeMap;

use super::super::ast::{Kind, Manifest};
use super::super::evaluate::{Fields, Messages};
use super::described;
use crate::suggest;

const CIRCLE: &str = "`FindlibParent` leads back to the library:";

/// Names of a package's libraries and programs.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Findlib name of each library and object, by section name.
    findlib: BTreeMap<String, String>,
    /// Section name, by findlib name.
    sections: BTreeMap<String, String>,
    programs: Vec<String>,
}

impl Names {
    pub(super) fn new(manifest: &Manifest, sections: &[Fields], messages: &mut Messages) -> Self {
        let mut names = Self::default();
        let libraries: Vec<_> = sections
            .iter()
            .filter(|fields| matches!(fields.kind, Kind::Library | Kind::Object))
            .collect();
        for fields in sections.iter().filter(|fields| fields.kind == Kind::Executable) {
            names.programs.push(fields.name.text.clone());
        }
        for fields in &libraries {
            let name = &fields.name.text;
            if names.findlib.contains_key(name) {
                messages.errors.push(
                    manifest
                        .message(fields.name.at, format!("{} is declared twice", described(fields)))
                        .with_help("give one of the two another name"),
                );
                continue;
            }
            let full = match full_name(manifest, fields, &libraries) {
                Ok(full) => full,
                Err(found) => {
                    // Every library of a circle finds it; it is told once.
                    let told = messages.errors.iter().any(|error| {
                        [&error.message, &found.message]
                            .iter()
                            .all(|message| message.starts_with(CIRCLE))
                    });
                    if !told {
                        messages.errors.push(*found);
                    }
                    continue;
                }
            };
            if let Some(other) = names.sections.insert(full.clone(), name.clone()) {
                let at = if fields.is_given("FindlibName") {
                    fields.at("FindlibName")
                } else {
                    fields.name.at
                };
                messages.errors.push(
                    manifest
                        .message(at, format!("libraries `{other}` and `{name}` have the same findlib name `{full}`"))
                        .with_help("give one of them another `FindlibName`"),
                );
            }
            names.findlib.insert(name.clone(), full);
        }
        names
    }

    /// The findlib name of a library or object section.
    pub(super) fn of_section(&self, section: &str) -> Option<&str> {
        self.findlib.get(section).map(String::as_str)
    }

    /// The library or object section with a findlib name.
    pub(super) fn section(&self, findlib: &str) -> Option<&str> {
        self.sections.get(findlib).map(String::as_str)
    }

    /// Every findlib name.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }

    /// Whether the package builds such a program.
    pub(super) fn is_program(&self, name: &str) -> bool {
        self.programs.iter().any(|program| program == name)
    }

    /// The prefixes of a findlib name that no library has.
    pub(super) fn containers(&self, findlib: &str) -> Vec<String> {
        let dots = findlib.match_indices('.');
        dots.map(|(at, _)| &findlib[..at])
            .filter(|prefix| !self.sections.contains_key(*prefix))
            .map(str::to_owned)
            .collect()
    }
}

/// The findlib name in full: those of its parents, its containers, its own.
fn full_name(
    manifest: &Manifest,
    fields: &Fields,
    libraries: &[&Fields],
) -> Result<String, Box<mbuild_rules::Diagnostic>> {
    if fields.kind == Kind::Object && fields.is_given("FindlibFullName") {
        return Ok(fields.strings("FindlibFullName").join("."));
    }
    let mut parts = Vec::new();
    let mut seen = vec![fields.name.text.as_str()];
    let mut current = fields;
    loop {
        parts.push(current.text("FindlibName").unwrap_or(&current.name.text).to_owned());
        parts.extend(current.items("FindlibContainers").iter().rev().map(|item| item.text.clone()));
        let Some((parent, at)) = current.text_at("FindlibParent") else { break };
        let Some(next) = libraries.iter().find(|library| library.name.text == parent) else {
            let known = || libraries.iter().map(|library| library.name.text.as_str());
            let list = || format!("library sections are {}", suggest::list(known()));
            let help = suggest::help(parent, known(), list);
            return Err(Box::new(
                manifest
                    .message(at, format!("`FindlibParent` names no library section: `{parent}`"))
                    .with_help(help),
            ));
        };
        if seen.contains(&parent) {
            seen.push(parent);
            return Err(Box::new(
                manifest
                    .message(at, format!("{CIRCLE} {}", seen.join(" -> ")))
                    .with_help("one of them must be the root, without `FindlibParent`"),
            ));
        }
        seen.push(parent);
        current = next;
    }
    parts.reverse();
    Ok(parts.join("."))
}
