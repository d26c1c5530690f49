//! Ninja's messages: prefix, stream and exact text are what other programs look for.

use std::fmt;
use std::io::{self, Write};

use bstr::ByteSlice;
use mbuild_engine::event::{Event, Sink};

/// Where a face writes.
pub(crate) struct Streams<'a> {
    /// Stdout.
    pub(crate) out: &'a mut dyn Write,
    /// Stderr.
    pub(crate) err: &'a mut dyn Write,
}

impl Streams<'_> {
    /// `ninja: ...` on stdout.
    pub(crate) fn info(&mut self, text: impl fmt::Display) {
        ignore(writeln!(self.out, "ninja: {text}"));
    }

    /// `ninja: warning: ...` on stderr.
    pub(crate) fn warning(&mut self, text: impl fmt::Display) {
        ignore(writeln!(self.err, "ninja: warning: {text}"));
    }

    /// `ninja: error: ...` on stderr; gives back the exit code.
    pub(crate) fn error(&mut self, text: impl fmt::Display) -> u8 {
        ignore(writeln!(self.err, "ninja: error: {text}"));
        1
    }

    /// `ninja: fatal: ...` on stderr; gives back the exit code.
    pub(crate) fn fatal(&mut self, text: impl fmt::Display) -> u8 {
        ignore(writeln!(self.err, "ninja: fatal: {text}"));
        1
    }

    /// A line of a tool's result.
    pub(crate) fn line(&mut self, text: impl fmt::Display) {
        ignore(writeln!(self.out, "{text}"));
    }

    /// A part of a tool's result, as bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        ignore(self.out.write_all(bytes));
    }

    /// Part of a path on stdout, then the end of the line.
    pub(crate) fn path(&mut self, path: &[u8]) {
        self.line(path.as_bstr());
    }
}

/// What a tool may have to tell before it does its own work.
impl Sink for Streams<'_> {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Waiting { pid, command_line } = event {
            self.warning(waiting(*pid, command_line.as_deref()));
        }
    }
}

/// Who has the folder.
pub(crate) fn waiting(pid: Option<u32>, command_line: Option<&str>) -> String {
    let pid = pid.map(|pid| format!(" (process {pid})")).unwrap_or_default();
    format!("waiting for '{}'{pid}", command_line.unwrap_or("another build"))
}

/// Output that nobody reads is no reason to stop (and its absence no reason to fail).
fn ignore(result: io::Result<()>) {
    drop(result);
}
