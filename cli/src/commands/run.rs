//! `mbuild run`: builds a program and becomes it.

use std::os::unix::process::CommandExt;
use std::process::Command;

use mbuild_frontends::configure::{SectionInfo, SectionKind};

use crate::args::run::RunArgs;
use crate::building;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project::{Package, Project, list};
use crate::session::Session;

/// Builds and runs.
pub(crate) fn run(args: &RunArgs, session: &mut Session<'_>) -> Result<Exit> {
    let target = args.flags.target.as_deref();
    let package = Project::package(target, args.flags.install, session)?;
    let section = chosen(&package, args.executable.as_ref())?;
    let goals = [section.goal.clone().into_bytes()];
    building::build(&package.rules(), &args.flags, &goals, session)?;
    if args.flags.dry_run {
        return Ok(Exit::Success);
    }
    let Some(program) = package.configuration.program(&section.name) else {
        return Err(Failure::usage(format!("`{}` makes no program", section.name)));
    };
    let program = package.root.join(program);
    // Only an error comes back: else this process is the program from here on.
    let error = Command::new(&program).args(&args.arguments).exec();
    Err(Failure::system(format_args!("cannot run `{}`", program.display()), &error))
}

/// The program that is named, or the only one.
fn chosen<'a>(package: &'a Package, name: Option<&String>) -> Result<&'a SectionInfo> {
    let names: Vec<String> = name.into_iter().cloned().collect();
    let programs = package.chosen(SectionKind::Executable, &names)?;
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
