//! The build engine: a content-hashed graph of actions, brought up to date by running as little as possible.
//!
//! It knows rule files (through `mbuild-rules`) and nothing of OCaml, manifests, terminals or flags.
//! It prints nothing: all that happens goes to a [`Sink`](event::Sink) as [`Event`](event::Event)s.

pub mod digest;
pub mod event;
pub mod run;
pub mod scan;
pub mod settings;
pub mod signature;
pub mod store;
