//! META: what is said of the libraries that are installed.

use super::Lost;
use crate::findlib::write::metas;
use crate::package::{Package, Section};

/// The files: `META`, or `META.NAME` for each where the package has several roots.
pub(super) fn write(package: &Package, lost: &mut Lost<'_>) -> Vec<(String, String)> {
    for (index, section) in package.sections.iter().enumerate() {
        let what = match section {
            Section::Library(it) if !it.meta.enable => {
                format!("library `{}`, whose manifest wants no META", it.compiled.name)
            }
            Section::Library(it) if !(it.compiled.build && it.compiled.install) => {
                format!("library `{}`, which is not installed", it.compiled.name)
            }
            Section::Library(_) | Section::Object(_) => continue,
            Section::Executable(it) => format!("program `{}`", it.compiled.name),
            Section::Test(it) => format!("test `{}`", it.name),
            Section::Document(it) => format!("document `{}`", it.name),
        };
        lost.of_section(index, None, what);
    }
    let metas = metas(package);
    let alone = metas.len() == 1;
    let name = |root: &str| if alone { "META".to_owned() } else { format!("META.{root}") };
    metas.into_iter().map(|(root, text)| (name(&root), text)).collect()
}
