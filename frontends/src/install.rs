//! Installing: which file goes where, copying it there, and taking it back.
//!
//! A [`Job`] is all of it for one place. [`plan`] lists everything that is installed, from the products of the configuration; [`place`]
//! copies it, refusing to touch what belongs to others; [`remove`] undoes that with the help of the
//! receipt that placing leaves. [`opam_file`] says the same as a plan in the form that opam reads.

mod error;
mod folders;
mod glob;
mod item;
mod job;
mod ld_conf;
mod opam_config;
mod opam_file;
mod opam_list;
mod own;
mod place;
mod placing;
mod plan;
mod receipt;
mod remove;
mod watched;

#[cfg(test)]
mod tests;

pub use error::InstallError;
pub use folders::{Folders, Options};
pub use item::Item;
pub use job::Job;
pub use opam_file::opam_file;
pub use own::Stage;
pub use place::{Change, Placed, Report, Warning, place};
pub use plan::{Plan, plan};
pub use receipt::{Receipt, receipt};
pub use remove::{How, Removed, remove};
