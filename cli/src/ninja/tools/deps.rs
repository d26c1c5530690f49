//! `-t deps`: the dependencies that commands discovered.

use bstr::ByteSlice;
use mbuild_engine::Loaded;
use mbuild_engine::ninja_log::DepsLog;
use mbuild_engine::query::Discovered;
use mbuild_rules::FileId;

use crate::ninja::messages::Streams;
use crate::ninja::tools::{Context, logs};

/// Shows them for targets, or for every action that discovers some.
pub(super) fn run(context: &mut Context<'_, '_>, loaded: &Loaded) -> u8 {
    let log = match logs::dependencies(context) {
        Ok(log) => log,
        Err(code) => return code,
    };
    let manifest = loaded.manifest();
    let streams = &mut *context.streams;
    if context.arguments.rest.is_empty() {
        let logged: Vec<FileId> = log.outputs().filter_map(|path| manifest.find(path)).collect();
        let first = |action| manifest.outputs(action).first().copied();
        let others = manifest.actions().filter_map(first).filter(|output| !logged.contains(output));
        for output in logged.iter().copied().chain(others) {
            if let Some(found) = discovered(loaded, &log, output) {
                show(&found, manifest.path(output), streams);
            }
        }
        return 0;
    }
    for word in &context.arguments.rest {
        let file = match context.view.target(word) {
            Ok(file) => file,
            Err(error) => return streams.error(error),
        };
        let path = context.view.manifest.path(file);
        let output = manifest.find(path);
        match output.and_then(|output| discovered(loaded, &log, output)) {
            Some(found) => show(&found, path, streams),
            None => streams.line(format_args!("{}: deps not found", path.as_bstr())),
        }
    }
    0
}

/// What the command of `output` read, when Ninja keeps that: a `deps` rule asks for it.
fn discovered(loaded: &Loaded, log: &DepsLog, output: FileId) -> Option<Discovered> {
    let manifest = loaded.manifest();
    let action = manifest.producer(output)?;
    let keeps = !manifest.binding(action, b"deps").is_empty();
    keeps.then(|| logs::found(loaded, log, output)).flatten()
}

fn show(found: &Discovered, path: &[u8], streams: &mut Streams<'_>) {
    let mark = if found.valid { "VALID" } else { "STALE" };
    streams.line(format_args!(
        "{}: #deps {}, deps mtime {} ({mark})",
        path.as_bstr(),
        found.paths.len(),
        found.mtime_ns
    ));
    for path in &found.paths {
        streams.line(format_args!("    {}", path.as_bstr()));
    }
    streams.line("");
}
