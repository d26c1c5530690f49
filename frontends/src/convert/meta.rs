//! META from the package model: its installed libraries.

use super::Losses;
use crate::findlib::write::metas;
use crate::package::{Package, Section};

/// `META`, or `META.ROOT` for each where there are several.
pub(super) fn write(package: &Package, losses: &mut Losses<'_>) -> Vec<(String, String)> {
    for (index, section) in package.sections.iter().enumerate() {
        let said = match section {
            Section::Library(library) => {
                library.compiled.build && library.compiled.install && library.meta.enable
            }
            Section::Object(object) => object.compiled.build && object.compiled.install,
            _ => false,
        };
        losses.section(index, !said, "all");
    }
    let metas = metas(package);
    let one = metas.len() == 1;
    let name = |root: String| if one { "META".to_owned() } else { format!("META.{root}") };
    metas.into_iter().map(|(root, text)| (name(root), text)).collect()
}
