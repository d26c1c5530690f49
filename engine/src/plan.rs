//! The plan: which actions the goals need, in which order, and which of them may have to run.
//!
//! Planning is a function of the graph, the files and the records, so that it can be repeated whole
//! whenever a dyndep file has changed the graph in the middle of a build.

pub(crate) mod decide;
mod mtime;
mod walk;

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::FxHashMap;

use crate::error::{Error, shown};
use crate::event::Reason;
use crate::loaded::Loaded;
use crate::progress::Progress;
use crate::settings::Check;
use walk::Walk;

/// What is to be done about an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// No goal needs it.
    Outside,
    /// Nothing, and nothing that it waits for either.
    Clean,
    /// Nothing, but it is not in place before its order-only inputs are.
    Pass,
    /// To be looked at once its inputs are there: something before it may run.
    Suspect,
    /// It has to run.
    Dirty,
}

/// Which actions the goals need and what is to be done about them.
#[derive(Default)]
pub(crate) struct Plan {
    /// All that are needed, producers first.
    pub(crate) order: Vec<ActionId>,
    class: Vec<Class>,
    /// How many entries of its inputs have a producer that is not finished, by action.
    pub(crate) waiting: Vec<u32>,
    /// Who waits for a producer because of a discovered dependency, an entry per dependency.
    pub(crate) soft_consumers: FxHashMap<ActionId, Vec<ActionId>>,
    /// A source that is not there. It is a mistake only when no dyndep file that could be loaded now
    /// says that an action makes it.
    missing: Option<Error>,
    /// Why the dirty ones are dirty.
    pub(crate) reasons: FxHashMap<ActionId, Vec<Reason>>,
}

impl Plan {
    /// Plans the goals. `progress` says what this build has done already.
    pub(crate) fn new(
        loaded: &mut Loaded,
        goals: &[FileId],
        progress: &[Progress],
    ) -> Result<Self, Error> {
        loaded.begin_plan();
        let walk = Walk::new(loaded, goals)?;
        let reliance = &mut loaded.reliance;
        reliance.planned.grow(loaded.manifest.action_count());
        walk.order.iter().for_each(|action| reliance.planned.insert(action.index()));
        reliance.unordered.extend_from_slice(&walk.unordered);
        loaded.look_at(&walk.files)?;
        let mut plan = Self {
            class: vec![Class::Outside; loaded.manifest.action_count()],
            waiting: vec![0; loaded.manifest.action_count()],
            ..Self::default()
        };
        for action in &walk.order {
            plan.assess(*action, loaded, &walk, progress);
        }
        for goal in goals {
            if loaded.graph.producer(*goal).is_none() && loaded.files.missing(*goal) {
                plan.missing.get_or_insert_with(|| missing(&loaded.manifest, *goal, None));
            }
        }
        plan.order = walk.order;
        Ok(plan)
    }

    /// What is to be done about an action.
    pub(crate) fn class(&self, action: ActionId) -> Class {
        self.class.get(action.index()).copied().unwrap_or(Class::Outside)
    }

    fn assess(
        &mut self,
        action: ActionId,
        loaded: &mut Loaded,
        walk: &Walk,
        progress: &[Progress],
    ) {
        let at = action.index();
        self.assess_always(action, loaded);
        if progress.get(at).copied().unwrap_or_default() != Progress::Idle {
            // What is done is clean; who waits for what is busy or failed sees that in `progress`.
            self.class[at] = Class::Clean;
            return;
        }
        let phony = loaded.manifest.rule(action) == Manifest::PHONY;
        let inputs = loaded.manifest.inputs(action);
        let order_only = loaded.manifest.order_only_inputs(action).len();
        let counted = inputs.len() - order_only;
        let mut suspect = false;
        let mut waiting = 0;
        let unfinished = |class: Class, producer: ActionId| {
            matches!(class, Class::Pass | Class::Suspect | Class::Dirty)
                || matches!(progress.get(producer.index()), Some(Progress::Busy | Progress::Failed))
        };
        for (index, input) in inputs.iter().enumerate() {
            let Some(producer) = loaded.graph.producer(*input) else { continue };
            let class = self.class[producer.index()];
            if unfinished(class, producer) {
                waiting += 1;
                suspect |= index < counted && class != Class::Pass;
            }
        }
        for dep in walk.soft(action) {
            let Some(producer) = loaded.graph.producer(*dep) else { continue };
            let class = self.class[producer.index()];
            if unfinished(class, producer) {
                waiting += 1;
                suspect |= class != Class::Pass;
                self.soft_consumers.entry(producer).or_default().push(action);
            }
        }
        self.waiting[at] = waiting;
        let class = if suspect || loaded.dyndep_is_pending(action) {
            Class::Suspect
        } else if phony {
            if waiting > 0 { Class::Pass } else { Class::Clean }
        } else {
            let reasons = loaded.reasons(action);
            if reasons.is_empty() {
                if waiting > 0 { Class::Pass } else { Class::Clean }
            } else {
                self.reasons.insert(action, reasons);
                Class::Dirty
            }
        };
        self.class[at] = class;
        if class != Class::Clean || phony {
            let inputs = loaded.manifest.inputs(action);
            let needed = if class == Class::Clean { &inputs[..counted] } else { inputs };
            for input in needed {
                if loaded.files.missing(*input) && loaded.graph.producer(*input).is_none() {
                    self.missing.get_or_insert_with(|| {
                        missing(&loaded.manifest, *input, Some((action, walk.via(action))))
                    });
                }
            }
        }
    }

