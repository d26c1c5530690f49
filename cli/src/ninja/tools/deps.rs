//! `-t deps`: the dependencies that commands discovered.

use bstr::ByteSlice;
use mbuild_engine::Loaded;
use mbuild_engine::query::Discovered;
use mbuild_rules::ActionId;

use crate::ninja::messages::Streams;
use crate::ninja::tools::Context;

/// Shows them for targets, or for every action that discovers some.
pub(super) fn run(context: &mut Context<'_, '_>, loaded: &Loaded) -> u8 {
    let manifest = loaded.manifest();
    let streams = &mut *context.streams;
    if context.arguments.rest.is_empty() {
        for action in manifest.actions().filter(|action| discovers(loaded, *action)) {
            if let Some(output) = manifest.outputs(action).first()
                && let Some(found) = loaded.discovered(*output)
            {
                show(&found, manifest.path(*output), streams);
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
        let output = manifest.find(path).filter(|file| {
            manifest.producer(*file).is_some_and(|action| discovers(loaded, action))
        });
        match output.and_then(|output| loaded.discovered(output)) {
            Some(found) => show(&found, path, streams),
            None => streams.line(format_args!("{}: deps not found", path.as_bstr())),
        }
    }
    0
}

/// Ninja keeps those that a `deps` rule asks it to keep.
fn discovers(loaded: &Loaded, action: ActionId) -> bool {
    !loaded.manifest().binding(action, b"deps").is_empty()
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
