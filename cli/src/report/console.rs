//! The native face's reporter: a progress line in place, or plain lines, with failures whole.

use std::io::Write;

use mbuild_engine::event::{ActionInfo, Event, Outcome, Sink};

use crate::printer::{DIM, ERROR, WARNING};
use crate::report::failures::{Failures, lines_of};
use crate::report::tally::Tally;
use crate::report::{line, name, summary, text};

/// Draws that follow each other faster than this only cost time.
const FRAME_MS: u64 = 40;

/// How much to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// A progress line in place.
    Live,
    /// A line for each action.
    Lines,
    /// Neither, but the summary.
    Silent,
}

/// Everything a console is told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// How progress is shown.
    pub(crate) style: Style,
    /// Whole commands.
    pub(crate) verbose: bool,
    /// Something else comes after: an end at which nothing was done is not said.
    pub(crate) before: bool,
    /// No summary and no notes.
    pub(crate) quiet: bool,
    /// Nothing runs.
    pub(crate) dry_run: bool,
}

/// Writes what happens for people.
pub(crate) struct Console<W> {
    out: W,
    options: Options,
    size: fn() -> (usize, usize),
    tally: Tally,
    failures: Failures,
    /// Lines written so far.
    lines: usize,
    /// The progress line that is on the screen, empty when there is none.
    drawn: String,
    /// When it was drawn.
    drawn_ms: u64,
    /// A command owns the terminal.
    lent: bool,
}

impl<W: Write> Console<W> {
    /// A console; `size` gives columns and rows of the terminal.
    pub(crate) fn new(out: W, options: Options, size: fn() -> (usize, usize)) -> Self {
        Self {
            out,
            options,
            size,
            tally: Tally::default(),
            failures: Failures::default(),
            lines: 0,
            drawn: String::new(),
            drawn_ms: 0,
            lent: false,
        }
    }

    /// Draws the progress line again when it says something else by now.
    pub(crate) fn tick(&mut self, now_ms: u64) {
        if self.options.style != Style::Live || self.lent || self.tally.total == 0 {
            return;
        }
        // One column stays free: some terminals wrap when the last one is written.
        let text = line::render(&self.tally, now_ms, (self.size)().0.saturating_sub(1));
        if text != self.drawn {
            // Blanks, for without colours there are no escape sequences either.
            let rest = text::width(&self.drawn).saturating_sub(text::width(&text));
            self.put(format!("\r{text}{}", " ".repeat(rest)).as_bytes());
            self.drawn = text;
        }
        self.drawn_ms = now_ms;
    }

    /// Removes the progress line.
    fn clear(&mut self) {
        if !self.drawn.is_empty() {
            let blanks = " ".repeat(text::width(&self.drawn));
            self.drawn.clear();
            self.put(format!("\r{blanks}\r").as_bytes());
        }
    }

    /// Writes whole lines above the progress line.
    fn print(&mut self, text: &[u8]) {
        if text.is_empty() {
            return;
        }
        self.clear();
        self.put(text);
        self.lines += lines_of(text);
        if !text.ends_with(b"\n") {
            self.put(b"\n");
            self.lines += 1;
        }
    }

    /// One write, so that nothing flickers. When nobody reads it, nobody misses it.
    fn put(&mut self, bytes: &[u8]) {
        let _ = self.out.write_all(bytes).and_then(|()| self.out.flush());
    }

    /// The line of an action.
    fn announce(&mut self, action: &ActionInfo<'_>, remark: &str) {
        let name = if self.options.verbose { name::command(action) } else { name::of(action) };
        let counter = self.tally.counter();
        self.print(format!("{counter} {name}{remark}\n").as_bytes());
    }

    fn finished(&mut self, action: &ActionInfo<'_>, outcome: Outcome, output: &[u8]) {
        if action.console {
            self.lent = false;
        }
        let remark = match outcome {
            Outcome::Failed { code } => {
                let block = self.failures.add(action, code, output, self.lines);
                self.print(&block);
                return;
            }
            Outcome::Interrupted => return,
            Outcome::Restored => format!(" {DIM}(from the store){DIM:#}"),
            Outcome::Ran | Outcome::WouldRun => String::new(),
        };
        let announced = action.console && outcome == Outcome::Ran;
        let wanted = self.options.style == Style::Lines
            || self.options.verbose
            || self.options.dry_run
            || !output.is_empty();
        if wanted && !announced {
            self.announce(action, &remark);
        }
        self.print(output);
    }
}

