//! The proof at the end of a build that the same build again would find nothing to do.

use std::path::PathBuf;

use mbuild_rules::{ActionId, FileId};
use rayon::prelude::*;

use super::settled::wait_for;
use crate::files::Known;
use crate::loaded::Loaded;
use crate::settings::Check;
use crate::signature::Signature;

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
    let recorded = &loaded.recorded;
    let needed = recorded.par_iter().all(|action| needs_only_what_was_planned(loaded, *action));
    // Most are good at first sight, which all processors take together.
    let again = recorded.par_iter().chain(&loaded.reliance.unordered).copied();
    let doubtful: Vec<ActionId> = again.filter(|action| !loaded.is_plainly_good(*action)).collect();
    let proven = needed && doubtful.into_iter().all(|action| loaded.reasons(action).is_empty());
    let settled = proven && settle(loaded);
    loaded.keep_refreshed();
    debug_assert!(first_sight_agrees(loaded), "good at first sight, with a reason to run");
    settled
}

/// Nothing that is good at first sight has a reason to run when it is looked at closely: both say what up to date
/// is, and tests run with this.
fn first_sight_agrees(loaded: &mut Loaded) -> bool {
    let recorded = loaded.recorded.iter().copied();
    let good: Vec<ActionId> = recorded.filter(|action| loaded.is_plainly_good(*action)).collect();
    good.into_iter().all(|action| loaded.reasons(action).is_empty())
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
