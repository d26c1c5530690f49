//! When the next command starts, and what is waited for meanwhile.

use std::time::{Duration, Instant};

use mbuild_rules::{ActionId, Manifest};
use rustc_hash::FxHashMap;

use super::build::Build;
use super::limits::{LOOK_AGAIN, Pause};
use crate::error::Error;
use crate::memory;
use crate::work::Job;
use crate::work::pool::{Pool, Woke};

/// How many jobs the workers may have ahead, each: while short commands run, we are woken once for several.
/// Each time the system moves a command to another processor to make room, and often leaves one idle after it.
const AHEAD: usize = 16;

/// What the workers go on with by themselves.
#[derive(Default)]
pub(super) struct Ahead {
    /// In their order, unless a worker has begun it already.
    handed: Vec<ActionId>,
    /// What was taken back, to be handed to them again.
    prepared: FxHashMap<ActionId, Job>,
    /// Since when the first of them may go ahead.
    since: Option<Instant>,
}

impl Ahead {
    /// A worker has begun it.
    pub(super) fn begun(&mut self, action: ActionId) {
        self.handed.retain(|handed| *handed != action);
    }

    /// The job of an action that was taken back.
    pub(super) fn prepared(&mut self, action: ActionId) -> Option<Job> {
        self.prepared.remove(&action)
    }

    /// How long it is still right that they go on with it.
    fn good_for(&self) -> Duration {
        let since = self.since.map_or(Duration::ZERO, |since| since.elapsed());
        memory::FRESH.saturating_sub(since)
    }

    /// What was prepared before may be otherwise now.
    pub(super) fn forget_prepared(&mut self) {
        self.prepared.clear();
    }
}

