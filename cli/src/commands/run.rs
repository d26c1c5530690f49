//! `mbuild run`: builds a program and becomes it, or what runs it.

use mbuild_frontends::configure::{SectionInfo, SectionKind};

use crate::args::run::RunArgs;
use crate::configuring::Purpose;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::package::Package;
use crate::project::Project;
use crate::session::Session;
use crate::suggest::list;
use crate::{building, making, running};

/// Builds and runs.
pub(crate) fn run(args: &RunArgs, session: &mut Session<'_>) -> Result<Exit> {
    let package = Project::package(Purpose::Build(&args.flags), session)?;
    let section = chosen(&package, args.executable.as_ref())?;
    let goals = [package.goal(section)?];
    // What will not run need not be built.
    making::with_kernel(&package.target, args.flags.install, session)?;
    let start = running::prepare(&package, section, args, session)?;
    building::build(&package.rules(), &args.flags, &goals, session)?;
    if args.flags.dry_run {
        return Ok(Exit::Success);
    }
    running::guest::run(start, &package, args, session)
}

/// The program that is named, or the only one.
pub(crate) fn chosen<'a>(package: &'a Package, name: Option<&String>) -> Result<&'a SectionInfo> {
    let names: Vec<String> = name.into_iter().cloned().collect();
    let mut programs = package.chosen(SectionKind::Executable, &names)?;
    if names.is_empty() {
        // Where a package has programs for the host as well, those are not meant.
        programs.retain(|section| package.goal(section).is_ok() || !section.devices.is_empty());
    }
    match programs.as_slice() {
        [] => Err(Failure::usage("the package has no program")),
        [only] => Ok(only),
        several => {
            // Programs that are not installed serve tests and examples.
            let mut installed = several.iter().filter(|section| section.install);
            if let (Some(only), None) = (installed.next(), installed.next()) {
                return Ok(only);
            }
            let names = list(several.iter().map(|section| section.name.as_str()));
            Err(Failure::usage("the package has several programs")
                .with_optional_help(names.map(|names| format!("name one of {names}"))))
        }
    }
}
