//! Carrying out a plan: starts what is ready, takes in what has ended, and plans again when a dyndep
//! file has changed the graph.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use super::SCRATCH;
use super::limits::{Limits, Pause};
use super::report::Reporter;
use super::slots::Slots;
use super::waits::Waits;
use crate::contents::Contents;
use crate::error::Error;
use crate::event::{Event, Outcome, Reason, Sink, Summary};
use crate::loaded::Loaded;
use crate::plan::{Class, Plan};
use crate::progress::Progress;
use crate::run::interrupt::Interrupt;
use crate::scan::Clock;
use crate::schedule::{Estimates, Queue};
use crate::settings::{Check, Settings};
use crate::state::record::{Short, Standing};
use crate::store::{Notice, Store};
use crate::work::pool::{Pool, Report, Woke};
use crate::work::{Context, Input, Job};

/// A build under way.
pub(super) struct Build<'a> {
    pub(super) settings: &'a Settings,
    pub(super) loaded: &'a mut Loaded,
    pub(super) reporter: Reporter<'a>,
    pub(super) interrupt: Interrupt,
    pub(super) progress: Vec<Progress>,
    pub(super) summary: Summary,
    pub(super) reasons: HashMap<ActionId, Vec<Reason>, FxBuildHasher>,
    /// Rules that were warned about once.
    pub(super) warned: FxHashSet<(u32, String)>,
    /// Environments whose variables are recorded.
    pub(super) environments: FxHashSet<Short>,
    pub(super) waits: Waits,
    /// What went wrong has ended what ran beside it.
    pub(super) stopped: bool,
    pub(super) queue: Queue,
    pub(super) limits: Limits,
    pub(super) slots: &'a Slots<'a>,
    pub(super) pool: Option<Pool>,
    /// What the workers go on with by themselves, unless one of them has begun it already.
    pub(super) ahead: Vec<ActionId>,
    /// What was taken back from the workers, to be handed to them again.
    pub(super) prepared: FxHashMap<ActionId, Job>,
    plan: Plan,
    context: Option<Arc<Context>>,
    /// Files of which the workers know what was known before.
    recalled: FixedBitSet,
    store: Option<Arc<Store>>,
    goals: Vec<FileId>,
    /// Commands that ran, run, or may still run.
    total: usize,
    /// Something ended that a dyndep file may come from.
    pub(super) look_for_dyndeps: bool,
    planned: Planned,
    began: Instant,
}

/// The last plan.
struct Planned {
    at: Instant,
    took: Duration,
}

impl Planned {
    /// Making another one now takes less than a twentieth of the time.
    fn is_long_ago(&self) -> bool {
        self.at.elapsed() > self.took * 20
    }
}

impl<'a> Build<'a> {
    pub(super) fn new(
        settings: &'a Settings,
        loaded: &'a mut Loaded,
        sink: &'a mut dyn Sink,
        interrupt: Interrupt,
        slots: &'a Slots<'a>,
        began: Instant,
    ) -> Self {
        let progress = loaded.no_progress();
        Self {
            settings,
            loaded,
            reporter: Reporter::new(sink, began),
            interrupt,
            progress,
            summary: Summary::default(),
            reasons: HashMap::default(),
            warned: FxHashSet::default(),
            environments: FxHashSet::default(),
            waits: Waits::new(began),
            stopped: false,
            queue: Queue::new(Estimates::default()),
            limits: Limits::new(settings),
            slots,
            pool: None,
            ahead: Vec::new(),
            prepared: FxHashMap::default(),
            context: None,
            recalled: FixedBitSet::new(),
            plan: Plan::default(),
            store: None,
            goals: Vec::new(),
            total: 0,
            look_for_dyndeps: false,
            planned: Planned { at: began, took: Duration::ZERO },
            began,
        }
    }

    /// Brings the goals up to date.
    pub(super) fn run(&mut self, goals: Vec<FileId>) -> Result<Summary, Error> {
        self.goals = goals;
        let result = self.carry_out();
        if let Some(pool) = self.pool.take() {
            pool.close();
        }
        self.context = None;
        if let Some(store) = self.store.take().and_then(Arc::into_inner) {
            let notices = store.finish();
            self.tell(notices);
        }
        self.reporter.release();
        if !self.settings.dry_run {
            self.loaded.keep_refreshed();
            self.adopt();
            let wall = self.began.elapsed().as_millis();
            self.summary.wall_ms = u64::try_from(wall).unwrap_or(u64::MAX);
            self.loaded.state.end_build(self.settings, &self.summary);
            if let Err(message) = self.loaded.write_logs() {
                self.reporter.event(&Event::Warning { message });
            }
        }
        result.map(|()| self.summary.clone())
    }

