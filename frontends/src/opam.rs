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
mod format;
pub mod formula;
mod here;
mod install_list;
mod interpolate;
mod lex;
mod machine;
mod made_list;
mod names;
mod options;
mod parse;
mod places;
mod quote;
mod reference;
mod translate;
pub mod tree;
mod twice;
mod unknown;
pub mod variables;

use mbuild_rules::Diagnostic;

use crate::encoding;
use crate::mistakes::Mistakes;

pub use checksum::Checksum;
pub(crate) use command::plain as plain_word;
pub use config::{Config, read_config};
pub use filter::Filter;
pub(crate) use filter::filter as parse_filter;
pub use formula::Formula;
pub use install_list::{Listed, SECTIONS, read_install};
pub use interpolate::expand;
pub(crate) use lex::Wrong;
pub use machine::Machine;
pub use made_list::{made_list, replaced};
pub use places::find;
pub(crate) use quote::{quoted, quoted_bytes};
pub use reference::Reference;
pub use translate::{Host, Manifest, Messages, called, complete, messages, of_package, package};
pub use tree::File;
pub use variables::{Content, Known, Variables};

/// The syntax tree of a file in a format that is known; `path` is only for messages. Everything that is wrong comes
/// at once, in the order of the file.
pub fn parse(path: &[u8], content: &[u8]) -> Result<File, Vec<Diagnostic>> {
    let (mut file, mut wrong) = parse::file(content);
    match format::version(&file) {
        // What is wrong with the rest may be right there.
        Err(newer) => wrong = vec![newer],
        Ok(odd) => file.strange.extend(odd),
    }
    if let Err(error) = std::str::from_utf8(content) {
        let wrong = Wrong::new(error.valid_up_to(), "this is no UTF-8, and is read as if it were");
        file.strange.push(wrong.help("save the file in UTF-8"));
    }
    twice::left_out(content, &mut file);
    if wrong.is_empty() { Ok(file) } else { Err(shown(path, content, wrong)) }
}

/// The same of a file that people write for one purpose, where nothing strange is let pass.
fn parse_strictly(path: &[u8], content: &[u8]) -> Result<File, Vec<Diagnostic>> {
    if let Some(strange) = encoding::strange(path, content) {
        return Err(vec![strange]);
    }
    let mut file = parse(path, content)?;
    let strange = std::mem::take(&mut file.strange);
    if strange.is_empty() { Ok(file) } else { Err(shown(path, content, strange)) }
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
