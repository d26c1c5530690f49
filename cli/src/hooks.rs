//! Shell commands that a manifest puts before and after a step.

use std::collections::BTreeMap;
use std::ffi::OsString;

use mbuild_frontends::configure::{Configuration, hooks};
use mbuild_frontends::package::Step;

use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::fence::Fence;
use crate::package::Package;
use crate::session::Session;

/// Runs those of one side of a step, of every package of a tree, and says whether there were any; `folders`
/// are installation folders other than the configured.
pub(crate) fn run(
    package: &Package,
    step: Step,
    after: bool,
    folders: Option<&BTreeMap<String, String>>,
    session: &mut Session<'_>,
) -> Result<bool> {
    run_in(package, step, after, &Setting { folders, ..Setting::default() }, session)
}

/// What commands see, and what keeps them.
#[derive(Default)]
pub(crate) struct Setting<'a> {
    /// Installation folders other than the configured.
    pub(crate) folders: Option<&'a BTreeMap<String, String>>,
    /// More variables of the environment.
    pub(crate) variables: Vec<(OsString, OsString)>,
    /// They may write in there alone.
    pub(crate) fence: Option<&'a Fence>,
}

/// The same in a setting. Where the package's own tool builds it, the commands run where that has built.
pub(crate) fn run_in(
    package: &Package,
    step: Step,
    after: bool,
    setting: &Setting<'_>,
    session: &mut Session<'_>,
) -> Result<bool> {
    let mut any = false;
    for configuration in package.configuration.packages() {
        any |= run_one(package, &configuration, step, after, setting, session)?;
    }
    Ok(any)
}

fn run_one(
    package: &Package,
    configuration: &Configuration,
    step: Step,
    after: bool,
    setting: &Setting<'_>,
    session: &mut Session<'_>,
) -> Result<bool> {
    let folders = setting.folders;
    let commands = configuration.hooks(&package.root, step, after, folders);
    let folder = package.root.join(configuration.hook_folder());
    if commands.is_empty() || !folder.is_dir() {
        return Ok(false);
    }
    let mut variables = setting.variables.clone();
    for (change, value) in configuration.environment(&package.root, folders) {
        let name = OsString::from(&change.name);
        let known = variables.iter().rev().find(|(known, _)| *known == name);
        let before = known.map(|(_, value)| value.clone()).or_else(|| std::env::var_os(&name));
        variables.push((name, change.apply(&value, before.as_deref())));
    }
    let through = setting.fence.map(Fence::words).unwrap_or_default();
    let runs = hooks::run_with(&folder, &commands, &variables, &through)
        .map_err(|error| Failure::new(Exit::Failed, error.to_string()))?;
    for run in runs {
        session.printer.note(format_args!("ran `{}`", run.command.display()));
        if !run.output.is_empty() {
            session.printer.note(String::from_utf8_lossy(&run.output).trim_end());
        }
    }
    Ok(true)
}
