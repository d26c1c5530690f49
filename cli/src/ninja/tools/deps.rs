//! `-t deps`: the dependencies that commands discovered.

use bstr::ByteSlice;
use mbuild_engine::Loaded;
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
                && loaded.discovered(action).is_some()
            {
                show(loaded, action, manifest.path(*output), streams);
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
        let action = manifest.find(path).and_then(|file| manifest.producer(file));
        match action.filter(|action| discovers(loaded, *action)) {
            Some(action) if loaded.discovered(action).is_some() => {
                show(loaded, action, path, streams);
            }
            _ => streams.line(format_args!("{}: deps not found", path.as_bstr())),
        }
    }
    0
}

/// Ninja keeps those that a `deps` rule asks it to keep.
fn discovers(loaded: &Loaded, action: ActionId) -> bool {
    !loaded.manifest().binding(action, b"deps").is_empty()
}

fn show(loaded: &Loaded, action: ActionId, path: &[u8], streams: &mut Streams<'_>) {
    let Some(found) = loaded.discovered(action) else { return };
    let mark = if found.valid { "VALID" } else { "STALE" };
    streams.line(format_args!(
        "{}: #deps {}, deps mtime {} ({mark})",
        path.as_bstr(),
        found.files.len(),
        found.mtime_ns
    ));
    for file in found.files {
        streams.line(format_args!("    {}", loaded.manifest().path(file).as_bstr()));
    }
    streams.line("");
}
