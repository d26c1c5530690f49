//! What of a tree can be configured now: a package that its own tool builds says what it has only once it is
//! built, so those that need it have to wait for that.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ocaml::order::reachable;
use crate::own_build::prefix::Prefix;
use crate::package::tree::Member;
use crate::package::{Package, Tool};

/// Something that has to be built before a tree can be configured to the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct First {
    /// The package.
    pub package: String,
    /// What builds it and installs it for the others.
    pub goal: String,
}

/// One turn of configuring a tree.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// The packages whose turn has not come, by their numbers.
    pub(super) later: BTreeSet<usize>,
    /// What has to be built before the next turn; nothing when this is the last.
    pub(super) next: Vec<First>,
    /// What has to be built, in all, before the last.
    pub(super) first: Vec<First>,
    /// The private prefixes that are there.
    there: Vec<Prefix>,
}

impl Turn {
    /// The turn in which these packages are built.
    pub(super) fn of(package: &Package, prefixes: &[Prefix], built: &BTreeSet<String>) -> Self {
        let members = &package.members;
        let needs = |at: usize| members[at].needs.clone();
        let closure = |at: usize| reachable(&needs(at), &needs);
        let is_own = |at: &usize| members[*at].own.is_some();
        let (own, ours): (Vec<usize>, Vec<usize>) = (0..members.len()).partition(is_own);
        let awaited = |at: usize| -> Vec<usize> {
            let mut all = closure(at);
            all.retain(|other| members[at].waits_for(&members[*other]));
            all
        };
        let is_built = |at: &usize| built.contains(&members[*at].name);
        let waits = |at: &usize| !awaited(*at).iter().all(is_built);
        let mut later: BTreeSet<usize> = ours.iter().copied().filter(waits).collect();
        let behind = |at: &usize| closure(*at).iter().any(|other| later.contains(other));
        let behind: Vec<usize> = own.into_iter().filter(behind).collect();
        later.extend(behind);
        let all: BTreeSet<usize> = ours.into_iter().flat_map(awaited).collect();
        let first =
            |at: &usize| First { package: members[*at].name.clone(), goal: prefixes[*at].done() };
        let next = all.iter().filter(|at| !is_built(at) && !later.contains(at)).map(first);
        let there = all.iter().filter(|at| is_built(at)).map(|at| prefixes[*at].clone());
        Self {
            next: next.collect(),
            first: all.iter().map(first).collect(),
            there: there.collect(),
            later,
        }
    }

    /// The folders of findlib packages that are there.
    pub(super) fn libraries(&self) -> Vec<PathBuf> {
        self.there.iter().map(|prefix| PathBuf::from(&prefix.libraries)).collect()
    }

    /// Leads the tools that packages run to the programs that are there.
    pub(super) fn lead(&self, root: &Path, package: &mut Arc<Package>) {
        if self.there.is_empty() {
            return;
        }
        let package = Arc::make_mut(package);
        for tool in package.tools_mut() {
            let Tool::External(name) = tool else { continue };
            let places = self.there.iter().map(|prefix| format!("{}/{name}", prefix.programs));
            if let Some(program) = places.into_iter().find(|path| root.join(path).is_file()) {
                *name = program;
            }
        }
    }
}

/// The private prefixes of what a package of a tree needs, in turn.
pub(super) fn prefixes_for(members: &[Member], prefixes: &[Prefix], at: usize) -> Vec<Prefix> {
    let needs = |at: usize| members[at].needs.clone();
    reachable(&needs(at), &needs).into_iter().map(|at| prefixes[at].clone()).collect()
}
