//! From the package model back to manifests: what each format can say of it, and what is lost.
//!
//! The model is one configuration of a package, so a manifest written from it has no conditions left.

mod meta;
mod oasis;
mod opam;
#[cfg(test)]
mod tests;

use mbuild_rules::Diagnostic;

use crate::package::{Package, Section};

/// A manifest that can be written.
pub struct Writer {
    /// Its name, as the user chooses it.
    pub name: &'static str,
    /// Writes it.
    write: fn(&Package, &mut Losses<'_>) -> Vec<(String, String)>,
}

/// Every format that can be written.
pub const WRITERS: [Writer; 3] = [
    Writer { name: "oasis", write: oasis::write },
    Writer { name: "opam", write: opam::write },
    Writer { name: "meta", write: meta::write },
];

/// What is written, and what of the package it does not say.
pub struct Written {
    /// Names and texts of the files.
    pub files: Vec<(String, String)>,
    /// What is lost, at its place in the manifest that was read.
    pub losses: Vec<Diagnostic>,
}

impl Writer {
    /// The format of this name, also when it is called as its files are (`_oasis`, `META`).
    pub fn find(name: &str) -> Option<&'static Self> {
        let name = name.trim_start_matches('_').to_ascii_lowercase();
        WRITERS.iter().find(|writer| writer.name == name)
    }

    /// Writes a package; `manifest` is what it was read from.
    pub fn write(&self, package: &Package, manifest: &str) -> Written {
        let mut losses = Losses { package, manifest, found: Vec::new() };
        let files = (self.write)(package, &mut losses);
        Written { files, losses: losses.found }
    }
}

/// What a format cannot say.
struct Losses<'a> {
    package: &'a Package,
    manifest: &'a str,
    found: Vec<Diagnostic>,
}

impl Losses<'_> {
    /// Something of the package as a whole, where there is something.
    fn package(&mut self, there: bool, what: &str) {
        if there {
            self.found.push(Diagnostic::about(self.manifest.as_bytes(), format!("lost: {what}")));
        }
    }

    /// Something of a section, where there is something.
    fn section(&mut self, index: usize, there: bool, what: &str) {
        if there {
            let label = self.package.sections.get(index).map(label).unwrap_or_default();
            let message = format!("lost: {what} of {label}");
            self.found.push(self.package.places.message(index, None, message));
        }
    }
}

/// A section as messages name it.
fn label(section: &Section) -> String {
    match section {
        Section::Library(library) => format!("library `{}`", library.compiled.name),
        Section::Object(object) => format!("object `{}`", object.compiled.name),
        Section::Executable(executable) => format!("executable `{}`", executable.compiled.name),
        Section::Test(test) => format!("test `{}`", test.name),
        Section::Document(document) => format!("document `{}`", document.name),
    }
}
