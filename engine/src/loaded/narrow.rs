//! Loading only what changed files reach: a build directory as if there were no other actions.
//!
//! The snapshot proves that there was nothing to do; so an action that no changed file leads to has nothing to
//! do now. What is loaded is the rule files without the `build` statements of all those, and the rows of the
//! state that the others need. Whatever else may matter refuses the narrow plan, and all is loaded.

use std::path::Path;

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::{FxHashMap, FxHashSet};

use super::parts::Parts;
use super::{Ahead, Hold, Loaded, excerpt};
use crate::digest::Digest;
use crate::files::Files;
use crate::graph::{Graph, actions};
use crate::loaded::reliance::Reliance;
use crate::ninja_log;
use crate::settings::{Check, Settings};
use crate::signature::Signature;
use crate::snapshot::Snapshot;
use crate::snapshot::links::{Links, Lost, NONE, PHONY, Reached};
use crate::state::State;
use crate::state::asked::Asked;

/// Why all has to be planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whole {
    /// There are no links, or they are damaged.
    NoLinks,
    /// Somebody else has the state folder.
    NotOurs,
    /// A file is there that was not, or a source is gone.
    CameOrWent,
    /// A folder has changed, or an action that makes one is not reached.
    Folder,
    /// The changed files do not lead to something that can be planned by itself.
    Lost(Lost),
    /// The statements are not where they were.
    Rules,
    /// The state is not as the links say.
    State,
    /// Ninja has built since.
    Logs,
    /// There is a mistake, which is told better when all is known.
    Plan,
}

/// What is not loaded and yet has something to say.
pub(crate) struct Part {
    /// How many commands the goals need.
    pub(crate) actions: usize,
    /// Actions of which only the outputs count: they have nothing to do.
    settled: FixedBitSet,
}

impl Part {
    /// The action has nothing to do, and what it needs is of no interest.
    pub(crate) fn is_settled(&self, action: ActionId) -> bool {
        self.settled.contains(action.index())
    }
}

/// What changed since a snapshot.
pub(crate) struct Since<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) links: &'a Links,
    /// What the files are now that have changed, by their rows.
    pub(crate) changed: &'a FxHashMap<u32, Option<Signature>>,
    /// The file system's clock before they were looked at.
    pub(crate) now: i64,
    pub(crate) circumstances: Digest,
}

/// A build directory as far as changed files reach.
pub(crate) struct Narrow {
    pub(crate) loaded: Loaded,
    /// The first outputs of all that may have to run.
    pub(crate) goals: Vec<FileId>,
    /// The links' numbers of the actions.
    pub(crate) ids: Vec<u32>,
    /// The snapshot's rows of the files, [`NONE`] for those that it does not know.
    pub(crate) rows: Vec<u32>,
    /// What each action has discovered before, as rows.
    pub(crate) found: FxHashMap<ActionId, Vec<u32>>,
}

