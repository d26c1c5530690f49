//! The decision by content: an action is up to date when the same command on the same inputs has left
//! the outputs that are there.

use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::FxHashMap;

use crate::digest::{Digest, Hasher};
use crate::error::shown;
use crate::event::Reason;
use crate::loaded::Loaded;
use crate::recipe::Recipe;
use crate::state::record::{Entries, Entry, MISSING, Short, Standing, View, short};

impl Loaded {
    /// Why an action whose inputs are in place is out of date by content; none when it is not.
    pub(crate) fn reasons_by_content(&mut self, action: ActionId) -> Vec<Reason> {
        let mut reasons = self.always_reasons(action);
        let Some(first) = self.manifest.outputs(action).first().copied() else { return reasons };
        let missing = self.missing_outputs(action);
        let Some(last) = self.state.last(first) else {
            if self.is_generator(action) && missing.is_empty() && self.outputs_are_newer(action) {
                // Whoever wrote the rule file has run this already; its inputs count from now on.
                self.adopted.push(action);
            } else {
                reasons.push(Reason::NeverRan);
            }
            return reasons;
        };
        let (record, generation) = (last.view(), last.generation);
        match record.standing() {
            Standing::Good => {}
            Standing::Failed => reasons.push(Reason::FailedLastTime),
            Standing::DependenciesUnknown => reasons.push(Reason::DependenciesUnknown),
            Standing::Edited => {
                let edited = record.inputs().next().and_then(|entry| self.state.file(entry.row));
                let path = edited.map(|file| self.name(file)).unwrap_or_default();
                reasons.push(Reason::EditedWhileRunning { path });
            }
        }
        reasons.extend(missing);
        if matches!(record.standing(), Standing::Failed | Standing::Edited) {
            return reasons;
        }
        self.compare_recipe(action, &record, generation, &mut reasons);
        self.compare_inputs(action, &record, &mut reasons);
        // A command has read these files themselves, whatever their names stand for in the rules.
        let own = Self::own_content;
        self.compare_each(record.deps(), own, &mut reasons, |path| Reason::InputChanged { path });
        self.compare_each(record.tools(), own, &mut reasons, |path| Reason::ToolChanged { path });
        self.compare_outputs(action, &record, &mut reasons);
        if !reasons.is_empty()
            && self.is_generator(action)
            && self.is_as_generated(action, &reasons)
        {
            // Somebody ran it by hand, or means what they wrote: it stays until an input changes.
            self.adopted.push(action);
            return Vec::new();
        }
        if reasons.is_empty() && generation != self.generation {
            self.regenerated.push(first);
        }
        reasons
    }

    /// The action is up to date by content, and that can be told without looking at a file again or asking what
    /// a name stands for; [`Loaded::reasons_by_content`] knows of all others.
    pub(crate) fn is_plainly_good(&self, action: ActionId) -> bool {
        let outputs = self.manifest.outputs(action);
        let last = outputs.first().and_then(|first| self.state.last_with_generation(*first));
        let Some((record, generation)) = last else { return false };
        if self.any_always
            || self.declares_environment
            || generation != self.generation
            || record.standing() != Standing::Good
        {
            return false;
        }
        let inputs = self.manifest.inputs(action);
        let counted = inputs.len() - self.manifest.order_only_inputs(action).len();
        let holds = |entry: &Entry, file: FileId| self.files.content(file) == Some(entry.content);
        let is_same = |(entry, file): (Entry, &FileId)| {
            self.state.file(entry.row) == Some(*file) && holds(&entry, *file)
        };
        record.inputs().len() == counted
            && record.outputs().len() == outputs.len()
            && record.inputs().zip(&inputs[..counted]).all(is_same)
            && record.outputs().zip(outputs).all(is_same)
            && !outputs.iter().any(|output| self.files.missing(*output))
            && !inputs[..counted].iter().any(|input| self.may_stand_for_more(*input))
            && record
                .deps()
                .chain(record.tools())
                .all(|entry| self.state.file(entry.row).is_some_and(|file| holds(&entry, file)))
    }

    /// It may stand for more than a file, as [`Loaded::stands_for`] finds out.
    fn may_stand_for_more(&self, file: FileId) -> bool {
        self.graph.producer(file).is_some_and(|producer| {
            self.manifest.rule(producer) == Manifest::PHONY
                || self.files.signature(file).is_none_or(|signature| signature.is_folder())
        })
    }

    /// A generator's outputs may be written by others, and it may write other inputs of its own into the
    /// rule file; what is new among them was read if it is older.
    fn is_as_generated(&self, action: ActionId, reasons: &[Reason]) -> bool {
        reasons.iter().all(|why| match why {
            Reason::OutputChanged { .. } | Reason::InputRemoved { .. } => true,
            Reason::InputAdded { .. } => self.outputs_are_newer(action),
            _ => false,
        })
    }

