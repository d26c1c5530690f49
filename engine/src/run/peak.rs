//! The peak memory of a command, told from that of this process.

use std::sync::atomic::{AtomicU64, Ordering};

/// How far the two figures may be off: the kernel counts in batches.
const SLACK: u64 = 1 << 20;

/// Our own peak as it was last read; it only grows.
static OURS: AtomicU64 = AtomicU64::new(0);

/// What a command took at most, by what the system says of it; 0 when that tells nothing.
///
/// Between its start and its `exec` a child shares our memory or has a copy of it, and Linux counts that
/// as the child's. A figure that is not above our own is ours.
pub(super) fn of_command(said: u64) -> u64 {
    let is_ours = |ours: u64| said <= ours.saturating_add(SLACK);
    if is_ours(OURS.load(Ordering::Relaxed)) {
        return 0;
    }
    let ours = own_peak();
    OURS.fetch_max(ours, Ordering::Relaxed);
    if is_ours(ours) { 0 } else { said }
}

/// Elsewhere than on Linux a child begins with nothing.
fn own_peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}
