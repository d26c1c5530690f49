//! Mirari's `*.conf`: what one program of MirageOS is made of, as Mirari 0.9 read it in 2013.
//!
//! [`read`] gives what a file says, with places; [`package`] translates the files of a folder, each a
//! program, to the package model, with the main modules that Mirari wrote; [`store::run`] is the step that
//! makes a module of a folder, in the place of `mir-crunch`.

#[cfg(test)]
mod bad;
mod conf;
#[cfg(test)]
mod corpus;
mod lex;
mod literal;
mod main_module;
mod read;
pub mod store;
mod translate;
mod values;

use mbuild_rules::Diagnostic;

pub use conf::{Conf, Http, Ip, Main, MainKind, Static, Store, Word};
pub use main_module::Style;
pub use translate::{File, Machine, package};

/// Reads a `*.conf` file; `path` is only for messages. Everything that is wrong comes at once, in the order
/// of the file.
pub fn read(path: &[u8], content: &[u8]) -> Result<Conf, Vec<Diagnostic>> {
    read::conf(path, content)
}

/// Whether a file that ends in `.conf` is one of Mirari's: many programs have files that end so.
pub fn is_one(content: &[u8]) -> bool {
    // That it begins with a mark is said when it is read.
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    lex::lines(content).any(|line| match line {
        lex::Line::Entry { key, .. } => {
            read::Key::of(lex::stripped(key)).is_some_and(|key| key.is_mirari_s())
        }
        lex::Line::Other { .. } => false,
    })
}
