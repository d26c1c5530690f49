//! `mbuild build`: brings goals up to date.

use crate::app::Session;
use crate::args::build::BuildArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::{building, project};

/// Builds.
pub(crate) fn run(args: &BuildArgs, session: &mut Session<'_>) -> Result<Exit> {
    let rules = project::rules()?;
    let goals: Vec<Vec<u8>> = args.goals.iter().map(|goal| goal.clone().into_bytes()).collect();
    building::build(&rules, &args.flags, &goals, session)?;
    Ok(Exit::Success)
}