    fn carry_out(&mut self) -> Result<(), Error> {
        self.replan()?;
        if !self.settings.dry_run {
            self.loaded.keep_refreshed();
        }
        loop {
            let pause = self.start_ready()?;
            // Planning takes its time in a large graph, so as many dyndep files as possible come into
            // one new plan: one is made when there is nothing else to start, or when it has become cheap
            // beside the time that went by. What has ended meanwhile comes along.
            let nothing_else = pause == Pause::NoneReady;
            if self.look_for_dyndeps && (nothing_else || self.planned.is_long_ago()) {
                while let Some(finished) = self.pool.as_mut().and_then(Pool::finished) {
                    self.take_in(finished);
                }
                self.look_for_dyndeps = false;
                let changed = self.load_dyndeps();
                let replanned = match changed {
                    Ok(true) => self.replan(),
                    Ok(false) => Ok(()),
                    Err(error) => Err(error),
                };
                if let Err(error) = replanned {
                    // The plan is known to be wrong, and what runs may write what two actions claim.
                    self.stop();
                    self.drain();
                    return Err(error);
                }
                continue;
            }
            match self.wait(pause) {
                Some(Woke::Finished(finished)) => self.take_in(*finished),
                Some(Woke::Again) => {}
                None => break,
            }
        }
        self.summary.interrupted |= self.interrupt.signal().is_some();
        Ok(())
    }

    fn load_dyndeps(&mut self) -> Result<bool, Error> {
        let Self { plan, progress, loaded, reporter, .. } = self;
        let unfinished = |producer: ActionId| {
            progress[producer.index()] != Progress::Done
                && (plan.class(producer) != Class::Clean
                    || progress[producer.index()] != Progress::Idle)
        };
        loaded.load_dyndeps(&plan.order, unfinished, |event| reporter.event(event))
    }

    /// Plans the goals anew, keeping what is done and what runs.
    fn replan(&mut self) -> Result<(), Error> {
        let begin = Instant::now();
        self.take_back_ahead();
        self.prepared.clear();
        let planned = self.plan_and_settle();
        self.planned = Planned { at: Instant::now(), took: begin.elapsed() };
        planned
    }

    fn plan_and_settle(&mut self) -> Result<(), Error> {
        loop {
            self.plan = Plan::new(self.loaded, &self.goals, &self.progress)?;
            if self.settings.dry_run && self.total > 0 {
                break;
            }
            if !self.load_dyndeps()? {
                break;
            }
        }
        self.plan.complete().map_err(|error| self.loaded.why_missing(error))?;
        self.reasons.extend(std::mem::take(&mut self.plan.reasons));
        let may_run = self.plan.may_run(&self.loaded.manifest);
        if may_run > 0 || self.total > 0 {
            self.queue.replan(Estimates::new(self.loaded, &self.plan));
        }
        let manifest = &self.loaded.manifest;
        let commands = self.plan.order.iter().filter(|a| manifest.rule(**a) != Manifest::PHONY);
        self.summary.actions = self.loaded.count_commands(&self.plan.order);
        let busy = commands.filter(|a| self.progress[a.index()] == Progress::Busy).count();
        let ended = self.summary.ran + self.summary.restored + self.summary.failed;
        self.set_total(ended + busy + may_run);
        let ready: Vec<ActionId> = self
            .plan
            .order
            .iter()
            .copied()
            .filter(|action| {
                self.plan.class(*action) != Class::Clean
                    && self.plan.waiting[action.index()] == 0
                    && self.progress[action.index()] == Progress::Idle
            })
            .collect();
        self.settle(ready);
        Ok(())
    }

    fn set_total(&mut self, total: usize) {
        if total != self.total {
            self.total = total;
            self.reporter.event(&Event::Planned { total });
        }
    }

    /// Deals with actions whose inputs are in place, and with those that get ready by that.
    fn settle(&mut self, mut ready: Vec<ActionId>) {
        while let Some(action) = ready.pop() {
            if self.progress[action.index()] != Progress::Idle {
                continue;
            }
            let phony = self.loaded.manifest.rule(action) == Manifest::PHONY;
            match self.plan.class(action) {
                Class::Suspect | Class::Dirty if self.settings.dry_run && !phony => {
                    let reasons = self.dry_reasons(action);
                    self.reasons.insert(action, reasons);
                }
                Class::Suspect if self.loaded.dyndep_is_pending(action) => {
                    self.look_for_dyndeps = true;
                    continue;
                }
                Class::Suspect if !phony => {
                    let reasons = self.suspect_reasons(action);
                    if reasons.is_empty() {
                        self.summary.cut_off += 1;
                        self.reporter.cut_off(action, &self.loaded.manifest);
                        self.set_total(self.total - 1);
                        self.complete(action, &mut ready);
                        continue;
                    }
                    self.reasons.insert(action, reasons);
                }
                Class::Dirty => {}
                Class::Outside | Class::Clean | Class::Pass | Class::Suspect => {
                    self.complete(action, &mut ready);
                    continue;
                }
            }
            self.progress[action.index()] = Progress::Busy;
            self.waits.ready(action);
            self.queue.push(action);
        }
    }

