//! What is learned from an action that ended: files, records, counts.

use mbuild_rules::{ActionId, FileId};

use super::build::Build;
use crate::event::{Event, Outcome};
use crate::plan::Progress;
use crate::recipe::{pack_variables, tool_path};
use crate::settings::Check;
use crate::state::history::Times;
use crate::state::record::{Entry, Record, Standing, short};
use crate::work::{Finished, Seen};

impl Build<'_> {
    /// Takes in files and record of an ended action, and counts it.
    pub(super) fn results(&mut self, finished: &mut Finished) {
        let action = finished.action;
        let Some(first) = self.loaded.manifest.outputs(action).first().copied() else { return };
        let duration = duration(finished);
        for warning in std::mem::take(&mut finished.warnings) {
            let rule = self.loaded.manifest.rule(action).0;
            // Once for a rule: all its commands will have the same habit.
            if self.warned.insert((rule, warning.split(':').next_back().unwrap_or("").to_owned())) {
                self.reporter.event(&Event::Warning { message: warning });
            }
        }
        match finished.outcome {
            Outcome::Ran | Outcome::Restored => {
                match finished.outcome {
                    Outcome::Ran => self.summary.ran += 1,
                    _ => self.summary.restored += 1,
                }
                self.record(first, finished, duration);
            }
            Outcome::Failed { .. } | Outcome::Interrupted | Outcome::WouldRun => {
                self.progress[action.index()] = Progress::Failed;
                if finished.outcome == Outcome::Interrupted {
                    self.summary.interrupted = true;
                    self.remove_touched(finished);
                } else {
                    self.summary.failed += 1;
                }
                let record = Record::without_proof(Standing::Failed, duration);
                let loaded = &mut *self.loaded;
                loaded.state.keep_record(first, loaded.generation, &record, &loaded.manifest);
            }
        }
        let reasons = self.reasons.remove(&action).unwrap_or_default();
        let times = Times {
            ready: self.waits.take(action),
            start_ms: finished.start_ms,
            end_ms: finished.end_ms,
        };
        let loaded = &mut *self.loaded;
        loaded.state.keep_run(first, &times, finished.outcome, &reasons, &loaded.manifest);
    }

    fn record(&mut self, first: FileId, finished: &Finished, duration: u32) {
        let action = finished.action;
        let inputs = self.loaded.manifest.inputs(action);
        let counted = inputs.len() - self.loaded.manifest.order_only_inputs(action).len();
        let inputs = inputs[..counted].to_vec();
        let outputs = self.loaded.manifest.outputs(action).to_vec();
        let touched = outputs.iter().zip(&finished.outputs).any(|(output, seen)| {
            let before = self.loaded.files.signature(*output).map(|before| before.mtime_ns);
            before != mtime(seen)
        });
        let inputs: Vec<Entry> = inputs
            .into_iter()
            .zip(&finished.inputs)
            .map(|(file, seen)| self.keep_read(file, seen))
            .collect();
        let discovered: Vec<Entry> = finished
            .discovered
            .iter()
            .map(|(path, seen)| {
                let file = self.loaded.manifest.intern(path);
                self.keep_read(file, seen)
            })
            .collect();
        let outputs: Vec<Entry> = outputs
            .into_iter()
            .zip(&finished.outputs)
            .map(|(file, seen)| self.keep_seen(file, seen))
            .collect();
        let folder = |seen: &Seen| matches!(seen, Seen::File(known) if known.signature.is_folder());
        if finished.outputs.iter().any(folder) {
            self.loaded.folder_keys.insert(action, finished.key);
        }
        let tools = self.keep_tools(finished);
        let recipe = &finished.recipe;
        let restat = recipe.restat || recipe.generator;
        if touched || !restat {
            self.loaded.touched.grow(action.index() + 1);
            self.loaded.touched.insert(action.index());
        }
        let newest = finished.outputs.iter().filter_map(mtime).max();
        let newest_input = finished
            .inputs
            .iter()
            .chain(finished.discovered.iter().map(|(_, seen)| seen))
            .filter_map(mtime)
            .max();
        let mtime_ns = match newest {
            Some(newest) if restat && touched => newest,
            Some(newest) if restat => newest_input.map_or(newest, |input| input.max(newest)),
            _ => finished.start_mtime,
        };
        let mut record = Record {
            standing: Standing::Good,
            command: recipe.command_digest(),
            response: recipe.response_digest(),
            environment: short(recipe.environment.digest()),
            mtime_ns,
            duration_ms: duration,
            key: finished.key,
            inputs,
            deps: discovered,
            tools,
            outputs,
        };
        if finished.discovery_failed {
            record.standing = Standing::DependenciesUnknown;
        }
        if let Some(path) = &finished.edited
            && self.settings.check != Check::Mtime
        {
            let file = self.loaded.manifest.intern(path);
            let name = self.loaded.name(file);
            let output = self.loaded.name(first);
            self.reporter.event(&Event::Warning {
                message: format!(
                    "`{name}` changed while `{output}` was being made from it; \
                     it will be made again next time"
                ),
            });
            let loaded = &mut *self.loaded;
            let entry = loaded.state.entry(file, crate::state::record::MISSING, &loaded.manifest);
            record = Record::without_proof(Standing::Edited, duration);
            record.inputs = vec![entry];
        }
        self.keep_text(first, finished, &record);
        let loaded = &mut *self.loaded;
        loaded.recorded.push(action);
        loaded.state.keep_record(first, loaded.generation, &record, &loaded.manifest);
    }

    fn keep_text(&mut self, first: FileId, finished: &Finished, record: &Record) {
        let loaded = &mut *self.loaded;
        let recipe = &finished.recipe;
        let same = loaded.state.last(first).is_some_and(|last| {
            let last = last.view();
            last.command() == record.command && last.response() == record.response
        });
        if !same {
            let response = recipe.response.as_ref().map(|(_, content)| content.as_slice());
            loaded.state.keep_command(first, &recipe.command, response, &loaded.manifest);
        }
        let digest = short(recipe.environment.digest());
        if self.environments.insert(digest) {
            let variables = pack_variables(recipe.environment.visible());
            loaded.state.keep_environment(digest, variables);
        }
    }

    /// Takes in a file that a command has read.
    fn keep_read(&mut self, file: FileId, seen: &Seen) -> Entry {
        let loaded = &mut *self.loaded;
        let other = match (seen, loaded.check) {
            (Seen::StandsFor(_), _) => false,
            (_, Check::Mtime) => {
                let before = loaded.files.signature(file).map(|before| before.mtime_ns);
                loaded.files.seen(file) && before != mtime(seen)
            }
            _ => loaded.files.content(file).is_some_and(|before| before != seen.content()),
        };
        loaded.reliance.changed_meanwhile |= other;
        self.keep_seen(file, seen)
    }

    /// Takes in one file as a worker saw it.
    fn keep_seen(&mut self, file: FileId, seen: &Seen) -> Entry {
        let loaded = &mut *self.loaded;
        match seen {
            Seen::Missing => loaded.files.gone(file),
            Seen::File(known) => {
                if loaded.files.known(file) != Some(known) {
                    loaded.files.read(file, *known);
                    loaded.state.keep_file(file, Some(known), &loaded.manifest);
                }
            }
            Seen::StandsFor(_) => {}
        }
        loaded.state.entry(file, seen.content(), &loaded.manifest)
    }

    fn keep_tools(&mut self, finished: &Finished) -> Vec<Entry> {
        let loaded = &mut *self.loaded;
        let mut entries = Vec::with_capacity(finished.tools.len());
        for tool in &finished.tools {
            let file = loaded.manifest.intern(&tool_path(&tool.path));
            let content = short(&tool.digest);
            let before = loaded.files.content(file);
            if before != Some(content) {
                loaded.reliance.changed_meanwhile |= before.is_some();
                loaded.read_now(file);
            }
            entries.push(loaded.state.entry(file, content, &loaded.manifest));
        }
        entries
    }

    /// Records generators that somebody else ran as if they had run here.
    pub(super) fn adopt(&mut self) {
        for action in std::mem::take(&mut self.loaded.adopted) {
            if self.progress[action.index()] == Progress::Busy {
                continue;
            }
            self.adopt_one(action);
        }
        self.loaded.keep_refreshed();
    }

    fn adopt_one(&mut self, action: ActionId) {
        let loaded = &mut *self.loaded;
        let outputs = loaded.manifest.outputs(action).to_vec();
        let Some(first) = outputs.first().copied() else { return };
        let inputs = loaded.manifest.inputs(action);
        let counted = inputs.len() - loaded.manifest.order_only_inputs(action).len();
        let inputs = inputs[..counted].to_vec();
        let recipe = loaded.recipes.of(&loaded.manifest, action);
        let mut record = Record::without_proof(Standing::Good, 0);
        record.command = recipe.command_digest();
        record.response = recipe.response_digest();
        record.environment = short(recipe.environment.digest());
        let newest = outputs.iter().filter_map(|output| loaded.files.signature(*output));
        record.mtime_ns = newest.map(|signature| signature.mtime_ns).max().unwrap_or(0);
        if let Some(last) = loaded.state.last_view(first) {
            record.key = last.key();
            record.deps = last.deps().collect();
            record.tools = last.tools().collect();
        }
        for input in inputs {
            let content = loaded.content(input);
            record.inputs.push(loaded.state.entry(input, content, &loaded.manifest));
        }
        for output in outputs {
            let content = loaded.own_content(output);
            record.outputs.push(loaded.state.entry(output, content, &loaded.manifest));
        }
        loaded.recorded.push(action);
        loaded.state.keep_record(first, loaded.generation, &record, &loaded.manifest);
    }
}

fn mtime(seen: &Seen) -> Option<i64> {
    match seen {
        Seen::File(known) => Some(known.signature.mtime_ns),
        Seen::Missing | Seen::StandsFor(_) => None,
    }
}

fn duration(finished: &Finished) -> u32 {
    u32::try_from(finished.end_ms.saturating_sub(finished.start_ms)).unwrap_or(u32::MAX)
}
