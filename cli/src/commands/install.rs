//! `mbuild install` and `mbuild uninstall`: put the package where others find it, and take it back.

pub(crate) mod own;

use std::path::PathBuf;

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::{Configuration, Request};
use mbuild_frontends::install::{Change, InstallError, Job, Options, Plan};
use mbuild_frontends::package::Step;

use crate::args::install::{InstallArgs, UninstallArgs};
use crate::configuring::Purpose;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::holding::hold_places;
use crate::package::Package;
use crate::project::Project;
use crate::report::text::count;
use crate::session::Session;
use crate::surroundings;
use crate::targets;
use crate::{building, configuring, hooks};

/// Builds and installs.
pub(crate) fn run(args: &InstallArgs, session: &mut Session<'_>) -> Result<Exit> {
    for_the_host(args.flags.target.as_deref(), args.prefix.as_ref())?;
    let package = Project::package(Purpose::Build(&args.flags), session)?;
    let Some(choices) = for_this_prefix(&package, args)? else {
        return installed(package, args, session);
    };
    let before = package.configuration.choices;
    let Package { root, target, .. } = package;
    let (there, for_it) = (root.clone(), target.clone());
    let done = configuring::anew(there, for_it, Some(&choices), &args.flags, session)
        .and_then(|package| installed(package, args, session));
    let back = configuring::back(&root, &target, before, session);
    // A mistake on the way says more than one that follows from it.
    done.and_then(|exit| back.map(|()| exit))
}

/// Builds and installs what is configured.
fn installed(mut package: Package, args: &InstallArgs, session: &mut Session<'_>) -> Result<Exit> {
    let around = |package: &Package, after, session: &mut Session<'_>| -> Result<bool> {
        let mut any = false;
        for (_, part) in &package.parts(&args.packages)? {
            any |= !args.flags.dry_run && hooks::run(part, Step::Build, after, None, session)?;
        }
        Ok(any)
    };
    if around(&package, false, session)? {
        // They may have made sources that the rules do not know.
        package = Project::package(Purpose::Build(&args.flags), session)?;
    }
    let parts = package.parts(&args.packages)?;
    let mut goals: Vec<Vec<u8>> = Vec::new();
    for (_, part) in &parts {
        goals.extend(part.configuration.install_goals().into_iter().map(String::into_bytes));
    }
    if let Err(failed) = building::build(&package.rules(), &args.flags, &goals, session) {
        tell_of_failure(&package, session);
        return Err(failed);
    }
    around(&package, true, session)?;
    let jobs = jobs(&package, args.prefix.clone(), args.destdir.clone())?;
    for (at, part) in &parts {
        let Some(job) = jobs.get(*at) else { continue };
        one(part, job, args, session)?;
    }
    Ok(Exit::Success)
}

/// What has to be chosen before the package is built, where its own commands write the prefix into what they make, or ask
/// findlib for it; `None` where that is so already, and for all others.
fn for_this_prefix(package: &Package, args: &InstallArgs) -> Result<Option<Choices>> {
    let Some(prefix) = args.prefix.as_ref().filter(|_| !args.flags.dry_run) else {
        return Ok(None);
    };
    let own = |all: &Configuration| all.own_build.as_ref().is_some_and(|own| own.told_folders);
    let mut choices = package.configuration.choices.clone();
    if package.configuration.packages().iter().any(|one| own(one)) {
        configuring::choose_prefix(&mut choices, prefix)?;
    }
    Ok(Some(choices).filter(|choices| *choices != package.configuration.choices))
}

/// Says what the package has to say where it could not be built. Of those of a tree nobody knows which it was.
pub(super) fn tell_of_failure(package: &Package, session: &mut Session<'_>) {
    let Ok(jobs) = jobs(package, None, None) else { return };
    if let [job] = jobs.as_slice() {
        tell(job, false, session);
    }
}

/// Says what the package has to say at the end.
fn tell(job: &Job, success: bool, session: &mut Session<'_>) {
    for (package, text) in job.messages(success) {
        session.printer.message(&package, &text);
    }
}

/// Installs one package, which is built.
fn one(package: &Package, job: &Job, args: &InstallArgs, session: &mut Session<'_>) -> Result<()> {
    if package.configuration.own_build.as_ref().is_some_and(|own| own.installs) {
        return own::install(package, job, args, session);
    }
    if args.flags.dry_run {
        let Ok(plan) = job.plan() else { return Ok(()) };
        for item in &plan.items {
            session.printer.result(item.to.display())?;
        }
        return Ok(());
    }
    let plan = job.plan().map_err(refused)?;
    if args.opam {
        return list_for_opam(package, job, &plan, args.force, session);
    }
    let _held = hold_places(job, session)?;
    hooks::run(package, Step::Install, false, Some(&job.folders.named), session)?;
    place(package, job, &plan, args, session)?;
    hooks::run(package, Step::Install, true, Some(&job.folders.named), session)?;
    Ok(())
}

/// Writes the list by which opam installs what is built.
fn list_for_opam(
    package: &Package,
    job: &Job,
    plan: &Plan,
    force: bool,
    session: &mut Session<'_>,
) -> Result<()> {
    let (path, files) = job.write_for_opam(plan, force).map_err(refused)?;
    let Package { root, configuration, .. } = package;
    let around = [false, true].map(|after| configuration.hooks(root, Step::Install, after, None));
    if configuration.own_build.is_none() && around.iter().any(|hooks| !hooks.is_empty()) {
        session.printer.warning(
            "opam installs without the package's commands before and after; those that users need belong into `install` of opam's file",
        );
    }
    tell_left_out(plan, session);
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let files = count(files, "file");
    session.printer.note(format_args!("wrote {name}: {files} for opam to install"));
    Ok(())
}

