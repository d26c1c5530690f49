//! What the engine does, told by the exact list of commands it runs.

mod basics;
mod depfiles;
mod dyndeps;
mod explains;
mod harness;
mod inputs;
mod robust;
mod stamps;
mod store;
