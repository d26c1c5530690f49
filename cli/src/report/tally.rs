//! Counts and running commands, folded from the events.

use mbuild_engine::event::{Event, Outcome};

use crate::report::name;

/// Where a build stands.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Actions that ended or may still run.
    pub(crate) total: usize,
    /// Actions that ended.
    pub(crate) done: usize,
    /// What runs now, in the order of starting.
    pub(crate) running: Vec<Running>,
    /// The name of the action that started or ended last.
    pub(crate) latest: String,
}

/// A command that runs.
#[derive(Debug)]
pub(crate) struct Running {
    id: u32,
    /// What it is called.
    pub(crate) name: String,
    /// When it started.
    pub(crate) start_ms: u64,
}

impl Tally {
    /// Takes one event in.
    pub(crate) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Planned { total } => self.total = *total,
            Event::Started { action, at_ms, .. } => {
                let name = name::of(action);
                self.latest.clone_from(&name);
                self.running.push(Running { id: action.id, name, start_ms: *at_ms });
            }
            Event::Finished { action, outcome, .. } => {
                self.running.retain(|running| running.id != action.id);
                if *outcome != Outcome::Interrupted {
                    self.done += 1;
                    self.latest = name::of(action);
                }
            }
            Event::Regenerated { .. } => {
                self.done = 0;
                self.total = 0;
            }
            Event::Waiting { .. }
            | Event::Repaired { .. }
            | Event::Warning { .. }
            | Event::LoadingDyndep { .. }
            | Event::CutOff { .. }
            | Event::Ended { .. } => {}
        }
    }

    /// `[3/12]`.
    pub(crate) fn counter(&self) -> String {
        // An action found late can end before the plan says so.
        format!("[{}/{}]", self.done, self.total.max(self.done))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples::{action, finished, started};

    #[test]
    fn events_add_up() {
        let (a, b) = (action(0, "a", "A"), action(1, "b", "B"));
        let mut tally = Tally::default();
        tally.event(&Event::Planned { total: 2 });
        tally.event(&started(a, 0, 1));
        tally.event(&started(b, 5, 2));
        assert_eq!(tally.counter(), "[0/2]");
        assert_eq!(tally.running.len(), 2);
        tally.event(&finished(a, (0, 9), Outcome::Ran, b""));
        assert_eq!(tally.counter(), "[1/2]");
        assert_eq!(tally.running[0].name, "B");
        tally.event(&finished(b, (5, 11), Outcome::Interrupted, b""));
        assert_eq!(tally.counter(), "[1/2]");
        assert!(tally.running.is_empty());
    }
}
