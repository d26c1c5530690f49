//! Which files a line of `_tags` is about: `<src/**/*.ml> and not "src/a.ml"`.

use super::glob::Glob;

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Every file, or none.
    All(bool),
    /// The file of this name.
    Exact(String),
    /// Files like this.
    Glob(Glob),
    /// Files that the other does not fit.
    Not(Box<Pattern>),
    /// Files that all of these fit.
    And(Vec<Pattern>),
    /// Files that one of these fits.
    Or(Vec<Pattern>),
}

impl Pattern {
    /// Whether it fits a file, named relative to the package root.
    pub fn fits(&self, file: &str) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Exact(name) => name == file,
            Self::Glob(glob) => glob.fits(file),
            Self::Not(inner) => !inner.fits(file),
            Self::And(all) => all.iter().all(|one| one.fits(file)),
            Self::Or(all) => all.iter().any(|one| one.fits(file)),
        }
    }
}
