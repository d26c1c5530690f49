//! When the next command starts, and what is waited for meanwhile.

use super::build::Build;
use super::limits::{LOOK_AGAIN, Pause};
use crate::error::Error;
use crate::work::pool::Woke;

impl Build<'_> {
    /// Starts what may start; says why it does not go on.
    pub(super) fn start_ready(&mut self) -> Result<Pause, Error> {
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
                    self.queue.put_back(action, &self.loaded.manifest);
                    return Ok(pause);
                }
            }
            self.start(action)?;
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
