//! Where a manifest asks for what is missing.

use mbuild_rules::Diagnostic;

use super::{Kind, Missing};
use crate::package::{About, Package};

/// So many are shown at their places; each place costs a look through the manifest.
pub(super) const MANY: usize = 100;

/// What is said of something that is missing at the word that asks for it, in the first section that does.
pub(super) fn of(package: &Package, missing: &Missing) -> Option<Diagnostic> {
    let need = &missing.need;
    let index = need.section?;
    let (about, text) = match need.kind {
        Kind::Findlib => (About::Depend, need.name.clone()),
        Kind::Program => (About::Tool, need.name.clone()),
        Kind::CLibrary => (About::CLibrary, format!("-l{}", need.name)),
        // No word of a section asks for these.
        Kind::Ocaml | Kind::C | Kind::File | Kind::System => return None,
    };
    let place = package.places.message(index, Some((about, &text)), format!("missing: {missing}"));
    // A manifest whose sections have no places would be named alone.
    (place.line > 0).then_some(place)
}
