//! What a mistake on the command line is answered with, beyond what clap knows.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory, Parser};

use super::Cli;

/// The command line of these words; a flag that only `configure` takes is answered with that command.
pub(crate) fn parse<W: Into<OsString> + Clone>(
    words: impl IntoIterator<Item = W>,
) -> Result<Cli, clap::Error> {
    Cli::try_parse_from(words).map_err(|mut error| {
        if let Some(flag) = flag_of_configure(&error) {
            let tip = StyledStr::from(format!(
                "'mbuild configure {flag}' takes it, and what was configured holds for every command"
            ));
            error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
        }
        error
    })
}

/// The flag of `configure` that another command was given.
fn flag_of_configure(error: &clap::Error) -> Option<String> {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(flag))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let cli = Cli::command();
    let mut flags =
        cli.find_subcommand("configure")?.get_arguments().filter_map(|it| it.get_long());
    flags.any(|long| flag.strip_prefix("--") == Some(long)).then(|| flag.clone())
}
