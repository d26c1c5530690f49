//! The rule file language: Ninja files, depfiles and dyndep files, parsed from bytes and written canonically.
//!
//! The crate reads no file of its own: a [`Loader`](parse::Loader) is passed in. It knows nothing of
//! graphs, engines or OCaml. What it gives back is a [`Manifest`](manifest::Manifest): every
//! statement of a rule file and of what it includes, in compact arrays addressed by typed ids.

pub mod depfile;
pub mod diagnostic;
pub mod dyndep;
mod lexer;
pub mod manifest;
pub mod parse;
pub mod path;
mod reason;
pub mod shell;
pub mod template;
pub mod variables;
pub mod write;

pub use diagnostic::Diagnostic;
pub use manifest::{ActionId, Manifest, Place, PoolId, RuleId, Span};
pub use path::FileId;
pub use reason::reason;