impl<W: Write> Sink for Console<W> {
    fn event(&mut self, event: &Event<'_>) {
        self.tally.event(event);
        match event {
            Event::Waiting { pid, command_line } => {
                let who = match (pid, command_line) {
                    (Some(pid), Some(line)) => format!("`{line}` (process {pid})"),
                    (Some(pid), None) => format!("process {pid}"),
                    (None, Some(line)) => format!("`{line}`"),
                    (None, None) => "another mbuild".to_owned(),
                };
                self.print(format!("waiting for {who}, which builds here\n").as_bytes());
            }
            Event::Repaired { what, detail } => {
                self.print(format!("{WARNING}repaired{WARNING:#} {what}: {detail}\n").as_bytes());
            }
            Event::Warning { message } => {
                self.print(format!("{WARNING}warning{WARNING:#}: {message}\n").as_bytes());
            }
            Event::LoadingDyndep { .. }
            | Event::Planned { .. }
            | Event::CutOff { .. }
            | Event::Regenerated { .. } => {}
            Event::Started { action, at_ms, .. } => {
                if action.console && !self.options.dry_run {
                    if self.options.style != Style::Silent {
                        self.announce(action, "");
                    }
                    self.clear();
                    self.lent = true;
                } else if at_ms.saturating_sub(self.drawn_ms) >= FRAME_MS || self.drawn.is_empty() {
                    self.tick(*at_ms);
                }
            }
            Event::Finished { action, end_ms, outcome, output, .. } => {
                self.finished(action, *outcome, output);
                if end_ms.saturating_sub(self.drawn_ms) >= FRAME_MS {
                    self.tick(*end_ms);
                }
            }
            Event::Ended { summary } => {
                self.lent = false;
                self.clear();
                let again = self.failures.at_the_end(self.lines, (self.size)().1);
                self.print(&again);
                let nothing = summary.ran + summary.restored + summary.failed == 0;
                let silent = self.options.before && nothing && !summary.interrupted;
                if !self.options.quiet && !silent {
                    let text = summary::render(summary, self.options.dry_run);
                    let style = if summary.failed > 0 || summary.interrupted {
                        format!("{ERROR}{text}{ERROR:#}\n")
                    } else {
                        format!("{text}\n")
                    };
                    self.print(style.as_bytes());
                }
                // What follows (a program of `mbuild run`, a second build) starts a new count.
                self.tally = Tally::default();
                self.failures = Failures::default();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;
    use mbuild_engine::event::Summary;

    use super::*;
    use crate::report::samples::{action, finished, started};

    fn shown(options: Options, events: &[Event<'_>]) -> String {
        let mut console = Console::new(Vec::new(), options, || (60, 24));
        for event in events {
            console.event(event);
        }
        let plain = console.out.to_str_lossy().into_owned();
        plain.replace('\r', "<CR>").replace('\x1b', "<ESC>")
    }

    fn options(style: Style) -> Options {
        Options { style, verbose: false, quiet: false, dry_run: false, before: false }
    }

    fn build() -> Vec<Event<'static>> {
        let (a, b, c) =
            (action(0, "a.o", "CC a.o"), action(1, "b.o", "CC b.o"), action(2, "p", "LINK p"));
        vec![
            Event::Planned { total: 3 },
            started(a, 0, 1),
            started(b, 1, 2),
            finished(a, (0, 50), Outcome::Restored, b""),
            finished(b, (1, 100), Outcome::Ran, b"b.c: warning: odd\n"),
            started(c, 101, 1),
            finished(c, (101, 200), Outcome::Failed { code: 1 }, b"ld: no main"),
            Event::Ended {
                summary: Summary {
                    ran: 1,
                    restored: 1,
                    failed: 1,
                    wall_ms: 210,
                    ..Summary::default()
                },
            },
        ]
    }

    #[test]
    fn in_a_pipe_every_action_has_a_line() {
        insta::assert_snapshot!(shown(options(Style::Lines), &build()));
    }

    #[test]
    fn on_a_terminal_one_line_is_drawn_in_place() {
        insta::assert_snapshot!(shown(options(Style::Live), &build()));
    }

    #[test]
    fn verbose_shows_commands() {
        let options = Options { verbose: true, ..options(Style::Lines) };
        insta::assert_snapshot!(shown(options, &build()));
    }

    #[test]
    fn quiet_shows_what_commands_print_and_failures() {
        let options = Options { quiet: true, ..options(Style::Silent) };
        insta::assert_snapshot!(shown(options, &build()));
    }

    #[test]
    fn a_console_command_gets_the_terminal() {
        let mut a = action(0, "a", "CONFIGURE");
        a.console = true;
        let events = [
            Event::Planned { total: 1 },
            started(a, 0, 1),
            finished(a, (0, 900), Outcome::Ran, b""),
            Event::Ended { summary: Summary { ran: 1, wall_ms: 900, ..Summary::default() } },
        ];
        assert_eq!(
            shown(options(Style::Live), &events),
            "[0/1] CONFIGURE\n<CR>[1/1] CONFIGURE<CR>               <CR>built 1 action in 0.9 s\n"
        );
    }

    #[test]
    fn what_is_odd_is_said() {
        let events = [
            Event::Waiting { pid: Some(7), command_line: Some("mbuild build".into()) },
            Event::Waiting { pid: None, command_line: None },
            Event::Repaired { what: "state.db".into(), detail: "not a database, made anew".into() },
            Event::Warning { message: "`a` is older than `b`".into() },
            Event::Ended { summary: Summary::default() },
        ];
        insta::assert_snapshot!(shown(options(Style::Lines), &events));
    }

    #[test]
    fn a_dry_run_lists_what_would_run() {
        let a = action(0, "a.o", "CC a.o");
        let events = [
            Event::Planned { total: 1 },
            finished(a, (0, 0), Outcome::WouldRun, b""),
            Event::Ended { summary: Summary { ran: 1, ..Summary::default() } },
        ];
        let options = Options { dry_run: true, ..options(Style::Live) };
        assert_eq!(shown(options, &events), "[1/1] CC a.o\nwould run 1 action\n");
    }
}
