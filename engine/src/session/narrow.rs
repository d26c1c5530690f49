//! A build of what changed files reach, and the snapshot brought forward after it.

use std::path::PathBuf;

use mbuild_rules::{ActionId, FileId};
use rustc_hash::{FxHashMap, FxHashSet};

use super::settled::wait_for;
use crate::digest::Digest;
use crate::event::{Event, Sink};
use crate::loaded::narrow::{Narrow, Since, Whole};
use crate::loaded::{Ahead, Loaded};
use crate::scan::order_by_folder;
use crate::settings::Settings;
use crate::signature::Signature;
use crate::snapshot::links::{Links, NONE};
use crate::snapshot::{Row, Snapshot};

/// What a look at all files of a snapshot has shown.
pub(super) struct Changed {
    pub(super) state_dir: PathBuf,
    pub(super) question: Digest,
    pub(super) circumstances: Digest,
    pub(super) snapshot: Snapshot,
    /// The file system's clock before the look.
    pub(super) now: i64,
    /// What differs, by row, and what it is now.
    pub(super) different: Vec<(usize, Option<Signature>)>,
    /// Nobody else can change the state.
    pub(super) is_ours: bool,
}

/// A build of a part, and what it began with.
pub(super) struct Part {
    narrow: Narrow,
    links: Links,
    changed: FxHashMap<u32, Option<Signature>>,
}

impl Changed {
    /// Loads what the changed files reach.
    ///
    /// # Errors
    /// Why all has to be loaded.
    pub(super) fn load(&self, settings: &Settings, sink: &mut dyn Sink) -> Result<Part, Whole> {
        if !self.is_ours {
            return Err(Whole::NotOurs);
        }
        let digest = self.snapshot.links.as_ref().ok_or(Whole::NoLinks)?;
        let links = Links::read(&self.state_dir, &self.question, digest).map_err(|place| {
            sink.event(&Event::Repaired {
                what: place.display().to_string(),
                detail: "it was damaged, everything is checked anew".to_owned(),
            });
            Whole::NoLinks
        })?;
        let links = links.filter(|links| links.files() == self.snapshot.files.len());
        let links = links.ok_or(Whole::NoLinks)?;
        let row = |row: usize| u32::try_from(row).unwrap_or(NONE);
        let changed = self.different.iter().map(|(at, now)| (row(*at), *now)).collect();
        let since = Since {
            snapshot: &self.snapshot,
            links: &links,
            changed: &changed,
            now: self.now,
            circumstances: self.circumstances,
        };
        let narrow = since.load(settings, &self.state_dir)?;
        Ok(Part { narrow, links, changed })
    }

    /// What was looked at, for whoever loads all.
    pub(super) fn ahead(self) -> Ahead {
        let signatures = self.snapshot.signatures_now(&self.different);
        Ahead { rules: self.snapshot.rules, now: self.now, signatures }
    }

    /// Leaves a snapshot behind, after [`prove`](super::proof::prove) and when the state has been written.
    pub(super) fn keep(self, part: Part, settings: &Settings) {
        let (state_dir, question) = (self.state_dir.clone(), self.question);
        // Whoever builds next time has more work, and finds the reason.
        if let Some((snapshot, links)) = self.forward(part, settings) {
            let _ = snapshot.write(&state_dir, &question, Some(&links));
        }
    }

