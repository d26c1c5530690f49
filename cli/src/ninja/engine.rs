//! What Ninja's flags mean to the engine.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mbuild_engine::settings::{Environment, MissingOutput, Nested, Settings};

use crate::ninja::arguments::Arguments;
use crate::settings;
use crate::settings::limits;

/// What the engine is told; `mbuild_` variables of the rule file say more.
pub(crate) fn engine_settings(
    arguments: &Arguments,
    command_line: Vec<String>,
) -> crate::failure::Result<Settings> {
    let ours = our_folder(&arguments.file);
    let (environment, missing_output) = match ours {
        Some(_) => (Environment::Minimal, MissingOutput::Error),
        // Ninja finds nothing wrong with it; who asks why commands run wants to know.
        None if arguments.debug.explain => (Environment::Inherit, MissingOutput::Warn),
        None => (Environment::Inherit, MissingOutput::Ignore),
    };
    Ok(Settings {
        rule_file: arguments.file.clone(),
        state_dir: ours,
        jobs: arguments.jobs,
        keep_going: arguments.keep_going,
        max_load: arguments.max_load,
        memory: limits::memory(None)?,
        dry_run: arguments.dry_run,
        check: settings::check()?,
        environment,
        missing_output,
        store: settings::store()?,
        keep_depfiles: arguments.debug.keep_depfiles,
        keep_response_files: arguments.debug.keep_response_files,
        phony_cycle_is_error: arguments.phony_cycle_is_error,
        nested: Nested::Build,
        ninja_logs: true,
        command_line,
        ..Settings::new(".")
    })
}

/// The folder of a rule file that mbuild wrote: with the same state and the same care as in the native
/// face, what was built there is built here.
fn our_folder(file: &[u8]) -> Option<PathBuf> {
    let folder = Path::new(OsStr::from_bytes(file)).parent()?;
    folder.join("configure.json").is_file().then(|| folder.to_owned())
}
