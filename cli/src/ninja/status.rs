//! The ninja face's reporter: status lines, `FAILED:` and what commands print.

use std::collections::HashMap;
use std::io::Write;

use bstr::ByteSlice;
use mbuild_engine::event::{ActionInfo, Event, Outcome, Reason, Sink};

use crate::ninja::arguments::Verbosity;
use crate::ninja::explain;
use crate::ninja::format::{Format, Numbers, Rate};
use crate::ninja::messages::waiting;
use crate::ninja::terminal::Terminal;

/// Shows a build as Ninja does.
pub(crate) struct Status<W, E> {
    terminal: Terminal<W>,
    err: E,
    format: Format,
    verbosity: Verbosity,
    explain: bool,
    numbers: Numbers,
    /// Actions that the rule file itself took.
    before: usize,
    rate: Rate,
    /// Reasons of actions that run, until they are shown.
    reasons: HashMap<u32, Vec<String>>,
    /// The last failing command's code.
    pub(crate) code: Option<i32>,
    /// The outputs of commands that failed.
    pub(crate) failed_outputs: Vec<Vec<u8>>,
    /// Anything started at all.
    pub(crate) worked: bool,
    /// A signal ended the build.
    pub(crate) interrupted: bool,
}

impl<W: Write, E: Write> Status<W, E> {
    /// A reporter; `jobs` is how many commands run at once.
    pub(crate) fn new(
        terminal: Terminal<W>,
        err: E,
        format: Format,
        verbosity: Verbosity,
        explain: bool,
        jobs: Option<usize>,
    ) -> Self {
        Self {
            terminal,
            err,
            format,
            verbosity,
            explain,
            numbers: Numbers::default(),
            before: 0,
            rate: Rate::new(jobs.unwrap_or(64)),
            reasons: HashMap::new(),
            code: None,
            failed_outputs: Vec::new(),
            worked: false,
            interrupted: false,
        }
    }

    fn started(&mut self, action: &ActionInfo<'_>, at_ms: u64, reasons: &[Reason]) {
        self.worked = true;
        self.numbers.started += 1;
        self.numbers.running += 1;
        self.numbers.time_ms = at_ms;
        if self.explain {
            self.reasons.insert(action.id, explain::lines(action, reasons));
        }
        if action.console || self.terminal.is_smart() {
            self.status(action);
        }
        if action.console {
            self.terminal.lend(true);
        }
    }

    fn finished(
        &mut self,
        action: &ActionInfo<'_>,
        times: (u64, u64),
        outcome: Outcome,
        output: &[u8],
    ) {
        self.worked = true;
        let (start_ms, end_ms) = times;
        self.numbers.time_ms = end_ms;
        self.numbers.finished += 1;
        self.numbers.spent_ms += end_ms.saturating_sub(start_ms);
        self.rate.ended(end_ms);
        self.numbers.rate = self.rate.now();
        if action.console {
            self.terminal.lend(false);
        } else {
            self.status(action);
        }
        self.numbers.running = self.numbers.running.saturating_sub(1);
        if let Outcome::Failed { code } = outcome {
            self.code = Some(code);
            self.failed_outputs.push(action.outputs.to_vec());
            let outputs = action.outputs.as_bstr();
            let failed = if self.terminal.has_colors() {
                format!("\x1b[31mFAILED: [code={code}] \x1b[0m{outputs} \n")
            } else {
                format!("FAILED: [code={code}] {outputs} \n")
            };
            self.terminal.on_new_line(failed.as_bytes());
            self.terminal.on_new_line(&[action.command, b"\n"].concat());
        }
        if output.is_empty() {
            return;
        }
        if self.terminal.has_colors() || !output.contains(&b'\x1b') {
            self.terminal.on_new_line(output);
        } else {
            let stripped = anstream::adapter::strip_bytes(output).into_vec();
            self.terminal.on_new_line(&stripped);
        }
    }

