//! The commands of the native face, one file each.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod clean;
pub(crate) mod completions;
pub(crate) mod configure;
pub(crate) mod convert;
pub(crate) mod deps;
pub(crate) mod describe;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod image;
pub(crate) mod init;
pub(crate) mod install;
pub(crate) mod internal;
pub(crate) mod log;
pub(crate) mod man;
pub(crate) mod profile;
pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod targets;
pub(crate) mod test;
pub(crate) mod toolchain;
