//! Which files a line of `_tags` is about: `<src/**/*.ml> and not "src/a.ml"`.

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Every file, or none.
    All(bool),
    /// The file of this name.
    Exact(String),
    /// Files like this: an index into the globs of the file.
    Glob(usize),
    /// Files that the other does not fit.
    Not(Box<Pattern>),
    /// Files that all of these fit.
    And(Vec<Pattern>),
    /// Files that one of these fits.
    Or(Vec<Pattern>),
}

impl Pattern {
    /// Whether it fits a file, named relative to the package root; `like` says whether a glob does.
    pub(super) fn fits(&self, file: &str, like: &mut dyn FnMut(usize) -> bool) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Exact(name) => name == file,
            Self::Glob(glob) => like(*glob),
            Self::Not(inner) => !inner.fits(file, like),
            Self::And(all) => all.iter().all(|one| one.fits(file, like)),
            Self::Or(all) => all.iter().any(|one| one.fits(file, like)),
        }
    }
}
