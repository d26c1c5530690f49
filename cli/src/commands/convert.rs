//! `mbuild convert`: the same package in another format of manifests.

use std::path::{Path, PathBuf};

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::{FORMATS, Reading, Request, read, read_manifest};
use mbuild_frontends::convert::{Converted, To, convert};

use crate::args::manifest::ConvertArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::suggest;
use crate::surroundings;
use crate::targets;
use crate::{configuring, project};

/// Converts.
pub(crate) fn run(args: &ConvertArgs, session: &mut Session<'_>) -> Result<Exit> {
    let to = To::named(&args.to)
        .ok_or_else(|| Failure::usage(format!("`{}` cannot be written", args.to)))?;
    let reading = reading(&args.from)?;
    for warning in &reading.warnings {
        session.printer.warning(warning);
    }
    let manifests = reading.manifests();
    let manifest = manifests.first().map_or("", String::as_str);
    let Converted { files, lost } = convert(&reading.package, manifest, to);
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
    for lost in lost {
        session.printer.warning(lost);
    }
    Ok(Exit::Success)
}

/// The package of a format in the current folder, or that of one manifest. What is there only for tests or
/// documents is converted as well, whatever is built by default.
fn reading(from: &str) -> Result<Reading> {
    let mut choices = Choices::default();
    choices.flag("tests", true).flag("docs", true);
    let here = surroundings::current_folder()?;
    let known = format(from);
    let path = here.join(from);
    let root = match (&known, path.parent()) {
        (Err(_), Some(folder)) if path.is_file() => folder.to_owned(),
        _ => here,
    };
    let frontend = match known {
        Ok(name) => Some(name.to_owned()),
        Err(_) if path.is_file() => None,
        Err(unknown) => return Err(unknown),
    };
    let one = frontend.is_none();
    choices.frontend = frontend;
    if !project::has_manifest(&root) {
        return Err(project::nothing_here(&root, false));
    }
    let request = Request {
        root: &root,
        target: &targets::find(None)?,
        choices: Some(choices),
        mbuild: &surroundings::own_program()?,
        variable: &surroundings::variable,
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let found = if one { read_manifest(&request, &name) } else { read(&request) };
    found.map_err(|error| configuring::explained(&error))
}

/// The format of this name, also when it is called as its manifests are.
fn format(name: &str) -> Result<&'static str> {
    let called = |format: &&mbuild_frontends::configure::Format| {
        format.name == name || format.manifest == name || format!("_{}", format.name) == name
    };
    FORMATS.iter().find(called).map(|format| format.name).ok_or_else(|| {
        let known = || FORMATS.iter().map(|format| format.name);
        let list = || format!("formats are {}", suggest::list(known()).unwrap_or_default());
        let help = suggest::help(name, known(), list);
        Failure::usage(format!("there is no format `{name}` to read")).with_help(help)
    })
}

/// Where each file goes.
fn placed(files: Vec<(String, String)>, output: Option<&Path>) -> Result<Vec<(PathBuf, String)>> {
    match output {
        Some(_) if files.len() > 1 => {
            let names = suggest::list(files.iter().map(|(name, _)| name.as_str()));
            Err(Failure::usage(format!("there are several files: {}", names.unwrap_or_default()))
                .with_help("leave `-o` away"))
        }
        Some(output) => Ok(files.into_iter().map(|(_, text)| (output.to_owned(), text)).collect()),
        None => Ok(files.into_iter().map(|(name, text)| (PathBuf::from(name), text)).collect()),
    }
}
