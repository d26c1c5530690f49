//! Files of opam: `opam`, what opam 1 kept beside it, and `.install` and `.config`.
//!
//! [`parse`] gives the syntax tree of any of them, with places; [`Filter`] and [`Formula`] are what conditions
//! and needs in it mean, for [`Variables`] that say what holds.

#[cfg(test)]
mod bad;
mod checksum;
mod command;
mod config;
#[cfg(test)]
mod corpus;
mod fields;
pub mod filter;
pub mod formula;
mod here;
mod install_list;
mod interpolate;
mod lex;
mod machine;
mod parse;
mod quote;
mod reference;
mod translate;
pub mod tree;
pub mod variables;

use mbuild_rules::Diagnostic;

use crate::mistakes::Mistakes;

pub use checksum::Checksum;
pub use config::{Config, read_config};
pub use filter::Filter;
pub(crate) use filter::filter as parse_filter;
pub use formula::Formula;
pub use install_list::{Listed, SECTIONS, read_install};
pub use interpolate::expand;
pub(crate) use lex::Wrong;
pub use machine::Machine;
pub(crate) use quote::{quoted, quoted_bytes};
pub use reference::Reference;
pub use translate::{Host, Manifest, called, complete, package};
pub use tree::File;
pub use variables::{Content, Known, Variables};

/// The syntax tree of a file; `path` is only for messages. Everything that is wrong comes at once, in the
/// order of the file.
pub fn parse(path: &[u8], content: &[u8]) -> Result<File, Vec<Diagnostic>> {
    let (file, wrong) = parse::file(content);
    if wrong.is_empty() { Ok(file) } else { Err(shown(path, content, wrong)) }
}

/// Mistakes as they are shown.
fn shown(path: &[u8], content: &[u8], wrong: Vec<Wrong>) -> Vec<Diagnostic> {
    let mut all = Mistakes::default();
    wrong.into_iter().for_each(|wrong| all.add(|| diagnostic(path, content, wrong)));
    all.end(path)
}

/// A mistake as it is shown.
pub(crate) fn diagnostic(path: &[u8], content: &[u8], wrong: Wrong) -> Diagnostic {
    let found = Diagnostic::at(path, content, wrong.at, wrong.message);
    match wrong.help {
        Some(help) => found.with_help(help),
        None => found,
    }
}