    /// The snapshot and its links as they are now; `None` when the build has met what they do not know.
    fn forward(self, part: Part, settings: &Settings) -> Option<(Snapshot, Vec<u8>)> {
        let Part { narrow: Narrow { mut loaded, ids, rows, found, .. }, links, changed } = part;
        let mut snapshot = self.snapshot;
        let state = loaded.state.close()?;
        wait_for(&self.state_dir, std::iter::once(state))?;
        snapshot.rules_are_current(&settings.dir).then_some(())?;
        snapshot.state = state;
        let all = std::mem::take(&mut snapshot.environments).into_iter();
        let mut all: Vec<_> = all.chain(loaded.recipes.declared()).collect();
        all.sort_unstable();
        all.dedup();
        snapshot.environments = all;
        for (row, now) in &changed {
            snapshot.files.set(*row as usize, now.as_ref());
        }
        let mut files = Files { loaded: &loaded, links: &links, rows };
        files.take_in(&mut snapshot)?;
        let recorded: FxHashSet<ActionId> = loaded.recorded.iter().copied().collect();
        let mut other: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
        for action in recorded {
            let row = |file: FileId| files.row(file);
            let now: Option<Vec<u32>> = loaded.found(action)?.into_iter().map(row).collect();
            let (now, before) = (now?, found.get(&action)?);
            let sorted = |list: &[u32]| {
                let mut list = list.to_vec();
                list.sort_unstable();
                list
            };
            if sorted(&now) != sorted(before) {
                other.insert(*ids.get(action.index())?, now);
            }
        }
        if other.is_empty() && snapshot.files.len() == links.files() {
            return Some((snapshot, links.into_bytes()));
        }
        let state_rows = files.state_rows(snapshot.files.len());
        let (bytes, digest) = links.changed(state_rows, &other)?.encode();
        snapshot.links = Some(digest);
        Some((snapshot, bytes))
    }
}

impl Part {
    pub(super) fn loaded(&mut self) -> &mut Loaded {
        &mut self.narrow.loaded
    }

    pub(super) fn goals(&self) -> Vec<FileId> {
        self.narrow.goals.clone()
    }
}

/// The files that a build has looked at and the snapshot's rows of them.
struct Files<'a> {
    loaded: &'a Loaded,
    links: &'a Links,
    rows: Vec<u32>,
}

impl Files<'_> {
    fn row(&self, file: FileId) -> Option<u32> {
        self.rows.get(file.index()).copied().filter(|row| *row != NONE)
    }

    /// Gives the snapshot the signatures of what was made, and rows for what was discovered; `None` when a
    /// file is not what actions that were not looked at have been compared with, or may be made by one that
    /// was not planned.
    fn take_in(&mut self, snapshot: &mut Snapshot) -> Option<()> {
        let loaded = self.loaded;
        let manifest = &loaded.manifest;
        self.rows.resize(manifest.file_count(), NONE);
        let looked: Vec<(FileId, Option<Signature>)> = loaded.files.looked_at().collect();
        let unknown = looked.iter().filter(|(file, _)| self.row(*file).is_none());
        let known = snapshot.files.find(unknown.map(|(file, _)| manifest.path(*file)));
        let recorded = loaded.recorded.iter();
        let made: FxHashSet<FileId> =
            recorded.flat_map(|action| manifest.outputs(*action)).copied().collect();
        let mut new = Vec::new();
        for (file, signature) in looked {
            let path = manifest.path(file);
            let was_known = self.row(file).is_some();
            let row = self.row(file).or_else(|| u32::try_from(*known.get(path)?).ok());
            let is_folder = signature.is_some_and(|signature| signature.is_folder());
            match row {
                Some(row) if made.contains(&file) => {
                    snapshot.files.set(row as usize, signature.as_ref());
                }
                Some(row) => {
                    let same = snapshot.files.signature(row as usize) == signature;
                    // What a folder stands for depends on who makes it.
                    (same && (was_known || !is_folder)).then_some(())?;
                    self.rows[file.index()] = row;
                }
                None => {
                    (!is_folder && !self.links.is_made_outside(path)).then_some(())?;
                    new.push((file, Row { file: None, path, signature }));
                }
            }
        }
        let paths: Vec<&[u8]> = new.iter().map(|(_, row)| row.path).collect();
        if let Some(order) = order_by_folder(&paths) {
            new = order.into_iter().map(|at| new[at as usize]).collect();
        }
        let first = u32::try_from(snapshot.files.len()).ok()?;
        for ((file, _), row) in new.iter().zip(first..) {
            self.rows[file.index()] = row;
        }
        let new: Vec<Row<'_>> = new.into_iter().map(|(_, row)| row).collect();
        snapshot.files.append(&new)
    }

    /// The state's rows of all files of a snapshot of this many.
    fn state_rows(&self, count: usize) -> Vec<u32> {
        let mut all: Vec<u32> = self.links.rows().collect();
        all.resize(count, NONE);
        for (file, row) in (0_u32..).map(FileId).zip(&self.rows) {
            if let Some(slot) = all.get_mut(*row as usize)
                && let Some(known) = self.loaded.state.known_row(file)
            {
                *slot = known;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests;
