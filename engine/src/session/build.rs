//! Carrying out a plan: starts what is ready, takes in what has ended, and plans again when a dyndep
//! file has changed the graph.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::{FxBuildHasher, FxHashSet};

use super::limits::{Limits, Pause};
use super::pace::Ahead;
use super::report::Reporter;
use super::slots::Slots;
use super::waits::Waits;
use crate::error::Error;
use crate::event::{Event, Outcome, Reason, Sink, Summary};
use crate::loaded::Loaded;
use crate::plan::{Class, Plan};
use crate::progress::Progress;
use crate::run::interrupt::Interrupt;
use crate::schedule::{Estimates, Queue};
use crate::settings::{Check, Settings};
use crate::state::record::Short;
use crate::store::{Notice, Store};
use crate::work::Context;
use crate::work::pool::{Pool, Report};

pub(super) const NO_THREAD: &str = "cannot start a thread";

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
    pub(super) ahead: Ahead,
    pub(super) plan: Plan,
    pub(super) context: Option<Arc<Context>>,
    /// Files of which the workers know what was known before.
    pub(super) recalled: FixedBitSet,
    pub(super) store: Option<Arc<Store>>,
    goals: Vec<FileId>,
    /// Commands that ran, run, or may still run.
    total: usize,
    /// Something ended that a dyndep file may come from.
    pub(super) look_for_dyndeps: bool,
    planned: Planned,
    pub(super) began: Instant,
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
            reporter: Reporter::new(sink),
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
            ahead: Ahead::default(),
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
        if let Some(context) = self.context.take().and_then(Arc::into_inner) {
            // Nobody waits until all of it has gone.
            rayon::spawn(move || drop(context.contents));
        }
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
                self.take_in_told();
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
            if !self.wait(pause) {
                break;
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
        self.ahead.forget_prepared();
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
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.tell_start(action, at_ms, busy + 1);
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
        self.open_pool()?;
        let job = self.prepare(action);
        if let Some(pool) = &mut self.pool {
            pool.start(job).map_err(|source| Error::System { what: NO_THREAD, source })?;
        }
        Ok(())
    }

    /// `at_ms` is counted from the beginning of the build.
    fn tell_start(&mut self, action: ActionId, at_ms: u64, running: usize) {
        let reasons = self.reasons.get(&action).map_or(&[][..], Vec::as_slice);
        self.reporter.started(action, &self.loaded.manifest, at_ms, running, reasons);
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
            self.ahead.begun(next);
            self.limits.followed(next, self.queue.estimates().peak(next));
            self.tell_start(next, finished.end_ms, busy + 1);
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
