//! `-t recompact` and `-t restat`: Ninja's files written anew, as Ninja does it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mbuild_rules::Manifest;

use super::{DepsLog, Log, deps, log, place, replace};
use crate::error::reason;
use crate::signature::Signature;

/// Writes both files anew in `dir` without what is replaced or of no use any more; those that are not
/// there stay away.
///
/// # Errors
/// What Ninja says, and why.
pub fn recompact(
    dir: &Path,
    manifest: &Manifest,
    tell: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let builddir = manifest.variable(b"builddir").unwrap_or_default();
    let failed = |error: io::Error| format!("failed recompaction: {}", reason(&error));
    let path = dir.join(os(&place(builddir, log::FILE_NAME)));
    let read = Log::read(&path).map_err(|error| loading("build", &path, &error))?;
    if let Some(text) = read.refused {
        tell(text);
        std::fs::remove_file(&path).map_err(failed)?;
    } else if read.log.exists() {
        let text = read.log.format(|output| lives(dir, manifest, output));
        replace(&path, &text, ".recompact").map_err(failed)?;
    }
    let path = dir.join(os(&place(builddir, deps::FILE_NAME)));
    let exists = path.exists();
    let read = DepsLog::read(&path).map_err(|error| loading("deps", &path, &error))?;
    if let Some(trouble) = read.trouble {
        tell(trouble.text());
    }
    if exists {
        let text = read.log.format(|output| has_deps(manifest, output));
        replace(&path, &text, ".recompact").map_err(failed)?;
    }
    Ok(())
}

/// Gives the entries of `.ninja_log` the time stamps of the outputs: what is there counts as made now.
/// Without `outputs` all are meant.
///
/// # Errors
/// What Ninja says, and why.
pub fn restat(
    dir: &Path,
    builddir: &[u8],
    outputs: &[Vec<u8>],
    tell: &mut dyn FnMut(&str),
) -> Result<(), String> {
    let path = dir.join(os(&place(builddir, log::FILE_NAME)));
    let mut read = Log::read(&path).map_err(|error| loading("build", &path, &error))?;
    if let Some(text) = read.refused {
        tell(text);
        return std::fs::remove_file(&path).map_err(|error| reason(&error));
    }
    if !read.log.exists() {
        return Ok(());
    }
    read.log.change(|output, entry| {
        if outputs.is_empty() || outputs.iter().any(|wanted| wanted == output) {
            let signature = Signature::of(&dir.join(os(output)));
            entry.mtime_ns = signature.ok().flatten().map_or(0, |signature| signature.mtime_ns);
        }
    });
    replace(&path, &read.log.format(|_| true), ".restat")
        .map_err(|error| format!("failed recompaction: {}", reason(&error)))
}

fn loading(which: &str, path: &Path, error: &io::Error) -> String {
    format!("loading {which} log {}: {}", path.display(), reason(error))
}

/// Some action makes it, or it is still there for whoever wants to know.
pub(super) fn lives(dir: &Path, manifest: &Manifest, output: &[u8]) -> bool {
    let made = manifest.find(output).is_some_and(|file| manifest.producer(file).is_some());
    made || dir.join(os(output)).exists()
}

/// Its action says that it tells what it reads.
pub(super) fn has_deps(manifest: &Manifest, output: &[u8]) -> bool {
    let action = manifest.find(output).and_then(|file| manifest.producer(file));
    action.is_some_and(|action| !manifest.binding(action, b"deps").is_empty())
}

fn os(path: &[u8]) -> &OsStr {
    OsStr::from_bytes(path)
}