fn tell_left_out(plan: &Plan, session: &mut Session<'_>) {
    for document in &plan.left_out {
        session.printer.warning(format_args!("document `{document}` was not made and is left out"));
    }
}

/// Copies the files of a plan and says what has changed.
fn place(
    package: &Package,
    job: &Job,
    plan: &Plan,
    args: &InstallArgs,
    session: &mut Session<'_>,
) -> Result<()> {
    let report = job.place(plan, args.force).map_err(refused)?;
    job.write_opam_file(plan).map_err(refused)?;
    for warning in &report.warnings {
        session.printer.warning(warning);
    }
    tell_left_out(plan, session);
    let (mut changed, mut removed) = (0, 0);
    for placed in &report.files {
        let verb = match placed.change {
            Change::New => "installed",
            Change::Replaced => "replaced",
            Change::Same => continue,
            Change::Removed => "removed",
        };
        if placed.change == Change::Removed {
            removed += 1;
        } else {
            changed += 1;
        }
        if session.global.verbose {
            session.printer.result(format_args!("{verb} {}", placed.path.display()))?;
        }
    }
    for export in job.exports() {
        session.printer.note(format_args!("to use it: {export}"));
    }
    let same = report.files.len() - changed - removed;
    session.printer.note(format_args!(
        "installed {}: {}, {same} unchanged, {removed} removed",
        package.configuration.package,
        count(changed, "file")
    ));
    tell(job, true, session);
    Ok(())
}

/// Removes what was installed.
pub(crate) fn uninstall(args: &UninstallArgs, session: &mut Session<'_>) -> Result<Exit> {
    for_the_host(args.target.as_deref(), args.prefix.as_ref())?;
    let package = Project::package(Purpose::Look(args.target.as_deref()), session)?;
    let parts = package.parts(&args.packages)?;
    let jobs = jobs(&package, args.prefix.clone(), args.destdir.clone())?;
    // Of a tree, those are taken back that are there; that none is there is a mistake.
    let mut there = Vec::new();
    for (at, part) in &parts {
        let Some(job) = jobs.get(*at) else { continue };
        if parts.len() == 1 || job.is_installed().map_err(refused)? {
            there.push((part, job));
        }
    }
    if there.is_empty() {
        let message = "no package of this tree is installed here by mbuild";
        return Err(Failure::usage(message));
    }
    // Folders are those of the package that was installed first.
    for (part, job) in there.into_iter().rev() {
        uninstall_one(part, job, args, session)?;
    }
    Ok(Exit::Success)
}

fn uninstall_one(
    package: &Package,
    job: &Job,
    args: &UninstallArgs,
    session: &mut Session<'_>,
) -> Result<()> {
    let own = package.configuration.own_build.as_ref();
    let by_list = job.is_installed().map_err(refused)?;
    // What is in the list was put there by us; its own commands know of the rest alone.
    if !by_list && own.is_some_and(|own| own.uninstalls) {
        return own::uninstall(package, job, args, session);
    }
    let own = own.is_some();
    let _held = if args.dry_run { None } else { Some(hold_places(job, session)?) };
    if !args.dry_run && !own {
        hooks::run(package, Step::Uninstall, false, Some(&job.folders.named), session)?;
    }
    let removed = job.remove(args.dry_run).map_err(refused)?;
    for path in &removed.kept {
        let path = path.display();
        session
            .printer
            .warning(format_args!("`{path}` was changed since it was installed, and stays"));
    }
    if args.dry_run || session.global.verbose {
        for path in &removed.files {
            session.printer.result(path.display())?;
        }
    }
    if !args.dry_run {
        if !own {
            hooks::run(package, Step::Uninstall, true, Some(&job.folders.named), session)?;
        }
        session.printer.note(format_args!(
            "uninstalled {}: {}",
            package.configuration.package,
            count(removed.files.len(), "file")
        ));
    }
    Ok(())
}

/// What is made for another machine has no place on this one but the one that the user names.
fn for_the_host(name: Option<&str>, prefix: Option<&PathBuf>) -> Result<()> {
    let target = targets::find(name)?;
    if target.toolchain.is_host() || prefix.is_some() {
        return Ok(());
    }
    let help = "its programs are in the build directory, ready to be run; with `--prefix` its \
                libraries go where OCAMLPATH may lead to";
    Err(Failure::usage(format!("target `{}` is not for this machine", target.name)).with_help(help))
}

fn jobs(package: &Package, prefix: Option<PathBuf>, destdir: Option<PathBuf>) -> Result<Vec<Job>> {
    let from_environment =
        || std::env::var_os("DESTDIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    let request = Request {
        root: &package.root,
        target: &package.target,
        choices: None,
        mbuild: &surroundings::own_program()?,
        variable: &surroundings::variable,
    };
    let options = Options { prefix, destdir: destdir.or_else(from_environment) };
    Job::read(&request, &options).map_err(refused)
}

pub(crate) fn refused(error: InstallError) -> Failure {
    let exit = match error {
        InstallError::Configure(error) => return configuring::explained(&error),
        InstallError::Io { .. }
        | InstallError::Foreign { .. }
        | InstallError::Changed { .. }
        | InstallError::NoPlace { .. } => Exit::System,
        InstallError::NotInstalled { .. } | InstallError::Prefix(_) => Exit::Usage,
        _ => Exit::Wrong,
    };
    Failure::new(exit, error.to_string())
}
