//! What actions will presumably take: their own time and memory, and the time to the end of all that waits
//! for them.

use mbuild_rules::{ActionId, Manifest, RuleId};
use rustc_hash::FxHashMap;

use crate::graph::Graph;
use crate::loaded::Loaded;
use crate::plan::{Class, Plan};
use crate::state::record::{Cost, Standing};

/// Which of two ready actions starts first: the greater one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// It failed the last time, or something that waits for it did: whoever repairs it wants to know.
    pub(super) failed_last_time: bool,
    /// From its start to the end of the longest chain behind it.
    pub(super) remaining_ms: u64,
}

/// Estimates for all actions of a plan.
#[derive(Default)]
pub(crate) struct Estimates {
    ranks: Vec<Rank>,
    own_ms: Vec<u64>,
    peaks_kib: Vec<u32>,
}

/// What is known of an action's last run.
#[derive(Clone, Copy)]
struct Last {
    cost: Cost,
    failed: bool,
}

/// What estimates are made of.
struct Known<'a> {
    manifest: &'a Manifest,
    graph: &'a Graph,
    /// Producers first.
    order: &'a [ActionId],
    /// Who waits for an action beside those that declare it.
    soft_consumers: &'a FxHashMap<ActionId, Vec<ActionId>>,
    last: &'a dyn Fn(ActionId) -> Option<Last>,
    may_run: &'a dyn Fn(ActionId) -> bool,
}

impl Estimates {
    /// Estimates by what the actions took the last time.
    pub(crate) fn new(loaded: &Loaded, plan: &Plan) -> Self {
        let last = |action| {
            let first = loaded.manifest.outputs(action).first()?;
            let last = loaded.state.last_view(*first)?;
            Some(Last { cost: last.cost(), failed: last.standing() == Standing::Failed })
        };
        let may_run = |action| matches!(plan.class(action), Class::Suspect | Class::Dirty);
        Self::of(&Known {
            manifest: &loaded.manifest,
            graph: &loaded.graph,
            order: &plan.order,
            soft_consumers: &plan.soft_consumers,
            last: &last,
            may_run: &may_run,
        })
    }

    #[cfg(test)]
    pub(super) fn from_ranks(ranks: Vec<Rank>) -> Self {
        Self { ranks, own_ms: Vec::new(), peaks_kib: Vec::new() }
    }

    /// Who starts first.
    pub(crate) fn rank(&self, action: ActionId) -> Rank {
        self.ranks.get(action.index()).copied().unwrap_or_default()
    }

    /// What waits for it has this rank at the most.
    pub(super) fn behind(&self, action: ActionId) -> Rank {
        let own_ms = self.own_ms.get(action.index()).copied().unwrap_or_default();
        let Rank { failed_last_time, remaining_ms } = self.rank(action);
        Rank { failed_last_time, remaining_ms: remaining_ms.saturating_sub(own_ms) }
    }

    /// The most memory that it will take, in bytes; 0 when nothing is known.
    pub(crate) fn peak(&self, action: ActionId) -> u64 {
        self.peaks_kib.get(action.index()).map_or(0, |kib| u64::from(*kib) * 1024)
    }

    /// A command that never ran counts as the median of its rule, or as one millisecond.
    fn of(known: &Known<'_>) -> Self {
        let Known { manifest, graph, order, .. } = *known;
        let count = manifest.action_count();
        let mut lasts: Vec<Option<Last>> = vec![None; count];
        let mut by_rule: FxHashMap<RuleId, Vec<Cost>> = FxHashMap::default();
        for action in order {
            if let Some(last) = (known.last)(*action) {
                lasts[action.index()] = Some(last);
                by_rule.entry(manifest.rule(*action)).or_default().push(last.cost);
            }
        }
        let medians: FxHashMap<RuleId, Cost> =
            by_rule.into_iter().map(|(rule, costs)| (rule, median(&costs))).collect();
        let mut estimates = Self {
            ranks: vec![Rank::default(); count],
            own_ms: vec![0; count],
            peaks_kib: vec![0; count],
        };
        for action in order.iter().rev() {
            let at = action.index();
            for consumer in known.soft_consumers.get(action).into_iter().flatten() {
                let behind = estimates.ranks[consumer.index()];
                estimates.ranks[at].wait_for(behind);
            }
            let rule = manifest.rule(*action);
            if rule != Manifest::PHONY && (known.may_run)(*action) {
                let last = lasts[at];
                let cost = last.map(|last| last.cost).or_else(|| medians.get(&rule).copied());
                let cost = cost.unwrap_or_default();
                let rank = &mut estimates.ranks[at];
                let own_ms = u64::from(cost.duration_ms.max(1));
                rank.remaining_ms += own_ms;
                rank.failed_last_time |= last.is_some_and(|last| last.failed);
                estimates.peaks_kib[at] = cost.peak_kib;
                estimates.own_ms[at] = own_ms;
            }
            let behind = estimates.ranks[at];
            for input in manifest.inputs(*action) {
                if let Some(producer) = graph.producer(*input) {
                    estimates.ranks[producer.index()].wait_for(behind);
                }
            }
        }
        estimates
    }
}

