//! The commands of the native face, one file each.

pub(crate) mod build;
pub(crate) mod cache;
pub(crate) mod completions;
pub(crate) mod man;
