//! The progress line: `[12/40] ocamlopt foo.cmx (3.1s), 3 more running`.

use crate::report::tally::Tally;
use crate::report::text;

/// A command that runs longer than this shows how long.
const SLOW_MS: u64 = 1000;

/// The line at this moment, in at most `columns`.
///
/// It names the command that has been running longest: that changes least often, and it is the one
/// the user waits for.
pub(crate) fn render(tally: &Tally, now_ms: u64, columns: usize) -> String {
    let counter = tally.counter();
    let oldest = tally.running.first();
    let name = oldest.map_or(tally.latest.as_str(), |running| running.name.as_str());
    let mut end = String::new();
    if let Some(oldest) = oldest {
        let elapsed = now_ms.saturating_sub(oldest.start_ms);
        if elapsed >= SLOW_MS {
            end = format!(" ({})", elapsed_text(elapsed));
        }
        if tally.running.len() > 1 {
            end += &format!(", {} more running", tally.running.len() - 1);
        }
    }
    let around = text::width(&counter) + 1 + text::width(&end);
    if columns < around + 8 {
        return text::fit(&format!("{counter} {name}"), columns);
    }
    format!("{counter} {}{end}", text::fit(name, columns - around))
}

fn elapsed_text(ms: u64) -> String {
    let seconds = ms / 1000;
    if seconds < 60 {
        format!("{seconds}.{}s", ms % 1000 / 100)
    } else {
        format!("{}:{:02}", seconds / 60, seconds % 60)
    }
}

#[cfg(test)]
mod tests {
    use mbuild_engine::event::{Event, Outcome};

    use super::*;
    use crate::report::samples::{action, finished, started};

    fn tally(events: &[Event<'_>]) -> Tally {
        let mut tally = Tally::default();
        for event in events {
            tally.event(event);
        }
        tally
    }

    #[test]
    fn the_longest_running_command_is_named() {
        let (a, b, c) = (
            action(0, "a", "OCAMLC a.cmo"),
            action(1, "b", "OCAMLC b.cmo"),
            action(2, "c", "OCAMLOPT c.cmx"),
        );
        let mut events = vec![Event::Planned { total: 40 }, started(a, 0, 1), started(b, 10, 2)];
        assert_eq!(render(&tally(&events), 500, 80), "[0/40] OCAMLC a.cmo, 1 more running");
        events.push(finished(a, (0, 600), Outcome::Ran, b""));
        events.push(started(c, 610, 2));
        assert_eq!(render(&tally(&events), 3110, 80), "[1/40] OCAMLC b.cmo (3.1s), 1 more running");
        assert_eq!(
            render(&tally(&events), 75_010, 80),
            "[1/40] OCAMLC b.cmo (1:15), 1 more running"
        );
    }

    #[test]
    fn between_commands_the_last_one_is_named() {
        let a = action(0, "a", "CC a.o");
        let events =
            [Event::Planned { total: 2 }, started(a, 0, 1), finished(a, (0, 9), Outcome::Ran, b"")];
        assert_eq!(render(&tally(&events), 20, 80), "[1/2] CC a.o");
    }

    #[test]
    fn a_narrow_terminal_gets_a_short_line() {
        let a = action(0, "a", "OCAMLOPT src/some/long/folder/module.cmx");
        let events = [Event::Planned { total: 2 }, started(a, 0, 1)];
        assert_eq!(render(&tally(&events), 2000, 40), "[0/2] OCAMLOPT src...r/module.cmx (2.0s)");
        assert_eq!(render(&tally(&events), 2000, 14), "[0/2]...le.cmx");
        for columns in 0..60 {
            assert!(text::width(&render(&tally(&events), 2000, columns)) <= columns);
        }
    }
}
