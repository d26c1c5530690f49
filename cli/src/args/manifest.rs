//! Flags of `mbuild describe`, `mbuild convert` and `mbuild init`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use mbuild_frontends::convert::To;

use crate::args::configure::frontends;

/// `mbuild describe`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DescribeArgs {
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Read the manifest of this format, where the folder has several
    #[arg(long, value_name = "NAME", value_parser = frontends())]
    pub(crate) frontend: Option<String>,
    /// As it is for this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

/// `mbuild convert`.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConvertArgs {
    /// The format to read (`_oasis`, `mirari`, ...), or one manifest
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// The format to write
    #[arg(value_name = "TO", value_parser = PossibleValuesParser::new(To::NAMES))]
    pub(crate) to: String,
    /// Write to FILE instead, or to stdout for `-`
    #[arg(short = 'o', long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `mbuild init`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InitArgs {
    /// The package, and the folder that is made for it [default: the current folder and its name]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) kind: KindArgs,
}

/// What a new package is.
#[derive(Clone, Debug, Default, Args)]
#[group(multiple = false)]
pub(crate) struct KindArgs {
    /// A library and its test alone
    #[arg(long)]
    pub(crate) lib: bool,
    /// A program alone
    #[arg(long)]
    pub(crate) exe: bool,
    /// A library and a program that can be a unikernel as well
    #[arg(long)]
    pub(crate) unikernel: bool,
}
