//! The newer language (`*.ocp2`): a small language with functions, in which packages are made by calls.

mod assign;
mod call;
pub(super) mod evaluate;
mod expression;
mod lex;
mod library;
mod machine;
mod names;
mod operators;
pub(super) mod parse;
mod primitives;
mod tree;

use super::env::Env;
use super::project::Project;

pub(super) use machine::Functions;

/// The files of this language that describe packages; others are modules, which those may ask for.
pub(super) const MANIFEST: &str = "build.ocp2";

/// The functions of no file yet.
pub(super) fn functions() -> Functions {
    Functions::new(library::globals())
}

/// Evaluates a file in the environment of the files above it, and gives back what holds behind it.
pub(super) fn file(
    project: &mut Project<'_>,
    functions: &mut Functions,
    file: u32,
    env: &Env,
) -> Env {
    let mut env = env.clone();
    if let Some(statements) = project.parsed(file, parse::parse) {
        evaluate::run(project, functions, file, statements, &mut env);
    }
    env
}
