//! `mbuild init`: begins a project.

use std::fs;
use std::path::{Path, PathBuf};

use mbuild_frontends::fresh::{IGNORE, Kind, project as files_of};

use crate::args::package::InitArgs;
use crate::commands::convert::refuse_existing;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project;
use crate::session::Session;

/// Writes the files of a project into a folder that has none of them.
pub(crate) fn run(args: &InitArgs, session: &mut Session<'_>) -> Result<Exit> {
    let here = project::current_folder()?;
    let shown = args.name.clone().unwrap_or_default();
    let root = here.join(&shown);
    let name = root.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let kind = match (args.lib, args.exe, args.unikernel) {
        (true, ..) => Kind::Library,
        (_, true, _) => Kind::Program,
        (_, _, true) => Kind::Unikernel,
        _ => Kind::Both,
    };
    let files = files_of(&name, kind).map_err(|wrong| {
        let failure = Failure::usage(wrong.to_string());
        match args.name {
            Some(_) => failure,
            None => {
                failure.with_help("the folder's name is taken; give another: `mbuild init NAME`")
            }
        }
    })?;
    if root.is_dir() && project::has_manifest(&root) && !root.join("_oasis").exists() {
        return Err(Failure::new(Exit::System, "there is a package here already")
            .with_help("`mbuild describe` says what it is, `mbuild convert` writes its `_oasis`"));
    }
    // What git is told to leave alone is the business of whoever wrote that.
    let files: Vec<(PathBuf, String)> = files
        .into_iter()
        .filter(|(path, _)| path != IGNORE || !root.join(path).exists())
        .map(|(path, text)| (shown.join(path), text))
        .collect();
    refuse_existing(
        files.iter().map(|(path, _)| path.as_path()),
        "nothing was written; move them away, or begin in another folder: `mbuild init NAME`",
    )?;
    for (path, text) in &files {
        write(path, text).map_err(|error| {
            Failure::system(format_args!("cannot write `{}`", path.display()), &error)
        })?;
        session.printer.note(format_args!("wrote {}", path.display()));
    }
    let run = if kind == Kind::Library { "" } else { "`mbuild run` runs it, " };
    session.printer.note(format_args!("{run}`mbuild test` runs its tests"));
    Ok(Exit::Success)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // It is not there, or somebody has just put it there.
    let mut file = fs::File::create_new(path)?;
    std::io::Write::write_all(&mut file, text.as_bytes())
}
