//! Flags of `mbuild configure`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use mbuild_frontends::configure::FORMATS;

use crate::args::aliases::TargetAliases;

/// `mbuild configure`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ConfigureArgs {
    /// Configure for this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) aliases: TargetAliases,
    /// Read the manifest of this format, where the folder has several
    #[arg(long, value_name = "NAME", value_parser = frontends())]
    pub(crate) frontend: Option<String>,
    /// Switch a flag of the manifest on (`tests`, `docs`, ...)
    #[arg(long, value_name = "FLAG")]
    pub(crate) enable: Vec<String>,
    /// Switch a flag of the manifest off
    #[arg(long, value_name = "FLAG")]
    pub(crate) disable: Vec<String>,
    /// Give a variable another value (`bindir=/opt/bin`, `docdir=/opt/doc`, ...)
    #[arg(long = "override", value_name = "VAR=VALUE", value_parser = variable)]
    pub(crate) overrides: Vec<(String, String)>,
    /// Install below DIR
    #[arg(long, value_name = "DIR")]
    pub(crate) prefix: Option<PathBuf>,
    /// Install what is missing (says the exact command first)
    #[arg(long)]
    pub(crate) install: bool,
}

/// Reads the name of a format of manifests.
pub(super) fn frontends() -> PossibleValuesParser {
    PossibleValuesParser::new(FORMATS.map(|format| format.name))
}

/// Reads `VAR=VALUE`.
fn variable(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected VAR=VALUE".to_owned()),
    }
}
