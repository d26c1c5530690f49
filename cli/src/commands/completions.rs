//! `mbuild completions`: a script that lets a shell complete commands and flags.

use clap::CommandFactory;

use crate::args::{Cli, other::CompletionsArgs};
use crate::exit::Exit;
use crate::failure::Result;
use crate::session::Session;

/// Prints the script.
pub(crate) fn run(args: &CompletionsArgs, session: &mut Session<'_>) -> Result<Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mbuild", &mut script);
    session.printer.bytes(&script)?;
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shell_gets_a_script_with_the_commands() {
        for shell in
            [clap_complete::Shell::Bash, clap_complete::Shell::Zsh, clap_complete::Shell::Fish]
        {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "mbuild", &mut script);
            let script = String::from_utf8(script).unwrap();
            assert!(script.contains("completions") && script.contains("keep-going"), "{shell}");
        }
    }
}
