//! When a snapshot answers a build, and when a build leaves one behind.

use std::path::{Path, PathBuf};

use mbuild_rules::{ActionId, FileId};
use rayon::prelude::*;

use super::narrow::Changed;
use super::settled::wait_for;
use crate::digest::Digest;
use crate::error::Error;
use crate::event::{Event, Sink};
use crate::files::Known;
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

/// Makes sure that the same build again would find nothing to do as long as no file gets another signature:
/// what ran is up to date by its own record and needs nothing that this build has not looked at, what did not
/// run was compared with what the files hold now, and every file that was read so soon after it was written
/// that another write could have gone unseen is read once more.
pub(super) fn prove(loaded: &mut Loaded) -> bool {
    // By time stamps a plan looks at depfiles as well, and the paranoid believe no signature.
    let by_content = loaded.check == Check::Digest;
    if !loaded.is_ours() || !by_content || loaded.reliance.changed_meanwhile {
        return false;
    }
    // What stands behind a phony name may have been made since somebody asked.
    loaded.phony.clear();
    let mut again = loaded.recorded.clone();
    let needed = again.iter().all(|action| needs_only_what_was_planned(loaded, *action));
    again.extend_from_slice(&loaded.reliance.unordered);
    let proven = needed && again.into_iter().all(|action| loaded.reasons(action).is_empty());
    let settled = proven && settle(loaded);
    loaded.keep_refreshed();
    settled
}

/// No action that this build did not plan makes what this one discovered: the next plan has it.
fn needs_only_what_was_planned(loaded: &Loaded, action: ActionId) -> bool {
    let first = loaded.manifest.outputs(action).first();
    let Some(record) = first.and_then(|output| loaded.state.last_view(*output)) else {
        return false;
    };
    let files = record.deps().chain(record.tools()).map(|entry| loaded.state.file(entry.row));
    files.flatten().all(|file| {
        let producer = loaded.graph.producer(file);
        producer.is_none_or(|producer| loaded.reliance.planned.contains(producer.index()))
    })
}

fn settle(loaded: &mut Loaded) -> bool {
    let young: Vec<(FileId, Known)> = loaded.files.racy().collect();
    if young.is_empty() {
        return true;
    }
    let Some(now) = wait_for(&loaded.state_dir, young.iter().map(|(_, known)| known.signature))
    else {
        return false;
    };
    let places: Vec<PathBuf> = young.iter().map(|(file, _)| loaded.place(*file)).collect();
    let reader = loaded.reader(now);
    let read = |((file, before), place): (&(FileId, Known), &PathBuf)| {
        let signature = Signature::of(place).ok().flatten()?;
        let known = reader(*file, signature)?;
        (known.signature == before.signature && known.digest == before.digest && !known.racy)
            .then_some((*file, known))
    };
    let read: Option<Vec<(FileId, Known)>> = young.par_iter().zip(&places).map(read).collect();
    drop(reader);
    let Some(read) = read else { return false };
    for (file, known) in read {
        loaded.refreshed_to(file, known);
    }
    true
}

/// Leaves a snapshot behind, after [`prove`] and when the state has been written.
pub(super) fn keep(loaded: &mut Loaded, settings: &Settings, goals: &[Vec<u8>], actions: usize) {
    // Whoever builds next time has more work, and finds the reason.
    let Some((snapshot, links)) = take(loaded, actions) else { return };
    let question = question(settings, goals, &loaded.circumstances);
    let _ = snapshot.write(&loaded.state_dir, &question, links.as_deref());
}

fn take(loaded: &mut Loaded, actions: usize) -> Option<(Snapshot, Option<Vec<u8>>)> {
    if !loaded.manifest.warnings().is_empty() {
        return None;
    }
    let state = loaded.state.close()?;
    let mut signatures: Vec<Signature> = vec![state];
    for file in &loaded.rules {
        signatures.push(file.signature?);
    }
    wait_for(&loaded.state_dir, signatures.into_iter())?;
    let rules: Option<_> = loaded.rules.iter().map(|file| unchanged(loaded, file)).collect();
    let manifest = &loaded.manifest;
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
    let (links, digest) = loaded.links(&in_order).map(|links| links.encode()).unzip();
    let snapshot = Snapshot {
        actions,
        state,
        rules: rules?,
        environments: loaded.recipes.declared(),
        files: Table::new(&rows)?,
        links: digest,
    };
    Some((snapshot, links))
}

/// The rule file still holds what was read from it.
fn unchanged(loaded: &Loaded, file: &RuleFile) -> Option<(Vec<u8>, Signature)> {
    use std::os::unix::ffi::OsStrExt;
    let place = loaded.dir.join(std::ffi::OsStr::from_bytes(&file.path));
    let signature = Signature::of(&place).ok().flatten()?;
    let content = std::fs::read(&place).ok()?;
    let same = Some(signature) == file.signature && Digest::of(&content) == file.digest;
    same.then(|| (file.path.clone(), signature))
}

#[cfg(test)]
mod tests;
