//! A line that is written over in place on a terminal, and what may interrupt it, as Ninja does it.

use std::io::Write;

use crate::report::text;

/// Writes status lines and what commands print.
pub(crate) struct Terminal<W> {
    out: W,
    /// Lines are written over in place.
    smart: bool,
    /// Escape sequences of commands go through.
    colors: bool,
    columns: fn() -> Option<usize>,
    /// The cursor is at the start of a line.
    blank: bool,
    /// A command owns the terminal: everything waits here meanwhile.
    lent: Option<Kept>,
}

/// What came while a command owned the terminal.
#[derive(Default)]
struct Kept {
    line: Option<(String, bool)>,
    output: Vec<u8>,
}

impl<W: Write> Terminal<W> {
    /// A terminal, or something else that only takes lines.
    pub(crate) fn new(out: W, smart: bool, colors: bool, columns: fn() -> Option<usize>) -> Self {
        Self { out, smart, colors, columns, blank: true, lent: None }
    }

    /// Lines are written over in place.
    pub(crate) fn is_smart(&self) -> bool {
        self.smart
    }

    /// Escape sequences go through.
    pub(crate) fn has_colors(&self) -> bool {
        self.colors
    }

    /// A status line; `whole` when it must not be cut to the width.
    pub(crate) fn status(&mut self, line: String, whole: bool) {
        if let Some(kept) = &mut self.lent {
            kept.line = Some((line, whole));
            return;
        }
        let mut text = Vec::new();
        if self.smart {
            text.push(b'\r');
        }
        if self.smart && !whole {
            let line = match (self.columns)() {
                Some(columns) => text::fit(&line, columns),
                None => line,
            };
            text.extend(line.into_bytes());
            text.extend(b"\x1b[K");
            self.blank = false;
        } else {
            text.extend(line.into_bytes());
            text.push(b'\n');
        }
        self.put(&text);
    }

    /// Text that begins on a line of its own.
    pub(crate) fn on_new_line(&mut self, text: &[u8]) {
        if let Some(kept) = &mut self.lent
            && let Some((line, _)) = kept.line.take()
        {
            kept.output.extend(line.into_bytes());
            kept.output.push(b'\n');
        }
        if !self.blank {
            self.put_or_keep(b"\n");
        }
        self.put_or_keep(text);
        self.blank = text.is_empty() || text.ends_with(b"\n");
    }

    /// Gives the terminal to a command, or takes it back and shows what came meanwhile.
    pub(crate) fn lend(&mut self, lend: bool) {
        if lend == self.lent.is_some() {
            return;
        }
        if lend {
            self.on_new_line(b"");
            self.lent = Some(Kept::default());
            return;
        }
        let kept = self.lent.take().unwrap_or_default();
        self.on_new_line(&kept.output);
        if let Some((line, whole)) = kept.line {
            self.status(line, whole);
        }
    }

    fn put_or_keep(&mut self, text: &[u8]) {
        match &mut self.lent {
            Some(kept) => kept.output.extend_from_slice(text),
            None => self.put(text),
        }
    }

    /// When nobody reads it, nobody misses it.
    fn put(&mut self, text: &[u8]) {
        if !text.is_empty() {
            let _ = self.out.write_all(text).and_then(|()| self.out.flush());
        }
    }
}

#[cfg(test)]
mod tests {
    use bstr::ByteSlice;

    use super::*;

    fn written(smart: bool, script: impl FnOnce(&mut Terminal<Vec<u8>>)) -> String {
        let mut terminal = Terminal::new(Vec::new(), smart, smart, || Some(12));
        script(&mut terminal);
        terminal.out.to_str_lossy().into_owned()
    }

    #[test]
    fn a_smart_terminal_writes_over_its_line() {
        let text = written(true, |terminal| {
            terminal.status("[0/2] first line".into(), false);
            terminal.status("[1/2] b".into(), false);
            terminal.on_new_line(b"warning\n");
            terminal.status("[2/2] c".into(), false);
            terminal.on_new_line(b"");
        });
        assert_eq!(text, "\r[0/2... line\x1b[K\r[1/2] b\x1b[K\nwarning\n\r[2/2] c\x1b[K\n");
    }

    #[test]
    fn a_pipe_gets_lines() {
        let text = written(false, |terminal| {
            terminal.status("[1/2] b".into(), false);
            terminal.on_new_line(b"no end of line");
            terminal.status("[2/2] c".into(), false);
            terminal.on_new_line(b"");
        });
        assert_eq!(text, "[1/2] b\nno end of line[2/2] c\n\n");
    }

    #[test]
    fn what_comes_while_the_terminal_is_lent_waits() {
        let text = written(false, |terminal| {
            terminal.lend(true);
            terminal.status("[1/3] a".into(), false);
            terminal.on_new_line(b"printed\n");
            terminal.status("[2/3] b".into(), false);
            assert_eq!(terminal.out, b"");
            terminal.lend(false);
        });
        assert_eq!(text, "[1/3] a\nprinted\n[2/3] b\n");
    }
}
