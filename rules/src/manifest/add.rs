//! How statements get into a manifest: by the parser, and later by dyndep files.

use super::scope::{DYNDEP, POOL, RESTAT, Scopes, Text};
use super::{Action, ActionId, Manifest, NONE, Pool, PoolId, Span};
use crate::manifest::evaluate::Quoting;
use crate::parse::chunk::Counts;
use crate::path::{FileId, Interner, canonical};

/// Why a file cannot be an output of an action.
#[derive(Debug)]
pub(crate) enum Taken {
    /// The same statement names it twice.
    Twice,
    /// Another action makes it.
    By(ActionId),
}

impl Manifest {
    /// A manifest without any statement.
    pub fn new() -> Self {
        let mut scopes = Scopes::new();
        let unnamed = scopes.intern(b"");
        let console = scopes.intern(b"console");
        Self {
            paths: Interner::default(),
            producers: Vec::new(),
            scopes,
            pools: vec![Pool { name: unnamed, depth: 0 }, Pool { name: console, depth: 1 }],
            actions: Vec::new(),
            inputs: Vec::new(),
            outputs: Vec::new(),
            validations: Vec::new(),
            bindings: Vec::new(),
            defaults: Vec::new(),
            files_read: Vec::new(),
            warnings: Vec::new(),
            numbers: Vec::new(),
        }
    }

    pub(crate) fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    pub(crate) fn scopes_mut(&mut self) -> &mut Scopes {
        &mut self.scopes
    }

    /// Makes room for `times` as much as there is.
    pub(crate) fn reserve(&mut self, times: usize) {
        self.paths.reserve(self.paths.len() * times);
        self.producers.reserve(self.paths.len() * times);
        self.actions.reserve(self.actions.len() * times);
        self.inputs.reserve(self.inputs.len() * times);
        self.outputs.reserve(self.outputs.len() * times);
        self.bindings.reserve(self.bindings.len() * times);
        self.scopes.reserve(times);
    }

    pub(crate) fn add_file_read(&mut self, path: &[u8]) -> u32 {
        self.files_read.push(path.to_vec());
        (self.files_read.len() - 1) as u32
    }

    pub(crate) fn warn(&mut self, warning: String) {
        self.warnings.push(warning);
    }

    pub(crate) fn add_default(&mut self, file: FileId) {
        self.defaults.push(file);
    }

    pub(crate) fn find_pool(&self, name: &[u8]) -> Option<PoolId> {
        let name = self.scopes.find_name(name)?;
        let at = self.pools.iter().position(|pool| pool.name == name)?;
        Some(PoolId(at as u32))
    }

    pub(crate) fn pool_names(&self) -> Vec<&[u8]> {
        self.pools.iter().map(|pool| self.scopes.name(pool.name)).collect()
    }

    pub(crate) fn add_pool(&mut self, name: &[u8], depth: u32) {
        let name = self.scopes.intern(name);
        self.pools.push(Pool { name, depth });
    }

    // -- a `build` statement, part by part

    /// How many bindings there are: where those of the next statement start.
    pub(crate) fn binding_count(&self) -> usize {
        self.bindings.len()
    }

    /// The bindings from the given one on.
    pub(crate) fn bindings_from(&self, start: usize) -> &[(u32, Text)] {
        &self.bindings[start..]
    }

    /// A binding of the statement that is being read.
    pub(crate) fn bind(&mut self, name: u32, value: Text) {
        self.bindings.push((name, value));
    }

    /// A `build` statement without any paths, with the bindings from `bindings` on.
    pub(crate) fn add_action(
        &mut self,
        rule: u32,
        scope: u32,
        span: Span,
        line: u32,
        bindings: usize,
    ) -> ActionId {
        let binding_count = (self.bindings.len() - bindings) as u32;
        self.actions.push(Action {
            rule,
            pool: Self::DEFAULT_POOL.0,
            scope,
            file: span.file,
            line,
            start: span.start,
            end: span.end,
            dyndep: NONE,
            inputs: self.inputs.len() as u32,
            explicit: 0,
            implicit: 0,
            order_only: 0,
            outputs: self.outputs.len() as u32,
            explicit_outputs: 0,
            implicit_outputs: 0,
            validations: self.validations.len() as u32,
            validation_count: 0,
            bindings: bindings as u32,
            binding_count,
            binds: binding_count > 0,
        });
        ActionId((self.actions.len() - 1) as u32)
    }

    /// The pool that an action asks for; empty when none.
    pub(crate) fn pool_wanted(&self, action: ActionId) -> Vec<u8> {
        self.rule_variable(action, POOL, Quoting::Shell)
    }

    pub(crate) fn set_pool(&mut self, action: ActionId, pool: PoolId) {
        self.actions[action.index()].pool = pool.0;
    }

    /// The id of a canonical path with its [`hash`](crate::path::hash).
    pub(crate) fn intern_hashed(&mut self, path: &[u8], hash: u32) -> FileId {
        FileId(self.paths.intern_hashed(path, hash))
    }

    /// The id of a path that may not be canonical.
    pub(crate) fn intern_any(&mut self, path: &[u8]) -> FileId {
        FileId(self.paths.intern(&canonical(path)))
    }

