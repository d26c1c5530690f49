//! Arguments of `mbuild run` and `mbuild test`.

use std::ffi::OsString;

use clap::Args;

use crate::args::build::BuildFlags;

/// `mbuild run`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct RunArgs {
    /// Which program; not needed when the package has one
    #[arg(value_name = "EXE")]
    pub(crate) executable: Option<String>,
    /// What the program gets
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
    #[command(flatten)]
    pub(crate) flags: BuildFlags,
}

/// `mbuild test`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TestArgs {
    /// Which tests [default: all]
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) flags: BuildFlags,
}
