//! Why actions would run now, and why they ran the last time.

use mbuild_rules::{ActionId, FileId, Manifest};

use crate::digest::hash_file;
use crate::error::{Error, reason};
use crate::event::{Event, Reason, Sink};
use crate::loaded::Loaded;
use crate::plan::{Class, Plan};
use crate::session::load;
use crate::settings::Settings;
use crate::signature::Signature;
use crate::state::history::PastRun;

/// What there is to say about one action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Its number in the rule file.
    pub action: ActionId,
    /// Its first output.
    pub output: Vec<u8>,
    /// Why it would run now; empty when it is up to date.
    pub reasons: Vec<Reason>,
    /// It runs only if something before it comes out different.
    pub depends: bool,
    /// Its last run, as long as the history goes back.
    pub last: Option<PastRun>,
}

/// Says why actions would run now: all that the goals need and that may run, producers first, and after
/// them the goals that are up to date.
///
/// # Errors
/// As [`build`](crate::build): when there is nothing to build by.
pub fn explain(
    settings: &Settings,
    goals: &[Vec<u8>],
    sink: &mut dyn Sink,
) -> Result<Vec<Explanation>, Error> {
    let mut loaded = load(settings, sink)?;
    let goals = loaded.goals(goals)?;
    let plan = loaded.plan_beforehand(&goals, &mut |_| {})?;
    let mut explanations = Vec::new();
    for action in plan.order.clone() {
        let class = plan.class(action);
        let is_goal = goals.iter().any(|goal| loaded.graph.producer(*goal) == Some(action));
        let may_run = matches!(class, Class::Suspect | Class::Dirty);
        if loaded.manifest.rule(action) == Manifest::PHONY || !(may_run || is_goal) {
            continue;
        }
        let reasons = match plan.reasons.get(&action) {
            Some(reasons) => reasons.clone(),
            None if may_run => plan.reasons_beforehand(&mut loaded, action),
            None => Vec::new(),
        };
        let Some(first) = loaded.manifest.outputs(action).first().copied() else { continue };
        explanations.push(Explanation {
            action,
            output: loaded.manifest.path(first).to_vec(),
            depends: class == Class::Suspect
                && reasons.iter().all(|why| matches!(why, Reason::InputOutOfDate { .. })),
            reasons,
            last: loaded.state.last_run(first),
        });
    }
    Ok(explanations)
}

impl Loaded {
    /// A plan for which every dyndep file that is in place was loaded; `tell` hears of each before it is read.
    pub(crate) fn plan_beforehand(
        &mut self,
        goals: &[FileId],
        tell: &mut dyn FnMut(&Event<'_>),
    ) -> Result<Plan, Error> {
        let nothing_done = self.no_progress();
        loop {
            let mut plan = Plan::new(self, goals, &nothing_done)?;
            let unfinished = |producer| plan.class(producer) != Class::Clean;
            if !self.load_dyndeps(&plan.order, unfinished, &mut *tell)? {
                plan.complete().map_err(|error| self.why_missing(error))?;
                return Ok(plan);
            }
        }
    }
}

impl Loaded {
    /// What is to be said of a source that could not be found: not everything is missing that cannot be
    /// looked at.
    pub(crate) fn why_missing(&self, error: Error) -> Error {
        let Error::MissingInput { path, needed_by, place } = error else { return error };
        let place_of = |file| self.place(file);
        let Some(source) = self.manifest.find(path.as_bytes()).map(place_of) else {
            return Error::MissingInput { path, needed_by, place };
        };
        match Signature::of(&source) {
            Err(error) => Error::Stat { path, reason: reason(&error) },
            Ok(None) => Error::MissingInput { path, needed_by, place },
            Ok(Some(_)) => match hash_file(&source) {
                Err(error) => Error::Unreadable { path, needed_by, reason: reason(&error) },
                // It came to be there since.
                Ok(_) => Error::MissingInput { path, needed_by, place },
            },
        }
    }
}
