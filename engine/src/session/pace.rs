//! When the next command starts, and what is waited for meanwhile.

use mbuild_rules::{ActionId, Manifest};

use super::build::Build;
use super::limits::{LOOK_AGAIN, Pause};
use crate::error::Error;
use crate::memory;
use crate::work::pool::{Pool, Woke};

impl Build<'_> {
    /// Starts what may start; says why it does not go on.
    pub(super) fn start_ready(&mut self) -> Result<Pause, Error> {
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

    /// Hands `first`, which only the number of jobs keeps from starting, and what comes after it to the workers,
    /// one for each that is busy: who ends a command goes on with the next one at once. What may not go ahead
    /// stays in the queue.
    fn hand_ahead(&mut self, first: ActionId) {
        let mut candidate = Some(first);
        while let Some(action) = candidate {
            if !self.may_go_ahead(action) {
                self.queue.put_back(action, &self.loaded.manifest);
                return;
            }
            let job = self.prepare(action);
            let Some(pool) = &mut self.pool else { return };
            pool.hand_ahead(job);
            self.ahead.push(action);
            let enough = self.ahead.len() >= pool.busy();
            candidate = if enough { None } else { self.queue.pop(&self.loaded.manifest) };
        }
    }

    /// It is right for `action` to start when any command that runs now ends well, whichever that is.
    fn may_go_ahead(&mut self, action: ActionId) -> bool {
        let manifest = &self.loaded.manifest;
        // Who has the terminal has it alone, and a new dyndep file makes a new plan.
        let alone = |action: ActionId| {
            manifest.pool(action) == Manifest::CONSOLE_POOL || self.loaded.makes_dyndep(action)
        };
        let before = || self.limits.running().chain(self.ahead.iter().copied());
        if self.look_for_dyndeps
            || self.slots.opened().is_some()
            || !self.pool.as_ref().is_some_and(Pool::has_threads)
            || alone(action)
            || before().any(alone)
            || !self.queue.is_before_all_behind(action, before())
        {
            return false;
        }
        let estimates = self.queue.estimates();
        let peaks = self.ahead.iter().map(|ahead| estimates.peak(*ahead));
        self.limits.may_follow(estimates.peak(action), peaks)
    }

    /// What no worker has begun is in the queue again, where all that has got ready meanwhile is.
    pub(super) fn take_back_ahead(&mut self) {
        let Some(pool) = &mut self.pool else { return };
        let back = pool.take_back();
        for job in back {
            self.queue.put_back(job.action, &self.loaded.manifest);
            self.ahead.retain(|action| *action != job.action);
            self.prepared.insert(job.action, job);
        }
    }

    /// Waits until a command has ended, or until what kept the next one from starting may be over; `None`
    /// when nothing runs.
    pub(super) fn wait(&mut self, pause: Pause) -> Option<Woke> {
        let pool = self.pool.as_mut()?;
        let client = self.slots.opened().map(|opened| &opened.client);
        match (pause, client) {
            (Pause::Slot, Some(client)) => pool.wait(Some(client.watch()), None),
            (Pause::Machine, _) => pool.wait(None, Some(LOOK_AGAIN)),
            // What was handed ahead has to be looked at again when it has not begun by then.
            (Pause::Full, None) if !self.ahead.is_empty() => pool.wait(None, Some(memory::FRESH)),
            (_, client) => {
                // Slots are looked for only while something is ready to take them.
                client.inspect(|client| client.stop_watching());
                pool.wait(None, None)
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

    pub(super) fn drain(&mut self) {
        while let Some(woke) = self.wait(Pause::Full) {
            if let Woke::Finished(finished) = woke {
                self.take_in(*finished);
            }
        }
    }

    fn may_start(&self) -> bool {
        !self.summary.interrupted
            && !self.stopped
            && self.interrupt.signal().is_none()
            && self.settings.keep_going.is_none_or(|failures| self.summary.failed < failures)
    }
}
