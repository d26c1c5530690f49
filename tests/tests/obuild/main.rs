//! obuild's `*.obuild` end to end: whole packages, modules that are folders, generators, and bad manifests.

mod bindings;
mod extensions;
mod folders;
mod generators;
mod manifests;
mod package;

/// The lines that every manifest begins with.
const HEAD: &str = "name: p\nversion: 1.2\nobuild-ver: 1\n";
