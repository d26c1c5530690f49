//! `mbuild build`: brings goals up to date.

use mbuild_frontends::package::Step;

use crate::args::build::BuildArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::project::Project;
use crate::session::Session;
use crate::{building, hooks};

/// Builds.
pub(crate) fn run(args: &BuildArgs, session: &mut Session<'_>) -> Result<Exit> {
    let project = Project::open(args.flags.target.as_deref(), args.flags.install, session)?;
    let goals = project.goals(&args.goals)?;
    build(&project, args, &goals, session)?;
    Ok(Exit::Success)
}

fn build(
    project: &Project,
    args: &BuildArgs,
    goals: &[Vec<u8>],
    session: &mut Session<'_>,
) -> Result<()> {
    let package = match project {
        Project::Package(package) if !args.flags.dry_run => Some(package),
        _ => None,
    };
    if let Some(package) = package {
        hooks::run(package, Step::Build, false, None, session)?;
    }
    building::build(&project.rules(), &args.flags, goals, session)?;
    if let Some(package) = package {
        hooks::run(package, Step::Build, true, None, session)?;
    }
    Ok(())
}
