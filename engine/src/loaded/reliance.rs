//! What a later look at the files' signatures alone does not tell of the plans of a build.

use fixedbitset::FixedBitSet;
use mbuild_rules::ActionId;

/// What the plans of a build rely on, as far as a later look at the files' signatures alone does not tell.
#[derive(Default)]
pub(crate) struct Reliance {
    /// Actions that some plan of this build was about.
    pub(crate) planned: FixedBitSet,
    /// Actions that do not wait for everything that they discovered.
    pub(crate) unordered: Vec<ActionId>,
    /// A command has read something else than what other actions were compared with.
    pub(crate) changed_meanwhile: bool,
}
