//! Mirari's `*.conf` end to end: programs of each kind, stores, and which manifest is read.

mod choosing;
#[cfg(target_os = "linux")]
mod programs;
mod store;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod targets;
