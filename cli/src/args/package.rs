//! Arguments of the commands over the package model.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use mbuild_frontends::configure::FORMATS;
use mbuild_frontends::convert::To;

/// `mbuild describe`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct DescribeArgs {
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Read the manifest of this format, where the folder has several
    #[arg(long, value_name = "NAME", value_parser = frontends())]
    pub(crate) frontend: Option<String>,
}

/// `mbuild convert`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConvertArgs {
    /// The format of the manifest (`oasis`, `obuild`, ...), or the manifest
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// The format to write
    #[arg(value_name = "TO", value_parser = PossibleValuesParser::new(To::NAMES))]
    pub(crate) to: String,
    /// Write into FILE; `-` is stdout [default: `_oasis`, `NAME.opam`, `META`]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// `mbuild init`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InitArgs {
    /// The project, in a folder of this name [default: in the current folder, by its name]
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<PathBuf>,
    /// A library, without a program
    #[arg(long, conflicts_with_all = ["exe", "unikernel"])]
    pub(crate) lib: bool,
    /// A program, without a library
    #[arg(long, conflicts_with = "unikernel")]
    pub(crate) exe: bool,
    /// A program that is a unikernel as well
    #[arg(long)]
    pub(crate) unikernel: bool,
}

/// Reads the name of a format of manifests.
pub(crate) fn frontends() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.map(|format| format.name))
}
