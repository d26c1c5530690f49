//! What workers get: all that the build shares with them, and what belongs to one action.

use std::sync::Arc;

use mbuild_rules::{ActionId, FileId};

use super::SCRATCH;
use super::build::{Build, NO_THREAD};
use crate::contents::Contents;
use crate::error::Error;
use crate::event::Event;
use crate::run::outputs::Outputs;
use crate::scan::Clock;
use crate::settings::Check;
use crate::state::record::Standing;
use crate::store::Store;
use crate::work::pool::Pool;
use crate::work::{Context, Input, Job};

impl Build<'_> {
    /// Opens what workers share, before the first of them gets something to do.
    ///
    /// # Errors
    /// When the system gives no thread for what commands print.
    pub(super) fn open_pool(&mut self) -> Result<(), Error> {
        if self.pool.is_none() {
            let printed =
                Outputs::new().map_err(|source| Error::System { what: NO_THREAD, source })?;
            self.open_store();
            let context = Arc::new(self.context(printed));
            self.context = Some(Arc::clone(&context));
            self.pool = Some(Pool::new(context));
        }
        Ok(())
    }

    /// What a worker gets for an action whose inputs are in place.
    pub(super) fn prepare(&mut self, action: ActionId) -> Job {
        if let Some(job) = self.ahead.prepared(action) {
            return job;
        }
        self.loaded.state.begin_build(self.settings);
        self.loaded.look_no_more_ahead();
        self.loaded.logs_fall_behind(action);
        let job = self.job(action);
        self.recall(action);
        job
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

    /// What workers share.
    fn context(&self, printed: Outputs) -> Context {
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
            printed,
            make_flags: self.slots.opened().and_then(|opened| opened.make_flags.clone()),
            missing_output: self.settings.missing_output,
            keep_depfiles: self.settings.keep_depfiles,
            keep_response_files: self.settings.keep_response_files,
            began: self.began,
        }
    }
}
