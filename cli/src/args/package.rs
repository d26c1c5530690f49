//! Arguments of the commands over the package model.

use clap::Args;
use clap::builder::PossibleValuesParser;
use mbuild_frontends::configure::FORMATS;

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

/// Reads the name of a format of manifests.
pub(crate) fn frontends() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.map(|format| format.name))
}
