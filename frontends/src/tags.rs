//! `_tags`: flags for files by pattern, as ocamlbuild reads them, applied to the package model.

mod alike;
mod apply;
mod change;
mod glob;
mod meaning;
mod names;
#[cfg(test)]
mod odd;
mod parse;
mod pattern;
mod shared;
mod sources;
mod survey;

use indexmap::IndexSet;
use mbuild_rules::Diagnostic;

use crate::package::Package;
pub use glob::Glob;
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
    /// The tags of all lines, in order.
    changes: Vec<Change>,
    /// The tags in it.
    tags: IndexSet<Tag>,
    /// The globs in it.
    globs: IndexSet<Glob>,
}

/// One line: tags for the files that a pattern fits.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Which files.
    pub pattern: Pattern,
    /// Which tags: where they begin and end among those of all lines.
    changes: (u32, u32),
}

/// One tag, given or taken.
#[derive(Clone, Debug)]
struct Change {
    /// Byte offset in the file.
    at: usize,
    /// The tag: an index into those of the file.
    tag: u32,
    /// `-tag`: it is taken.
    remove: bool,
}

impl Change {
    fn tag(&self) -> usize {
        self.tag as usize
    }
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    /// `warn` in `warn(A)`.
    pub name: Box<str>,
    /// `A` in `warn(A)`.
    pub argument: Option<Box<str>>,
}

/// Reads a `_tags` file; what OASIS wrote into it is left out, for it says what `_oasis` says.
/// Everything that is wrong comes at once.
pub fn read(path: &[u8], content: &[u8]) -> Result<Tags, Vec<Diagnostic>> {
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
    fn new(path: &[u8], content: &[u8]) -> Self {
        Self {
            path: path.to_vec(),
            content: content.to_vec(),
            rules: Vec::new(),
            changes: Vec::new(),
            tags: IndexSet::new(),
            globs: IndexSet::new(),
        }
    }

    /// What a line says.
    fn changes(&self, rule: &Rule) -> &[Change] {
        let (start, end) = rule.changes;
        &self.changes[start as usize..end as usize]
    }

    /// The place of a glob among those of the file.
    fn glob(&mut self, text: &str) -> Result<usize, String> {
        match self.globs.get_index_of(text) {
            Some(known) => Ok(known),
            None => Ok(self.globs.insert_full(Glob::new(text)?).0),
        }
    }

    /// The tags that these lines give by their places among all, in the order they were given.
    fn given(&self, rules: &[usize]) -> Vec<usize> {
        const FREE: usize = usize::MAX;
        let mut given: Vec<usize> = Vec::new();
        let mut places = vec![FREE; self.tags.len()];
        for changes in rules.iter().map(|rule| self.changes(&self.rules[*rule])) {
            // What a line gives it does not take.
            for change in changes.iter().filter(|change| change.remove) {
                let place = std::mem::replace(&mut places[change.tag()], FREE);
                if place != FREE {
                    given[place] = FREE;
                }
            }
            for change in changes.iter().filter(|change| !change.remove) {
                let place = &mut places[change.tag()];
                if *place == FREE {
                    *place = given.len();
                    given.push(change.tag());
                }
            }
        }
        given.retain(|tag| *tag != FREE);
        given
    }

    /// The tags of a file.
    #[cfg(test)]
    fn of(&self, file: &str) -> Vec<usize> {
        survey::of(self, &[file]).swap_remove(0).to_vec()
    }

    fn message(&self, at: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(&self.path, &self.content, at, message)
    }
}
