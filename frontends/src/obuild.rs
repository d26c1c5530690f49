//! obuild's `*.obuild`: a line-based language in which indentation says what belongs to what.
//!
//! [`read`] gives what a file says, with places, for both dialects of the language: that of 0.1, which real
//! packages are written in, and that of 0.2, which has generators, packages inside others and bindings of C.
//! [`package`] translates to the package model.

mod ast;
#[cfg(test)]
mod bad;
mod constraint;
#[cfg(test)]
mod corpus;
mod evaluate;
mod keys;
mod lex;
mod messages;
mod names;
mod translate;
mod tree;
mod value;

use mbuild_rules::Diagnostic;

pub use ast::{
    Dependency, Flag, Generate, Generator, Per, Project, Stdlib, Stubs, Switch, Target, TargetKind,
    Word,
};

pub use translate::{CPackage, File, Machine, package};

/// Reads a `*.obuild` file; `path` is only for messages. Everything that is wrong comes at once, in the
/// order of the file.
pub fn read(path: &[u8], content: &[u8]) -> Result<Project, Vec<Diagnostic>> {
    let mut messages = messages::Messages::new(path, content);
    let blocks = tree::blocks(content, &mut messages);
    let mut project = evaluate::project(blocks, &mut messages);
    project.warnings = messages.end()?;
    Ok(project)
}
