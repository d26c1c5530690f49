//! `-t cleandead`: removes outputs of earlier builds that no statement names any more.

use mbuild_engine::Loaded;

use crate::ninja::tools::clean::Cleaner;
use crate::ninja::tools::{Context, logs};

/// Removes what Ninja's log has, as Ninja does, and what the state has; of the latter, one that somebody
/// has changed since is somebody's work, and stays.
pub(super) fn run(context: &mut Context<'_, '_>, loaded: &Loaded) -> u8 {
    let _held = match context.hold() {
        Ok(held) => held,
        Err(code) => return code,
    };
    let log = match logs::commands(context) {
        Ok(log) => log,
        Err(code) => return code,
    };
    let mut cleaner = Cleaner::new(context.arguments, context.streams);
    cleaner.begin();
    let recorded = loaded.dead_outputs();
    for path in loaded.dead_logged_outputs(&log).into_iter().chain(recorded) {
        cleaner.remove(&path);
    }
    cleaner.end()
}
