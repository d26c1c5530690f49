//! Flags of `mbuild install` and `mbuild uninstall`.

use std::path::PathBuf;

use clap::Args;

use crate::args::build::BuildFlags;

/// `mbuild install`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InstallArgs {
    /// Packages of a tree to install [default: all]
    #[arg(value_name = "PACKAGE")]
    pub(crate) packages: Vec<String>,
    /// Install below DIR instead of where `configure` said
    #[arg(long, value_name = "DIR")]
    pub(crate) prefix: Option<PathBuf>,
    /// Put everything below DIR, as packagers do [env: DESTDIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) destdir: Option<PathBuf>,
    /// Take over files that are there and were not installed by mbuild for this package, or were changed since; with
    /// `--opam` replace a list that somebody else wrote, which is kept in the new one
    #[arg(long)]
    pub(crate) force: bool,
    /// Install nothing: write PACKAGE.install into the package's folder, by which opam installs
    #[arg(long, conflicts_with = "destdir")]
    pub(crate) opam: bool,
    #[command(flatten)]
    pub(crate) flags: BuildFlags,
}

/// `mbuild uninstall`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct UninstallArgs {
    /// Packages of a tree to uninstall [default: all]
    #[arg(value_name = "PACKAGE")]
    pub(crate) packages: Vec<String>,
    /// Where `mbuild install` put it, when not where `configure` said
    #[arg(long, value_name = "DIR")]
    pub(crate) prefix: Option<PathBuf>,
    /// As for `mbuild install` [env: DESTDIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) destdir: Option<PathBuf>,
    /// The target that was installed [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Say what would be removed, remove nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
}
