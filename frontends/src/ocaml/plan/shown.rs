//! Libraries that are not built and that a document shows all the same: ocamlbuild compiles what a document
//! lists, whatever flags leave out.

use std::collections::BTreeSet;

use crate::ocaml::sources::{clean, join};
use crate::package::{Depend, DocumentKind, Library, Package, Section};

/// The places of these libraries in the package, and of those that they need and that are not built either.
pub(super) fn of(package: &Package) -> BTreeSet<usize> {
    let built: BTreeSet<&str> = libraries(package)
        .filter(|(_, library)| library.compiled.build)
        .map(|(_, library)| library.compiled.name.as_str())
        .collect();
    let others: Vec<(usize, &Library)> = libraries(package)
        .filter(|(_, library)| !built.contains(library.compiled.name.as_str()))
        .collect();
    let shows = |library: &Library| {
        package.sections.iter().any(|section| match section {
            Section::Document(document) if document.build => match &document.kind {
                DocumentKind::Ocamldoc { path, modules, libraries, .. } => {
                    libraries.contains(&library.findlib) || names_one(path, modules, library)
                }
                DocumentKind::Command(_) | DocumentKind::None => false,
            },
            _ => false,
        })
    };
    let mut left: Vec<(usize, &Library)> =
        others.iter().filter(|(_, library)| shows(library)).copied().collect();
    let mut shown = BTreeSet::new();
    while let Some((index, library)) = left.pop() {
        if !shown.insert(index) {
            continue;
        }
        for depend in &library.compiled.depends {
            let Depend::Internal(name) = depend else { continue };
            left.extend(others.iter().find(|(_, other)| other.compiled.name == *name));
        }
    }
    shown
}

fn libraries(package: &Package) -> impl Iterator<Item = (usize, &Library)> {
    package.sections.iter().enumerate().filter_map(|(index, section)| match section {
        Section::Library(library) => Some((index, library)),
        _ => None,
    })
}

/// Whether one of the modules, which are found from the folder `path`, is the library's.
fn names_one(path: &str, modules: &[String], library: &Library) -> bool {
    let folder = clean(&library.compiled.path);
    let path = clean(path);
    modules
        .iter()
        .any(|name| library.modules.iter().any(|module| join(&folder, module) == join(&path, name)))
}
