//! Files of opam: `opam`, what opam 1 kept beside it, and `.install` and `.config`.
//!
//! [`parse`] gives the syntax tree of any of them, with places.

#[cfg(test)]
mod bad;
#[cfg(test)]
mod corpus;
mod lex;
mod parse;
pub mod tree;

use mbuild_rules::Diagnostic;

pub use tree::File;

/// The syntax tree of a file; `path` is only for messages. Everything that is wrong comes at once, in the
/// order of the file.
pub fn parse(path: &[u8], content: &[u8]) -> Result<File, Vec<Diagnostic>> {
    let (file, wrong) = parse::file(content);
    if wrong.is_empty() { Ok(file) } else { Err(shown(path, content, wrong)) }
}

/// Mistakes as they are shown.
fn shown(path: &[u8], content: &[u8], wrong: Vec<lex::Wrong>) -> Vec<Diagnostic> {
    let show = |wrong: lex::Wrong| {
        let found = Diagnostic::at(path, content, wrong.at, wrong.message);
        match wrong.help {
            Some(help) => found.with_help(help),
            None => found,
        }
    };
    wrong.into_iter().map(show).collect()
}
