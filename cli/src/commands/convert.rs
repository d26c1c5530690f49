//! `mbuild convert`: the package in another format than its manifest has.

use std::fs;
use std::path::{Path, PathBuf};

use mbuild_frontends::choices::Choices;
use mbuild_frontends::configure::{FORMATS, Reading, read_manifest};
use mbuild_frontends::convert::{To, convert};
use mbuild_frontends::files;

use crate::args::package::ConvertArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::session::Session;
use crate::{configuring, project, suggest};

/// Writes it, and says what is lost.
pub(crate) fn run(args: &ConvertArgs, session: &mut Session<'_>) -> Result<Exit> {
    let Reading { package, manifests, warnings, .. } = package(&args.from)?;
    for warning in warnings {
        session.printer.warning(warning);
    }
    let to = To::named(&args.to).ok_or_else(|| Failure::usage("there is no such format"))?;
    let manifest = manifests.first().map_or("", String::as_str);
    let converted = convert(&package, manifest, to);
    for lost in &converted.lost {
        session.printer.warning(lost);
    }
    let files = match (&args.output, converted.files.as_slice()) {
        (_, []) => {
            return Err(Failure::wrong(format!("{} would be empty: there is no library", args.to)));
        }
        (None, files) => files.iter().map(|(name, text)| (PathBuf::from(name), text)).collect(),
        (Some(output), [(_, text)]) if output.as_os_str() == "-" => {
            session.printer.bytes(text.as_bytes())?;
            return Ok(Exit::Success);
        }
        (Some(output), [(_, text)]) => vec![(output.clone(), text)],
        (Some(_), several) => {
            let names = project::list(several.iter().map(|(name, _)| name.as_str()));
            let message = format!("there are several files: {}", names.unwrap_or_default());
            return Err(Failure::usage(message).with_help("leave out `-o`"));
        }
    };
    if !args.force {
        refuse_existing(files.iter().map(|(path, _)| path.as_path()), "`--force` writes over it")?;
    }
    for (path, text) in files {
        files::write_if_changed(&path, text.as_bytes()).map_err(|error| {
            Failure::system(format_args!("cannot write `{}`", path.display()), &error)
        })?;
        session.printer.note(format_args!("wrote {}", path.display()));
    }
    Ok(Exit::Success)
}

/// Refuses to write where something is, all such files at once.
pub(crate) fn refuse_existing<'a>(paths: impl Iterator<Item = &'a Path>, help: &str) -> Result<()> {
    let there: Vec<String> = paths
        .filter(|path| fs::symlink_metadata(path).is_ok())
        .map(|path| path.display().to_string())
        .collect();
    match project::list(there.iter().map(String::as_str)) {
        None => Ok(()),
        Some(names) => {
            let verb = if there.len() == 1 { "exists" } else { "exist" };
            Err(Failure::new(Exit::System, format!("{names} {verb} already")).with_help(help))
        }
    }
}

/// The package of a format in the current folder, or that of one manifest.
///
/// Tests and documents are converted as well, whatever is built by default.
fn package(from: &str) -> Result<Reading> {
    let target = project::target(None)?;
    let mut choices = Choices::default();
    choices.flag("tests", true).flag("docs", true);
    let format = FORMATS.iter().find(|format| format.name == from);
    if format.is_some() {
        choices.frontend = Some(from.to_owned());
        return configuring::reading(&project::current_folder()?, &target, Some(choices));
    }
    let path = Path::new(from);
    if !path.is_file() {
        let known = FORMATS.map(|format| format.name);
        let help = suggest::help(from, known, || {
            let names = project::list(known.into_iter()).unwrap_or_default();
            format!("name a manifest, or one of {names}")
        });
        let message = format!("`{from}` is neither a format nor a file");
        return Err(Failure::usage(message).with_help(help));
    }
    let full = project::current_folder()?.join(path);
    let name = full.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let root = full.parent().unwrap_or(Path::new(".")).to_owned();
    configuring::reading_with(&root, &target, Some(choices), |request| {
        read_manifest(request, &name)
    })
}
