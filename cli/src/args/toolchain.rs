//! Arguments of `mbuild targets` and `mbuild toolchain`.

use clap::{Args, Subcommand};

use crate::args::build::{BuildFlags, parse_count};

/// `mbuild targets`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TargetsArgs {
    /// As one JSON array
    #[arg(long)]
    pub(crate) json: bool,
}

/// `mbuild toolchain`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ToolchainArgs {
    #[command(subcommand)]
    pub(crate) command: ToolchainCommand,
}

/// What to do with toolchains.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ToolchainCommand {
    /// Make the toolchain of a target
    Install(InstallArgs),
    /// List the toolchains that mbuild has made
    List {
        /// As one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Remove a toolchain that mbuild has made
    Remove {
        /// The toolchain as `list` names it, or a target
        #[arg(value_name = "NAME")]
        name: String,
    },
}

/// `mbuild toolchain install`.
#[derive(Clone, Debug, Args)]
pub(crate) struct InstallArgs {
    /// The target, or the toolchain itself
    #[arg(value_name = "TARGET")]
    pub(crate) name: String,
    /// Install the packages that it is made of, where they are missing (says the exact command first)
    #[arg(long)]
    pub(crate) install: bool,
    /// Run N commands at once, 0 for no limit [default: one per processor]
    #[arg(short, long, value_name = "N", value_parser = parse_count, allow_negative_numbers = true)]
    pub(crate) jobs: Option<usize>,
}

impl InstallArgs {
    /// What building is told.
    pub(crate) fn flags(&self) -> BuildFlags {
        BuildFlags { jobs: self.jobs, ..BuildFlags::default() }
    }
}
