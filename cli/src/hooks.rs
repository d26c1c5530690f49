//! Shell commands that a manifest puts before and after a step.

use std::collections::BTreeMap;

use mbuild_frontends::configure::hooks;
use mbuild_frontends::package::Step;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project::Package;
use crate::session::Session;

/// Runs those of one side of a step; `folders` are installation folders other than the configured.
pub(crate) fn run(
    package: &Package,
    step: Step,
    after: bool,
    folders: Option<&BTreeMap<String, String>>,
    session: &mut Session<'_>,
) -> Result<()> {
    let commands = package.configuration.hooks(step, after, folders);
    let runs = hooks::run(&package.root, &commands, None)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    for run in runs {
        session.printer.note(format_args!("ran `{}`", run.command));
        if !run.output.is_empty() {
            session.printer.note(String::from_utf8_lossy(&run.output).trim_end());
        }
    }
    Ok(())
}