impl Rank {
    /// Something of this rank waits for it.
    fn wait_for(&mut self, behind: Self) {
        self.failed_last_time |= behind.failed_last_time;
        self.remaining_ms = self.remaining_ms.max(behind.remaining_ms);
    }
}

/// The median of each figure. There is at least one.
fn median(costs: &[Cost]) -> Cost {
    let middle = |figure: fn(&Cost) -> u32| {
        let mut all: Vec<u32> = costs.iter().map(figure).collect();
        let middle = all.len() / 2;
        *all.select_nth_unstable(middle).1
    };
    Cost { duration_ms: middle(|cost| cost.duration_ms), peak_kib: middle(|cost| cost.peak_kib) }
}

#[cfg(test)]
mod tests {
    use mbuild_rules::parse::{Options, parse};

    use super::*;

    /// Estimates for statements in the order in which they are written, given what is known of some.
    fn estimates(statements: &str, known: &[(u32, u32, u32, bool)]) -> Estimates {
        let rules = format!("rule r\n  command = r\nrule other\n  command = o\n{statements}");
        let mut loader = |_: &[u8]| Ok(rules.clone().into_bytes());
        let manifest = parse(b"build.ninja", &mut loader, Options::default()).unwrap();
        let order: Vec<ActionId> = crate::graph::actions(&manifest).collect();
        let last = |action: ActionId| {
            let (_, duration_ms, peak_kib, failed) =
                known.iter().copied().find(|known| known.0 == action.0)?;
            Some(Last { cost: Cost { duration_ms, peak_kib }, failed })
        };
        Estimates::of(&Known {
            manifest: &manifest,
            graph: &Graph::new(&manifest),
            order: &order,
            soft_consumers: &FxHashMap::default(),
            last: &last,
            may_run: &|_| true,
        })
    }

    fn remaining(estimates: &Estimates) -> Vec<u64> {
        estimates.ranks.iter().map(|rank| rank.remaining_ms).collect()
    }

    #[test]
    fn the_way_to_the_end_is_the_longest_chain() {
        let statements = "build a: r\nbuild b: r a\nbuild c: r a\nbuild d: phony b c\n";
        let known = [(0, 10, 0, false), (1, 100, 0, false), (2, 30, 0, false)];
        let estimates = estimates(statements, &known);
        assert_eq!(remaining(&estimates), [110, 100, 30, 0]);
        let behind: Vec<u64> =
            (0..4).map(|action| estimates.behind(ActionId(action)).remaining_ms).collect();
        assert_eq!(behind, [100, 0, 0, 0]);
    }

    #[test]
    fn what_never_ran_is_the_median_of_its_rule_or_one_millisecond() {
        let statements = "build a: r\nbuild b: r\nbuild c: r\nbuild d: r\nbuild e: other\n";
        let known = [(0, 10, 7, false), (1, 90, 5, false), (2, 20, 900, false)];
        let estimates = estimates(statements, &known);
        assert_eq!(remaining(&estimates), [10, 90, 20, 20, 1]);
        let peaks: Vec<u64> = (0..5).map(|action| estimates.peak(ActionId(action))).collect();
        assert_eq!(peaks, [7, 5, 900, 7, 0].map(|kib| kib * 1024));
    }

    #[test]
    fn the_way_to_what_failed_is_marked() {
        let statements = "build a: r\nbuild b: r a\nbuild c: r b\nbuild d: r\n";
        let estimates = estimates(statements, &[(1, 1, 0, true), (3, 500, 0, false)]);
        let failed: Vec<bool> = estimates.ranks.iter().map(|rank| rank.failed_last_time).collect();
        assert_eq!(failed, [true, true, false, false]);
        assert!(estimates.rank(ActionId(0)) > estimates.rank(ActionId(3)));
    }
}
