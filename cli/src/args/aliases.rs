//! The names that Mirari had for targets.

use clap::Args;

/// `--unix`, `--socket` and `--xen`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TargetAliases {
    /// As `--target native`
    #[arg(long, conflicts_with_all = ["xen", "target"], help_heading = "Mirari's names for targets")]
    unix: bool,
    /// As `--target native`
    #[arg(long, conflicts_with_all = ["xen", "target"], help_heading = "Mirari's names for targets")]
    socket: bool,
    /// As `--target solo5-xen`
    #[arg(long, conflicts_with = "target", help_heading = "Mirari's names for targets")]
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
