//! Installing a package whose own commands do it, and having them take it back.

use std::ffi::OsString;

use mbuild_engine::lock::HOLDER;
use mbuild_frontends::install::{Job, Plan, Stage};
use mbuild_frontends::package::Step;

use super::{list_for_opam, place, refused, tell};
use crate::args::build::BuildFlags;
use crate::args::install::{InstallArgs, UninstallArgs};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::fence::{Fence, NoFence};
use crate::holding::hold_places;
use crate::hooks::Setting;
use crate::package::Package;
use crate::session::Session;
use crate::{building, hooks};

/// How opam has such a package installed, whatever its commands heed.
const BY_OPAM: &str =
    "have opam run `mbuild install` in its place: `install: [\"mbuild\" \"install\"]`";

/// Lets a package's own commands install below a folder that stands for `/`, and installs what they put there.
pub(super) fn install(
    package: &Package,
    job: &Job,
    args: &InstallArgs,
    session: &mut Session<'_>,
) -> Result<()> {
    if args.flags.dry_run {
        session.printer.note("the package's own commands install it; only running them tells what");
        return Ok(());
    }
    if args.opam {
        let plan = staged_for_opam(package, job, session)?;
        return list_for_opam(package, job, &plan, args.force, session);
    }
    let _held = hold_places(job, session)?;
    job.remove_direct(args.force).map_err(refused)?;
    let plan = staged(package, job, &[], session)?;
    if plan.items.is_empty() {
        session.printer.note(format_args!(
            "installed {} by its own commands: what they installed is in none of the folders that are known",
            package.configuration.package
        ));
        tell(job, true, session);
        return Ok(());
    }
    place(package, job, &plan, args, session)
}

/// Lets a package's own commands install below a folder that stands for `/`, with `more` variables of the
/// environment; gives what they put there, and takes from where it belongs what they put right there.
pub(crate) fn staged(
    package: &Package,
    job: &Job,
    more: &[(OsString, OsString)],
    session: &mut Session<'_>,
) -> Result<Plan> {
    let stage = job.stage().map_err(refused)?;
    let setting = setting(job, &stage, more);
    if let Err(failed) = run(package, &setting, session) {
        // What is half installed is taken back.
        if let Err(error) = job.staged(&stage) {
            session.printer.warning(format_args!(
                "what the commands had installed before they failed may still be there: {error}"
            ));
        }
        return Err(failed);
    }
    let plan = job.staged(&stage).map_err(refused)?;
    for path in &plan.changed {
        session.printer.warning(format_args!(
            "the package's own commands have changed `{}`, which is not one of its files",
            path.display()
        ));
    }
    Ok(plan)
}

/// The same where nothing may be installed: commands can write nowhere but in the folder of the package's build.
fn staged_for_opam(package: &Package, job: &Job, session: &mut Session<'_>) -> Result<Plan> {
    let stage = job.closed_stage().map_err(refused)?;
    let own = &package.configuration;
    let runs = |after| !own.hooks(&package.root, Step::Install, after, None).is_empty();
    if runs(false) || runs(true) {
        let fence =
            Fence::around(stage.surroundings()).map_err(|error| unfenced(&own.package, &error))?;
        let mut setting = setting(job, &stage, &fence.variables()?);
        setting.fence = Some(&fence);
        let advice = format!(
            "for `--opam` commands may write below `$DESTDIR` and where the package is built, nowhere else; where they heed no `DESTDIR`, {BY_OPAM}"
        );
        run(package, &setting, session).map_err(|failed| failed.with_help(advice))?;
    }
    let plan = job.staged(&stage).map_err(refused)?;
    if plan.items.is_empty() {
        let message = format!("the commands of `{}` put nothing below `$DESTDIR`", own.package);
        return Err(Failure::new(Exit::Failed, message).with_help(BY_OPAM));
    }
    Ok(plan)
}

/// Why the commands of a package that install cannot be run where nothing may be installed.
fn unfenced(package: &str, error: &NoFence) -> Failure {
    let message = format!("the commands of `{package}` install it, and {error}");
    Failure::new(Exit::System, message).with_help(BY_OPAM)
}

fn setting<'a>(job: &'a Job, stage: &Stage, more: &[(OsString, OsString)]) -> Setting<'a> {
    let mut variables = [stage.variables().as_slice(), more].concat();
    variables.push((HOLDER.into(), std::process::id().to_string().into()));
    Setting { folders: Some(&job.folders.named), variables, fence: None }
}

/// The commands that install, and those after.
fn run(package: &Package, setting: &Setting<'_>, session: &mut Session<'_>) -> Result<()> {
    for after in [false, true] {
        hooks::run_in(package, Step::Install, after, setting, session)?;
    }
    Ok(())
}

/// Lets a package's own commands take back what they have installed themselves; they need what was built.
pub(super) fn uninstall(
    package: &Package,
    job: &Job,
    args: &UninstallArgs,
    session: &mut Session<'_>,
) -> Result<()> {
    if args.dry_run {
        session
            .printer
            .note("the package's own commands uninstall it; only running them tells what");
        return Ok(());
    }
    building::build(&package.rules(), &BuildFlags::default(), &[], session)?;
    let _held = hold_places(job, session)?;
    for after in [false, true] {
        hooks::run(package, Step::Uninstall, after, Some(&job.folders.named), session)?;
    }
    session
        .printer
        .note(format_args!("uninstalled {} by its own commands", package.configuration.package));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_commands_are_not_run_without_a_fence() {
        let failure = unfenced("p", &NoFence::NoSystem);
        assert_eq!(failure.exit, Exit::System);
        assert_eq!(
            failure.to_string(),
            "the commands of `p` install it, and nothing on this system keeps commands from writing below the prefix, \
             as Landlock does (Linux 5.13 and later)\n  help: have opam run `mbuild install` in its place: \
             `install: [\"mbuild\" \"install\"]`"
        );
    }
}
