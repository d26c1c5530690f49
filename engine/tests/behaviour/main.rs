//! What the engine does, told by the exact list of commands it runs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

mod basics;
mod depfiles;
mod dyndeps;
mod explains;
mod harness;
mod inputs;
mod queries;
mod robust;
mod stamps;
mod store;
