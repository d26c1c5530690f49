//! The manifests of ocp-build: `*.ocp` in its old language, and `*.ocp2` in its newer one.
//!
//! A project is every manifest below a folder. Each is evaluated in the environment that those in the
//! folders above it leave, and describes packages: [`project()`] reads them all.

#[cfg(test)]
mod bad;
#[cfg(test)]
mod corpus;
mod evaluate;
mod files;
mod lex;
mod parse;
mod primitives;
mod project;
mod scan;
mod substitute;
mod syntax;
mod translate;
mod value;

pub use files::{Files, Messages, Place};
pub use project::{Description, Project, Tree};
pub use scan::{is_one, manifests};
pub use syntax::Kind;
pub use translate::{Machine, package};
pub use value::{Env, Text, Value};

/// Evaluates manifests in the order given, which is that of [`manifests`]: each sees what those in its own
/// folder and in the folders above have set before.
pub fn read(project: &mut Project<'_>, manifests: &[String]) {
    let mut above: Vec<(String, Env)> = Vec::new();
    for path in manifests {
        let folder = crate::ocaml::sources::folder_of(path);
        while above.last().is_some_and(|(over, _)| !is_below(folder, over)) {
            above.pop();
        }
        let mut env = above.last().map(|(_, env)| env.clone()).unwrap_or_default();
        let Some(content) = project.tree.read(path) else {
            project.error(
                Place::default(),
                format!("cannot read `{path}`"),
                "give it back, or remove it",
            );
            continue;
        };
        let file = project.files.add(path, content);
        let written = if folder.is_empty() { "." } else { folder };
        env.set("dirname", Value::text(written));
        let after = evaluate::file(project, file, &env);
        above.push((folder.to_owned(), after));
    }
}

/// Whether a folder is another one or below it.
fn is_below(folder: &str, over: &str) -> bool {
    over.is_empty()
        || folder.strip_prefix(over).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
