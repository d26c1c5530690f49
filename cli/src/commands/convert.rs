//! `mbuild convert`: the same package in another format of manifests.

use std::path::{Path, PathBuf};

use mbuild_frontends::configure::FORMATS;
use mbuild_frontends::convert::{Writer, Written};

use super::describe::reading;
use crate::args::manifest::ConvertArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project;
use crate::session::Session;
use crate::suggest;

/// Converts.
pub(crate) fn run(args: &ConvertArgs, session: &mut Session<'_>) -> Result<Exit> {
    let from = format(&args.from)?;
    let writer = Writer::find(&args.to)
        .ok_or_else(|| Failure::usage(format!("`{}` cannot be written", args.to)))?;
    let reading = reading(None, Some(from))?;
    for warning in &reading.warnings {
        session.printer.warning(warning);
    }
    let manifest = reading.manifests.first().map_or("", String::as_str);
    let Written { files, losses } = writer.write(&reading.package, manifest);
    if files.is_empty() {
        return Err(Failure::usage(format!(
            "the package has nothing that `{}` could say",
            args.to
        ))
        .with_help("META has libraries that are built and installed"));
    }
    let files = placed(files, args.output.as_deref())?;
    for (path, _) in &files {
        if path != Path::new("-") && !args.force && path.symlink_metadata().is_ok() {
            return Err(Failure::usage(format!("`{}` is there already", path.display()))
                .with_help("write elsewhere with `-o FILE`, or over it with `--force`"));
        }
    }
    for (path, text) in files {
        if path == Path::new("-") {
            session.printer.bytes(text.as_bytes())?;
            continue;
        }
        std::fs::write(&path, text).map_err(|error| {
            Failure::system(format_args!("cannot write `{}`", path.display()), &error)
        })?;
        session.printer.note(format_args!("wrote `{}`", path.display()));
    }
    for loss in losses {
        session.printer.warning(loss);
    }
    Ok(Exit::Success)
}

/// The format of this name, also when it is called as its manifests are.
fn format(name: &str) -> Result<&'static str> {
    let called = |format: &&mbuild_frontends::configure::Format| {
        format.name == name || format.manifest == name || format!("_{}", format.name) == name
    };
    FORMATS.iter().find(called).map(|format| format.name).ok_or_else(|| {
        let known = || FORMATS.iter().map(|format| format.name);
        let list = || format!("formats are {}", project::list(known()).unwrap_or_default());
        let help = suggest::help(name, known(), list);
        Failure::usage(format!("there is no format `{name}` to read")).with_help(help)
    })
}

/// Where each file goes.
fn placed(files: Vec<(String, String)>, output: Option<&Path>) -> Result<Vec<(PathBuf, String)>> {
    match output {
        Some(_) if files.len() > 1 => {
            let names = project::list(files.iter().map(|(name, _)| name.as_str()));
            Err(Failure::usage(format!("there are several files: {}", names.unwrap_or_default()))
                .with_help("leave `-o` away"))
        }
        Some(output) => Ok(files.into_iter().map(|(_, text)| (output.to_owned(), text)).collect()),
        None => Ok(files.into_iter().map(|(name, text)| (PathBuf::from(name), text)).collect()),
    }
}
