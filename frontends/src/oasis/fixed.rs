//! The variables of a package whose manifest has none of its own: installation folders above all.

use std::collections::BTreeMap;

use super::variables::{Variables, is_folder};
use crate::choices::Choices;
use crate::environment::Environment;

/// Variables, fully expanded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FixedVariables {
    /// Installation folders.
    pub folders: BTreeMap<String, String>,
    /// All of them.
    pub all: BTreeMap<String, String>,
    /// Those that the user set and nobody knows.
    pub unknown: Vec<String>,
}

/// The variables of a package of this name and version, with the user's choices.
pub fn fixed_variables(
    environment: &Environment,
    choices: &Choices,
    name: &str,
    version: &str,
    debug: bool,
) -> FixedVariables {
    let mut variables = Variables::new(environment, choices);
    variables.offer("pkg_name", name);
    variables.offer("pkg_version", version);
    variables.set_flag("debug", debug);
    FixedVariables {
        folders: variables.expanded(is_folder),
        all: variables.expanded(|_| true),
        unknown: variables.unknown().cloned().collect(),
    }
}
