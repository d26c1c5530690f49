//! The manifests of ocp-build: `*.ocp` in its old language, and `*.ocp2` in its newer one.
//!
//! A project is every manifest below a folder. Each is evaluated in the environment that those in the
//! folders above it leave, and describes packages: [`read`] reads them all.

#[cfg(test)]
mod bad;
#[cfg(test)]
mod corpus;
mod env;
mod evaluate;
mod files;
mod globals;
mod lex;
mod newer;
mod pack;
mod parse;
mod primitives;
mod project;
mod quote;
mod scan;
mod scope;
mod substitute;
mod syntax;
mod tokens;
mod translate;
mod value;

use crate::ocaml::sources::{folder_of, name_of};

pub use env::Env;
pub use files::{Files, Messages, Place};
pub use project::{Description, Project, Tree};
pub use scan::{is_one, manifests, settings_of};
pub use syntax::Kind;
pub use translate::{Machine, package};
pub use value::{Text, Value};

/// Evaluates manifests in the order given, which is that of [`manifests`]: each sees what those in its own
/// folder and in the folders above have set before.
pub fn read(project: &mut Project<'_>, manifests: &[String]) {
    let mut functions = newer::functions();
    // Files of the newer language with names of their own are modules, which the others may ask for.
    let is_module = |path: &&String| path.ends_with(".ocp2") && name_of(path) != newer::MANIFEST;
    for path in manifests.iter().filter(is_module) {
        if let Some((file, env)) = opened(project, path, Env::default()) {
            newer::file(project, &mut functions, file, &env);
        }
    }
    let mut above: Vec<(String, Env)> = Vec::new();
    for path in manifests.iter().filter(|path| !is_module(path)) {
        let folder = folder_of(path);
        while above.last().is_some_and(|(over, _)| !is_below(folder, over)) {
            above.pop();
        }
        let env = above.last().map(|(_, env)| env.clone()).unwrap_or_default();
        let Some((file, env)) = opened(project, path, env) else { continue };
        let after = if path.ends_with(".ocp2") {
            newer::file(project, &mut functions, file, &env)
        } else {
            evaluate::file(project, file, &env)
        };
        above.push((folder.to_owned(), after));
    }
}

/// A manifest, and the environment with its folder in it; `None` where it cannot be read, which is said.
fn opened(project: &mut Project<'_>, path: &str, mut env: Env) -> Option<(u32, Env)> {
    let file = match project.tree.manifest(path) {
        Some(Ok(content)) => project.add(path, content),
        Some(Err(wrong)) => {
            project.messages.add(wrong);
            return None;
        }
        None => {
            let file = project.add(path, Vec::new());
            let message = format!("cannot read `{path}`");
            project.error(Place::new(file, 0), message, "give it back, or remove it");
            return None;
        }
    };
    let folder = folder_of(path);
    env.set("dirname", Value::text(if folder.is_empty() { "." } else { folder }));
    Some((file, env))
}

/// Whether a folder is another one or below it.
fn is_below(folder: &str, over: &str) -> bool {
    over.is_empty()
        || folder.strip_prefix(over).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