    /// By time stamps, what ran is newer: only `restat` makes a difference to what comes after it.
    fn suspect_reasons(&mut self, action: ActionId) -> Vec<Reason> {
        if self.loaded.check == Check::Mtime {
            let inputs = self.loaded.manifest.inputs(action);
            let counted = inputs.len() - self.loaded.manifest.order_only_inputs(action).len();
            let touched = |input: &&FileId| self.loaded.touched.contains(input.index());
            let changed = inputs[..counted].iter().find(touched);
            if let Some(input) = changed {
                return vec![Reason::InputOutOfDate { path: self.loaded.name(*input) }];
            }
        }
        self.loaded.reasons(action)
    }

    /// What can be said of an action when nothing before it has really run.
    fn dry_reasons(&mut self, action: ActionId) -> Vec<Reason> {
        if let Some(reasons) = self.reasons.remove(&action) {
            return reasons;
        }
        self.plan.reasons_beforehand(self.loaded, action)
    }

    /// An action is in place: what waits for it may get ready.
    pub(super) fn complete(&mut self, action: ActionId, ready: &mut Vec<ActionId>) {
        self.progress[action.index()] = Progress::Done;
        self.loaded.pass_on_touched(action);
        if self.loaded.makes_dyndep(action) && !self.settings.dry_run {
            self.look_for_dyndeps = true;
        }
        for output in self.loaded.manifest.outputs(action) {
            for consumer in self.loaded.graph.consumers(*output) {
                arrive(&mut self.plan, *consumer, ready);
            }
        }
        for consumer in self.plan.soft_consumers.remove(&action).unwrap_or_default() {
            arrive(&mut self.plan, consumer, ready);
        }
    }

    pub(super) fn start(&mut self, action: ActionId) -> Result<(), Error> {
        let busy = self.pool.as_ref().map_or(0, Pool::busy);
        self.tell_start(action, busy + 1);
        if self.settings.dry_run {
            self.reporter.finished(
                action,
                &self.loaded.manifest,
                (0, 0),
                Outcome::WouldRun,
                Vec::new(),
                busy,
            );
            self.summary.ran += 1;
            self.queue.release(action, &self.loaded.manifest);
            let mut ready = Vec::new();
            self.complete(action, &mut ready);
            self.settle(ready);
            return Ok(());
        }
        let job = self.prepare(action);
        if let Some(pool) = &mut self.pool {
            pool.start(job)
                .map_err(|source| Error::System { what: "cannot start a thread", source })?;
        }
        Ok(())
    }

    /// What a worker gets for an action whose inputs are in place.
    pub(super) fn prepare(&mut self, action: ActionId) -> Job {
        if let Some(job) = self.prepared.remove(&action) {
            return job;
        }
        self.loaded.state.begin_build(self.settings);
        self.loaded.look_no_more_ahead();
        self.loaded.logs_fall_behind(action);
        let job = self.job(action);
        if self.pool.is_none() {
            self.open_store();
            let context = Arc::new(self.context());
            self.context = Some(Arc::clone(&context));
            self.pool = Some(Pool::new(context));
        }
        self.recall(action);
        job
    }

    fn tell_start(&mut self, action: ActionId, running: usize) {
        let reasons = self.reasons.get(&action).map_or(&[][..], Vec::as_slice);
        self.reporter.started(action, &self.loaded.manifest, running, reasons);
    }

    fn job(&mut self, action: ActionId) -> Job {
        let loaded = &mut *self.loaded;
        let mut recipe = loaded.recipes.of(&loaded.manifest, action);
        recipe.storable &= !loaded.runs_always(action);
        let inputs = loaded.manifest.inputs(action);
        let counted = inputs.len() - loaded.manifest.order_only_inputs(action).len();
        let inputs = inputs[..counted].to_vec();
        let inputs = inputs
            .into_iter()
            .map(|file| Input {
                path: loaded.manifest.path(file).to_vec(),
                made_here: loaded.graph.producer(file).is_some(),
                stands_for: loaded.stands_for(file),
            })
            .collect();
        let outputs = loaded.manifest.outputs(action).iter();
        let outputs = outputs.map(|file| loaded.manifest.path(*file).to_vec()).collect();
        let first = loaded.manifest.outputs(action).first();
        let last = first.and_then(|output| loaded.state.last_view(*output));
        let edited_last_time = last.is_some_and(|last| last.standing() == Standing::Edited);
        Job { action, recipe, inputs, outputs, edited_last_time }
    }

