//! Loading dyndep files, which change the graph.

use mbuild_rules::{ActionId, FileId, dyndep};
use rustc_hash::FxHashSet;

use super::Loaded;
use crate::error::{Error, reason};
use crate::event::Event;
use crate::graph::Graph;

impl Loaded {
    /// What an action has to say in a dyndep file is not known yet.
    pub(crate) fn dyndep_is_pending(&self, action: ActionId) -> bool {
        !self.dyndeps.is_empty()
            && self.manifest.dyndep(action).is_some_and(|file| !self.dyndeps_loaded.contains(&file))
    }

    /// Loads every dyndep file of these actions that is in place; true when that changed the graph.
    ///
    /// `unfinished` says whether the action that makes a file is still to be waited for; `tell` hears of
    /// each file before it is read.
    pub(crate) fn load_dyndeps(
        &mut self,
        order: &[ActionId],
        unfinished: impl Fn(ActionId) -> bool,
        mut tell: impl FnMut(&Event<'_>),
    ) -> Result<bool, Error> {
        if self.dyndeps_loaded.len() == self.dyndeps.len() {
            return Ok(false);
        }
        let mut ready = FxHashSet::default();
        let mut in_order = Vec::new();
        for action in order {
            let Some(file) = self.manifest.dyndep(*action) else { continue };
            let waits = self.graph.producer(file).is_some_and(&unfinished);
            if !waits && !self.dyndeps_loaded.contains(&file) && ready.insert(file) {
                in_order.push(file);
            }
        }
        for file in &in_order {
            tell(&Event::LoadingDyndep { path: self.name(*file) });
            self.load_dyndep(*file)?;
        }
        if !in_order.is_empty() {
            self.graph = Graph::new(&self.manifest);
            self.take_over_dyndeps(&in_order)?;
        }
        Ok(!in_order.is_empty())
    }

    /// Loads one dyndep file; the graph does not know of it yet.
    pub(crate) fn load_dyndep(&mut self, file: FileId) -> Result<(), Error> {
        let content = std::fs::read(self.place(file))
            .map_err(|error| Error::Loading { path: self.name(file), reason: reason(&error) })?;
        let actions = self.dyndeps.get(&file).map_or(&[][..], Vec::as_slice);
        dyndep::load_for(&mut self.manifest, file, actions, &content)?;
        self.dyndeps_loaded.insert(file);
        Ok(())
    }

    /// Some action has its dyndep file from this one.
    pub(crate) fn makes_dyndep(&self, action: ActionId) -> bool {
        !self.dyndeps.is_empty()
            && self.manifest.outputs(action).iter().any(|file| self.dyndeps.contains_key(file))
    }
}
