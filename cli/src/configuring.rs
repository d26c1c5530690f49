//! Configuring from the command line: when it is needed, what it says, and installing what it misses.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::{
    Configuration, ConfigureError, Configured, First, Request, Stale, configure,
};
use mbuild_frontends::depends::Report;
use mbuild_frontends::target::Target;
use mbuild_frontends::toolchain::ToolchainError;

use crate::args::build::BuildFlags;
use crate::building;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::holding;
use crate::installing;
use crate::making;
use crate::package::Package;
use crate::session::Session;
use crate::surroundings::{own_program, variable};
use crate::targets;

/// A package asks for a compiler before it can ask for anything else, and for what its libraries
/// ask for after that.
const ROUNDS: usize = 3;

/// What a package is opened for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Purpose<'a> {
    /// To build, with these flags.
    Build(&'a BuildFlags),
    /// To look at it as it is for this target.
    Look(Option<&'a str>),
}

impl<'a> Purpose<'a> {
    /// The name of the target.
    pub(crate) fn target(self) -> Option<&'a str> {
        match self {
            Self::Build(flags) => flags.target.as_deref(),
            Self::Look(target) => target,
        }
    }

    /// Something runs for it even where the package is configured.
    fn runs(self) -> bool {
        matches!(self, Self::Build(flags) if !flags.dry_run)
    }

    /// The flags for what has to be built to configure the package.
    fn flags(self) -> BuildFlags {
        match self {
            Self::Build(flags) => flags.clone(),
            Self::Look(_) => BuildFlags::default(),
        }
    }
}

/// The package in `root` with a configuration that holds; it is configured when there is none.
pub(crate) fn current(
    root: PathBuf,
    purpose: Purpose<'_>,
    session: &mut Session<'_>,
) -> Result<Package> {
    let target = targets::find(purpose.target())?;
    let flags = purpose.flags();
    let stale = match Configuration::current(&root, target.directory(), &variable) {
        Ok(configuration) if configuration.next.is_empty() => {
            let package = Package { root, target, configuration };
            let first = &package.configuration.first;
            if first.is_empty() || !purpose.runs() {
                return Ok(package);
            }
            first_of_all(&package, first, &flags, session)?;
            // What they are now may be another thing for those that need them.
            let directory = package.target.directory();
            match Configuration::current(&package.root, directory, &variable) {
                Ok(_) => return Ok(package),
                Err(stale) => {
                    told(&stale, session);
                    return anew(package.root, package.target, None, &flags, session);
                }
            }
        }
        Ok(_) => Stale::Never,
        Err(stale) => stale,
    };
    told(&stale, session);
    anew(root, target, None, &flags, session)
}

fn told(stale: &Stale, session: &mut Session<'_>) {
    if session.global.verbose && !matches!(stale, Stale::Never) {
        session.printer.note(format_args!("configuring again: {stale}"));
    }
}

/// Builds the packages of a tree that others can only be configured with once they are there.
fn first_of_all(
    package: &Package,
    first: &[First],
    flags: &BuildFlags,
    session: &mut Session<'_>,
) -> Result<()> {
    let goals: Vec<Vec<u8>> = first.iter().map(|it| it.goal.clone().into_bytes()).collect();
    building::build_before(&package.rules(), flags, &goals, session)
}

/// Has everything installed below this folder, which may be relative to the current one.
pub(crate) fn choose_prefix(choices: &mut Choices, prefix: &Path) -> Result<()> {
    let prefix = std::path::absolute(prefix)
        .map_err(|error| Failure::system("cannot tell where the prefix is", &error))?;
    choices.prefix(&prefix).map_err(|error| Failure::usage(error.to_string()))?;
    Ok(())
}

/// Configures the package in `root`, when no build of it is under way; without choices those of the last
/// time hold. Of a tree, packages that others can only be configured with are built on the way.
pub(crate) fn anew(
    root: PathBuf,
    target: Target,
    choices: Option<&Choices>,
    flags: &BuildFlags,
    session: &mut Session<'_>,
) -> Result<Package> {
    let install = flags.install;
    let mut built = BTreeSet::new();
    let mut package = once(root, target, choices, &built, install, session)?;
    while !package.configuration.next.is_empty() {
        let next = package.configuration.next.clone();
        first_of_all(&package, &next, flags, session)?;
        built.extend(next.into_iter().map(|first| first.package));
        package = once(package.root, package.target, None, &built, install, session)?;
    }
    Ok(package)
}

