//! Which files a line of `_tags` is about: `<src/**/*.ml> and not "src/a.ml"`.

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Every file, or none.
    All(bool),
    /// The file of this name.
    Exact(Box<str>),
    /// Files like this: an index into the globs of the file.
    Glob(usize),
    /// Files that the other does not fit.
    Not(Box<Pattern>),
    /// Files that all of these fit.
    And(Box<[Pattern]>),
    /// Files that one of these fits.
    Or(Box<[Pattern]>),
}
