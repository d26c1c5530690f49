//! Files whose names are no text: manifests, which name packages, and rule files hold none such, so they are told of.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use bstr::ByteSlice as _;
use mbuild_rules::Diagnostic;

use super::format::{FORMATS, manifests};

/// What such names would have to be.
const HELP: &str = "rename it: names are UTF-8 here";

/// The files in a folder that would be manifests by the end of their names; `shown` is the folder as messages say it.
pub(super) fn manifests_in(folder: &Path, shown: &str) -> Vec<Diagnostic> {
    let known = manifests(FORMATS.iter());
    let endings: Vec<&str> = known.iter().filter_map(|name| name.strip_prefix('*')).collect();
    let is_one = |name: &OsStr| {
        endings.iter().any(|ending| name.as_encoded_bytes().ends_with(ending.as_bytes()))
    };
    let found = names(folder).into_iter().filter(|name| is_one(name));
    found.map(|name| told(shown, &name, "would be a manifest, but its name is not UTF-8")).collect()
}

/// The manifests of a package's folder that cannot be read for their names.
pub fn misnamed(root: &Path) -> Vec<Diagnostic> {
    manifests_in(root, "")
}

/// What is in a folder of sources of which every one counts.
pub(super) fn sources_in(folder: &Path, shown: &str) -> Vec<Diagnostic> {
    let message = "is left out of what the package's own tool builds, for its name is not UTF-8";
    names(folder).iter().map(|name| told(shown, name, message)).collect()
}

fn told(folder: &str, name: &OsStr, message: &str) -> Diagnostic {
    let name = name.as_encoded_bytes();
    let path =
        if folder.is_empty() { name.to_vec() } else { [folder.as_bytes(), name].join(&b'/') };
    Diagnostic::about(path.as_bstr(), message).with_help(HELP)
}

fn names(folder: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<OsString> =
        entries.map(|entry| entry.file_name()).filter(|name| name.to_str().is_none()).collect();
    names.sort();
    names
}
