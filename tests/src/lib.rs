//! What the end-to-end tests share: the programs under test, folders to work in, what an
//! invocation did, and how two trees differ.

pub mod conformance;
pub mod invocation;
pub mod program;
pub mod random;
pub mod space;
pub mod timing;
pub mod tree;

pub use invocation::{Finished, Invocation, Running};
pub use space::{Project, Space};
