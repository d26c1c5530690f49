//! Flags that many sections have alike: found out once for equal lists of tags, and shared.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::Tags;
use super::meaning::{self, Meaning, Words};
use super::shared::Shared;
use crate::package::{self, Compiled};

/// What each tag does, found out once.
pub(super) struct Meanings<'a> {
    pub(super) all: Vec<Meaning<'a>>,
    /// For a tag another one that does the same, which is the same for all that do, where there is one.
    same: HashMap<usize, usize>,
}

impl<'a> Meanings<'a> {
    pub(super) fn of(tags: &'a Tags) -> Self {
        let all: Vec<Meaning> = tags.tags.iter().map(meaning::of).collect();
        // No two tags with an argument do the same.
        let alone = |at: &usize| tags.tags[*at].argument.is_none();
        let mut known: HashMap<&Meaning, usize> = HashMap::new();
        let mut same = HashMap::new();
        for at in (0..all.len()).filter(alone) {
            let first = *known.entry(&all[at]).or_insert(at);
            if first != at {
                same.insert(at, first);
            }
        }
        if !known.is_empty() {
            let others = (0..all.len()).filter(|at| !alone(at));
            same.extend(others.filter_map(|at| Some((at, *known.get(&all[at])?))));
        }
        Self { all, same }
    }

    /// The tag that stands for all that do the same.
    pub(super) fn first(&self, tag: usize) -> usize {
        self.same.get(&tag).copied().unwrap_or(tag)
    }
}

/// Flags of sections by the tags that all their modules have: many sections have the same, and share the lists.
#[derive(Default)]
pub(super) struct Alike {
    /// Those of lists of tags, which are kept so that no other list has their address.
    known: HashMap<*const Vec<usize>, (Rc<Vec<usize>>, Flags)>,
}

/// Flags for every command, and for native code.
type Flags = [package::Shared<String>; 2];

impl Alike {
    /// Gives a section the flags of those of the tags of its first module that all have.
    pub(super) fn flags(
        &mut self,
        meanings: &Meanings<'_>,
        compiled: &mut Compiled,
        own: &Rc<Vec<usize>>,
        shared: &Shared,
    ) {
        let kinds = [Meaning::flags, Meaning::native];
        let lists = [&mut compiled.ocaml_flags, &mut compiled.native_flags];
        if lists.iter().all(|list| list.is_empty()) && shared.others(own).is_empty() {
            let all = || own.iter().copied();
            let of_all = || kinds.map(|kind| added(meanings, all(), kind, &[]).into());
            let known = self.known.entry(Rc::as_ptr(own));
            let (_, found) = known.or_insert_with(|| (Rc::clone(own), of_all()));
            lists.into_iter().zip(found).for_each(|(list, found)| *list = found.clone());
            return;
        }
        for (list, kind) in lists.into_iter().zip(kinds) {
            let of_all = own.iter().copied().filter(|tag| shared.has(*tag));
            let more = added(meanings, of_all, kind, list);
            if !more.is_empty() {
                list.to_mut().extend(more);
            }
        }
    }
}

/// The flags of a kind that tags add to a list.
fn added<'a>(
    meanings: &Meanings<'a>,
    tags: impl Iterator<Item = usize> + Clone,
    kind: for<'m> fn(&'m Meaning<'a>) -> Option<&'m Words<'a>>,
    list: &[String],
) -> Vec<String> {
    let words = |tag: usize| kind(&meanings.all[tag]);
    let before = Together::of(list);
    let mut known = vec![false; meanings.all.len()];
    let mut more = Vec::with_capacity(tags.clone().filter_map(words).count() * 2);
    for tag in tags {
        let Some(words) = words(tag) else { continue };
        if !before.has(words) && !std::mem::replace(&mut known[meanings.first(tag)], true) {
            more.extend(words.iter().map(str::to_owned));
        }
    }
    more
}

/// Flags that stand in a list together.
pub(super) struct Together(HashSet<Vec<String>>);

impl Together {
    pub(super) fn of(list: &[String]) -> Self {
        Self((1..=2).flat_map(|length| list.windows(length).map(<[String]>::to_vec)).collect())
    }

    pub(super) fn has(&self, words: &Words<'_>) -> bool {
        !self.0.is_empty() && self.0.contains(&words.iter().map(str::to_owned).collect::<Vec<_>>())
    }
}
