//! Arguments of the smaller commands.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

use crate::args::aliases::TargetAliases;
use crate::past;

/// `mbuild clean`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CleanArgs {
    /// Only this target's outputs [default: native]
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) aliases: TargetAliases,
    /// Every target, and the configuration as well: the whole `_mbuild` folder
    #[arg(long, conflicts_with_all = ["unix", "socket", "xen"])]
    pub(crate) all: bool,
    /// Say what would be removed, remove nothing
    #[arg(short = 'n', long)]
    pub(crate) dry_run: bool,
}

/// `mbuild deps`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DepsArgs {
    /// For this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Install what is missing (says the exact command first)
    #[arg(long, conflicts_with = "json")]
    pub(crate) install: bool,
}

/// `mbuild doctor`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DoctorArgs {
    /// Which targets to look at [default: all]
    #[arg(value_name = "TARGET")]
    pub(crate) targets: Vec<String>,
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
}

/// `mbuild explain`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ExplainArgs {
    /// Outputs, phony names or section names [default: everything]
    #[arg(value_name = "GOAL")]
    pub(crate) goals: Vec<String>,
    /// Why they ran in this build: a number that `mbuild log` lists, or -1 for the last, -2 for the one
    /// before it
    #[arg(long, value_name = "N", value_parser = past::number, allow_negative_numbers = true)]
    pub(crate) build: Option<i64>,
    /// For this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

/// `mbuild completions`.
#[derive(Clone, Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// For which shell
    pub(crate) shell: Shell,
}

/// `mbuild man`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ManArgs {
    /// Write `mbuild.1` and one page for each command to DIR instead
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

/// `mbuild ninja`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct NinjaArgs {
    /// What `ninja` would get (`mbuild ninja -h` lists it)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
}

/// `mbuild internal`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InternalArgs {
    /// The step and what it gets
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
}
