//! What bounds the commands that run at once: jobs, the machine's load, its memory, and slots of a jobserver.

use std::time::Duration;

use mbuild_rules::ActionId;
use rustc_hash::FxHashMap;

use crate::jobserver::{Client, Slot};
use crate::memory::Memory;
use crate::settings::Settings;

/// How long it takes until the machine is asked again whether there is room now.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Why no command is started now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// None is ready.
    NoneReady,
    /// As many run as may, or the build is about to stop: only an end changes that.
    Full,
    /// The machine has no room for the next one, beside what runs.
    Machine,
    /// The jobserver has no slot for it.
    Slot,
}

/// Counts what runs against what may.
pub(super) struct Limits {
    jobs: Option<usize>,
    max_load: Option<f64>,
    memory: Memory,
    running: FxHashMap<ActionId, Running>,
    /// How many more may start by the load as it was when this pass began.
    room: usize,
}

struct Running {
    peak: u64,
    _slot: Option<Slot>,
}

impl Limits {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            jobs: settings.jobs,
            max_load: settings.max_load,
            memory: Memory::new(settings.memory),
            running: FxHashMap::default(),
            room: usize::MAX,
        }
    }

    /// Commands are about to be started.
    pub(super) fn begin_pass(&mut self) {
        self.room = self.room_by_load();
    }

    /// Takes in one more command, which will presumably take `peak` bytes of memory; the reason when it
    /// has to wait. One command may always run.
    pub(super) fn admit(
        &mut self,
        action: ActionId,
        peak: u64,
        jobserver: Option<&Client>,
    ) -> Result<(), Pause> {
        let busy = self.running.len();
        let alone = busy == 0;
        // With a jobserver its slots are the limit, be they more or less.
        let full = jobserver.is_none() && self.jobs.is_some_and(|jobs| busy >= jobs.max(1));
        if full && !alone {
            return Err(Pause::Full);
        }
        let taken = self.taken();
        if self.room == 0 || !alone && !self.memory.fits(peak, taken) {
            return Err(Pause::Machine);
        }
        let slot = jobserver.and_then(Client::try_acquire);
        if jobserver.is_some() && slot.is_none() && !alone {
            return Err(Pause::Slot);
        }
        self.running.insert(action, Running { peak, _slot: slot });
        self.room = (self.room - 1).min(self.room_by_load());
        Ok(())
    }

    /// As many run as may, whatever they take.
    pub(super) fn is_full(&self) -> bool {
        self.jobs.is_some_and(|jobs| self.running.len() >= jobs.max(1))
    }

    /// Whether one more command may start at once when any of those that run ends, beside others of which the
    /// same was said and which take `ahead` together: only the number of jobs is in its way. Good for
    /// [`FRESH`](crate::memory::FRESH).
    pub(super) fn may_follow(&mut self, peak: u64, ahead: u64) -> bool {
        // The load, and the slots of others, have to be looked at when it starts.
        if self.max_load.is_some() {
            return false;
        }
        let taken = self.taken().saturating_add(ahead);
        self.memory.fits_at_a_glance(peak, taken)
    }

    /// A command that [may follow](Limits::may_follow) has started after another one ended.
    pub(super) fn followed(&mut self, action: ActionId, peak: u64) {
        self.running.insert(action, Running { peak, _slot: None });
    }

    /// Those that run.
    pub(super) fn running(&self) -> impl Iterator<Item = ActionId> {
        self.running.keys().copied()
    }

    fn taken(&self) -> u64 {
        self.running.values().map(|running| running.peak).sum()
    }

    /// A command has ended; its slot goes back.
    pub(super) fn ended(&mut self, action: ActionId) {
        self.running.remove(&action);
    }

    /// As Ninja counts: what is between the load and its limit, rounded down.
    fn room_by_load(&self) -> usize {
        let Some(limit) = self.max_load else { return usize::MAX };
        room(limit, load(), self.running.is_empty())
    }
}

fn room(limit: f64, load: f64, alone: bool) -> usize {
    // A number below zero becomes zero.
    let room = (limit - load) as usize;
    if alone { room.max(1) } else { room }
}

/// How many processes ran or waited to run in the last minute, on average; only Linux tells.
fn load() -> f64 {
    #[cfg(target_os = "linux")]
    {
        const ONE: f64 = 65536.0;
        rustix::system::sysinfo().loads[0] as f64 / ONE
    }
    #[cfg(not(target_os = "linux"))]
    {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;

    fn limits(jobs: Option<usize>, max_load: Option<f64>) -> Limits {
        Limits {
            jobs,
            max_load,
            memory: Memory::new(settings::Memory::AtMost(100)),
            running: FxHashMap::default(),
            room: usize::MAX,
        }
    }

    #[test]
    fn the_room_below_a_load_is_rounded_down_and_one_may_always_run() {
        assert_eq!(room(4.0, 1.5, false), 2);
        assert_eq!(room(4.0, 3.5, false), 0);
        assert_eq!(room(4.0, 3.5, true), 1);
        assert_eq!(room(1.0, 40.0, false), 0);
        assert_eq!(room(1.0, 40.0, true), 1);
    }

    #[test]
    fn no_more_run_than_there_are_jobs() {
        let mut limits = limits(Some(2), None);
        limits.begin_pass();
        assert_eq!(limits.admit(ActionId(0), 0, None), Ok(()));
        assert_eq!(limits.admit(ActionId(1), 0, None), Ok(()));
        assert_eq!(limits.admit(ActionId(2), 0, None), Err(Pause::Full));
        limits.ended(ActionId(0));
        assert_eq!(limits.admit(ActionId(2), 0, None), Ok(()));
    }

    #[test]
    fn what_does_not_fit_into_the_budget_runs_alone() {
        let mut limits = limits(None, None);
        limits.begin_pass();
        assert_eq!(limits.admit(ActionId(0), 70, None), Ok(()));
        assert_eq!(limits.admit(ActionId(1), 31, None), Err(Pause::Machine));
        assert_eq!(limits.admit(ActionId(2), 30, None), Ok(()));
        limits.ended(ActionId(0));
        limits.ended(ActionId(2));
        assert_eq!(limits.admit(ActionId(3), 1000, None), Ok(()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn one_pass_starts_no_more_than_fit_below_the_load() {
        let mut limits = limits(None, Some(0.0));
        limits.begin_pass();
        assert_eq!(limits.admit(ActionId(0), 0, None), Ok(()));
        assert_eq!(limits.admit(ActionId(1), 0, None), Err(Pause::Machine));
        limits.begin_pass();
        assert_eq!(limits.admit(ActionId(1), 0, None), Err(Pause::Machine));
        limits.ended(ActionId(0));
        limits.begin_pass();
        assert_eq!(limits.admit(ActionId(1), 0, None), Ok(()));
    }
}
