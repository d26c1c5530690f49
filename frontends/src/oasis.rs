//! `_oasis`: formats 0.1 to 0.4, in the language of both parsers that were in use.
//!
//! [`read`] gives the syntax tree, with places; [`package`] decides its conditions for one machine
//! and the user's choices and translates it to the package model.

mod ast;
#[cfg(test)]
mod bad;
mod bytes;
#[cfg(test)]
pub(crate) mod corpus;
mod depends;
mod evaluate;
mod expression;
mod fields;
mod fixed;
mod lex;
mod lists;
mod parse;
mod translate;
mod value;
mod variables;

use mbuild_rules::Diagnostic;

use crate::choices::Choices;
use crate::environment::Environment;
use crate::package::{Generate, Package};
pub use depends::packages_named;
pub use fixed::{FixedVariables, fixed_variables};
pub(crate) use lists::{Files, apply as apply_lists};
pub(crate) use translate::{FLAGS, generators};
pub use variables::expand_template;

pub use ast::{Expr, Field, Kind, Manifest, Operation, Section, Statement, Text, Word};

/// The tool of packages that ocamlbuild builds and commands of their own install: these want its files.
pub const OCAMLBUILD: &str = "ocamlbuild";

/// The command that has `setup.ml` install below `DESTDIR`: it reads the folder that stands for `/` from its own
/// file, and a prefix other than the configured one too. Of what is there twice the last counts.
pub(crate) const STAGE_SETUP: &str = "{ [ -f setup.own ] || mv setup.data setup.own; } && \
    { cat setup.own; printf 'destdir=\"%s\"\\nprefix=\"%s\"\\n' \"$DESTDIR\" ${prefix}; } > setup.data";

/// The command that takes that back: the file may be one of those that are installed.
pub(crate) const UNSTAGE_SETUP: &str = "mv setup.own setup.data";

/// Reads an `_oasis` file; `path` is only for messages. All that cannot be read comes at once, in the order of
/// the file.
pub fn read(path: &[u8], content: &[u8]) -> Result<Manifest, Vec<Diagnostic>> {
    parse::manifest(path, content)
}

/// Decides the conditions of a manifest and translates it to the package model; with the model come
/// warnings. Everything that is wrong comes at once, in the order of the file.
///
/// Which modules exist is not looked at: that is the generator's business.
pub fn package(
    manifest: &Manifest,
    environment: &Environment,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    translate::package(manifest, environment, choices)
}

/// How menhir makes parsers whose types are said.
pub(crate) fn menhir() -> Generate {
    translate::plain_menhir(Vec::new())
}

/// How menhir makes parsers, with more arguments, whose types the compiler finds.
pub(crate) fn menhir_with(more: Vec<String>) -> Generate {
    translate::menhir(more)
}
