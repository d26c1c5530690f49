//! Arguments of `mbuild log` and `mbuild profile`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::past;

/// `mbuild log`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LogArgs {
    /// All that one build did: a number of the list, or -1 for the last, -2 for the one before it
    #[arg(value_name = "BUILD", value_parser = past::number, allow_negative_numbers = true)]
    pub(crate) build: Option<i64>,
    /// The actions that take longest: of BUILD, or on average
    #[arg(long, conflicts_with = "most_rebuilt")]
    pub(crate) slowest: bool,
    /// The actions that ran most often, and why
    #[arg(long, conflicts_with = "build")]
    pub(crate) most_rebuilt: bool,
    /// Show at most N, 0 for all [default: 20, of one build all]
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// For this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

/// `mbuild profile`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProfileArgs {
    /// A number that `mbuild log` lists, or -1 for the last build, -2 for the one before it [default:
    /// the last build]
    #[arg(value_name = "BUILD", value_parser = past::number, allow_negative_numbers = true)]
    pub(crate) build: Option<i64>,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: ProfileFormat,
    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// For this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

/// How to show where the time of a build went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProfileFormat {
    /// A picture
    #[default]
    Svg,
    /// A trace for chrome://tracing or Perfetto
    Chrome,
}
