//! The order in which ready actions start: the longest way to the end first, within pools.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mbuild_rules::{ActionId, Manifest, PoolId, RuleId};
use rustc_hash::FxHashMap;

use crate::loaded::Loaded;
use crate::plan::{Class, Plan};

/// Milliseconds to the end, then the order of the rule file.
type Ready = (u64, Reverse<ActionId>);

/// The actions that could start now.
pub(crate) struct Queue {
    ready: BinaryHeap<Ready>,
    /// Ready actions whose pool is full.
    delayed: FxHashMap<PoolId, BinaryHeap<Ready>>,
    in_use: FxHashMap<PoolId, u32>,
    remaining: Vec<u64>,
}

impl Queue {
    /// An empty queue; `remaining` is what [`remaining`] gave.
    pub(crate) fn new(remaining: Vec<u64>) -> Self {
        Self {
            ready: BinaryHeap::new(),
            delayed: FxHashMap::default(),
            in_use: FxHashMap::default(),
            remaining,
        }
    }

    /// Takes the priorities of a new plan; what is queued keeps the old one.
    pub(crate) fn replan(&mut self, remaining: Vec<u64>) {
        self.remaining = remaining;
    }

    /// An action could start now.
    pub(crate) fn push(&mut self, action: ActionId) {
        let remaining = self.remaining.get(action.index()).copied().unwrap_or(1);
        self.ready.push((remaining, Reverse(action)));
    }

    /// The action that should start now; its pool has room, which is now taken.
    pub(crate) fn pop(&mut self, manifest: &Manifest) -> Option<ActionId> {
        while let Some((remaining, Reverse(action))) = self.ready.pop() {
            let pool = manifest.pool(action);
            let depth = manifest.pool_depth(pool);
            if depth > 0 {
                let used = self.in_use.entry(pool).or_default();
                if *used >= depth {
                    self.delayed.entry(pool).or_default().push((remaining, Reverse(action)));
                    continue;
                }
                *used += 1;
            }
            return Some(action);
        }
        None
    }

    /// An action has ended: its pool has room again.
    pub(crate) fn release(&mut self, action: ActionId, manifest: &Manifest) {
        let pool = manifest.pool(action);
        if let Some(used) = self.in_use.get_mut(&pool) {
            *used = used.saturating_sub(1);
            if let Some(next) = self.delayed.get_mut(&pool).and_then(BinaryHeap::pop) {
                self.ready.push(next);
            }
        }
    }
}

/// The milliseconds from the start of each action to the end of the longest chain behind it.
///
/// A command that never ran counts as the median of its rule, or as one millisecond.
pub(crate) fn remaining(loaded: &Loaded, plan: &Plan) -> Vec<u64> {
    let manifest = &loaded.manifest;
    let mut own: Vec<Option<u64>> = vec![None; manifest.action_count()];
    let mut by_rule: FxHashMap<RuleId, Vec<u64>> = FxHashMap::default();
    for action in &plan.order {
        let first = manifest.outputs(*action).first();
        let record = first.and_then(|output| loaded.state.last_view(*output));
        if let Some(record) = record {
            let milliseconds = u64::from(record.duration_ms());
            own[action.index()] = Some(milliseconds);
            by_rule.entry(manifest.rule(*action)).or_default().push(milliseconds);
        }
    }
    let medians: FxHashMap<RuleId, u64> = by_rule
        .into_iter()
        .map(|(rule, mut all)| {
            let middle = all.len() / 2;
            (rule, *all.select_nth_unstable(middle).1)
        })
        .collect();
    let mut remaining = vec![0_u64; manifest.action_count()];
    for action in plan.order.iter().rev() {
        let at = action.index();
        let rule = manifest.rule(*action);
        let runs = matches!(plan.class(*action), Class::Suspect | Class::Dirty);
        if runs && rule != Manifest::PHONY {
            let known = own[at].or_else(|| medians.get(&rule).copied());
            remaining[at] += known.unwrap_or(1).max(1);
        }
        let mine = remaining[at];
        for input in manifest.inputs(*action) {
            if let Some(producer) = loaded.graph.producer(*input) {
                let behind = &mut remaining[producer.index()];
                *behind = (*behind).max(mine);
            }
        }
    }
    remaining
}