/// Configures as it was before, without a word: all there is to say was said then.
pub(crate) fn back(
    root: &Path,
    target: &Target,
    choices: Choices,
    session: &mut Session<'_>,
) -> Result<()> {
    let mbuild = own_program()?;
    let _held = holding::hold(&root.join(target.dir()), session)?;
    let choices = Some(choices);
    let request = Request { root, target, choices, mbuild: &mbuild, variable: &variable };
    configure(&request, &BTreeSet::new()).map_err(|error| explained(&error))?;
    Ok(())
}

/// Configures as far as that is possible with these packages built.
fn once(
    root: PathBuf,
    target: Target,
    choices: Option<&Choices>,
    built: &BTreeSet<String>,
    install: bool,
    session: &mut Session<'_>,
) -> Result<Package> {
    let mbuild = own_program()?;
    let _held = holding::hold(&root.join(target.dir()), session)?;
    let mut rounds = if install { ROUNDS } else { 0 };
    let configured = loop {
        let request = Request {
            root: &root,
            target: &target,
            choices: choices.cloned(),
            mbuild: &mbuild,
            variable: &variable,
        };
        match configure(&request, built) {
            Ok(configured) => break configured,
            Err(ConfigureError::Toolchain(ToolchainError::NotInstalled {
                recipe: true, ..
            })) if rounds > 0 => {
                rounds -= 1;
                making::make(&target.toolchain, true, &BuildFlags::default(), session)?;
            }
            Err(error) => {
                let Some(report) = missing(&error) else {
                    return Err(explained(&error).with_optional_help(advice(&error, &target)));
                };
                if rounds == 0 {
                    report.warnings.iter().cloned().for_each(|it| session.printer.warning(it));
                    return Err(installing::advice(&report));
                }
                rounds -= 1;
                installing::install(&report, session)?;
            }
        }
    };
    let Configured { configuration, warnings, hooks, messages, .. } = configured;
    let is_all = configuration.next.is_empty();
    // They are said once, when all that there are are known.
    for warning in warnings.into_iter().filter(|_| is_all) {
        session.printer.warning(warning);
    }
    for (package, text) in messages.into_iter().filter(|_| is_all) {
        session.printer.message(&package, &text);
    }
    for hook in hooks {
        session.printer.note(format_args!("ran `{}`", hook.command.display()));
        session.printer.note(String::from_utf8_lossy(&hook.output).trim_end());
    }
    Ok(Package { root, target, configuration })
}

/// What is missing, when that is what is wrong.
pub(crate) fn missing(error: &ConfigureError) -> Option<Report> {
    match error {
        ConfigureError::Missing(report) => Some((**report).clone()),
        // Without a compiler the manifest cannot be read for this machine: ask for that first.
        ConfigureError::Toolchain(ToolchainError::Missing { .. }) => {
            Some(installing::no_compiler("this package"))
        }
        _ => None,
    }
}

/// What helps against an error of configuring.
fn advice(error: &ConfigureError, target: &Target) -> Option<String> {
    match error {
        ConfigureError::Toolchain(ToolchainError::NotInstalled { recipe: true, .. }) => {
            Some(format!("run `mbuild toolchain install {}`, or add `--install`", target.name))
        }
        ConfigureError::Toolchain(ToolchainError::NotOnPath { bin, .. }) => {
            Some(format!("run `eval $(opam env)`, or put `{}` on PATH", bin.display()))
        }
        ConfigureError::Toolchain(ToolchainError::NotInstalled { recipe: false, name, .. }) => {
            Some(format!(
                "install it so that findlib knows it: `ocamlfind -toolchain {}`",
                target.toolchain.findlib.as_deref().unwrap_or(name)
            ))
        }
        _ => None,
    }
}

/// Errors of configuring with the exit code each has.
pub(crate) fn explained(error: &ConfigureError) -> Failure {
    let exit = match error {
        ConfigureError::Missing(_)
        | ConfigureError::Lacks { .. }
        | ConfigureError::Toolchain(
            ToolchainError::Missing { .. }
            | ToolchainError::NotInstalled { .. }
            | ToolchainError::Incomplete { .. }
            | ToolchainError::NotOnPath { .. },
        ) => Exit::Missing,
        ConfigureError::Hook(_) => Exit::Failed,
        ConfigureError::Choice { kept: false, .. } => Exit::Usage,
        ConfigureError::Read { .. }
        | ConfigureError::Write { .. }
        | ConfigureError::Toolchain(ToolchainError::Probe { .. }) => Exit::System,
        ConfigureError::NoManifest { .. }
        | ConfigureError::Wrong(_)
        | ConfigureError::Ocaml(_)
        | ConfigureError::Choice { kept: true, .. } => Exit::Wrong,
    };
    Failure::new(exit, error.to_string())
}
