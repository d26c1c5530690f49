//! Which files a line of `_tags` is about: `<src/**/*.ml> and not "src/a.ml"`.

use globset::{GlobBuilder, GlobMatcher};

/// A pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// Every file, or none.
    All(bool),
    /// The file of this name.
    Exact(String),
    /// Files like this.
    Glob(GlobMatcher),
    /// Files that the other does not fit.
    Not(Box<Pattern>),
    /// Files that both fit.
    And(Box<Pattern>, Box<Pattern>),
    /// Files that one fits.
    Or(Box<Pattern>, Box<Pattern>),
}

impl Pattern {
    /// From the text between `<` and `>`.
    pub fn glob(text: &str) -> Result<Self, String> {
        let text = text.trim_start_matches("./").replace("[^", "[!");
        GlobBuilder::new(&text)
            .literal_separator(true)
            .empty_alternates(true)
            .backslash_escape(false)
            .build()
            .map(|glob| Self::Glob(glob.compile_matcher()))
            .map_err(|error| error.kind().to_string())
    }

    /// Whether it fits a file, named relative to the package root.
    pub fn fits(&self, file: &str) -> bool {
        match self {
            Self::All(all) => *all,
            Self::Exact(name) => name == file,
            Self::Glob(glob) => glob.is_match(file),
            Self::Not(inner) => !inner.fits(file),
            Self::And(a, b) => a.fits(file) && b.fits(file),
            Self::Or(a, b) => a.fits(file) || b.fits(file),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_fit_as_in_ocamlbuild() -> Result<(), String> {
        let cases = [
            ("*.ml", "a.ml", true),
            ("*.ml", "src/a.ml", false),
            ("**/*.ml", "a.ml", true),
            ("**/*.ml", "src/x/a.ml", true),
            ("src/*.ml{,i}", "src/a.mli", true),
            ("src/*.ml{,i}", "src/a.ml", true),
            ("src/*.ml{,i}", "src/a.mll", false),
            ("src/[a-c]?.ml", "src/bz.ml", true),
            ("src/[^a-c]?.ml", "src/bz.ml", false),
            ("{src,lib}/**/*", "lib/x/y.c", true),
            ("src", "src", true),
        ];
        for (glob, file, fits) in cases {
            assert_eq!(Pattern::glob(glob)?.fits(file), fits, "{glob} {file}");
        }
        Ok(())
    }
}
