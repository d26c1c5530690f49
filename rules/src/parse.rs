//! Reads a rule file and everything it includes into a [`Manifest`].

use crate::{Diagnostic, Manifest};

/// Gives the parser the content of files.
pub trait Loader {
    /// The whole content of `path`.
    ///
    /// # Errors
    /// Whatever reading gave; its text follows `loading 'path': ` in the message.
    fn load(&mut self, path: &[u8]) -> std::io::Result<Vec<u8>>;
}

/// What Ninja lets its user choose about reading.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// A phony action that names itself as input is an error (`-w phonycycle=err`), not a warning.
    pub phony_cycle_is_error: bool,
}

/// Reads the rule file `path` and everything it includes.
///
/// # Errors
/// The first mistake, in Ninja's own words, with its place.
#[allow(clippy::todo)]
pub fn parse(path: &[u8], loader: &mut dyn Loader, options: Options) -> Result<Manifest, Diagnostic> {
    let _ = (path, loader, options);
    todo!()
}
