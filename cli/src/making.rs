//! Making a toolchain: what is missing is installed, the engine builds, and the result gets its place.

use std::path::PathBuf;

use mbuild_frontends::depends::Report;
use mbuild_frontends::recipe::{self, RecipeError};
use mbuild_frontends::target::ToolchainSpec;
use mbuild_frontends::toolchain::ToolchainError;

use crate::args::build::BuildFlags;
use crate::building::{self, Rules};
use crate::configuring::{self, variable};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::holding;
use crate::installing;
use crate::session::Session;

/// What is installed may show what else is missing: a compiler comes before its sources.
const ROUNDS: usize = 3;

/// Makes a toolchain; what it is made of is installed when `install` says so.
pub(crate) fn make(
    spec: &ToolchainSpec,
    install: bool,
    flags: &BuildFlags,
    session: &mut Session<'_>,
) -> Result<PathBuf> {
    recipe::supported(spec).map_err(|error| explained(&error))?;
    let mut rounds = if install { ROUNDS } else { 0 };
    loop {
        let report = missing(spec)?;
        if report.missing.is_empty() {
            break;
        }
        if rounds == 0 {
            return Err(installing::advice(&report));
        }
        rounds -= 1;
        installing::install(&report, session)?;
    }
    let work =
        recipe::work_folder(spec, &variable).ok_or_else(|| explained(&RecipeError::NoHome))?;
    let prepared = {
        let _held = holding::hold(&work, session)?;
        let step = &mut |command: &_| session.printer.step("fetching:", command);
        recipe::prepare(spec, &variable, step).map_err(|error| explained(&error))?
    };
    session.printer.step("making:", format_args!("toolchain {}", spec.name));
    let rules = Rules {
        dir: work.clone(),
        file: b"build.ninja".to_vec(),
        state_dir: Some(work),
        names: Vec::new(),
    };
    building::build(&rules, flags, &[], session)?;
    recipe::install(&prepared).map_err(|error| explained(&error))?;
    Ok(prepared.folder.path)
}

fn missing(spec: &ToolchainSpec) -> Result<Report> {
    match recipe::missing(spec, &variable) {
        Ok(report) => Ok(report),
        Err(ToolchainError::Missing { .. }) => {
            Ok(configuring::no_compiler(&format!("toolchain {}", spec.name)))
        }
        Err(error) => Err(Failure::new(Exit::System, error.to_string())),
    }
}

fn explained(error: &RecipeError) -> Failure {
    let exit = match error {
        RecipeError::NoRecipe(_) | RecipeError::NoHome => Exit::Usage,
        RecipeError::Unsupported { .. } | RecipeError::Toolchain(_) => Exit::Missing,
        RecipeError::Command { .. } => Exit::Failed,
        RecipeError::File { .. } | RecipeError::Source(_) => Exit::System,
    };
    let help = match error {
        RecipeError::Unsupported { help, .. } => Some(help.clone()),
        RecipeError::NoRecipe(_) => Some("install it so that findlib knows it".to_owned()),
        _ => None,
    };
    Failure::new(exit, error.to_string()).with_optional_help(help)
}