impl Build<'_> {
    /// Starts what may start; says why it does not go on.
    pub(super) fn start_ready(&mut self) -> Result<Pause, Error> {
        if self.ahead_stands() {
            if let Some(action) = self.queue.pop(&self.loaded.manifest) {
                self.hand_ahead(action);
            }
            return Ok(Pause::Full);
        }
        self.take_back_ahead();
        self.limits.begin_pass();
        loop {
            if !self.may_start() {
                return Ok(Pause::Full);
            }
            let Some(action) = self.queue.pop(&self.loaded.manifest) else {
                return Ok(Pause::NoneReady);
            };
            if !self.settings.dry_run {
                let jobserver = self.slots.open(&mut self.reporter).map(|opened| &opened.client);
                let peak = self.queue.estimates().peak(action);
                if let Err(pause) = self.limits.admit(action, peak, jobserver) {
                    match pause {
                        Pause::Full => self.hand_ahead(action),
                        _ => self.queue.put_back(action, &self.loaded.manifest),
                    }
                    return Ok(pause);
                }
            }
            self.start(action)?;
        }
    }

    /// What was handed ahead is what it would be if it were decided anew, as far as it goes.
    fn ahead_stands(&self) -> bool {
        self.ahead.handed.last().is_some_and(|last| !self.queue.has_before(*last))
            && !self.ahead.good_for().is_zero()
            && self.limits.is_full()
            && self.may_start()
            && !self.look_for_dyndeps
            && !self.pool.as_ref().is_some_and(Pool::is_held)
    }

    /// Hands `first`, which only the number of jobs keeps from starting, and what comes after it to the workers:
    /// who ends a command goes on with the next one at once. What may not go ahead stays in the queue.
    ///
    /// It is right for a command to go ahead when it is right for it to start when any of those that run, or
    /// that go ahead before it, ends well, whichever that is.
    fn hand_ahead(&mut self, first: ActionId) {
        let busy = self.pool.as_ref().map_or(0, Pool::busy);
        let before = || self.limits.running().chain(self.ahead.handed.iter().copied());
        let mut behind = self.queue.behind_all(before());
        let estimates = self.queue.estimates();
        let mut taken = self.ahead.handed.iter().map(|ahead| estimates.peak(*ahead)).sum();
        let none = self.look_for_dyndeps
            || self.slots.opened().is_some()
            || !self.pool.as_ref().is_some_and(Pool::has_threads)
            || before().any(|action| self.is_alone(action));
        let mut more = Vec::new();
        let mut candidate = Some(first);
        while let Some(action) = candidate.take() {
            let estimates = self.queue.estimates();
            let (rank, peak) = (estimates.rank(action), estimates.peak(action));
            let may = !none
                && self.ahead.handed.len() < busy * AHEAD
                && behind.is_none_or(|behind| rank > behind)
                && !self.is_alone(action)
                && self.limits.may_follow(peak, taken);
            if !may {
                self.queue.put_back(action, &self.loaded.manifest);
                break;
            }
            more.push(self.prepare(action));
            self.ahead.handed.push(action);
            self.ahead.since.get_or_insert_with(Instant::now);
            behind = behind.max(self.queue.behind_all([action].into_iter()));
            taken = taken.saturating_add(peak);
            if self.ahead.handed.len() < busy * AHEAD {
                candidate = self.queue.pop(&self.loaded.manifest);
            }
        }
        if let Some(pool) = self.pool.as_mut().filter(|_| !more.is_empty()) {
            pool.hand_ahead(more, busy);
        }
    }

    /// Who has the terminal has it alone, and a new dyndep file makes a new plan.
    fn is_alone(&self, action: ActionId) -> bool {
        self.loaded.manifest.pool(action) == Manifest::CONSOLE_POOL
            || self.loaded.makes_dyndep(action)
    }

    /// What no worker has begun is in the queue again, where all that has got ready meanwhile is.
    pub(super) fn take_back_ahead(&mut self) {
        let Some(pool) = &mut self.pool else { return };
        let back = pool.take_back();
        for job in back {
            self.queue.put_back(job.action, &self.loaded.manifest);
            self.ahead.begun(job.action);
            self.ahead.prepared.insert(job.action, job);
        }
        self.ahead.since = None;
    }

    /// Waits until a command has ended, or until what kept the next one from starting may be over, and takes in
    /// what has ended; `false` when nothing runs.
    pub(super) fn wait(&mut self, pause: Pause) -> bool {
        let Some(pool) = &mut self.pool else { return false };
        let client = self.slots.opened().map(|opened| &opened.client);
        let at_most = match (pause, client) {
            (Pause::Slot, Some(client)) => {
                let waker = pool.waker();
                client.watch(move || waker.wake());
                None
            }
            (Pause::Machine, _) => Some(LOOK_AGAIN),
            // What was handed ahead has to be looked at again when it has not begun by then.
            (Pause::Full, None) if !self.ahead.handed.is_empty() => Some(self.ahead.good_for()),
            (_, client) => {
                // Slots are looked for only while something is ready to take them.
                client.inspect(|client| client.stop_watching());
                None
            }
        };
        let Some(woke) = pool.wait(at_most) else { return false };
        if let Woke::Finished(report) = woke {
            self.take_in(*report);
        }
        self.take_in_told();
        true
    }

    /// Takes in what has ended already.
    pub(super) fn take_in_told(&mut self) {
        while let Some(woke) = self.pool.as_mut().and_then(Pool::told) {
            if let Woke::Finished(report) = woke {
                self.take_in(*report);
            }
        }
    }

    /// Ends what runs; nothing more starts.
    pub(super) fn stop(&mut self) {
        if !self.stopped {
            self.stopped = true;
            self.take_back_ahead();
            self.interrupt.stop_commands();
        }
    }

    /// Waits until nothing runs any more.
    pub(super) fn drain(&mut self) {
        while self.wait(Pause::Full) {}
    }

    fn may_start(&self) -> bool {
        !self.summary.interrupted
            && !self.stopped
            && self.interrupt.signal().is_none()
            && self.settings.keep_going.is_none_or(|failures| self.summary.failed < failures)
    }
}
