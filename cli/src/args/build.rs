//! Flags of commands that build.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mbuild_engine::jobserver;
use mbuild_engine::settings::Memory;

use crate::args::aliases::TargetAliases;
use crate::settings::limits::parse_memory;

/// `mbuild build`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BuildArgs {
    /// What to bring up to date: outputs, phony names, or section names [default: everything]
    #[arg(value_name = "GOAL")]
    pub(crate) goals: Vec<String>,
    #[command(flatten)]
    pub(crate) flags: BuildFlags,
}

/// Flags of everything that builds: `build`, `test`, `run` and `install`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BuildFlags {
    /// Run N commands at once, 0 for no limit [default: one per processor]
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = parse_count,
        allow_negative_numbers = true,
        help_heading = "Building"
    )]
    pub(crate) jobs: Option<usize>,
    /// Go on until N commands have failed, 0 for no limit [default: 1; of `test`: 0]
    #[arg(
        short,
        long,
        value_name = "N",
        value_parser = parse_count,
        allow_negative_numbers = true,
        help_heading = "Building"
    )]
    pub(crate) keep_going: Option<usize>,
    /// Stop what runs when a command fails
    #[arg(long, conflicts_with = "keep_going", help_heading = "Building")]
    pub(crate) fail_fast: bool,
    /// Start no more commands beside others than fit below this load of the machine
    #[arg(
        short = 'l',
        long,
        value_name = "N",
        value_parser = parse_load,
        allow_negative_numbers = true,
        help_heading = "Building"
    )]
    pub(crate) max_load: Option<f64>,
    /// Start no command beside others that needs more memory than there is (`auto`), than SIZE (`8G`),
    /// or do not count (`off`) [default: auto]
    #[arg(long, value_name = "SIZE", value_parser = parse_memory, help_heading = "Building")]
    pub(crate) memory: Option<Memory>,
    /// Share the jobs with each make, cargo and ninja that a command runs
    #[arg(long, help_heading = "Building")]
    pub(crate) jobserver: bool,
    /// What `--jobserver` is made of [default: fifo]
    #[arg(
        long,
        value_name = "STYLE",
        value_enum,
        requires = "jobserver",
        help_heading = "Building"
    )]
    pub(crate) jobserver_style: Option<JobserverStyle>,
    /// Say what would run, run nothing
    #[arg(short = 'n', long, help_heading = "Building")]
    pub(crate) dry_run: bool,
    /// Build for this target [default: native]
    #[arg(long, value_name = "NAME", help_heading = "Building")]
    pub(crate) target: Option<String>,
    #[command(flatten)]
    pub(crate) aliases: TargetAliases,
    /// Install what is missing (says the exact command first)
    #[arg(long, help_heading = "Building")]
    pub(crate) install: bool,
    /// How to show progress
    #[arg(long, value_name = "MODE", value_enum, default_value_t, help_heading = "Building")]
    pub(crate) progress: Progress,
    /// Write everything that happens to FILE, as JSON lines
    #[arg(long, value_name = "FILE", help_heading = "Building")]
    pub(crate) events: Option<PathBuf>,
}

/// Reads how many.
pub(crate) fn parse_count(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "expected a number, or 0 for no limit".to_owned())
}

/// Reads a load of the machine.
fn parse_load(text: &str) -> Result<f64, String> {
    let load = text.parse().ok().filter(|load: &f64| load.is_finite() && *load >= 0.0);
    load.ok_or_else(|| "expected a load such as `8` or `2.5`, or 0 for no limit".to_owned())
}

/// What a jobserver is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum JobserverStyle {
    /// A file with a name, for make 4.4 and newer
    #[default]
    Fifo,
    /// A pipe that every command inherits, for any make
    Pipe,
}

impl From<JobserverStyle> for jobserver::Style {
    fn from(style: JobserverStyle) -> Self {
        match style {
            JobserverStyle::Fifo => Self::Fifo,
            JobserverStyle::Pipe => Self::Pipe,
        }
    }
}

/// How to show progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// One line in place on a terminal, lines elsewhere
    #[default]
    Auto,
    /// One line in place
    Line,
    /// One line for each action
    Plain,
    /// Nothing but warnings, failures and the summary
    None,
}
