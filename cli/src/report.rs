//! Reporters: what a stream of events looks like on a terminal, in a pipe and in a file.
//!
//! Every reporter is a function of the events alone (and of the clock, for commands that take long),
//! so hand-made event lists test them.

pub(crate) mod console;
pub(crate) mod failures;
pub(crate) mod json;
pub(crate) mod line;
pub(crate) mod live;
pub(crate) mod name;
pub(crate) mod summary;
pub(crate) mod table;
pub(crate) mod tally;
pub(crate) mod text;

use mbuild_engine::event::{Event, Sink};

/// Passes every event on to several reporters.
#[derive(Default)]
pub(crate) struct Tee<'a> {
    sinks: Vec<&'a mut dyn Sink>,
}

impl<'a> Tee<'a> {
    /// One more reporter.
    pub(crate) fn add(&mut self, sink: &'a mut dyn Sink) {
        self.sinks.push(sink);
    }
}

impl Sink for Tee<'_> {
    fn event(&mut self, event: &Event<'_>) {
        for sink in &mut self.sinks {
            sink.event(event);
        }
    }
}

#[cfg(test)]
pub(crate) mod samples {
    //! Hand-made events.

    use mbuild_engine::event::{ActionInfo, Event, Outcome};

    /// An action with a description.
    pub(crate) fn action(
        id: u32,
        output: &'static str,
        description: &'static str,
    ) -> ActionInfo<'static> {
        ActionInfo {
            id,
            output: output.as_bytes(),
            outputs: output.as_bytes(),
            rule: b"cc",
            description: description.as_bytes(),
            command: b"cc -c -o out in",
            console: false,
        }
    }

    /// Its command starts.
    pub(crate) fn started(
        action: ActionInfo<'static>,
        at_ms: u64,
        running: usize,
    ) -> Event<'static> {
        Event::Started { action, at_ms, running, reasons: &[] }
    }

    /// It ended.
    pub(crate) fn finished(
        action: ActionInfo<'static>,
        times: (u64, u64),
        outcome: Outcome,
        output: &'static [u8],
    ) -> Event<'static> {
        let (start_ms, end_ms) = times;
        Event::Finished { action, start_ms, end_ms, outcome, output, running: 0 }
    }
}
