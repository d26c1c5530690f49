//! Making a toolchain: what is missing is installed, the engine builds, and the result gets its place.

use std::path::PathBuf;

use mbuild_frontends::depends::Report;
use mbuild_frontends::recipe::{self, RecipeError};
use mbuild_frontends::target::{Kernel, Target, ToolchainSpec};
use mbuild_frontends::toolchain::ToolchainError;

use crate::args::build::BuildFlags;
use crate::building::{self, Rules};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::holding;
use crate::installing;
use crate::session::Session;
use crate::surroundings::variable;

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

/// Fetches a kernel.
pub(crate) fn kernel(kernel: &Kernel, session: &mut Session<'_>) -> Result<()> {
    let step = &mut |command: &_| session.printer.step("fetching:", command);
    recipe::fetch_kernel(kernel, step).map_err(|error| explained(&error))
}

/// Sees to it that the kernel of a target is there, with the drivers that its programs are given; fetches
/// it when `install` says so.
pub(crate) fn with_kernel(target: &Target, install: bool, session: &mut Session<'_>) -> Result<()> {
    let Some(needed) = &target.kernel else { return Ok(()) };
    let own = target.links.iter().filter(|link| link.target == target.name);
    let modules = own.flat_map(|link| &link.initramfs).flat_map(|it| &it.modules);
    let files: Vec<PathBuf> =
        std::iter::once(needed.image()).chain(modules.map(|name| needed.module(name))).collect();
    let lacking = || files.iter().find(|file| !file.is_file());
    let name = &needed.spec.name;
    if install && needed.spec.package.is_some() && lacking().is_some() {
        kernel(needed, session)?;
    }
    let Some(file) = lacking() else { return Ok(()) };
    let (message, help) = if let (true, Some(file)) = (file == &files[0], &needed.spec.file) {
        (format!("kernel `{name}` is not there: `{file}`"), None)
    } else if needed.folder.is_dir() {
        let driver = file.file_stem().unwrap_or_default().to_string_lossy();
        let help = format!(
            "add it to `modules` of `[kernels.{name}]`, then `mbuild toolchain remove {name}`"
        );
        (format!("kernel `{name}` is installed without driver `{driver}`"), Some(help))
    } else {
        let install = format!("run `mbuild toolchain install {}`, or add `--install`", target.name);
        (format!("kernel `{name}` is not installed"), Some(install))
    };
    Err(Failure::new(Exit::Missing, message).with_optional_help(help))
}

fn missing(spec: &ToolchainSpec) -> Result<Report> {
    match recipe::missing(spec, &variable) {
        Ok(report) => Ok(report),
        Err(ToolchainError::Missing { .. }) => {
            Ok(installing::no_compiler(&format!("toolchain {}", spec.name)))
        }
        Err(error) => Err(Failure::new(Exit::System, error.to_string())),
    }
}

fn explained(error: &RecipeError) -> Failure {
    let exit = match error {
        RecipeError::NoRecipe(_) | RecipeError::NoPackage(_) | RecipeError::NoHome => Exit::Usage,
        RecipeError::Unsupported { .. } | RecipeError::Toolchain(_) => Exit::Missing,
        RecipeError::Command { .. } => Exit::Failed,
        RecipeError::File { .. } | RecipeError::Source(_) => Exit::System,
    };
    let help = match error {
        RecipeError::Unsupported { help, .. } => Some(help.clone()),
        RecipeError::NoRecipe(_) => Some("install it so that findlib knows it".to_owned()),
        RecipeError::NoPackage(name) => {
            Some(format!("say so in `mbuild.toml`: `[kernels.{name}]` with `package` or `file`"))
        }
        _ => None,
    };
    Failure::new(exit, error.to_string()).with_optional_help(help)
}