    /// Reasons that no comparison is needed for: a phony input without inputs.
    pub(crate) fn always_reasons(&self, action: ActionId) -> Vec<Reason> {
        if !self.any_always {
            return Vec::new();
        }
        let inputs = self.manifest.inputs(action);
        let counted = inputs.len() - self.manifest.order_only_inputs(action).len();
        let always = inputs[..counted].iter().find(|input| {
            let producer = self.graph.producer(**input);
            producer.is_some_and(|producer| self.always.contains(producer.index()))
        });
        always.map(|input| Reason::AlwaysRuns { path: self.name(*input) }).into_iter().collect()
    }

    /// What the action comes to is not told by its inputs: one that counts, or each of them, stands for
    /// "always".
    pub(crate) fn runs_always(&self, action: ActionId) -> bool {
        let inputs = self.manifest.inputs(action);
        let always = |input: &FileId| {
            let producer = self.graph.producer(*input);
            producer.is_some_and(|producer| self.always.contains(producer.index()))
        };
        !self.always_reasons(action).is_empty()
            || self.any_always && !inputs.is_empty() && inputs.iter().all(always)
    }

    /// A reason for each output that is not there.
    pub(crate) fn missing_outputs(&self, action: ActionId) -> Vec<Reason> {
        let outputs = self.manifest.outputs(action).iter();
        outputs
            .filter(|output| self.files.missing(**output))
            .map(|output| Reason::OutputMissing { path: self.name(*output) })
            .collect()
    }

    pub(super) fn compare_recipe(
        &mut self,
        action: ActionId,
        record: &View<'_>,
        generation: i64,
        reasons: &mut Vec<Reason>,
    ) {
        if generation == self.generation {
            if self.declares_environment {
                self.compare_environment(action, record, reasons);
            }
            return;
        }
        self.compare_environment(action, record, reasons);
        if self.is_generator(action) {
            return;
        }
        let recipe = self.recipes.of(&self.manifest, action);
        if recipe.command_digest() != record.command() {
            reasons.push(self.command_changed(action, &recipe));
        } else if recipe.response_digest() != record.response() {
            reasons.push(Reason::ResponseFileChanged);
        } else if let Some(path) = self.other_tool(action, &recipe, record) {
            reasons.push(Reason::ToolChanged { path });
        }
    }

    fn compare_environment(
        &mut self,
        action: ActionId,
        record: &View<'_>,
        reasons: &mut Vec<Reason>,
    ) {
        let environment = self.recipes.environment(&self.manifest, action);
        if short(environment.digest()) == record.environment() {
            return;
        }
        let now = environment.visible();
        let before = self.state.environment(&record.environment()).unwrap_or_default();
        let name = crate::recipe::changed_variable(&before, now);
        reasons.push(Reason::EnvironmentChanged { name });
    }

    /// A program that is not the one by path that ran last time.
    fn other_tool(
        &mut self,
        action: ActionId,
        recipe: &Recipe,
        record: &View<'_>,
    ) -> Option<String> {
        let now = self.recipes.tools(&self.manifest, action, recipe);
        let mut before: Vec<FileId> =
            record.tools().filter_map(|entry| self.state.file(entry.row)).collect();
        for tool in now {
            let path = crate::recipe::tool_path(&tool.path);
            let file = self.manifest.intern(&path);
            let at = before.iter().position(|before| *before == file);
            match at {
                Some(at) => {
                    before.swap_remove(at);
                }
                None => return Some(shown(&path)),
            }
        }
        before.first().map(|file| self.name(*file))
    }

    /// Which words of the command went and which came.
    fn command_changed(&self, action: ActionId, recipe: &Recipe) -> Reason {
        let before = self
            .manifest
            .outputs(action)
            .first()
            .and_then(|output| self.state.command(*output))
            .map(|(text, _)| text)
            .unwrap_or_default();
        let (removed, added) = crate::recipe::changed_words(&before, &recipe.command);
        Reason::CommandChanged { removed, added }
    }

    fn compare_inputs(&mut self, action: ActionId, record: &View<'_>, reasons: &mut Vec<Reason>) {
        let inputs = self.manifest.inputs(action);
        let counted = inputs.len() - self.manifest.order_only_inputs(action).len();
        let same_files = record.inputs().len() == counted
            && record
                .inputs()
                .zip(&inputs[..counted])
                .all(|(entry, input)| self.state.file(entry.row) == Some(*input));
        if same_files {
            let reason = |path| Reason::InputChanged { path };
            self.compare_each(record.inputs(), Self::content, reasons, reason);
            return;
        }
        let inputs = inputs[..counted].to_vec();
        let mut before: FxHashMap<FileId, Short> = record
            .inputs()
            .filter_map(|entry| Some((self.state.file(entry.row)?, entry.content)))
            .collect();
        let kept: Vec<(FileId, Option<Short>)> =
            inputs.iter().map(|input| (*input, before.get(input).copied())).collect();
        for (input, content) in kept {
            before.remove(&input);
            match content {
                None => reasons.push(Reason::InputAdded { path: self.name(input) }),
                Some(content) if content != self.content(input) => {
                    reasons.push(Reason::InputChanged { path: self.name(input) });
                }
                Some(_) => {}
            }
        }
        let mut gone: Vec<FileId> = before.into_keys().collect();
        gone.sort_unstable();
        for input in gone {
            reasons.push(Reason::InputRemoved { path: self.name(input) });
        }
    }

