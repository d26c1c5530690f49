//! The newer language (`*.ocp2`): a small language with functions, in which packages are made by calls.

pub(super) mod evaluate;
mod lex;
mod library;
mod parse;
mod primitives;
mod tree;

use super::files::Place;
use super::parse::Found;
use super::project::Project;
use super::value::Env;

pub(super) use evaluate::Functions;

/// The files of this language that describe packages; others are modules, which those may ask for.
pub(super) const MANIFEST: &str = "build.ocp2";

/// What a file is, and what is wrong with it.
pub(super) fn parse(content: &[u8]) -> (Vec<tree::Statement>, Vec<Found>) {
    parse::parse(content)
}

/// Evaluates a file in the environment of the files above it, and gives back what holds behind it.
pub(super) fn file(
    project: &mut Project<'_>,
    functions: &mut Functions,
    file: u32,
    env: &Env,
) -> Env {
    let mut env = env.clone();
    let (statements, errors) = parse(project.files.content(file));
    let right = errors.is_empty();
    for found in errors {
        project.error(Place::new(file, found.at), found.message, found.help);
    }
    if right {
        evaluate::run(project, functions, file, &statements, &mut env);
    }
    env
}
