//! Writes a package in another format than its manifest has, and says what that format cannot say.

mod meta;
mod oasis;
mod opam;
#[cfg(test)]
mod tests;

use mbuild_rules::Diagnostic;

use crate::package::{About, Package};

/// A format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// `_oasis`.
    Oasis,
    /// `NAME.opam`, with mbuild to build the package.
    Opam,
    /// `META`, as it is installed.
    Meta,
}

impl To {
    /// What the formats are called.
    pub const NAMES: [&'static str; 5] = ["oasis", "_oasis", "opam", "meta", "META"];

    /// The format of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "oasis" | "_oasis" => Some(Self::Oasis),
            "opam" => Some(Self::Opam),
            "meta" | "META" => Some(Self::Meta),
            _ => None,
        }
    }
}

/// A package in another format.
#[derive(Clone, Debug, Default)]
pub struct Converted {
    /// Files by name, relative to the package root; none where the format has nothing to say of the package.
    pub files: Vec<(String, String)>,
    /// What is in the model and not in the files, in the order of the package.
    pub lost: Vec<Diagnostic>,
}

/// The package in this format; `manifest` is the file that messages speak of.
pub fn convert(package: &Package, manifest: &str, to: To) -> Converted {
    let mut lost = Lost { package, manifest, format: "", found: Vec::new() };
    let files = match to {
        To::Oasis => oasis::write(package, lost.to("`_oasis`")),
        To::Opam => opam::write(package, lost.to("an opam file")),
        To::Meta => meta::write(package, lost.to("META")),
    };
    Converted { files, lost: lost.found }
}

/// What a format cannot say.
struct Lost<'a> {
    package: &'a Package,
    manifest: &'a str,
    format: &'static str,
    found: Vec<Diagnostic>,
}

impl Lost<'_> {
    fn to(&mut self, format: &'static str) -> &mut Self {
        self.format = format;
        self
    }

    /// Of the package: `what` that is.
    fn of_package(&mut self, what: impl AsRef<str>) {
        let message = format!("{} cannot say {}", self.format, what.as_ref());
        self.found.push(Diagnostic::about(self.manifest.as_bytes(), message));
    }

    /// Of a section, by its place in the model: `what` that is, and what the manifest says for it.
    fn of_section(&mut self, index: usize, said: Option<(About, &str)>, what: impl AsRef<str>) {
        let message = format!("{} cannot say {}", self.format, what.as_ref());
        self.found.push(self.package.places.message(index, said, message));
    }

    /// A remark on the package that is none of these.
    fn remark(&mut self, message: impl Into<String>) {
        self.found.push(Diagnostic::about(self.manifest.as_bytes(), message.into()));
    }
}