impl Since<'_> {
    /// Loads what the changed files reach.
    ///
    /// # Errors
    /// Why all has to be loaded.
    pub(crate) fn load(&self, settings: &Settings, state_dir: &Path) -> Result<Narrow, Whole> {
        self.check_changed()?;
        let reached = self.links.reach(self.changed.keys().copied()).map_err(Whole::Lost)?;
        let ids = all_of(&reached);
        let mut manifest = self.read_rules(settings, &ids).ok_or(Whole::Rules)?;
        let mut rows = self.tie(&manifest, &ids).ok_or(Whole::Rules)?;
        let graph = Graph::new(&manifest);
        let beside: FxHashSet<u32> = reached.beside.iter().copied().collect();
        let is_settled = |id: &u32| {
            beside.contains(id) && self.links.kind(*id).is_some_and(|kind| kind & PHONY == 0)
        };
        let mut settled = FixedBitSet::with_capacity(ids.len());
        settled.extend(ids.iter().enumerate().filter(|(_, id)| is_settled(id)).map(|(at, _)| at));
        let part = Part { actions: self.snapshot.actions, settled };
        let mut asked = self.ask(&manifest, &part, &rows).ok_or(Whole::State)?;
        for (path, row) in ninja_log::paths(&manifest).iter().zip(self.links.logs) {
            let file = manifest.intern(path);
            rows.resize(manifest.file_count(), NONE);
            if row != 0 && rows[file.index()] == NONE {
                asked.files.push((file, row));
            }
        }
        let mut files = Files::default();
        files.reserve(manifest.file_count());
        let state =
            State::asked(state_dir, &asked, &mut manifest, &mut files).ok_or(Whole::State)?;
        self.tie_others(&manifest, &state, &mut rows).ok_or(Whole::State)?;
        let signatures = rows.iter().map(|row| (*row != NONE).then(|| self.signature(*row)));
        let ahead = Ahead { rules: Vec::new(), now: self.now, signatures: signatures.collect() };
        let is_folder = |signature: &Option<Option<Signature>>| {
            signature.flatten().is_some_and(|signature| signature.is_folder())
        };
        for (file, row) in (0_u32..).map(FileId).zip(&rows) {
            // What such a folder stands for is told by the action that makes it.
            let made = *row != NONE && self.links.producer(*row).is_some();
            if made && graph.producer(file).is_none() && is_folder(&ahead.signatures[file.index()])
            {
                return Err(Whole::Folder);
            }
        }
        // All that the links name was planned; what else there may be is found out at the end.
        let mut planned = FixedBitSet::with_capacity(manifest.action_count());
        planned.insert_range(..);
        let reliance = Reliance { planned, ..Reliance::default() };
        let named = manifest.file_count();
        let parts = Parts {
            state_dir: state_dir.to_owned(),
            check: Check::Digest,
            manifest,
            graph,
            state,
            files,
            generation: self.links.generation,
            declares_environment: self.links.declares_environment,
            ahead,
            hold: Some(Hold::Ours { waited: false }),
            circumstances: self.circumstances,
            named,
        };
        let mut loaded = Loaded { reliance, part: Some(part), ..Loaded::of(parts, settings) };
        if settings.ninja_logs && !loaded.logs_agree() {
            return Err(Whole::Logs);
        }
        let goals: Vec<FileId> = actions(&loaded.manifest)
            .filter(|action| loaded.manifest.rule(*action) != Manifest::PHONY)
            .filter(|action| !loaded.is_settled(*action))
            .filter_map(|action| loaded.manifest.outputs(action).first().copied())
            .collect();
        loaded.plan_beforehand(&goals, &mut |_| {}).map_err(|_| Whole::Plan)?;
        let found = self.found(&loaded, &rows).ok_or(Whole::State)?;
        Ok(Narrow { loaded, goals, ids, rows, found })
    }

    /// What the file is now.
    pub(crate) fn signature(&self, row: u32) -> Option<Signature> {
        let changed = self.changed.get(&row).copied();
        changed.unwrap_or_else(|| self.snapshot.files.signature(row as usize))
    }

    fn check_changed(&self) -> Result<(), Whole> {
        for (row, now) in self.changed {
            let before = self.snapshot.files.signature(*row as usize);
            if before.is_none() || now.is_none() && self.links.producer(*row).is_none() {
                return Err(Whole::CameOrWent);
            }
            if before.into_iter().chain(*now).any(|signature| signature.is_folder()) {
                return Err(Whole::Folder);
            }
        }
        Ok(())
    }

    fn read_rules(&self, settings: &Settings, ids: &[u32]) -> Option<Manifest> {
        let mut pieces = self.links.gaps();
        for id in ids {
            pieces.push(self.links.span(*id)?);
        }
        let mut manifest = excerpt::read(settings, &self.snapshot.rules, pieces).ok()?;
        let numbers: Option<Vec<u32>> = ids.iter().map(|id| self.links.number(*id)).collect();
        manifest.set_numbers(numbers?);
        (manifest.action_count() == ids.len() && manifest.warnings().is_empty()).then_some(manifest)
    }

    /// The rows of all files, after a look whether each statement is the one that the links mean.
    fn tie(&self, manifest: &Manifest, ids: &[u32]) -> Option<Vec<u32>> {
        let mut rows = vec![NONE; manifest.file_count()];
        let mut tie = |file: FileId, row: u32| {
            let slot = &mut rows[file.index()];
            if *slot == NONE && self.path(row)? == manifest.path(file) {
                *slot = row;
            }
            (*slot == row).then_some(())
        };
        for (action, id) in actions(manifest).zip(ids) {
            let (outputs, inputs) = (self.links.outputs(*id)?, self.links.inputs(*id)?);
            let (made, used) = (manifest.outputs(action), manifest.inputs(action));
            if outputs.len() != made.len() || inputs.len() != used.len() {
                return None;
            }
            let files = made.iter().chain(used).zip(outputs.chain(inputs));
            for (file, row) in files {
                tie(*file, row)?;
            }
        }
        Some(rows)
    }

    fn path(&self, row: u32) -> Option<Vec<u8>> {
        let row = row as usize;
        (row < self.snapshot.files.len()).then(|| self.snapshot.files.path(row))
    }

    /// The rows of the state for what was reached.
    fn ask(&self, manifest: &Manifest, part: &Part, rows: &[u32]) -> Option<Asked> {
        let mut asked = Asked::default();
        let mut met = FixedBitSet::with_capacity(manifest.file_count());
        let mut folders = FxHashSet::default();
        let mut ask = |file: FileId, asked: &mut Asked| {
            if !met.put(file.index())
                && let Some(row) = self.links.row(rows[file.index()])
            {
                asked.files.push((file, row));
            }
        };
        for action in actions(manifest).filter(|action| !part.is_settled(*action)) {
            let (outputs, inputs) = (manifest.outputs(action), manifest.inputs(action));
            outputs.iter().chain(inputs).for_each(|file| ask(*file, &mut asked));
            if manifest.rule(action) != Manifest::PHONY {
                asked.records.push(*outputs.first()?);
            }
            let is_folder = |file: &&FileId| {
                let signature = self.signature(rows[file.index()]);
                signature.is_some_and(|signature| signature.is_folder())
            };
            folders.extend(
                inputs.iter().filter(is_folder).filter_map(|file| manifest.producer(*file)),
            );
        }
        // A folder stands for the last run of what made it.
        for action in folders {
            if part.is_settled(action) {
                let first = *manifest.outputs(action).first()?;
                ask(first, &mut asked);
                asked.records.push(first);
            }
        }
        Some(asked)
    }

    /// The rows of files that only records name.
    fn tie_others(&self, manifest: &Manifest, state: &State, rows: &mut Vec<u32>) -> Option<()> {
        let mut wanted: FxHashMap<u32, FileId> = FxHashMap::default();
        for at in rows.len()..manifest.file_count() {
            let file = FileId(u32::try_from(at).ok()?);
            wanted.insert(state.known_row(file)?, file);
        }
        rows.resize(manifest.file_count(), NONE);
        if wanted.is_empty() {
            return Some(());
        }
        for (row, state_row) in (0_u32..).zip(self.links.rows()) {
            if let Some(file) = wanted.get(&state_row) {
                rows[file.index()] = row;
            }
        }
        wanted.values().all(|file| rows[file.index()] != NONE).then_some(())
    }

    /// What each action has discovered.
    fn found(&self, loaded: &Loaded, rows: &[u32]) -> Option<FxHashMap<ActionId, Vec<u32>>> {
        let row = |file: FileId| rows.get(file.index()).copied().filter(|row| *row != NONE);
        let all = actions(&loaded.manifest).filter(|action| !loaded.is_settled(*action));
        all.map(|action| {
            let found: Option<Vec<u32>> = loaded.found(action)?.into_iter().map(row).collect();
            Some((action, found?))
        })
        .collect()
    }
}

/// All actions in the order of the rule files.
fn all_of(reached: &Reached) -> Vec<u32> {
    let mut all = [reached.actions.as_slice(), &reached.beside].concat();
    all.sort_unstable();
    all
}
