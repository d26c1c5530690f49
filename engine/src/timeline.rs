//! A past build along its time: which slot each action had, how much was ready and how much ran at
//! every moment, and the chain of actions that took longest.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use mbuild_rules::ActionId;
use rustc_hash::FxHashMap;

use crate::loaded::Loaded;
use crate::state::history::{PastBuild, PastRun};

/// A past build along its time.
#[derive(Clone, Debug)]
pub struct Timeline {
    /// Its row in the history.
    pub build: PastBuild,
    /// Its actions, in the order in which they started.
    pub bars: Vec<Bar>,
    /// How many slots were ever busy at once.
    pub slots: usize,
    /// When the last action ended, or the build if that is known: milliseconds since it began.
    pub end_ms: u64,
    /// The chain of actions that waited for each other and that took longest together, as places in
    /// `bars`, the earliest first: with any number of slots the build takes that time.
    pub critical: Vec<usize>,
}

/// An action of a past build.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What the history says of it.
    pub run: PastRun,
    /// The first of the slots that was free when it started, counted from 0.
    pub slot: usize,
    /// The rule's name, when the rule file still makes its output.
    pub rule: Option<Vec<u8>>,
}

/// How much of something there was, from a moment on: milliseconds since the build began, and a number.
pub type Steps = Vec<(u64, usize)>;

impl Loaded {
    /// What is known of a past build along its time.
    pub fn timeline(&self, build: PastBuild) -> Timeline {
        let runs = self.runs_of_build(build.id);
        let maker =
            |output: &[u8]| self.manifest.find(output).and_then(|file| self.graph.producer(file));
        let makers: Vec<Option<ActionId>> = runs.iter().map(|run| maker(&run.output)).collect();
        let mut behind = Behind::new(self, &makers);
        let critical = longest(&runs, |at, totals| behind.longest(makers[at]?, totals));
        let rule =
            |at: usize| Some(self.manifest.rule_name(self.manifest.rule(makers[at]?)).to_vec());
        Timeline::new(build, runs, rule, critical)
    }
}

impl Timeline {
    /// From what the history says; `runs` are in the order in which they started.
    pub fn new(
        build: PastBuild,
        runs: Vec<PastRun>,
        rule: impl Fn(usize) -> Option<Vec<u8>>,
        critical: Vec<usize>,
    ) -> Self {
        let (slots, slot_of) = slots(&runs);
        let end_ms = runs.iter().map(|run| run.end_ms).max().unwrap_or(0);
        let bars = runs.into_iter().zip(slot_of).enumerate();
        let bars = bars.map(|(at, (run, slot))| Bar { run, slot, rule: rule(at) }).collect();
        Self { end_ms: end_ms.max(build.summary.wall_ms), build, bars, slots, critical }
    }

    /// How many actions ran.
    pub fn running(&self) -> Steps {
        steps(self.bars.iter().map(|bar| (bar.run.start_ms, bar.run.end_ms)))
    }

    /// How many actions could have run but for a free slot, or room in their pool.
    pub fn ready(&self) -> Steps {
        steps(self.bars.iter().map(|bar| (bar.run.ready_ms, bar.run.start_ms)))
    }

    /// How many slots there were to fill.
    pub fn capacity(&self) -> usize {
        self.build.jobs.unwrap_or(self.slots).max(1)
    }

    /// The time of all actions together, in milliseconds.
    pub fn busy_ms(&self) -> u64 {
        self.bars.iter().map(|bar| bar.run.duration_ms()).sum()
    }

    /// How much of the slots' time was used, from 0 to 1.
    pub fn utilisation(&self) -> f64 {
        let whole = self.end_ms.saturating_mul(self.capacity() as u64);
        if whole == 0 { 0.0 } else { (self.busy_ms() as f64 / whole as f64).min(1.0) }
    }

    /// The time of the actions of the critical path, in milliseconds; the rest was waiting.
    pub fn critical_ms(&self) -> u64 {
        self.critical.iter().map(|at| self.bars[*at].run.duration_ms()).sum()
    }
}

/// How many slots were needed, and which each run had.
fn slots(runs: &[PastRun]) -> (usize, Vec<usize>) {
    let mut free = BTreeSet::new();
    let mut busy: BinaryHeap<Reverse<(u64, usize)>> = BinaryHeap::new();
    let mut slots = 0;
    let mut slot_of = Vec::with_capacity(runs.len());
    for run in runs {
        while let Some(Reverse((end, slot))) = busy.peek().copied()
            && end <= run.start_ms
        {
            busy.pop();
            free.insert(slot);
        }
        let slot = free.pop_first().unwrap_or(slots);
        slots = slots.max(slot + 1);
        busy.push(Reverse((run.end_ms.max(run.start_ms), slot)));
        slot_of.push(slot);
    }
    (slots, slot_of)
}

/// The chain that took longest together. `before` tells, of the runs that one waited for, that with the
/// greatest of the totals so far; the one that it waited for last is known from the history as well.
fn longest(runs: &[PastRun], mut before: impl FnMut(usize, &[u64]) -> Option<usize>) -> Vec<usize> {
    let by_output: FxHashMap<&[u8], usize> =
        runs.iter().enumerate().map(|(at, run)| (run.output.as_slice(), at)).collect();
    let mut totals = Vec::with_capacity(runs.len());
    let mut previous = Vec::with_capacity(runs.len());
    for (at, run) in runs.iter().enumerate() {
        let last = run.after.as_ref().and_then(|after| by_output.get(after.as_slice()));
        let candidates = [last.copied(), before(at, &totals)].into_iter().flatten();
        // What did not start earlier was not waited for: the graph is another one by now.
        let best = candidates.filter(|it| *it < at).max_by_key(|it| totals[*it]);
        totals.push(run.duration_ms() + best.map_or(0, |best| totals[best]));
        previous.push(best);
    }
    let mut next = (0..runs.len()).max_by_key(|at| (totals[*at], Reverse(*at)));
    let mut chain = Vec::new();
    while let Some(at) = next {
        chain.push(at);
        next = previous[at];
    }
    chain.reverse();
    chain
}