    /// Tells the workers what is known of the files that the action has read last time or names now. Of the
    /// others they need to know nothing.
    fn recall(&mut self, action: ActionId) {
        let Some(context) = &self.context else { return };
        let loaded = &*self.loaded;
        let recalled = &mut self.recalled;
        let mut recall = |file: FileId| {
            recalled.grow(file.index() + 1);
            if !recalled.put(file.index())
                && let Some(known) = loaded.files.known(file).filter(|known| !known.racy)
            {
                context.contents.recall(loaded.manifest.path(file), *known);
            }
        };
        let outputs = loaded.manifest.outputs(action);
        loaded.manifest.inputs(action).iter().chain(outputs).for_each(|file| recall(*file));
        let last = outputs.first().and_then(|output| loaded.state.last_view(*output));
        if let Some(last) = last {
            last.inputs()
                .chain(last.deps())
                .filter_map(|dep| loaded.state.file(dep.row))
                .for_each(recall);
        }
    }

    /// Opens the store now that something is to be done. By time stamps an action runs when Ninja would
    /// run it, so nothing is restored.
    fn open_store(&mut self) {
        let Some(settings) = &self.settings.store else { return };
        if self.loaded.check == Check::Mtime {
            return;
        }
        match Store::open(settings) {
            Ok(store) => self.store = Some(Arc::new(store)),
            Err(error) => {
                self.reporter.event(&Event::Warning {
                    message: format!("building without the store: {error}"),
                });
            }
        }
    }

    fn tell(&mut self, notices: Vec<Notice>) {
        for notice in notices {
            let event = match notice {
                Notice::Repaired { what, detail } => Event::Repaired { what, detail },
                Notice::Disabled { reason } => {
                    Event::Warning { message: format!("nothing more goes to the store: {reason}") }
                }
            };
            self.reporter.event(&event);
        }
    }

    /// What workers share.
    fn context(&self) -> Context {
        let loaded = &*self.loaded;
        let contents = Contents::new(&loaded.dir, Clock::open(&loaded.state_dir).ok());
        loaded.remember_tools(&self.plan.order);
        Context {
            dir: loaded.dir.clone(),
            scratch: loaded.state_dir.join(SCRATCH),
            contents,
            tools: loaded.recipes.all_tools(),
            store: self.store.clone(),
            interrupt: self.interrupt.clone(),
            make_flags: self.slots.opened().and_then(|opened| opened.make_flags.clone()),
            missing_output: self.settings.missing_output,
            keep_depfiles: self.settings.keep_depfiles,
            keep_response_files: self.settings.keep_response_files,
            began: self.began,
        }
    }

    pub(super) fn take_in(&mut self, report: Report) {
        let Report { mut finished, next } = report;
        let action = finished.action;
        self.limits.ended(action);
        self.queue.release(action, &self.loaded.manifest);
        self.waits.ended(action);
        self.results(&mut finished);
        let busy = self.pool.as_ref().map_or(0, Pool::busy) - usize::from(next.is_some());
        self.reporter.finished(
            action,
            &self.loaded.manifest,
            (finished.start_ms, finished.end_ms),
            finished.outcome,
            finished.output,
            busy,
        );
        if let Some(next) = next {
            self.ahead.retain(|ahead| *ahead != next);
            self.limits.followed(next, self.queue.estimates().peak(next));
            self.tell_start(next, busy + 1);
        }
        if matches!(finished.outcome, Outcome::Ran | Outcome::Restored) {
            let mut ready = Vec::new();
            self.complete(action, &mut ready);
            self.settle(ready);
        }
        if let Some(store) = &self.store {
            let notices = store.take_notices();
            self.tell(notices);
        }
        if let Some(message) = self.loaded.state.trouble() {
            self.reporter.event(&Event::Warning { message });
        }
    }
}

fn arrive(plan: &mut Plan, consumer: ActionId, ready: &mut Vec<ActionId>) {
    let class = plan.class(consumer);
    let waiting = &mut plan.waiting[consumer.index()];
    *waiting = waiting.saturating_sub(1);
    if *waiting == 0 && !matches!(class, Class::Clean | Class::Outside) {
        ready.push(consumer);
    }
}
