//! `mbuild build`: brings goals up to date.

use mbuild_frontends::package::Step;

use super::install;
use crate::args::build::BuildArgs;
use crate::configuring::Purpose;
use crate::exit::Exit;
use crate::failure::Result;
use crate::project::Project;
use crate::session::Session;
use crate::{building, hooks};

/// Builds.
pub(crate) fn run(args: &BuildArgs, session: &mut Session<'_>) -> Result<Exit> {
    let open = |session: &mut Session<'_>| Project::open(Purpose::Build(&args.flags), session);
    let mut project = open(session)?;
    if let Project::Package(package) = &project
        && !args.flags.dry_run
        && hooks::run(package, Step::Build, false, None, session)?
    {
        // They may have made sources that the rules do not know.
        project = open(session)?;
    }
    let goals = project.goals(&args.goals)?;
    if let Err(failed) = building::build(&project.rules(), &args.flags, &goals, session) {
        if let Project::Package(package) = &project {
            install::tell_of_failure(package, session);
        }
        return Err(failed);
    }
    if let Project::Package(package) = &project
        && !args.flags.dry_run
    {
        hooks::run(package, Step::Build, true, None, session)?;
    }
    Ok(Exit::Success)
}
