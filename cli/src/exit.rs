//! The exit codes: one table that every command uses and the documentation prints.

use std::process::ExitCode;

/// How `mbuild` ends, in the native face. (The ninja face passes a failing command's own code on.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything asked for is done. A closed pipe (`mbuild explain x | head`) is success as well.
    Success,
    /// A command of the build failed, or a test.
    Failed,
    /// The command line is wrong: unknown flag, command, goal or target.
    Usage,
    /// A manifest, rule file or configuration file is wrong, or there is none.
    Wrong,
    /// A library or tool is missing.
    Missing,
    /// The system refused something: a file that cannot be read or written, a command that cannot start.
    System,
    /// A signal ended it.
    Interrupted,
    /// Somebody else's code, passed on: of the program of `mbuild run`, or in the ninja face.
    Code(u8),
}

impl Exit {
    /// The number the calling shell sees.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Wrong => 3,
            Self::Missing => 4,
            Self::System => 5,
            Self::Interrupted => 130,
            Self::Code(code) => code,
        }
    }

    /// The table as the help shows it.
    pub(crate) const HELP: &'static str = "\
Exit codes:
  0    done (also when the reader of a pipe went away)
  1    a command of the build or of the manifest failed, or a test
  2    the command line is wrong
  3    a manifest or rule file is wrong, or there is none
  4    a library, tool or toolchain is missing
  5    the system refused something (a file, a process)
  130  interrupted
`mbuild run` ends with the code of the program, `mbuild ninja` with the code of the failed command.";
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        for exit in [
            Exit::Success,
            Exit::Failed,
            Exit::Usage,
            Exit::Wrong,
            Exit::Missing,
            Exit::System,
            Exit::Interrupted,
        ] {
            let start = format!("\n  {} ", exit.code());
            assert!(Exit::HELP.contains(&start), "{start:?}");
        }
    }
}
