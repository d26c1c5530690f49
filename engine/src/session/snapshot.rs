//! When a snapshot answers a build, and when a build leaves one behind.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mbuild_rules::FileId;

use super::narrow::Changed;
use super::settled::wait_for;
use crate::digest::Digest;
use crate::error::Error;
use crate::event::{Event, Sink};
use crate::loaded::read::RuleFile;
use crate::loaded::{Hold, Loaded, Locker};
use crate::scan::{Clock, order_by_folder};
use crate::settings::{Check, Settings};
use crate::signature::Signature;
use crate::snapshot::{Found, Row, Snapshot, Table, circumstances, question, state_dir_ahead};

/// What a snapshot has to say.
pub(super) enum Answer {
    /// All is as it was when there was nothing to do.
    NothingToDo {
        /// How many commands the goals need.
        actions: usize,
    },
    /// Some files are not as they were.
    Changed(Box<Changed>),
    /// It takes a plan to know.
    Unknown,
}

/// Asks the snapshot of these goals.
pub(super) fn consult(
    settings: &Settings,
    goals: &[Vec<u8>],
    sink: &mut dyn Sink,
    lock: &mut Locker<'_>,
) -> Result<Answer, Error> {
    let unknown = Ok(Answer::Unknown);
    let dir = state_dir_ahead(settings).filter(|dir| dir.is_dir());
    let by_content = settings.check.is_none_or(|check| check == Check::Digest);
    let Some(dir) = dir.filter(|_| by_content) else { return unknown };
    let hold = lock(&dir, sink)?;
    if hold == Hold::Ancestor {
        return unknown;
    }
    let circumstances = circumstances(settings);
    let question = question(settings, goals, &circumstances);
    let snapshot = match Snapshot::read(&dir, &question) {
        Ok(Some(snapshot)) => snapshot,
        Ok(None) => return unknown,
        Err(place) => {
            sink.event(&Event::Repaired {
                what: place.display().to_string(),
                detail: "it was damaged, everything is checked anew".to_owned(),
            });
            return unknown;
        }
    };
    if !snapshot.is_of(settings, &dir) {
        return unknown;
    }
    let now = clock_now(&dir);
    Ok(match snapshot.look(&settings.dir) {
        Found::Same => Answer::NothingToDo { actions: snapshot.actions },
        Found::Different(different) => Answer::Changed(Box::new(Changed {
            state_dir: dir,
            question,
            circumstances,
            snapshot,
            now,
            different,
            is_ours: matches!(hold, Hold::Ours { .. }),
        })),
        Found::Unknown => Answer::Unknown,
    })
}

fn clock_now(dir: &Path) -> i64 {
    Clock::open(dir).and_then(|clock| clock.now()).unwrap_or(i64::MIN)
}

/// What a build leaves behind when it has proven that nothing is left to do, but for what the state will be
/// when it is closed.
pub(super) struct Draft {
    question: Digest,
    rules: Vec<(Vec<u8>, Signature)>,
    environments: Vec<(Vec<u8>, Digest)>,
    files: Table,
    /// The links with their digest, when there are any.
    links: Option<(Vec<u8>, Digest)>,
    actions: usize,
}

impl Draft {
    /// Drafts the snapshot of a build of these goals; `None` when whoever builds next time has to see for
    /// themselves.
    pub(super) fn new(
        loaded: &Loaded,
        settings: &Settings,
        goals: &[Vec<u8>],
        actions: usize,
    ) -> Option<Self> {
        let manifest = &loaded.manifest;
        if !manifest.warnings().is_empty() {
            return None;
        }
        let rule = |file: &RuleFile| Some((file.path.clone(), file.signature?));
        let rules: Vec<(Vec<u8>, Signature)> =
            loaded.rules.iter().map(rule).collect::<Option<_>>()?;
        wait_for(&loaded.state_dir, rules.iter().map(|(_, signature)| *signature))?;
        let texts: Vec<Vec<u8>> =
            loaded.rules.iter().map(|file| unchanged(loaded, file)).collect::<Option<_>>()?;
        let mut files: Vec<(FileId, Option<Signature>)> = loaded.files.looked_at().collect();
        let paths: Vec<&[u8]> = files.iter().map(|(file, _)| manifest.path(*file)).collect();
        if let Some(order) = order_by_folder(&paths) {
            files = order.into_iter().map(|at| files[at as usize]).collect();
        }
        let row = |(file, signature): &(FileId, Option<Signature>)| Row {
            file: (file.index() < loaded.named).then_some(*file),
            path: manifest.path(*file),
            signature: *signature,
        };
        let rows: Vec<Row<'_>> = files.iter().map(row).collect();
        let in_order: Vec<FileId> = files.iter().map(|(file, _)| *file).collect();
        let (links, files) = rayon::join(
            || loaded.links(&in_order, &texts).map(|links| links.encode()),
            || Table::new(&rows),
        );
        Some(Self {
            question: question(settings, goals, &loaded.circumstances),
            rules,
            environments: loaded.recipes.declared(),
            files: files?,
            links,
            actions,
        })
    }

    /// Leaves the snapshot behind, now that the state has been written.
    pub(super) fn keep(self, loaded: &mut Loaded) {
        let Some(state) = loaded.state.close() else { return };
        if wait_for(&loaded.state_dir, std::iter::once(state)).is_none() {
            return;
        }
        let (links, digest) = self.links.unzip();
        let snapshot = Snapshot {
            actions: self.actions,
            state,
            rules: self.rules,
            environments: self.environments,
            files: self.files,
            links: digest,
        };
        // Whoever builds next time has more work, and finds the reason.
        let _ = snapshot.write(&loaded.state_dir, &self.question, links.as_deref());
    }
}

/// What the rule file holds, when that is still what was read from it.
fn unchanged(loaded: &Loaded, file: &RuleFile) -> Option<Vec<u8>> {
    let place = loaded.dir.join(OsStr::from_bytes(&file.path));
    let signature = Signature::of(&place).ok().flatten()?;
    let content = std::fs::read(&place).ok()?;
    let same = Some(signature) == file.signature && Digest::of(&content) == file.digest;
    same.then_some(content)
}

#[cfg(test)]
mod tests;
