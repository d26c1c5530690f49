//! Runs the shell commands that a manifest puts around a step, and keeps what they say.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use mbuild_rules::reason;

/// A command that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRun {
    /// The command, as the shell got it.
    pub command: OsString,
    /// What it printed, both streams.
    pub output: Vec<u8>,
}

/// A command that failed.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// The shell did not start.
    #[error("cannot run `{}`: {}", command.display(), reason(.source))]
    Start {
        /// The command.
        command: OsString,
        /// What went wrong.
        source: io::Error,
    },
    /// It ended badly.
    #[error("`{}` failed ({status}){}", command.display(), said(output))]
    Failed {
        /// The command.
        command: OsString,
        /// How it ended.
        status: std::process::ExitStatus,
        /// What it printed, both streams.
        output: Vec<u8>,
    },
}

fn said(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    let text = text.trim_end();
    if text.is_empty() { String::new() } else { format!(":\n{text}") }
}

/// Runs commands one after the other through `sh` in `dir`, with this `PATH`; the first that fails
/// ends it.
pub fn run(
    dir: &Path,
    commands: &[OsString],
    path: Option<&OsStr>,
) -> Result<Vec<HookRun>, HookError> {
    let variables: Vec<(OsString, OsString)> =
        path.map(|path| ("PATH".into(), path.to_owned())).into_iter().collect();
    run_with(dir, commands, &variables, &[])
}

/// The same with any variables. The words in `through` stand before the shell: a program that runs it and what
/// that is told.
pub fn run_with(
    dir: &Path,
    commands: &[OsString],
    variables: &[(OsString, OsString)],
    through: &[OsString],
) -> Result<Vec<HookRun>, HookError> {
    commands.iter().map(|command| run_one(dir, command, variables, through)).collect()
}

fn run_one(
    dir: &Path,
    command: &OsStr,
    variables: &[(OsString, OsString)],
    through: &[OsString],
) -> Result<HookRun, HookError> {
    // Both streams in the order of their lines: the shell joins them.
    let mut joined = OsString::from("exec 2>&1\n");
    joined.push(command);
    let shell = ["sh".into(), "-c".into(), joined];
    let mut words = through.iter().chain(&shell);
    let output = Command::new(words.next().unwrap_or(&shell[0]))
        .args(words)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|source| HookError::Start { command: command.to_owned(), source })?;
    if !output.status.success() {
        return Err(HookError::Failed {
            command: command.to_owned(),
            status: output.status,
            output: output.stdout,
        });
    }
    Ok(HookRun { command: command.to_owned(), output: output.stdout })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn commands_run_in_the_folder_until_one_fails() {
        let dir = tempfile::tempdir().unwrap();
        let commands = ["echo one > a", "echo two; echo three >&2", "exit 3", "echo four > b"]
            .map(OsString::from);
        let error = run(dir.path(), &commands, None).unwrap_err();
        assert_eq!(error.to_string(), "`exit 3` failed (exit status: 3)");
        assert!(dir.path().join("a").is_file());
        assert!(!dir.path().join("b").exists());
        let runs = run(dir.path(), &commands[1..2], None);
        assert_eq!(runs.unwrap()[0].output, b"two\nthree\n");
    }
}
