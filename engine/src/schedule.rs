//! The order in which ready actions start: what failed last time first, then the longest way to the end,
//! within pools.

mod estimate;

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use mbuild_rules::{ActionId, Manifest, PoolId};
use rustc_hash::FxHashMap;

pub(crate) use estimate::{Estimates, Rank};

/// Then the order of the rule file.
type Ready = (Rank, Reverse<ActionId>);

/// The actions that could start now.
pub(crate) struct Queue {
    ready: BinaryHeap<Ready>,
    /// Ready actions whose pool is full.
    delayed: FxHashMap<PoolId, BinaryHeap<Ready>>,
    in_use: FxHashMap<PoolId, u32>,
    estimates: Estimates,
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new(estimates: Estimates) -> Self {
        Self {
            ready: BinaryHeap::new(),
            delayed: FxHashMap::default(),
            in_use: FxHashMap::default(),
            estimates,
        }
    }

    /// Takes the priorities of a new plan; what is queued keeps the old one.
    pub(crate) fn replan(&mut self, estimates: Estimates) {
        self.estimates = estimates;
    }

    /// What an action will presumably take to run.
    pub(crate) fn estimates(&self) -> &Estimates {
        &self.estimates
    }

    /// The highest rank that something may have that waits for one of `others`.
    pub(crate) fn behind_all(&self, others: impl Iterator<Item = ActionId>) -> Option<Rank> {
        others.map(|other| self.estimates.behind(other)).max()
    }

    /// Something could start now that comes before `action`, if its pool has room.
    pub(crate) fn has_before(&self, action: ActionId) -> bool {
        let ready = (self.estimates.rank(action), Reverse(action));
        self.ready.peek().is_some_and(|first| *first > ready)
    }

    /// An action could start now.
    pub(crate) fn push(&mut self, action: ActionId) {
        self.ready.push((self.estimates.rank(action), Reverse(action)));
    }

    /// An action that came out with [`Queue::pop`] cannot start yet: the room in its pool is free again,
    /// and it is the next one as before.
    pub(crate) fn put_back(&mut self, action: ActionId, manifest: &Manifest) {
        if let Some(used) = self.in_use.get_mut(&manifest.pool(action)) {
            *used = used.saturating_sub(1);
        }
        self.push(action);
    }

    /// The action that should start now; its pool has room, which is now taken.
    pub(crate) fn pop(&mut self, manifest: &Manifest) -> Option<ActionId> {
        while let Some((rank, Reverse(action))) = self.ready.pop() {
            let pool = manifest.pool(action);
            let depth = manifest.pool_depth(pool);
            if depth > 0 {
                let used = self.in_use.entry(pool).or_default();
                if *used >= depth {
                    self.delayed.entry(pool).or_default().push((rank, Reverse(action)));
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

#[cfg(test)]
mod tests {
    use mbuild_rules::parse::{Options, parse};

    use super::*;

    fn manifest(statements: &str) -> Manifest {
        let rules = format!("rule r\n  command = r\npool p\n  depth = 1\n{statements}");
        let mut loader = |_: &[u8]| Ok(rules.clone().into_bytes());
        parse(b"build.ninja", &mut loader, Options::default()).unwrap()
    }

    fn queue(ranks: &[(bool, u64)]) -> Queue {
        let rank = |(failed, remaining_ms): &(bool, u64)| Rank {
            failed_last_time: *failed,
            remaining_ms: *remaining_ms,
        };
        let mut queue = Queue::new(Estimates::from_ranks(ranks.iter().map(rank).collect()));
        for index in 0..ranks.len() {
            queue.push(ActionId(index as u32));
        }
        queue
    }

    fn drain(queue: &mut Queue, manifest: &Manifest) -> Vec<u32> {
        std::iter::from_fn(|| queue.pop(manifest)).map(|action| action.0).collect()
    }

    #[test]
    fn what_failed_comes_first_then_the_longest_way_then_the_rule_file() {
        let manifest = manifest("build a: r\nbuild b: r\nbuild c: r\nbuild d: r\nbuild e: r\n");
        let mut queue = queue(&[(false, 5), (false, 9), (true, 1), (false, 5), (false, 9)]);
        assert_eq!(drain(&mut queue, &manifest), [2, 1, 4, 0, 3]);
    }

    #[test]
    fn a_full_pool_lets_others_pass_and_goes_on_in_order() {
        let manifest = manifest(
            "build a: r\n  pool = p\nbuild b: r\n  pool = p\nbuild c: r\nbuild d: r\n  pool = p\n",
        );
        let mut queue = queue(&[(false, 1), (false, 9), (false, 2), (false, 3)]);
        assert_eq!(drain(&mut queue, &manifest), [1, 2]);
        queue.release(ActionId(1), &manifest);
        assert_eq!(drain(&mut queue, &manifest), [3]);
        queue.release(ActionId(3), &manifest);
        assert_eq!(drain(&mut queue, &manifest), [0]);
    }

    #[test]
    fn what_is_put_back_is_next_and_its_pool_has_room() {
        let manifest = manifest("build a: r\n  pool = p\nbuild b: r\n  pool = p\nbuild c: r\n");
        let mut queue = queue(&[(false, 1), (false, 9), (false, 2)]);
        for _ in 0..3 {
            let action = queue.pop(&manifest).unwrap();
            assert_eq!(action, ActionId(1));
            queue.put_back(action, &manifest);
        }
        assert_eq!(drain(&mut queue, &manifest), [1, 2]);
    }

    #[test]
    fn nothing_behind_others_ranks_higher_than_what_is_said() {
        let queue = queue(&[(false, 9), (false, 5), (true, 1)]);
        // Nothing is known of their own times: what is behind them may rank as high as they do.
        let behind = |others: &[u32]| {
            let rank = queue.behind_all(others.iter().map(|at| ActionId(*at)))?;
            Some((rank.failed_last_time, rank.remaining_ms))
        };
        assert_eq!(behind(&[]), None);
        assert_eq!(behind(&[1]), Some((false, 5)));
        assert_eq!(behind(&[1, 0]), Some((false, 9)));
        assert_eq!(behind(&[0, 2, 1]), Some((true, 1)));
    }

    #[test]
    fn who_comes_before_another_is_seen() {
        let manifest = manifest("build a: r\nbuild b: r\nbuild c: r\n");
        let mut queue = queue(&[(false, 5), (false, 5), (false, 9)]);
        assert!(queue.has_before(ActionId(0)));
        assert_eq!(queue.pop(&manifest), Some(ActionId(2)));
        assert!(!queue.has_before(ActionId(0)));
        assert!(queue.has_before(ActionId(1)));
        assert_eq!(drain(&mut queue, &manifest), [0, 1]);
        assert!(!queue.has_before(ActionId(1)));
    }
}
