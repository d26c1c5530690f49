//! Programs of the package that flags of its steps name: their variables become the paths.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::package::{Package, Section, Tool, expand, variable_name};

/// The package with the paths of programs in the words that name them.
pub(super) fn with_paths<'a>(
    mut package: Cow<'a, Package>,
    programs: &BTreeMap<String, String>,
) -> Cow<'a, Package> {
    let internal = |tool: &Tool| matches!(tool, Tool::Internal(_));
    let named = |section: &Section| {
        section.compiled().is_some_and(|it| it.inputs.tools.iter().any(internal))
    };
    if !package.sections.iter().any(named) {
        return package;
    }
    for section in package.to_mut().sections.iter_mut().filter(|section| named(section)) {
        let Some(compiled) = section.compiled_mut() else { continue };
        let paths: BTreeMap<String, String> = compiled
            .inputs
            .tools
            .iter()
            .filter_map(|tool| match tool {
                Tool::Internal(name) => Some((variable_name(name), programs.get(name)?.clone())),
                Tool::External(_) => None,
            })
            .collect();
        for word in compiled.words_with_programs() {
            *word = expand(word, |name| paths.get(name).cloned());
        }
    }
    package
}
