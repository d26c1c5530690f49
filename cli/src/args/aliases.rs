//! The names that Mirari had for targets.

use clap::Args;

/// `--unix`, `--socket` and `--xen`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TargetAliases {
    /// As `--target native`, for a package of Mirari's
    #[arg(long, conflicts_with_all = ["xen", "target"], help_heading = "As Mirari has them")]
    unix: bool,
    /// As `--target native`, for a package of Mirari's
    #[arg(long, conflicts_with_all = ["xen", "target"], help_heading = "As Mirari has them")]
    socket: bool,
    /// As `--target solo5-xen`, for a package of Mirari's
    #[arg(long, conflicts_with = "target", help_heading = "As Mirari has them")]
    xen: bool,
}

impl TargetAliases {
    /// Puts the target that was meant into its place.
    pub(super) fn settle(&self, target: &mut Option<String>) {
        if self.unix || self.socket {
            *target = Some("native".to_owned());
        } else if self.xen {
            *target = Some("solo5-xen".to_owned());
        }
    }
}
