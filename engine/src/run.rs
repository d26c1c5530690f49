//! Running commands: how a command line becomes a process, what it sees, and how it is stopped.

pub mod command;
pub mod environment;
pub mod interrupt;
pub mod outputs;
mod peak;
pub mod process;
pub(crate) mod processes;
pub(crate) mod running;
mod shell;
pub mod tool;