/// Which run is behind an action: directly, or through phony names and actions that did not run.
struct Behind<'a> {
    loaded: &'a Loaded,
    /// The run of each action.
    run_of: FxHashMap<ActionId, usize>,
    /// The best run behind actions that did not run themselves.
    known: FxHashMap<ActionId, Option<usize>>,
}

impl<'a> Behind<'a> {
    fn new(loaded: &'a Loaded, makers: &[Option<ActionId>]) -> Self {
        let runs = makers.iter().enumerate();
        let run_of = runs.filter_map(|(at, maker)| Some(((*maker)?, at))).collect();
        Self { loaded, run_of, known: FxHashMap::default() }
    }

    /// The run behind `action` with the greatest total.
    fn longest(&mut self, action: ActionId, totals: &[u64]) -> Option<usize> {
        let mut stack = vec![(action, 0, None)];
        let mut result = None;
        while let Some((current, next, best)) = stack.last_mut() {
            if let Some(found) = result.take() {
                *best = better(*best, found, totals);
            }
            let Some(input) = self.loaded.manifest.inputs(*current).get(*next) else {
                let (current, best) = (*current, *best);
                stack.pop();
                if current != action {
                    self.known.insert(current, best);
                }
                result = Some(best);
                continue;
            };
            *next += 1;
            let Some(maker) = self.loaded.graph.producer(*input) else { continue };
            if let Some(run) = self.run_of.get(&maker) {
                *best = better(*best, Some(*run), totals);
            } else if let Some(known) = self.known.get(&maker) {
                *best = better(*best, *known, totals);
            } else {
                // Until it is known it counts as nothing, should a cycle lead back to it.
                self.known.insert(maker, None);
                stack.push((maker, 0, None));
            }
        }
        result.flatten()
    }
}

fn better(one: Option<usize>, other: Option<usize>, totals: &[u64]) -> Option<usize> {
    let total = |run: usize| totals.get(run).copied();
    one.into_iter().chain(other).filter(|run| total(*run).is_some()).max_by_key(|run| total(*run))
}

/// How many of these spans there are from each moment on at which that changes.
fn steps(spans: impl Iterator<Item = (u64, u64)>) -> Steps {
    let mut changes: Vec<(u64, bool)> = Vec::new();
    for (start, end) in spans.filter(|(start, end)| start < end) {
        changes.push((start, true));
        changes.push((end, false));
    }
    changes.sort_unstable();
    let mut steps: Steps = vec![(0, 0)];
    let mut number = 0_usize;
    for (at, more) in changes {
        number = if more { number + 1 } else { number.saturating_sub(1) };
        match steps.last_mut() {
            Some(last) if last.0 == at => last.1 = number,
            _ => steps.push((at, number)),
        }
    }
    steps.dedup_by_key(|step| step.1);
    steps
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Summary;

    fn run(output: &str, ready_ms: u64, start_ms: u64, end_ms: u64, after: &str) -> PastRun {
        PastRun {
            build: 1,
            at: 0,
            output: output.into(),
            ready_ms,
            after: Some(after.into()).filter(|after: &Vec<u8>| !after.is_empty()),
            start_ms,
            end_ms,
            outcome: "ran".into(),
            reasons: Vec::new(),
        }
    }

    fn timeline(runs: Vec<PastRun>) -> Timeline {
        let build = PastBuild {
            id: 1,
            at: 0,
            arguments: String::new(),
            outcome: Some("ok".into()),
            summary: Summary::default(),
            jobs: Some(2),
        };
        let critical = longest(&runs, |_, _| None);
        Timeline::new(build, runs, |_| None, critical)
    }

    #[test]
    fn slots_are_filled_from_the_first_and_the_last_chain_is_critical() {
        let timeline = timeline(vec![
            run("a", 0, 0, 10, ""),
            run("b", 0, 0, 30, ""),
            run("c", 0, 10, 20, ""),
            run("d", 10, 20, 40, "a"),
            run("e", 40, 40, 50, "d"),
        ]);
        let slots: Vec<usize> = timeline.bars.iter().map(|bar| bar.slot).collect();
        assert_eq!(slots, [0, 1, 0, 0, 0]);
        assert_eq!(timeline.slots, 2);
        assert_eq!(timeline.critical, [0, 3, 4]);
        assert_eq!(timeline.critical_ms(), 40);
        assert_eq!(timeline.running(), [(0, 2), (30, 1), (50, 0)]);
        assert_eq!(timeline.ready(), [(0, 1), (20, 0)]);
        assert_eq!(timeline.utilisation(), 0.8);
    }

    #[test]
    fn the_chain_that_took_longest_is_critical_even_if_another_one_was_waited_for_last() {
        let runs = vec![
            run("long", 0, 0, 30, ""),
            run("late", 0, 30, 40, ""),
            run("end", 40, 40, 50, "late"),
        ];
        assert_eq!(longest(&runs, |_, _| None), [0]);
        assert_eq!(longest(&runs, |at, _| (at == 2).then_some(0)), [0, 2]);
    }

    #[test]
    fn a_chain_that_leads_round_in_a_circle_ends() {
        let timeline = timeline(vec![run("a", 0, 5, 5, "b"), run("b", 0, 5, 5, "a")]);
        assert!(timeline.critical.len() <= 2);
        assert_eq!(self::timeline(Vec::new()).utilisation(), 0.0);
    }
}
