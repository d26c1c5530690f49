//! `_tags`: flags for files by pattern, as ocamlbuild reads them, applied to the package model.

mod apply;
mod meaning;
mod parse;
mod pattern;

use mbuild_rules::Diagnostic;

use crate::package::Package;
pub use pattern::Pattern;

/// A `_tags` file.
#[derive(Clone, Debug)]
pub struct Tags {
    /// The file as the user named it.
    pub path: Vec<u8>,
    /// Its content.
    pub content: Vec<u8>,
    /// Its lines, in order; later ones add to what earlier ones gave or take from it.
    pub rules: Vec<Rule>,
}

/// One line: tags for the files that a pattern fits.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which files.
    pub pattern: Pattern,
    /// Which tags.
    pub tags: Vec<Change>,
}

/// One tag, given or taken.
#[derive(Clone, Debug)]
pub struct Change {
    /// The tag.
    pub tag: Tag,
    /// `-tag`: it is taken.
    pub remove: bool,
    /// Byte offset in the file.
    pub at: usize,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// `warn` in `warn(A)`.
    pub name: String,
    /// `A` in `warn(A)`.
    pub argument: Option<String>,
}

/// Reads a `_tags` file; what OASIS wrote into it is left out, for it says what `_oasis` says.
pub fn read(path: &[u8], content: &[u8]) -> Result<Tags, Diagnostic> {
    parse::tags(path, content)
}

/// Applies tags to a package; `list` gives the names of the files in a folder (`a.ml`), the folder
/// named relative to the package root. What has no meaning here is told, with its place.
pub fn apply(
    tags: &Tags,
    package: &mut Package,
    list: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Diagnostic> {
    apply::apply(tags, package, list)
}

impl Tags {
    /// The tags of a file, in the order they were given, and where.
    pub(crate) fn of(&self, file: &str) -> Vec<(Tag, usize)> {
        let mut result: Vec<(Tag, usize)> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.pattern.fits(file)) {
            for change in &rule.tags {
                let known = result.iter().position(|(tag, _)| *tag == change.tag);
                match (known, change.remove) {
                    (Some(index), true) => {
                        result.remove(index);
                    }
                    (None, false) => result.push((change.tag.clone(), change.at)),
                    _ => {}
                }
            }
        }
        result
    }

    pub(crate) fn message(&self, at: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(&self.path, &self.content, at, message)
    }
}
