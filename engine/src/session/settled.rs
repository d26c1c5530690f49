//! The wait at the end of a build, until what it wrote cannot be written again unseen.

use std::path::Path;
use std::time::Duration;

use crate::scan::{Clock, racy};
use crate::signature::Signature;

/// How long the end of a build waits for the file system's clock to leave its last writes behind.
const PATIENCE: u32 = 12;
const TICK: Duration = Duration::from_millis(1);

/// The file system's clock once all these signatures lie in its past; `None` when that takes too long.
pub(super) fn wait_for(dir: &Path, signatures: impl Iterator<Item = Signature>) -> Option<i64> {
    let youngest = signatures.max_by_key(Signature::latest_ns)?;
    let clock = Clock::open(dir).ok()?;
    for _ in 0..PATIENCE {
        let now = clock.now().ok()?;
        if !racy(&youngest, now) {
            return Some(now);
        }
        std::thread::sleep(TICK);
    }
    None
}
