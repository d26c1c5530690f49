//! From changed files forward to all that may have to run.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;
use rustc_hash::FxHashMap;

use super::{Links, PHONY, WHOLE};

/// Reaching this many actions is always worth a narrow plan.
const FEW: usize = 512;
/// Otherwise as long as it is not more than this part of all.
const PART: usize = 8;

/// What changed files reach.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Actions that may have to run, and phony ones on the way to them. In rising order.
    pub(crate) actions: Vec<u32>,
    /// Actions that make what those use and that have nothing to do, with the phony ones behind those. In
    /// rising order.
    pub(crate) beside: Vec<u32>,
}

/// Why links lead nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// Nothing is known to use a changed file.
    Unused,
    /// What writes rule files is reached.
    Generator,
    /// So much is reached that it is quicker to look at everything.
    TooMuch,
    /// The links are wrong in themselves.
    Damaged,
}

impl Links {
    /// What these files reach.
    pub(crate) fn reach(&self, changed: impl Iterator<Item = u32>) -> Result<Reached, Lost> {
        let most = FEW.max(self.actions() / PART);
        let mut met = FixedBitSet::with_capacity(self.actions());
        let mut queue: VecDeque<u32> = VecDeque::new();
        let mut commands = Vec::new();
        // Who uses what a phony action names.
        let mut behind: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        let mut enter = |action: u32, queue: &mut VecDeque<u32>| {
            let kind = self.kind(action).ok_or(Lost::Damaged)?;
            if met.put(action as usize) {
                return Ok(());
            }
            if kind & WHOLE != 0 {
                return Err(Lost::Generator);
            }
            queue.push_back(action);
            if kind & PHONY == 0 {
                commands.push(action);
            }
            if commands.len() > most { Err(Lost::TooMuch) } else { Ok(()) }
        };
        for file in changed {
            let mut users = self.users(file).ok_or(Lost::Damaged)?.chain(self.producer(file));
            let Some(first) = users.next() else { return Err(Lost::Unused) };
            enter(first, &mut queue)?;
            users.try_for_each(|user| enter(user, &mut queue))?;
        }
        while let Some(action) = queue.pop_front() {
            let is_phony = self.kind(action).is_some_and(|kind| kind & PHONY != 0);
            for output in self.outputs(action).ok_or(Lost::Damaged)? {
                for user in self.users(output).ok_or(Lost::Damaged)? {
                    enter(user, &mut queue)?;
                    if is_phony {
                        behind.entry(user).or_default().push(action);
                    }
                }
            }
        }
        let actions = with_phony(commands, &behind);
        let beside = self.beside(&actions, most)?;
        Ok(Reached { actions, beside })
    }

    /// Who makes what these actions use, and all that stands behind phony names among that.
    fn beside(&self, actions: &[u32], most: usize) -> Result<Vec<u32>, Lost> {
        let mut met = FixedBitSet::with_capacity(self.actions());
        actions.iter().for_each(|action| met.insert(*action as usize));
        let mut beside = Vec::new();
        let mut stack = actions.to_vec();
        while let Some(action) = stack.pop() {
            for input in self.inputs(action).ok_or(Lost::Damaged)? {
                let Some(producer) = self.producer(input) else { continue };
                let kind = self.kind(producer).ok_or(Lost::Damaged)?;
                if met.put(producer as usize) {
                    continue;
                }
                beside.push(producer);
                if kind & PHONY != 0 {
                    stack.push(producer);
                }
            }
            if beside.len() > most.saturating_mul(PART) {
                return Err(Lost::TooMuch);
            }
        }
        beside.sort_unstable();
        Ok(beside)
    }
}

/// These commands and the phony actions that lead to any of them; what a name that nothing uses stands for is
/// of no interest.
fn with_phony(commands: Vec<u32>, behind: &FxHashMap<u32, Vec<u32>>) -> Vec<u32> {
    let mut kept = commands;
    let mut at = 0;
    let mut met: rustc_hash::FxHashSet<u32> = kept.iter().copied().collect();
    while let Some(action) = kept.get(at).copied() {
        at += 1;
        for phony in behind.get(&action).into_iter().flatten() {
            if met.insert(*phony) {
                kept.push(*phony);
            }
        }
    }
    kept.sort_unstable();
    kept
}
