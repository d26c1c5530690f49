//! Arguments of `mbuild graph`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::query::Kinds;

/// `mbuild graph`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct GraphArgs {
    /// Outputs, phony names or section names [default: everything]
    #[arg(value_name = "GOAL")]
    pub(crate) goals: Vec<String>,
    /// What to write
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    pub(crate) format: GraphFormat,
    /// Write to FILE instead of stdout
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Only what is at most N steps from the goals
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<usize>,
    /// Leave out files that no action makes
    #[arg(long)]
    pub(crate) no_sources: bool,
    #[command(flatten)]
    pub(crate) kinds: Kinds,
    /// For this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

/// How to draw the graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    /// For Graphviz
    #[default]
    Dot,
    /// A picture
    Svg,
}