    fn compare_each(
        &mut self,
        entries: Entries<'_>,
        content: fn(&mut Self, FileId) -> Short,
        reasons: &mut Vec<Reason>,
        reason: impl Fn(String) -> Reason,
    ) {
        for entry in entries {
            match self.state.file(entry.row) {
                Some(file) if content(self, file) == entry.content => {}
                Some(file) => reasons.push(reason(self.name(file))),
                None => reasons.push(Reason::DependenciesUnknown),
            }
        }
    }

    fn compare_outputs(&mut self, action: ActionId, record: &View<'_>, reasons: &mut Vec<Reason>) {
        let mut entries = record.outputs();
        for index in 0..self.manifest.outputs(action).len() {
            let output = self.manifest.outputs(action)[index];
            if self.files.missing(output) {
                continue;
            }
            // In the usual case the lists are the same; a new output is found by a search.
            let entry = entries
                .next()
                .filter(|entry| self.state.file(entry.row) == Some(output))
                .or_else(|| record.outputs().find(|e| self.state.file(e.row) == Some(output)));
            match entry {
                Some(entry) if entry.content == self.own_content(output) => {}
                Some(_) => reasons.push(Reason::OutputChanged { path: self.name(output) }),
                None => {
                    reasons.push(Reason::NeverRan);
                    return;
                }
            }
        }
    }

    /// The content of an input: a phony name stands for everything behind it, and a folder that an action
    /// makes for what that was made from.
    pub(crate) fn content(&mut self, file: FileId) -> Short {
        match self.stands_for(file) {
            Some(content) => content,
            None => self.own_content(file),
        }
    }

    /// What an input stands for that is more than a file.
    pub(crate) fn stands_for(&mut self, file: FileId) -> Option<Short> {
        let producer = self.graph.producer(file)?;
        if self.manifest.rule(producer) == Manifest::PHONY {
            let behind = self.phony_content(producer);
            return Some(self.with_own_content(file, &behind));
        }
        if !self.files.signature(file)?.is_folder() {
            return None;
        }
        if let Some(key) = self.folder_keys.get(&producer) {
            return Some(short(&Digest(*key)));
        }
        let first = *self.manifest.outputs(producer).first()?;
        Some(short(&Digest(self.state.last_view(first)?.key())))
    }

    /// The content of the file itself.
    pub(crate) fn own_content(&mut self, file: FileId) -> Short {
        if let Some(content) = self.files.content(file) {
            return content;
        }
        self.read_now(file);
        self.files.content(file).unwrap_or(MISSING)
    }

    /// A phony name may be a file as well: one of several names then changes by itself.
    fn with_own_content(&mut self, file: FileId, behind: &Short) -> Short {
        let own = self.own_content(file);
        let mut hasher = Hasher::new("mbuild phony name 1");
        short(&hasher.field(&own).field(behind).finish())
    }

    /// Everything behind a phony action, found without recursion: phony names may be chained.
    fn phony_content(&mut self, action: ActionId) -> Short {
        let mut stack = vec![action];
        while let Some(action) = stack.last().copied() {
            if self.phony.contains_key(&action) {
                stack.pop();
                continue;
            }
            let inputs = self.manifest.inputs(action);
            let counted = inputs.len() - self.manifest.order_only_inputs(action).len();
            let inputs = inputs[..counted].to_vec();
            let before = stack.len();
            for input in &inputs {
                if let Some(producer) = self.graph.producer(*input)
                    && producer != action
                    && self.manifest.rule(producer) == Manifest::PHONY
                    && !self.phony.contains_key(&producer)
                {
                    stack.push(producer);
                }
            }
            if stack.len() > before {
                continue;
            }
            let mut hasher = Hasher::new("mbuild phony 2");
            for input in inputs {
                let content = match self.graph.producer(input) {
                    Some(producer) if self.manifest.rule(producer) == Manifest::PHONY => {
                        let behind = self.phony.get(&producer).copied().unwrap_or(MISSING);
                        self.with_own_content(input, &behind)
                    }
                    _ => self.content(input),
                };
                hasher.field(&content);
            }
            self.phony.insert(action, short(&hasher.finish()));
            stack.pop();
        }
        self.phony.get(&action).copied().unwrap_or(MISSING)
    }

    /// A path for a message.
    pub(crate) fn name(&self, file: FileId) -> String {
        shown(self.manifest.path(file))
    }
}
