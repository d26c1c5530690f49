//! The build engine: a content-hashed graph of actions, brought up to date by running as little as possible.
//!
//! It knows rule files (through `mbuild-rules`) and nothing of OCaml, manifests, terminals or flags.
//! It prints nothing: all that happens goes to a [`Sink`](event::Sink) as [`Event`](event::Event)s.

mod adopt;
pub mod clean;
mod contents;
pub mod digest;
pub mod error;
pub mod event;
pub mod explain;
mod files;
#[cfg(feature = "fuzzing")]
#[doc(hidden)]
pub mod fuzzing;
mod goal;
pub mod graph;
pub mod jobserver;
mod loaded;
pub mod lock;
mod mailbox;
mod memory;
pub mod ninja_log;
mod plan;
mod progress;
pub mod query;
mod recipe;
pub mod run;
pub mod scan;
mod schedule;
pub mod session;
pub mod settings;
pub mod signature;
mod snapshot;
mod state;
pub mod store;
pub mod timeline;
mod work;

pub use error::Error;
pub use loaded::{Loaded, state_dir};
pub use session::{build, load};
pub use state::history::{Order, PastBuild, PastRun};
