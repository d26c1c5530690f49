//! What the engine does, told by the exact list of commands it runs.

mod basics;
mod depfiles;
mod harness;
mod inputs;
mod store;
