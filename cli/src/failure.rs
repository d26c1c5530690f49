//! Why a command could not do what was asked: a message, what to do about it, and the exit code.

use std::fmt;
use std::io;

use mbuild_rules::Diagnostic;
pub(crate) use mbuild_rules::reason;

use crate::exit::Exit;

/// What every command returns.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) struct Failure {
    /// The code to end with.
    pub(crate) exit: Exit,
    /// One sentence; empty when everything has been said (a failed build, a closed pipe).
    message: String,
    /// What to do about it.
    help: Option<String>,
}

impl Failure {
    /// An error with this code.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), help: None }
    }

    /// The command line is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A file the user wrote is wrong, or missing.
    pub(crate) fn wrong(message: impl Into<String>) -> Self {
        Self::new(Exit::Wrong, message)
    }

    /// The system refused something.
    pub(crate) fn system(what: impl fmt::Display, error: &io::Error) -> Self {
        Self::new(Exit::System, format!("{what}: {}", reason(error)))
    }

    /// Everything has been said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self::new(exit, "")
    }

    /// The same with another code.
    pub(crate) fn with_exit(self, exit: Exit) -> Self {
        Self { exit, ..self }
    }

    /// The same with a word on what to do.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with a word on what to do, when there is one.
    pub(crate) fn with_optional_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Nothing is left to print.
    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)?;
        if let Some(help) = &self.help {
            write!(out, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::wrong(diagnostic.to_string())
    }
}

/// Errors of our own output: the reader went away (which is success), or the disk is full.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Self::silent(Exit::Success)
        } else {
            Self::system("cannot write the output", &error)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_success() {
        let failure = Failure::from(io::Error::from(io::ErrorKind::BrokenPipe));
        assert_eq!(failure.exit, Exit::Success);
        assert!(failure.is_silent());
    }

    #[test]
    fn the_system_is_quoted_without_numbers() {
        let failure = Failure::system("cannot read `x`", &io::Error::from_raw_os_error(2));
        assert_eq!(failure.to_string(), "cannot read `x`: No such file or directory");
        assert_eq!(failure.exit, Exit::System);
    }

    #[test]
    fn help_stands_on_its_own_line() {
        let failure = Failure::usage("no goal `al`").with_help("did you mean `all`?");
        assert_eq!(failure.to_string(), "no goal `al`\n  help: did you mean `all`?");
    }
}
