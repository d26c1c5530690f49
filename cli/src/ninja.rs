//! The ninja face: Ninja's own flags, tools, messages and exit codes, on mbuild's engine.

pub(crate) mod arguments;
pub(crate) mod engine;
pub(crate) mod explain;
pub(crate) mod format;
pub(crate) mod getopt;
pub(crate) mod graph;
pub(crate) mod messages;
pub(crate) mod session;
pub(crate) mod status;
pub(crate) mod terminal;
pub(crate) mod tools;

/// The Ninja whose behaviour this is; CMake and Meson read it.
pub(crate) const VERSION: &str = "1.13.2";
