//! Whether the package has what the user chose: its switches and variables.

use super::error::ConfigureError;
use crate::choices::Choices;
use crate::ocaml::sources::Sources;
use crate::package::Package;
use crate::suggest;
use crate::words::mentions;

/// Refuses the first choice that would change nothing; those of now, or those that were `kept`. Nothing is
/// said of variables that a `setup.ml` may read itself.
pub(super) fn check(
    package: &Package,
    choices: &Choices,
    kept: bool,
    own_setup: bool,
    sources: &mut Sources,
) -> Result<(), ConfigureError> {
    let flags = || package.flags.iter().map(|flag| flag.name.as_str());
    for name in choices.flags.keys() {
        if !flags().any(|flag| flag.eq_ignore_ascii_case(name)) {
            let help =
                suggest::help(name, flags(), || format!("it has {}", suggest::list(flags())));
            let what = format!("flag `{name}`");
            return Err(ConfigureError::Choice { what, help, kept });
        }
    }
    if package.unknown_variables.is_empty() || own_setup {
        return Ok(());
    }
    // A template that is not there is an error of its own, later.
    let templates: Vec<Vec<u8>> =
        package.templates.iter().filter_map(|template| sources.read(&template.from).ok()).collect();
    for name in &package.unknown_variables {
        if !templates.iter().any(|text| mentions(text, name)) {
            let known = package.variables.keys().filter(|known| *known != name);
            let help = suggest::help(name, known.map(String::as_str), || {
                "the manual lists the variables; others have to be in the manifest".to_owned()
            });
            let what = format!("variable `{name}`");
            return Err(ConfigureError::Choice { what, help, kept });
        }
    }
    Ok(())
}