    /// Adds an output of the last action; explicit ones come first. It has none before
    /// [`Manifest::set_counts`].
    pub(crate) fn add_output(&mut self, action: ActionId, file: FileId) -> Result<(), Taken> {
        self.claim(file, action)?;
        self.outputs.push(file);
        Ok(())
    }

    /// Adds an input of the last action; explicit ones come first, order-only ones last.
    pub(crate) fn add_input(&mut self, file: FileId) {
        self.inputs.push(file);
    }

    /// Adds a validation of the last action.
    pub(crate) fn add_validation(&mut self, file: FileId) {
        self.validations.push(file);
    }

    /// Says what the paths are that were added to the last action.
    pub(crate) fn set_counts(&mut self, action: ActionId, counts: Counts) {
        let row = &mut self.actions[action.index()];
        row.explicit_outputs = counts.explicit_outputs;
        row.implicit_outputs = counts.implicit_outputs;
        row.explicit = counts.explicit;
        row.implicit = counts.implicit;
        row.order_only = counts.order_only;
        row.validation_count = counts.validations;
    }

    fn claim(&mut self, file: FileId, action: ActionId) -> Result<(), Taken> {
        if self.producers.len() <= file.index() {
            self.producers.resize(file.index() + 1, NONE);
        }
        let producer = &mut self.producers[file.index()];
        if *producer == action.0 {
            return Err(Taken::Twice);
        }
        if *producer != NONE {
            return Err(Taken::By(ActionId(*producer)));
        }
        *producer = action.0;
        Ok(())
    }

    /// Takes the only output of the last action, a phony one, out of its inputs.
    pub(crate) fn drop_self_inputs(&mut self) -> bool {
        let Some(row) = self.actions.last_mut() else { return false };
        let Some(output) = self.outputs.last().copied() else { return false };
        let start = row.inputs as usize;
        let (mut explicit, mut order_only, mut kept) = (0, 0, start);
        for at in start..self.inputs.len() {
            if self.inputs[at] != output {
                self.inputs[kept] = self.inputs[at];
                kept += 1;
                if at - start < row.explicit as usize { explicit += 1 } else { order_only += 1 }
            }
        }
        let dropped = kept < self.inputs.len();
        self.inputs.truncate(kept);
        row.explicit = explicit;
        row.order_only = order_only;
        dropped
    }

    /// Takes note of the dyndep file of the last action.
    ///
    /// # Errors
    /// Its path, when it is not among the inputs.
    pub(crate) fn resolve_dyndep(&mut self, action: ActionId) -> Result<(), Vec<u8>> {
        let path = self.rule_variable(action, DYNDEP, Quoting::None);
        if path.is_empty() {
            return Ok(());
        }
        let path = canonical(&path).into_owned();
        let file = self.find(&path).filter(|file| self.inputs(action).contains(file));
        let Some(file) = file else { return Err(path) };
        self.actions[action.index()].dyndep = file.0;
        Ok(())
    }

    // -- dyndep

    /// Adds what a dyndep file says of one action (after which `inputs` and `outputs` include it).
    ///
    /// # Errors
    /// The reason, when an output already has another action.
    pub fn add_dyndep(
        &mut self,
        action: ActionId,
        implicit_outputs: &[FileId],
        implicit_inputs: &[FileId],
        restat: bool,
    ) -> Result<(), String> {
        for (at, output) in implicit_outputs.iter().enumerate() {
            let twice = implicit_outputs[..at].contains(output);
            if twice || self.producer(*output).is_some() {
                return Err(format!(
                    "multiple rules generate {}",
                    String::from_utf8_lossy(self.path(*output))
                ));
            }
        }
        for output in implicit_outputs {
            if self.producers.len() <= output.index() {
                self.producers.resize(output.index() + 1, NONE);
            }
            self.producers[output.index()] = action.0;
        }
        // The ranges move to the end of their arrays; the old ones are left behind.
        let row = self.actions[action.index()];
        if !implicit_outputs.is_empty() {
            let start = self.outputs.len();
            let old = row.outputs as usize;
            let count = (row.explicit_outputs + row.implicit_outputs) as usize;
            self.outputs.extend_from_within(old..old + count);
            self.outputs.extend_from_slice(implicit_outputs);
            let row = &mut self.actions[action.index()];
            row.outputs = start as u32;
            row.implicit_outputs += implicit_outputs.len() as u32;
        }
        if !implicit_inputs.is_empty() {
            let start = self.inputs.len();
            let old = row.inputs as usize;
            let before = (row.explicit + row.implicit) as usize;
            self.inputs.extend_from_within(old..old + before);
            self.inputs.extend_from_slice(implicit_inputs);
            self.inputs.extend_from_within(old + before..old + before + row.order_only as usize);
            let row = &mut self.actions[action.index()];
            row.inputs = start as u32;
            row.implicit += implicit_inputs.len() as u32;
        }
        if restat {
            let start = self.bindings.len();
            let old = row.bindings as usize;
            self.bindings.extend_from_within(old..old + row.binding_count as usize);
            self.bindings.push((RESTAT, Scopes::ONE));
            let row = &mut self.actions[action.index()];
            row.bindings = start as u32;
            row.binding_count += 1;
        }
        Ok(())
    }
}
