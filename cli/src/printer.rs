//! The only place that writes to the terminal: results to stdout, everything else to stderr.

use std::fmt;
use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

/// An error's first word.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// A warning's first word.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// A step that is about to be taken.
pub(crate) const STEP: Style = AnsiColor::Green.on_default().bold();
/// What matters less.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Writes what commands say, with colours where they are wanted.
pub(crate) struct Printer {
    choice: ColorChoice,
    quiet: bool,
    out: Box<dyn Write>,
    err: Box<dyn Write + Send>,
}

impl Printer {
    /// A printer to the process's own streams.
    pub(crate) fn new(choice: ColorChoice, quiet: bool) -> Self {
        Self {
            choice,
            quiet,
            out: Box::new(AutoStream::new(io::stdout(), choice)),
            err: Box::new(AutoStream::new(io::stderr(), choice)),
        }
    }

    /// A result: what the user asked for.
    pub(crate) fn result(&mut self, text: impl fmt::Display) -> io::Result<()> {
        writeln!(self.out, "{text}")
    }

    /// A result as bytes, without an end of line.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.out.flush()
    }

    /// A remark on what happens; `-q` leaves it out.
    pub(crate) fn note(&mut self, text: impl fmt::Display) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// What a package has to say; `-q` leaves it out.
    pub(crate) fn message(&mut self, package: &str, text: &str) {
        self.note(format_args!("{package} says: {}", text.trim()));
    }

    /// A step that is about to be taken, such as a command that installs something; always shown.
    pub(crate) fn step(&mut self, verb: &str, text: impl fmt::Display) {
        self.say(format_args!("{STEP}{verb}{STEP:#} {text}"));
    }

    /// Something odd that stops nothing.
    pub(crate) fn warning(&mut self, text: impl fmt::Display) {
        self.say(format_args!("{WARNING}warning{WARNING:#}: {text}"));
    }

    /// What went wrong.
    pub(crate) fn error(&mut self, text: impl fmt::Display) {
        self.say(format_args!("{ERROR}error{ERROR:#}: {text}"));
    }

    /// The stream for a reporter, with the same choice of colours.
    pub(crate) fn reporter_stream(&self) -> Box<dyn Write + Send> {
        Box::new(AutoStream::new(io::stderr(), self.choice))
    }

    /// One line to stderr. When nobody reads it, nobody misses it.
    fn say(&mut self, text: impl fmt::Display) {
        let _ = writeln!(self.err, "{text}");
    }
}
