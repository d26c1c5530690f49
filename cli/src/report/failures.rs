//! Failed commands: shown whole when they happen, and again at the end when they have scrolled away.

use mbuild_engine::event::ActionInfo;

use crate::printer::{DIM, ERROR};
use crate::report::name;

/// A command that failed.
#[derive(Debug)]
pub(crate) struct Failed {
    name: String,
    command: String,
    code: i32,
    output: Vec<u8>,
    /// How many lines had been written before it.
    line: usize,
}

/// All of them, in the order of failing.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    list: Vec<Failed>,
}

impl Failures {
    /// Keeps one, and gives back how it is shown now.
    pub(crate) fn add(
        &mut self,
        action: &ActionInfo<'_>,
        code: i32,
        output: &[u8],
        line: usize,
    ) -> Vec<u8> {
        let failed = Failed {
            name: name::of(action),
            command: name::command(action),
            code,
            output: output.to_vec(),
            line,
        };
        let block = failed.block();
        self.list.push(failed);
        block
    }

    /// What to show at the end: whole what is further up than `screen` lines, else the name only.
    pub(crate) fn at_the_end(&self, lines: usize, screen: usize) -> Vec<u8> {
        let mut text = Vec::new();
        // A failure that is the last thing on the screen needs no repetition.
        if let [only] = self.list.as_slice()
            && lines == only.line + lines_of(&only.block())
            && lines - only.line <= screen
        {
            return text;
        }
        for failed in &self.list {
            if lines.saturating_sub(failed.line) > screen {
                text.extend(failed.block());
            } else {
                text.extend(failed.title().into_bytes());
                text.push(b'\n');
            }
        }
        text
    }
}

impl Failed {
    fn title(&self) -> String {
        format!("{ERROR}failed{ERROR:#}: {} ({})", self.name, ending(self.code))
    }

    fn block(&self) -> Vec<u8> {
        let mut text = self.title().into_bytes();
        text.push(b'\n');
        if self.name != self.command {
            text.extend(format!("{DIM}  {}{DIM:#}\n", self.command).into_bytes());
        }
        text.extend(&self.output);
        if !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        text
    }
}

/// How many lines a text takes.
pub(crate) fn lines_of(text: &[u8]) -> usize {
    bstr::ByteSlice::find_iter(text, b"\n").count()
}

/// `exit code 2`, `killed by signal 9 (SIGKILL)`.
pub(crate) fn ending(code: i32) -> String {
    let signal = match code - 128 {
        1 => "SIGHUP",
        2 => "SIGINT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        _ => return format!("exit code {code}"),
    };
    format!("exit code {code}, {signal}")
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;
    use crate::report::samples::action;

    fn plain(text: &[u8]) -> String {
        anstream::adapter::strip_bytes(text).into_vec().to_str_lossy().into_owned()
    }

    #[test]
    fn a_failure_is_shown_whole() {
        let mut failures = Failures::default();
        let block = failures.add(&action(0, "a.o", "CC a.o"), 2, b"a.c:1: error", 0);
        assert_eq!(
            plain(&block),
            "failed: CC a.o (exit code 2)\n  cc -c -o out in\na.c:1: error\n"
        );
        let block = failures.add(&action(0, "a.o", ""), 139, b"", 3);
        assert_eq!(plain(&block), "failed: cc -c -o out in (exit code 139, SIGSEGV)\n");
    }

    #[test]
    fn the_end_repeats_what_scrolled_away() {
        let mut failures = Failures::default();
        failures.add(&action(0, "a.o", "CC a.o"), 1, b"error\n", 0);
        assert_eq!(plain(&failures.at_the_end(3, 24)), "");
        assert_eq!(plain(&failures.at_the_end(9, 24)), "failed: CC a.o (exit code 1)\n");
        assert_eq!(
            plain(&failures.at_the_end(90, 24)),
            "failed: CC a.o (exit code 1)\n  cc -c -o out in\nerror\n"
        );
        failures.add(&action(1, "b.o", "CC b.o"), 1, b"error\n", 80);
        assert_eq!(
            plain(&failures.at_the_end(90, 24)),
            "failed: CC a.o (exit code 1)\n  cc -c -o out in\nerror\nfailed: CC b.o (exit code 1)\n"
        );
    }
}
