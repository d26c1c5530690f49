//! `mbuild clean`: removes what the build made.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;
use mbuild_engine::clean::{Which, clean};
use mbuild_engine::settings::Settings;
use mbuild_frontends::configure::Configuration;
use mbuild_frontends::package::Step;

use crate::args::other::CleanArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::holding::{self, Watch};
use crate::hooks;
use crate::looking::Looking;
use crate::package::Package;
use crate::project;
use crate::report::text::count;
use crate::session::Session;
use crate::surroundings;
use crate::targets;

/// The folder of everything that mbuild makes of a package.
const FOLDER: &str = "_mbuild";

/// Cleans.
pub(crate) fn run(args: &CleanArgs, session: &mut Session<'_>) -> Result<Exit> {
    let root = surroundings::current_folder()?;
    if !project::has_manifest(&root) {
        return foreign(args, session);
    }
    let target = targets::find(args.target.as_deref())?;
    let configuration = Configuration::load(&root, target.directory());
    let dir = root.join(target.dir());
    let _held = if args.dry_run { None } else { Some(holding::hold(&dir, session)?) };
    let mut paths = if args.all { vec![root.join(FOLDER)] } else { outputs(&dir)? };
    if let Ok(configuration) = &configuration {
        let folders =
            configuration.packages().into_iter().map(|package| root.join(&package.folder));
        let made = if args.all { root.join(FOLDER) } else { dir.clone() };
        paths.splice(0..0, folders.flat_map(|folder| links(&folder, &made)));
    }
    let package = match configuration {
        Ok(configuration) if !args.dry_run => {
            Some(Package { root: root.clone(), target, configuration })
        }
        _ => None,
    };
    let steps: &[Step] = if args.all { &[Step::Clean, Step::Distclean] } else { &[Step::Clean] };
    around(package.as_ref(), steps, false, session)?;
    for path in paths.iter().filter(|path| path.symlink_metadata().is_ok()) {
        let shown = path.strip_prefix(&root).unwrap_or(path).display();
        if args.dry_run || session.global.verbose {
            session.printer.result(format_args!("remove {shown}"))?;
        }
        if !args.dry_run {
            remove(path).map_err(|error| {
                Failure::system(format_args!("cannot remove `{shown}`"), &error)
            })?;
        }
    }
    around(package.as_ref(), steps, true, session)?;
    Ok(Exit::Success)
}

fn around(
    package: Option<&Package>,
    steps: &[Step],
    after: bool,
    session: &mut Session<'_>,
) -> Result<()> {
    let Some(package) = package else { return Ok(()) };
    for step in steps {
        hooks::run(package, *step, after, None, session)?;
    }
    Ok(())
}

/// Everything in a build directory but what the user chose when configuring, and how long actions took.
fn outputs(dir: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(Failure::system(format_args!("cannot read `{}`", dir.display()), &error));
        }
    };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| !path.file_name().is_some_and(is_kept))
        .collect();
    paths.sort();
    Ok(paths)
}

/// The links of tests into a build directory: programs beside the manifest, and all that is where ocamlbuild
/// would have left it, with the folders that have nothing else. What is inside of a folder comes before it.
fn links(folder: &Path, made: &Path) -> Vec<PathBuf> {
    let leads = |path: &Path| std::fs::read_link(path).is_ok_and(|to| to.starts_with(made));
    let mut paths: Vec<PathBuf> = entries(folder).into_iter().filter(|path| leads(path)).collect();
    let mut folders = vec![folder.join("_build")];
    let mut at = 0;
    while let Some(inner) = folders.get(at).cloned() {
        folders
            .extend(entries(&inner).into_iter().filter(|path| !path.is_symlink() && path.is_dir()));
        at += 1;
    }
    for inner in folders.iter().rev() {
        let all = entries(inner);
        let (ours, others): (Vec<_>, Vec<_>) =
            all.into_iter().partition(|path| leads(path) || paths.contains(path));
        let emptied = !ours.is_empty() && others.is_empty();
        paths.extend(ours.into_iter().filter(|path| leads(path)));
        if emptied {
            paths.push(inner.clone());
        }
    }
    paths
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn is_kept(name: &OsStr) -> bool {
    let name = name.as_bytes();
    // What is not yet in the database is in the journals beside it.
    name == b"configure.json" || name == b"state.db" || name.starts_with(b"state.db-")
}

fn remove(path: &Path) -> std::io::Result<()> {
    if path.symlink_metadata()?.is_dir() {
        std::fs::remove_dir_all(path)
    } else {
        std::fs::remove_file(path)
    }
}

/// The outputs of a rule file that somebody else wrote.
fn foreign(args: &CleanArgs, session: &mut Session<'_>) -> Result<Exit> {
    let looking = Looking::open(args.target.as_deref(), session)?;
    let settings = Settings { dry_run: args.dry_run, ..looking.settings.clone() };
    let cleaned =
        clean(&settings, &Which::All, args.all, &mut Watch::new(session.printer, "builds"))
            .map_err(|error| looking.explained(error))?;
    if args.dry_run || session.global.verbose {
        for path in &cleaned.removed {
            session.printer.result(format_args!("remove {}", path.as_bstr()))?;
        }
    }
    let Some(((path, why), more)) = cleaned.failed.split_first() else { return Ok(Exit::Success) };
    let and = match more.len() {
        0 => String::new(),
        more => format!(", nor {}", count(more, "other output")),
    };
    let message = format!("cannot remove `{}`{and}: {why}", path.as_bstr());
    Err(Failure::new(Exit::System, message))
}
