//! What tools see of `.ninja_log` and `.ninja_deps`.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use bstr::ByteSlice;
use mbuild_engine::Loaded;
use mbuild_engine::ninja_log::{self, DepsLog, Log};
use mbuild_engine::query::Discovered;
use mbuild_rules::FileId;

use crate::failure::reason;
use crate::ninja::tools::Context;

/// Reads the log of commands.
pub(super) fn commands(context: &mut Context<'_, '_>) -> Result<Log, u8> {
    let (path, place) = place(context, ninja_log::log::FILE_NAME);
    let read = Log::read(&place).map_err(|error| refuse(context, "build", &path, &error))?;
    if let Some(text) = read.refused {
        context.streams.warning(text);
    }
    Ok(read.log)
}

/// Reads the log of dependencies.
pub(super) fn dependencies(context: &mut Context<'_, '_>) -> Result<DepsLog, u8> {
    let (path, place) = place(context, ninja_log::deps::FILE_NAME);
    let read = DepsLog::read(&place).map_err(|error| refuse(context, "deps", &path, &error))?;
    if let Some(trouble) = read.trouble {
        context.streams.warning(trouble.text());
    }
    Ok(read.log)
}

/// What the command of an output read: as the log has it, unless only the state knows what is true of the
/// output that is there.
pub(super) fn found(loaded: &Loaded, log: &DepsLog, output: FileId) -> Option<Discovered> {
    let path = loaded.manifest().path(output);
    let logged = log.deps(path).map(|(mtime_ns, paths)| Discovered {
        paths: paths.map(<[u8]>::to_vec).collect(),
        mtime_ns,
        valid: mtime(path).is_some_and(|mtime| mtime <= mtime_ns),
    });
    if logged.as_ref().is_some_and(|logged| logged.valid) {
        return logged;
    }
    let recorded = loaded.discovered(output);
    if recorded.as_ref().is_some_and(|recorded| recorded.valid) {
        return recorded;
    }
    logged.or(recorded)
}

fn mtime(path: &[u8]) -> Option<i64> {
    let file = std::fs::metadata(OsStr::from_bytes(path)).ok()?;
    Some(file.mtime().saturating_mul(1_000_000_000).saturating_add(file.mtime_nsec()))
}

fn place(context: &Context<'_, '_>, name: &str) -> (Vec<u8>, PathBuf) {
    let builddir = context.view.manifest.variable(b"builddir").unwrap_or_default();
    let path = ninja_log::place(builddir, name);
    let place = PathBuf::from(OsStr::from_bytes(&path));
    (path, place)
}

fn refuse(context: &mut Context<'_, '_>, which: &str, path: &[u8], error: &io::Error) -> u8 {
    let (path, why) = (path.as_bstr(), reason(error));
    context.streams.error(format_args!("loading {which} log {path}: {why}"))
}
