//! GNU Make's jobserver: slots that a whole tree of builds shares, as a client and as a server.
//!
//! The server puts a byte for each slot but one into a fifo or a pipe, and names it in `MAKEFLAGS`. A
//! client has one slot without asking, that of the command that it is; for each more it takes a byte and
//! puts the same byte back in the end.

mod client;
mod fifo;
mod makeflags;
mod server;

pub(crate) use client::{Client, Slot};
pub use makeflags::{Auth, Ignored, find};
pub(crate) use server::Server;

/// What a build has to do with a jobserver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Jobserver {
    /// Nothing: the number of jobs is this build's own.
    #[default]
    None,
    /// It takes its slots from this one; the number of jobs says nothing then.
    Client(Auth),
    /// It shares its jobs with the builds that its commands run.
    Server(Style),
}

/// What the slots of a server are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// A fifo with a name: clients inherit nothing but that. GNU Make knows it since 4.4.
    #[default]
    Fifo,
    /// A pipe that all commands inherit, for older Makes.
    Pipe,
}
