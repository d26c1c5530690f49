//! What is learned from an action that ended: files, records, counts.

use mbuild_rules::{ActionId, FileId};

use super::build::Build;
use crate::event::{Event, Outcome};
use crate::ninja_log::Ran;
use crate::progress::Progress;
use crate::recipe::pack_variables;
use crate::settings::Check;
use crate::signature::Signature;
use crate::state::history::Times;
use crate::state::record::{Cost, Entry, Record, Standing, short};
use crate::work::{Finished, Seen};

impl Build<'_> {
    /// Takes in files and record of an ended action, and counts it.
    pub(super) fn results(&mut self, finished: &mut Finished) {
        let action = finished.action;
        let Some(first) = self.loaded.manifest.outputs(action).first().copied() else { return };
        let cost = self.cost(first, finished);
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
                self.record(first, finished, cost);
            }
            Outcome::Failed { .. } | Outcome::Interrupted | Outcome::WouldRun => {
                self.progress[action.index()] = Progress::Failed;
                if finished.outcome == Outcome::Interrupted {
                    // What went wrong elsewhere may have ended it, and then nobody has interrupted the build.
                    self.summary.interrupted |= !self.stopped;
                    self.remove_touched(finished);
                } else {
                    self.summary.failed += 1;
                    if self.settings.fail_fast {
                        self.stop();
                    }
                }
                let mut record = Record::without_proof(Standing::Failed, cost);
                record.mtime_ns = finished.start_mtime;
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

    /// What the action takes to run. What did not run to a good end says less than the time before.
    fn cost(&self, first: FileId, finished: &Finished) -> Cost {
        let last = self.loaded.state.last_view(first).map(|last| last.cost()).unwrap_or_default();
        let small = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
        let now = Cost {
            duration_ms: small(finished.end_ms.saturating_sub(finished.start_ms)),
            peak_kib: small(finished.peak / 1024),
        };
        match finished.outcome {
            Outcome::Ran => now,
            Outcome::Restored => Cost { duration_ms: small(finished.made_in_ms), ..last },
            Outcome::Failed { .. } | Outcome::Interrupted | Outcome::WouldRun => Cost {
                duration_ms: now.duration_ms.max(last.duration_ms),
                peak_kib: now.peak_kib.max(last.peak_kib),
            },
        }
    }

    fn record(&mut self, first: FileId, finished: &mut Finished, cost: Cost) {
        let action = finished.action;
        let inputs = self.loaded.manifest.inputs(action);
        let counted = inputs.len() - self.loaded.manifest.order_only_inputs(action).len();
        let inputs = inputs[..counted].to_vec();
        let outputs = self.loaded.manifest.outputs(action).to_vec();
        let restat = finished.recipe.restat;
        for (output, seen) in outputs.iter().zip(&finished.outputs) {
            let before = self.loaded.files.signature(*output).map(|before| before.mtime_ns);
            if !restat || before != mtime(seen) {
                self.loaded.touched.extend([output.index()]);
            }
        }
        let mtime_ns = self.recorded_time(&outputs, finished);
        if finished.recipe.generator {
            self.look_at_own_inputs(&inputs, finished);
        }
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
        let tools = self.loaded.tool_entries(&finished.tools);
        let recipe = &finished.recipe;
        let mut record = Record {
            standing: Standing::Good,
            command: recipe.command_digest(),
            response: recipe.response_digest(),
            environment: short(recipe.environment.digest()),
            mtime_ns,
            cost,
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
            && self.loaded.check != Check::Mtime
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
            record = Record::without_proof(Standing::Edited, cost);
            record.mtime_ns = mtime_ns;
            record.inputs = vec![entry];
        }
        self.keep_text(first, finished, &record);
        self.log_run(finished, mtime_ns);
        let loaded = &mut *self.loaded;
        loaded.recorded.push(action);
        loaded.state.keep_record(first, loaded.generation, &record, &loaded.manifest);
    }

    /// A generator keeps files of its own among its inputs, such as a cache, and writes them before its
    /// outputs: what it left in them is what it knows. CMake has all inputs behind one phony action.
    fn look_at_own_inputs(&mut self, inputs: &[FileId], finished: &mut Finished) {
        let loaded = &mut *self.loaded;
        let Some(oldest) = finished.outputs.iter().filter_map(mtime).min() else { return };
        loaded.phony.clear();
        for (file, seen) in inputs.iter().zip(&mut finished.inputs) {
            let path = loaded.manifest.path(*file);
            let own = !path.starts_with(b"/") && !path.starts_with(b"../");
            if !own || !matches!(seen, Seen::StandsFor(_)) {
                continue;
            }
            let now = Signature::of(&loaded.place(*file)).ok().flatten();
            if now.is_some_and(|now| now.mtime_ns <= oldest) {
                loaded.read_now(*file);
                *seen = Seen::StandsFor(loaded.content(*file));
            }
        }
    }

    /// What Ninja compares inputs with the next time: when the command started, or how new its outputs are
    /// where a rule asks to look at them again and all of them changed.
    fn recorded_time(&self, outputs: &[FileId], finished: &Finished) -> i64 {
        let recipe = &finished.recipe;
        let unchanged = |(output, seen): (&FileId, &Seen)| {
            let before = self.loaded.files.signature(*output).map(|before| before.mtime_ns);
            before == mtime(seen)
        };
        let newest = finished.outputs.iter().filter_map(mtime).max().unwrap_or(i64::MIN);
        let started = finished.start_mtime;
        let restat = recipe.restat || recipe.generator;
        let cut_off = recipe.restat && outputs.iter().zip(&finished.outputs).any(unchanged);
        if (restat && !cut_off) || started == i64::MIN { newest.max(started) } else { started }
    }

    /// Remembers a run for Ninja's files; one that has to be repeated is none, unless time stamps say so.
    fn log_run(&mut self, finished: &Finished, mtime_ns: i64) {
        let loaded = &mut *self.loaded;
        let edited = finished.edited.is_some() && loaded.check != Check::Mtime;
        if !loaded.logs.keep || edited {
            return;
        }
        let mut deps: Vec<FileId> = Vec::with_capacity(finished.discovered.len());
        deps.extend(finished.discovered.iter().map(|(path, _)| loaded.manifest.intern(path)));
        for (index, path) in &finished.told_again {
            deps.insert((*index).min(deps.len()), loaded.manifest.intern(path));
        }
        let times = (finished.start_ms, finished.end_ms);
        let ran = Ran::new(finished.action, &finished.recipe, deps, times, mtime_ns);
        loaded.log_run(ran);
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
        let outputs = loaded.manifest.outputs(action);
        let Some(first) = outputs.first().copied() else { return };
        let newest = outputs.iter().filter_map(|output| loaded.files.signature(*output));
        let newest = newest.map(|signature| signature.mtime_ns).max().unwrap_or(0);
        let recipe = loaded.recipes.of(&loaded.manifest, action);
        let inputs = loaded.behind_phony(&loaded.counted_inputs(action), &|_| false);
        if !loaded.read_or_edited(&inputs).is_empty() {
            // Nobody has generated anything from what is there now: the next build decides.
            return;
        }
        let mut record = loaded.record_of_present(action, &recipe);
        record.mtime_ns = newest;
        if let Some(last) = loaded.state.last_view(first) {
            record.cost = last.cost();
            record.key = last.key();
            record.deps = last.deps().collect();
            record.tools = last.tools().collect();
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