    fn status(&mut self, action: &ActionInfo<'_>) {
        for line in self.reasons.remove(&action.id).unwrap_or_default() {
            self.terminal.on_new_line(b"");
            let _ = writeln!(self.err, "ninja explain: {line}");
        }
        if self.verbosity == Verbosity::Quiet {
            return;
        }
        let whole = self.verbosity == Verbosity::Verbose;
        let text = if action.description.is_empty() || whole {
            action.command
        } else {
            action.description
        };
        let line = self.format.render(&self.numbers, &text.to_str_lossy());
        self.terminal.status(line, whole);
    }
}

impl<W: Write, E: Write> Sink for Status<W, E> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Waiting { pid, command_line } => {
                let text = waiting(*pid, command_line.as_deref());
                let _ = writeln!(self.err, "ninja: warning: {text}");
            }
            Event::Repaired { what, detail } => {
                self.terminal.on_new_line(b"");
                let _ = writeln!(self.err, "ninja: warning: repaired {what}: {detail}");
            }
            Event::Warning { message } => {
                self.terminal.on_new_line(b"");
                let _ = writeln!(self.err, "ninja: warning: {message}");
            }
            Event::LoadingDyndep { path } => {
                if self.explain {
                    self.terminal.on_new_line(b"");
                    let _ = writeln!(self.err, "ninja explain: loading dyndep file '{path}'");
                }
            }
            Event::Planned { total } => self.numbers.total = self.before + total,
            Event::Started { action, at_ms, reasons, .. } => self.started(action, *at_ms, reasons),
            Event::Finished { action, start_ms, end_ms, outcome, output, .. } => {
                // Ninja does not speak of commands that a signal ended.
                if *outcome == Outcome::Interrupted {
                    self.terminal.lend(false);
                } else {
                    self.finished(action, (*start_ms, *end_ms), *outcome, output);
                }
            }
            Event::CutOff { .. } => {}
            Event::Regenerated { .. } => {
                self.terminal.on_new_line(b"");
                self.worked = false;
                // Ninja starts its counts over, but not the total.
                self.before = self.numbers.total;
                self.numbers = Numbers { total: self.before, ..Numbers::default() };
            }
            Event::Ended { summary } => {
                self.terminal.lend(false);
                if self.worked {
                    self.terminal.on_new_line(b"");
                }
                self.interrupted = summary.interrupted;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use mbuild_engine::event::Summary;

    use super::*;
    use crate::report::samples::{action, finished};

    fn shown(smart: bool, verbosity: Verbosity, events: &[Event<'_>]) -> String {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let terminal = Terminal::new(&mut out, smart, smart, || Some(40));
        let format = Format::of_letters(None).unwrap();
        let mut status = Status::new(terminal, &mut err, format, verbosity, true, Some(2));
        for event in events {
            status.event(event);
        }
        out.extend(b"--- stderr\n");
        out.extend(err);
        out.to_str_lossy().replace('\r', "<CR>").replace('\x1b', "<ESC>")
    }

    fn build<'a>(reasons: &'a [Reason]) -> Vec<Event<'a>> {
        let (a, b) = (action(0, "a.o", "CC a.o"), action(1, "b.o", ""));
        vec![
            Event::Planned { total: 2 },
            Event::Started { action: a, at_ms: 0, running: 1, reasons },
            Event::Started { action: b, at_ms: 1, running: 2, reasons: &[] },
            finished(a, (0, 5), Outcome::Ran, b"\x1b[1mwarning\x1b[0m: odd\n"),
            finished(b, (1, 9), Outcome::Failed { code: 3 }, b"bad\n"),
            Event::Ended { summary: Summary { ran: 1, failed: 1, ..Summary::default() } },
        ]
    }

    #[test]
    fn in_a_pipe() {
        let reasons = [Reason::OutputMissing { path: "a.o".into() }];
        insta::assert_snapshot!(shown(false, Verbosity::Normal, &build(&reasons)));
    }

    #[test]
    fn on_a_terminal() {
        insta::assert_snapshot!(shown(true, Verbosity::Normal, &build(&[])));
    }

    #[test]
    fn quiet() {
        insta::assert_snapshot!(shown(false, Verbosity::Quiet, &build(&[])));
    }

    #[test]
    fn verbose() {
        insta::assert_snapshot!(shown(false, Verbosity::Verbose, &build(&[])));
    }
}
