//! How much memory commands may take together: what they took last time against what there is.

mod machine;

use std::time::{Duration, Instant};

use crate::settings;
use machine::{Machine, Reading};

/// How long a look at the machine is good for.
pub(crate) const FRESH: Duration = Duration::from_millis(100);
/// The share of the last ten seconds, in percent, in which something waited for memory, from which on
/// nothing more is started beside what runs.
const HIGH_PRESSURE: f64 = 20.0;

/// Decides whether one more command fits beside those that run. Amounts are bytes.
pub(crate) struct Memory {
    limit: settings::Memory,
    machine: Machine,
    last: Option<(Instant, Reading)>,
}

impl Memory {
    pub(crate) fn new(limit: settings::Memory) -> Self {
        Self { limit, machine: Machine::new(), last: None }
    }

    /// A command that took `own` at most the last time may start beside others that took `running`
    /// together; what is not known is zero.
    pub(crate) fn fits(&mut self, own: u64, running: u64) -> bool {
        if self.limit == settings::Memory::Unlimited {
            return true;
        }
        if self.fits_at_a_glance(own, running) {
            return true;
        }
        let (at, reading) = self.look();
        self.last = Some((at, reading));
        // What those that run have taken by now is taken from what there is, and is in their peaks.
        let taken = reading.available.map_or(0, |_| self.machine.taken_by_descendants());
        fits(self.limit, own, running, &reading, taken)
    }

    /// The same, but `false` also when only a longer look can tell.
    pub(crate) fn fits_at_a_glance(&mut self, own: u64, running: u64) -> bool {
        if self.limit == settings::Memory::Unlimited {
            return true;
        }
        let fresh = self.last.filter(|(at, _)| at.elapsed() < FRESH);
        let (_, reading) = *self.last.insert(fresh.unwrap_or_else(|| self.look()));
        fits(self.limit, own, running, &reading, 0)
    }

    fn look(&self) -> (Instant, Reading) {
        (Instant::now(), self.machine.read())
    }
}

/// `taken` of what is expected of those that run is already gone from what is available.
fn fits(limit: settings::Memory, own: u64, running: u64, machine: &Reading, taken: u64) -> bool {
    if machine.pressure.is_some_and(|pressure| pressure >= HIGH_PRESSURE) {
        return false;
    }
    if own == 0 {
        return true;
    }
    let together = own.saturating_add(running);
    if let settings::Memory::AtMost(most) = limit
        && together > most
    {
        return false;
    }
    let to_come = own.saturating_add(running.saturating_sub(taken));
    machine.available.is_none_or(|available| to_come <= available)
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Memory::{AtMost, Available};

    const QUIET: Reading = Reading { available: Some(1000), pressure: Some(1.5) };

    #[test]
    fn the_peaks_of_all_that_runs_must_fit_into_what_there_is() {
        assert!(fits(Available, 400, 600, &QUIET, 0));
        assert!(!fits(Available, 401, 600, &QUIET, 0));
        // They hold 300 of it already.
        assert!(fits(Available, 700, 600, &QUIET, 300));
        assert!(!fits(Available, 701, 600, &QUIET, 300));
        assert!(!fits(Available, 1001, 600, &QUIET, 5000));
    }

    #[test]
    fn a_budget_counts_beside_what_there_is() {
        assert!(fits(AtMost(500), 200, 300, &QUIET, 0));
        assert!(!fits(AtMost(500), 201, 300, &QUIET, 300));
        assert!(!fits(AtMost(5000), 401, 600, &QUIET, 0));
    }

    #[test]
    fn what_is_not_known_fits_unless_memory_is_short() {
        let gone = Reading { available: Some(0), pressure: Some(0.0) };
        assert!(fits(Available, 0, 600, &gone, 0));
        let short = Reading { pressure: Some(20.0), ..QUIET };
        assert!(!fits(Available, 0, 0, &short, 0));
        let silent = Reading { available: None, pressure: None };
        assert!(fits(Available, u64::MAX, u64::MAX, &silent, 0));
        assert!(!fits(AtMost(5), 3, 3, &silent, 0));
    }

    #[test]
    fn without_a_limit_everything_fits() {
        assert!(Memory::new(settings::Memory::Unlimited).fits(u64::MAX, u64::MAX));
        assert!(!Memory::new(AtMost(10)).fits(6, 6));
    }
}