    /// What is missing, once there is no dyndep file left to load.
    pub(crate) fn complete(&mut self) -> Result<(), Error> {
        self.missing.take().map_or(Ok(()), Err)
    }

    /// A phony action without inputs, whose name is no file, makes everything behind it run always.
    fn assess_always(&self, action: ActionId, loaded: &mut Loaded) {
        if loaded.manifest.rule(action) != Manifest::PHONY {
            return;
        }
        let inputs = loaded.manifest.inputs(action);
        let counted = inputs.len() - loaded.manifest.order_only_inputs(action).len();
        let nothing = inputs.is_empty()
            && loaded.manifest.validations(action).is_empty()
            && loaded.manifest.outputs(action).iter().any(|output| loaded.files.missing(*output));
        let inherited = inputs[..counted].iter().any(|input| {
            let producer = loaded.graph.producer(*input);
            producer.is_some_and(|producer| loaded.always.contains(producer.index()))
        });
        if nothing || inherited {
            loaded.always.insert(action.index());
            loaded.any_always = true;
        }
    }

    /// Why an action may have to run, before anything has run.
    pub(crate) fn reasons_beforehand(&self, loaded: &mut Loaded, action: ActionId) -> Vec<Reason> {
        let mut reasons =
            if loaded.dyndep_is_pending(action) { Vec::new() } else { loaded.reasons(action) };
        let inputs = loaded.manifest.inputs(action);
        let counted = inputs.len() - loaded.manifest.order_only_inputs(action).len();
        for input in &inputs[..counted] {
            let producer = loaded.graph.producer(*input);
            let runs = |producer| matches!(self.class(producer), Class::Suspect | Class::Dirty);
            if producer.is_some_and(runs) {
                reasons.push(Reason::InputOutOfDate { path: loaded.name(*input) });
            }
        }
        reasons
    }

    /// How many commands may run.
    pub(crate) fn may_run(&self, manifest: &Manifest) -> usize {
        let runs = |action: &&ActionId| {
            matches!(self.class(**action), Class::Suspect | Class::Dirty)
                && manifest.rule(**action) != Manifest::PHONY
        };
        self.order.iter().filter(runs).count()
    }
}

fn missing(manifest: &Manifest, input: FileId, needed_by: Option<(ActionId, FileId)>) -> Error {
    Error::MissingInput {
        path: shown(manifest.path(input)),
        needed_by: needed_by.map(|(_, output)| shown(manifest.path(output))),
        place: needed_by.map(|(action, _)| manifest.place(action)),
    }
}

/// The reasons by the check that the settings ask for.
impl Loaded {
    /// Why an action whose inputs are in place is out of date; none when it is not.
    pub(crate) fn reasons(&mut self, action: ActionId) -> Vec<Reason> {
        match self.check {
            Check::Digest | Check::Paranoid => self.reasons_by_content(action),
            Check::Mtime => self.reasons_by_time(action),
        }
    }
}

/// A set that holds every index below `size` without being asked twice to grow.
pub(crate) fn bits(size: usize) -> FixedBitSet {
    FixedBitSet::with_capacity(size)
}
