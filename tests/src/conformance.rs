//! The standing test: a rule file that mbuild wrote makes the same bytes with plain Ninja.

use std::fs;

use crate::tree::{self, Tree};
use crate::{Project, program};

/// Where the rule file and the outputs of the native target are.
pub const BUILD_DIR: &str = "_mbuild/native";

/// What the tools keep for themselves beside the outputs.
const BOOKS: &[&str] = &[
    "state.db",
    "state.db-seal",
    "clock",
    "lock",
    "running",
    "snapshot",
    "configure.json",
    ".ninja_log",
    ".ninja_deps",
    ".ninja_lock",
];

/// The outputs of a project, without what the tools keep for themselves.
pub fn outputs(project: &Project) -> Tree {
    let is_of = |name: &str, book: &str| {
        name.strip_prefix(book).is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '/']))
    };
    tree::read(&project.path(BUILD_DIR), |name| !BOOKS.iter().any(|book| is_of(name, book)))
}

/// Configures and builds with mbuild; the outputs.
pub fn outputs_of_mbuild(project: &Project) -> Tree {
    project.mbuild(&["configure"]).ok();
    project.mbuild(&["build"]).ok();
    outputs(project)
}

/// The same in the same place with plain Ninja; nothing of an earlier build is left.
pub fn outputs_of_ninja(project: &Project) -> Tree {
    fs::remove_dir_all(project.path("_mbuild")).expect("the build folder goes");
    project.mbuild(&["configure"]).ok();
    let bin = program::mbuild().parent().expect("a program is in a folder");
    let rule_file = format!("{BUILD_DIR}/build.ninja");
    project.reference_ninja(&["-f", &rule_file]).path_first(bin).ok();
    outputs(project)
}
