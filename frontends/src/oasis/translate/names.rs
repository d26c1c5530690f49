//! Findlib names of the libraries of a package, and which of its sections a name means.

use std::collections::BTreeSet;

use hashbrown::{HashMap, HashSet};
use mbuild_rules::Diagnostic;

use super::super::ast::{Kind, Manifest};
use super::super::evaluate::{Fields, Messages};
use super::described;
use crate::suggest;

/// Longer names of findlib than of so many parts are not read by it, nor by us.
const DEEPEST: usize = 64;

const CIRCLE: &str = "`FindlibParent` leads back to the library:";

/// Names of a package's libraries and programs.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// Findlib name of each library and object, by section name.
    findlib: HashMap<String, String>,
    /// Section name, by findlib name.
    sections: HashMap<String, String>,
    programs: HashSet<String>,
}

impl Names {
    pub(super) fn new(manifest: &Manifest, sections: &[Fields], messages: &mut Messages) -> Self {
        let mut names = Self::default();
        let libraries: Vec<_> = sections
            .iter()
            .filter(|fields| matches!(fields.kind, Kind::Library | Kind::Object))
            .collect();
        for fields in sections.iter().filter(|fields| fields.kind == Kind::Executable) {
            names.programs.insert(fields.name.text.clone());
        }
        // Of several with one name the first is meant.
        let by_name: HashMap<&str, &Fields> =
            libraries.iter().rev().map(|fields| (fields.name.text.as_str(), *fields)).collect();
        let mut circle = false;
        for fields in &libraries {
            let name = &fields.name.text;
            if names.findlib.contains_key(name) {
                messages.errors.add(|| {
                    manifest
                        .message(fields.name.at, format!("{} is declared twice", described(fields)))
                        .with_help("give one of the two another name")
                });
                continue;
            }
            let full = match full_name(fields, &by_name) {
                Ok(full) => full,
                Err(wrong) => {
                    // Every library of a circle finds it; it is told once.
                    let is_circle = matches!(wrong, Wrong::Circle(..));
                    if !(circle && is_circle) {
                        messages.errors.add(|| wrong.message(manifest, &by_name));
                    }
                    circle |= is_circle;
                    continue;
                }
            };
            if let Some(other) = names.sections.insert(full.clone(), name.clone()) {
                let at = if fields.is_given("FindlibName") {
                    fields.at("FindlibName")
                } else {
                    fields.name.at
                };
                messages.errors.add(|| {
                    manifest
                        .message(at, format!("libraries `{other}` and `{name}` have the same findlib name `{full}`"))
                        .with_help("give one of them another `FindlibName`")
                });
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

    /// Every findlib name, sorted.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> = self.sections.keys().map(String::as_str).collect();
        all.into_iter()
    }

    /// Whether the package builds such a program.
    pub(super) fn is_program(&self, name: &str) -> bool {
        self.programs.contains(name)
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

/// Why a library has no findlib name, and where that is said.
enum Wrong<'a> {
    /// There is no such parent.
    NoParent(&'a str, usize),
    /// The libraries that it goes round.
    Circle(Vec<&'a str>, usize),
    /// The name would have too many parts.
    TooDeep(usize),
}

impl Wrong<'_> {
    fn message(&self, manifest: &Manifest, libraries: &HashMap<&str, &Fields>) -> Diagnostic {
        match self {
            Self::NoParent(parent, at) => {
                let known: BTreeSet<&str> = libraries.keys().copied().collect();
                let known = || known.iter().copied();
                let list = || format!("library sections are {}", suggest::list(known()));
                let help = suggest::help(parent, known(), list);
                manifest
                    .message(*at, format!("`FindlibParent` names no library section: `{parent}`"))
                    .with_help(help)
            }
            Self::Circle(seen, at) => manifest
                .message(*at, format!("{CIRCLE} {}", seen.join(" -> ")))
                .with_help("one of them must be the root, without `FindlibParent`"),
            Self::TooDeep(at) => manifest
                .message(*at, "`FindlibParent` leads through too many libraries")
                .with_help(format!("a findlib name has {DEEPEST} parts at most")),
        }
    }
}

/// The findlib name in full: those of its parents, its containers, its own.
fn full_name<'a>(
    fields: &'a Fields,
    libraries: &HashMap<&str, &'a Fields>,
) -> Result<String, Wrong<'a>> {
    if fields.kind == Kind::Object && fields.is_given("FindlibFullName") {
        return Ok(fields.strings("FindlibFullName").join("."));
    }
    let mut parts = Vec::new();
    let mut seen = vec![fields.name.text.as_str()];
    let mut current = fields;
    loop {
        parts.push(current.text("FindlibName").unwrap_or(&current.name.text).to_owned());
        parts.extend(current.items("FindlibContainers").iter().rev().map(|item| item.text.clone()));
        let parent = current.text_at("FindlibParent");
        if parts.len() > DEEPEST {
            let at = parent.map_or_else(|| current.at("FindlibContainers"), |(_, at)| at);
            return Err(Wrong::TooDeep(at));
        }
        let Some((parent, at)) = parent else { break };
        let Some(next) = libraries.get(parent) else { return Err(Wrong::NoParent(parent, at)) };
        let is_circle = seen.contains(&parent);
        seen.push(parent);
        if is_circle {
            return Err(Wrong::Circle(seen, at));
        }
        current = next;
    }
    parts.reverse();
    Ok(parts.join("."))
}
