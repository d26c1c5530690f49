//! `-t cleandead`: removes outputs of earlier builds that no statement names any more.

use mbuild_engine::Loaded;

use crate::ninja::tools::Context;
use crate::ninja::tools::clean::Cleaner;

/// Removes them; one that somebody has changed since is somebody's work, and stays.
pub(super) fn run(context: &mut Context<'_, '_>, loaded: &Loaded) -> u8 {
    let _held = match context.hold() {
        Ok(held) => held,
        Err(code) => return code,
    };
    let mut cleaner = Cleaner::new(context.arguments, context.streams);
    cleaner.begin();
    for path in loaded.dead_outputs() {
        cleaner.remove(&path);
    }
    cleaner.end()
}
