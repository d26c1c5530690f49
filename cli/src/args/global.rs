//! Flags that every command takes.

use std::path::PathBuf;

use anstream::ColorChoice;
use clap::{Args, ValueEnum};

/// Flags that every command takes.
#[derive(Clone, Debug, Args)]
pub(crate) struct GlobalArgs {
    /// Work in DIR instead of the current folder
    #[arg(short = 'C', value_name = "DIR", global = true, help_heading = "Every command")]
    pub(crate) work_dir: Option<PathBuf>,
    /// Say more: whole commands, and what configuring found
    #[arg(short, long, global = true, help_heading = "Every command", conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Say less: only warnings, failures and what commands print
    #[arg(short, long, global = true, help_heading = "Every command")]
    pub(crate) quiet: bool,
    /// Use colours
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        global = true,
        help_heading = "Every command"
    )]
    pub(crate) color: Color,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl From<Color> for ColorChoice {
    fn from(color: Color) -> Self {
        match color {
            Color::Auto => Self::Auto,
            Color::Always => Self::Always,
            Color::Never => Self::Never,
        }
    }
}
