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
    /// The network interface for the program's network device NAME (a tap)
    #[arg(long, value_name = "NAME=TAP", value_parser = device, help_heading = "Running")]
    pub(crate) net: Vec<(String, String)>,
    /// The file for the program's block device NAME
    #[arg(long, value_name = "NAME=FILE", value_parser = device, help_heading = "Running")]
    pub(crate) block: Vec<(String, String)>,
    /// How much memory the program gets, in MiB [default: what the target says]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Running")]
    pub(crate) mem: Option<u64>,
    /// What the program gets
    #[arg(last = true, value_name = "ARGS")]
    pub(crate) arguments: Vec<OsString>,
    #[command(flatten)]
    pub(crate) flags: BuildFlags,
}

/// Reads `NAME=VALUE`.
fn device(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        _ => Err("expected the name of a device, `=`, and what it is".to_owned()),
    }
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
