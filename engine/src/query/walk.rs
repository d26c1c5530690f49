//! Walks over the graph of files: what something needs, what needs it, and how. None of them recurses.

use std::collections::VecDeque;

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId};

use super::links::{Kind, Links};

/// A file that a walk came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which.
    pub file: FileId,
    /// How many steps from where the walk began, on the shortest way.
    pub depth: usize,
    /// The file from which the walk came to it.
    pub from: FileId,
    /// The kind of that last step.
    pub kind: Kind,
}

/// What a walk follows.
#[derive(Clone, Copy, Debug)]
pub struct Follow<'a> {
    /// Only dependencies of these kinds.
    pub kinds: &'a [Kind],
    /// At most so many steps; `None` is no limit.
    pub depth: Option<usize>,
}

/// The direction of a walk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum To {
    Needs,
    Users,
}

impl Links<'_> {
    /// All that files need, the nearest first; the files themselves are not among it.
    pub fn deps(&self, files: &[FileId], follow: Follow<'_>) -> Vec<Found> {
        self.walk(files, To::Needs, follow, &FixedBitSet::new(), None)
    }

    /// All that needs files, the nearest first; the files themselves are not among it.
    pub fn rdeps(&self, files: &[FileId], follow: Follow<'_>) -> Vec<Found> {
        self.walk(files, To::Users, follow, &FixedBitSet::new(), None)
    }

    /// A shortest way from a file to one that it needs; the steps after `from`.
    pub fn path(&self, from: FileId, to: FileId, follow: Follow<'_>) -> Option<Vec<Found>> {
        if from == to {
            return Some(Vec::new());
        }
        let found = self.walk(&[from], To::Needs, follow, &FixedBitSet::new(), Some(to));
        let mut path = vec![*found.last().filter(|last| last.file == to)?];
        // Each step was found before the ones that it led to.
        for step in found.iter().rev().skip(1) {
            if path.last().is_some_and(|last| last.from == step.file) {
                path.push(*step);
            }
        }
        path.reverse();
        Some(path)
    }

    /// What `goals` need and no other root does, the nearest first.
    ///
    /// That is what the goals dominate in the graph below all roots. For the goals of one question two
    /// walks find it in linear time, and they may be several; a tree of dominators would know the
    /// answers for all single goals and take longer.
    pub fn only(&self, goals: &[FileId], follow: Follow<'_>) -> Vec<Found> {
        let graph = &self.loaded().graph;
        let mut closed = FixedBitSet::with_capacity(self.loaded().manifest.action_count());
        closed.extend(goals.iter().filter_map(|goal| graph.producer(*goal)).map(ActionId::index));
        let is_goal = |file: &FileId| {
            let maker = graph.producer(*file);
            goals.contains(file) || maker.is_some_and(|maker| closed.contains(maker.index()))
        };
        let others: Vec<FileId> = self.roots().filter(|root| !is_goal(root)).collect();
        let mut shared = FixedBitSet::with_capacity(self.loaded().manifest.file_count());
        shared.extend(others.iter().map(|file| file.index()));
        let unlimited = Follow { depth: None, ..follow };
        let found = self.walk(&others, To::Needs, unlimited, &closed, None);
        shared.extend(found.iter().map(|found| found.file.index()));
        let mut only = self.deps(goals, follow);
        only.retain(|found| !shared.contains(found.file.index()));
        only
    }

    /// Goes on from file to file, not through actions that are `closed`, until it comes to `end`.
    fn walk(
        &self,
        files: &[FileId],
        to: To,
        follow: Follow<'_>,
        closed: &FixedBitSet,
        end: Option<FileId>,
    ) -> Vec<Found> {
        let manifest = &self.loaded().manifest;
        let mut seen = FixedBitSet::with_capacity(manifest.file_count());
        seen.extend(files.iter().map(|file| file.index()));
        let mut queue: VecDeque<(FileId, usize)> = files.iter().map(|file| (*file, 0)).collect();
        let mut found = Vec::new();
        let mut next = Vec::new();
        while let Some((from, depth)) = queue.pop_front() {
            if follow.depth.is_some_and(|most| depth >= most) {
                break;
            }
            next.clear();
            match to {
                To::Needs => {
                    let maker = self.loaded().graph.producer(from);
                    let maker = maker.filter(|maker| !closed.contains(maker.index()));
                    next.extend(maker.into_iter().flat_map(|maker| self.needs(maker)));
                }
                To::Users => {
                    for (user, kind) in self.users(from) {
                        next.extend(manifest.outputs(*user).iter().map(|file| (*file, *kind)));
                    }
                }
            }
            for (file, kind) in &next {
                if !follow.kinds.contains(kind) || seen.put(file.index()) {
                    continue;
                }
                found.push(Found { file: *file, depth: depth + 1, from, kind: *kind });
                if end == Some(*file) {
                    return found;
                }
                queue.push_back((*file, depth + 1));
            }
        }
        found
    }
}
