//! The decision by time stamps, as Ninja takes it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::FxHashSet;

use crate::event::Reason;
use crate::loaded::Loaded;
use crate::settings::Check;
use crate::state::record::Standing;

impl Loaded {
    /// Why an action whose inputs are in place is out of date by its time stamps.
    pub(crate) fn reasons_by_time(&mut self, action: ActionId) -> Vec<Reason> {
        let mut reasons = self.always_reasons(action);
        reasons.extend(self.missing_outputs(action));
        let outputs = self.manifest.outputs(action).to_vec();
        let Some(first) = outputs.first().copied() else { return reasons };
        let generator = self.is_generator(action);
        let restat = !self.manifest.binding(action, b"restat").is_empty();
        let last = self.state.last(first);
        let mut inputs = self.counted_inputs(action);
        if let Some(last) = &last {
            let deps = last.view().deps();
            inputs.extend(deps.filter_map(|entry| self.state.file(entry.row)));
        }
        let newest = self.newest(&inputs);
        for input in &inputs {
            if self.files.missing(*input) && self.graph.producer(*input).is_none() {
                reasons.push(Reason::InputChanged { path: self.name(*input) });
            }
        }
        if let Some((input, time)) = newest {
            let recorded = last.as_ref().map(|last| last.view().mtime_ns());
            for output in &outputs {
                let Some(signature) = self.files.signature(*output) else { continue };
                let by_file = !(restat && recorded.is_some()) && signature.mtime_ns < time;
                if by_file || recorded.is_some_and(|recorded| recorded < time) {
                    reasons.push(Reason::Older {
                        output: self.name(*output),
                        input: self.name(input),
                    });
                    break;
                }
            }
        }
        match &last {
            None if generator => {}
            None => reasons.push(Reason::NeverRan),
            Some(last) => {
                let record = last.view();
                match record.standing() {
                    Standing::Good | Standing::Edited => {}
                    Standing::Failed => reasons.push(Reason::FailedLastTime),
                    Standing::DependenciesUnknown => reasons.push(Reason::DependenciesUnknown),
                }
                if record.standing() == Standing::Good && self.is_newer_than_deps(action, first) {
                    reasons.push(Reason::OutputChanged { path: self.name(first) });
                }
                if record.standing() == Standing::Good && self.depfile_is_gone(action) {
                    reasons.push(Reason::DependenciesUnknown);
                }
                if record.standing() == Standing::Good && !generator {
                    self.compare_recipe(action, &record, last.generation, &mut reasons);
                }
            }
        }
        reasons
    }

    /// A phony name was changed with what is behind it.
    pub(crate) fn pass_on_touched(&mut self, action: ActionId) {
        if self.check == Check::Mtime
            && self.manifest.rule(action) == Manifest::PHONY
            && self.counted_inputs(action).iter().any(|file| self.touched.contains(file.index()))
        {
            let outputs = self.manifest.outputs(action).iter();
            self.touched.extend(outputs.map(|output| output.index()));
        }
    }

    /// Somebody wrote the output after its dependencies were recorded with it.
    fn is_newer_than_deps(&self, action: ActionId, output: FileId) -> bool {
        let recorded = self.files.recalled(output).map(|known| known.signature.mtime_ns);
        let now = self.files.signature(output).map(|signature| signature.mtime_ns);
        recorded < now && recorded.is_some() && !self.manifest.binding(action, b"deps").is_empty()
    }

    /// Ninja reads a depfile that stays each time, and runs a command that has none.
    fn depfile_is_gone(&self, action: ActionId) -> bool {
        let depfile = self.manifest.path_binding(action, b"depfile");
        !depfile.is_empty()
            && self.manifest.binding(action, b"deps").is_empty()
            && !self.dir.join(OsStr::from_bytes(&depfile)).exists()
    }

    /// Declared inputs but the order-only ones.
    pub(crate) fn counted_inputs(&self, action: ActionId) -> Vec<FileId> {
        let inputs = self.manifest.inputs(action);
        inputs[..inputs.len() - self.manifest.order_only_inputs(action).len()].to_vec()
    }

    /// The newest of these files; a phony name without a file is as new as the newest file behind it.
    pub(crate) fn newest(&self, inputs: &[FileId]) -> Option<(FileId, i64)> {
        let mut newest: Option<(FileId, i64)> = None;
        for file in self.behind_phony(inputs, &|file| self.files.signature(file).is_some()) {
            if let Some(signature) = self.files.signature(file)
                && newest.is_none_or(|(_, time)| time < signature.mtime_ns)
            {
                newest = Some((file, signature.mtime_ns));
            }
        }
        newest
    }

    /// These files and, where one is a phony name that does not `count` itself, those behind it.
    pub(crate) fn behind_phony(
        &self,
        files: &[FileId],
        counts: &dyn Fn(FileId) -> bool,
    ) -> Vec<FileId> {
        let mut found = Vec::with_capacity(files.len());
        let mut met = FxHashSet::default();
        let mut stack = files.to_vec();
        while let Some(file) = stack.pop() {
            found.push(file);
            if let Some(producer) = self.graph.producer(file)
                && self.manifest.rule(producer) == Manifest::PHONY
                && !counts(file)
                && met.insert(producer)
            {
                stack.extend(self.counted_inputs(producer));
            }
        }
        found
    }
}
