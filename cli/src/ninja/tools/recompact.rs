//! `-t recompact`: writes Ninja's files anew without what is of no use; build generators call it.

use std::path::Path;

use mbuild_engine::ninja_log;

use crate::ninja::tools::Context;

/// Succeeds also when there is nothing to write.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let _held = match context.hold() {
        Ok(held) => held,
        Err(code) => return code,
    };
    let streams = &mut *context.streams;
    let tell = &mut |text: &str| {
        streams.warning(text);
    };
    match ninja_log::recompact(Path::new("."), &context.view.manifest, tell) {
        Ok(()) => 0,
        Err(message) => context.streams.error(message),
    }
}
