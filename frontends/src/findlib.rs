//! findlib: what is installed for a toolchain, read from META files without running `ocamlfind`.
//!
//! [`meta`] reads a META file (`print` writes one), [`evaluate`] picks values by predicates, [`conf`] finds the search
//! path, [`index`] loads packages and closes over `requires`, [`expand`] gives what a compiler or a
//! linker wants to hear, and [`write`] makes the META of a package we build.

pub mod conf;
#[cfg(test)]
mod corpus;
pub mod evaluate;
pub mod expand;
pub mod index;
pub mod meta;
#[cfg(test)]
mod odd;
mod print;
#[cfg(test)]
mod stock;
pub mod write;

pub use conf::Conf;
pub use index::{Findlib, FindlibError, Installed};
