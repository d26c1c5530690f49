//! `--events FILE`: every event as one line of JSON.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use mbuild_engine::event::{Event, Sink};

use crate::failure::{Failure, Result};

/// Writes JSON lines.
pub(crate) struct JsonLines {
    out: Box<dyn Write>,
    error: Option<io::Error>,
}

impl JsonLines {
    /// Writes to `path`, or to stdout when it is `-`.
    pub(crate) fn create(path: &Path) -> Result<Self> {
        let out: Box<dyn Write> = if path == Path::new("-") {
            Box::new(io::stdout())
        } else {
            let file = File::create(path).map_err(|error| {
                Failure::system(format_args!("cannot write `{}`", path.display()), &error)
            })?;
            Box::new(BufWriter::new(file))
        };
        Ok(Self { out, error: None })
    }

    /// Writes what is still in memory, and says what went wrong on the way.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        match self.error.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    fn write(&mut self, event: &Event<'_>) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, event)?;
        self.out.write_all(b"\n")
    }
}

impl Sink for JsonLines {
    fn event(&mut self, event: &Event<'_>) {
        // The build goes on when the file cannot take more; the first error is reported at the end.
        if self.error.is_none() {
            self.error = self.write(event).err();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use mbuild_engine::event::{ActionInfo, Outcome, Reason, Summary};
    use serde_json::Value;

    use super::*;

    const PAGE: &str = include_str!("../../../docs/src/events.md");

    fn action() -> ActionInfo<'static> {
        ActionInfo {
            id: 0,
            output: b"a.o",
            outputs: b"a.o",
            rule: b"cc",
            description: b"CC a.o",
            command: b"cc -c a.c -o a.o",
            console: false,
        }
    }

    fn lines(events: &[Event<'_>]) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut lines = JsonLines::create(file.path()).unwrap();
        for event in events {
            lines.event(event);
        }
        lines.finish().unwrap();
        std::fs::read_to_string(file.path()).unwrap().lines().map(str::to_owned).collect()
    }

    /// One of each kind.
    fn kinds<'a>(reasons: &'a [Reason]) -> Vec<Event<'a>> {
        let finished = |outcome| Event::Finished {
            action: action(),
            start_ms: 2,
            end_ms: 40,
            outcome,
            output: b"",
            running: 0,
        };
        vec![
            Event::Waiting { pid: None, command_line: None },
            Event::Repaired { what: String::new(), detail: String::new() },
            Event::Warning { message: String::new() },
            Event::Planned { total: 1 },
            Event::Regenerated { path: String::new() },
            Event::Started { action: action(), at_ms: 2, running: 1, reasons },
            Event::CutOff { action: action() },
            finished(Outcome::Ran),
            finished(Outcome::Restored),
            finished(Outcome::Failed { code: 1 }),
            finished(Outcome::Interrupted),
            finished(Outcome::WouldRun),
            Event::LoadingDyndep { path: String::new() },
            Event::Ended { summary: Summary::default() },
        ]
    }

    fn reasons() -> Vec<Reason> {
        let path = String::new;
        vec![
            Reason::NeverRan,
            Reason::FailedLastTime,
            Reason::EditedWhileRunning { path: path() },
            Reason::OutputMissing { path: path() },
            Reason::OutputChanged { path: path() },
            Reason::InputChanged { path: path() },
            Reason::InputAdded { path: path() },
            Reason::InputRemoved { path: path() },
            Reason::CommandChanged { removed: Vec::new(), added: Vec::new() },
            Reason::ResponseFileChanged,
            Reason::EnvironmentChanged { name: path() },
            Reason::ToolChanged { path: path() },
            Reason::DependenciesUnknown,
            Reason::InputOutOfDate { path: path() },
            Reason::AlwaysRuns { path: path() },
            Reason::Older { output: path(), input: path() },
        ]
    }

    /// Every key and every word that stands for a kind, anywhere inside.
    fn words(value: &Value, into: &mut BTreeSet<String>) {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    into.insert(key.clone());
                    if let ("event" | "how" | "why", Value::String(kind)) = (key.as_str(), value) {
                        into.insert(kind.clone());
                    }
                    words(value, into);
                }
            }
            Value::Array(values) => values.iter().for_each(|value| words(value, into)),
            _ => {}
        }
    }

    #[test]
    fn the_page_on_events_names_all_there_is() {
        let mut seen = BTreeSet::new();
        for line in lines(&kinds(&reasons())) {
            words(&serde_json::from_str(&line).unwrap(), &mut seen);
        }
        for word in seen {
            assert!(PAGE.contains(&format!("`{word}`")), "`{word}` is not in docs/src/events.md");
        }
    }

    #[test]
    fn the_example_on_the_page_is_what_is_written() {
        let example = PAGE.split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
        let reasons = [Reason::InputChanged { path: "a.c".into() }];
        let all = kinds(&reasons);
        let summary = Summary { ran: 1, actions: 1, wall_ms: 42, ..Summary::default() };
        let events = [all[3].clone(), all[5].clone(), all[7].clone(), Event::Ended { summary }];
        assert_eq!(lines(&events), example.lines().collect::<Vec<_>>());
    }
}
