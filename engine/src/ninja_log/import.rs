//! Taking over what Ninja did: where its log is newer than our record, and Ninja would run nothing, what
//! is there now becomes a record of ours; from then on content decides.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use mbuild_rules::{ActionId, FileId, Manifest, depfile, path};
use rustc_hash::FxHashSet;

use super::deps::Trouble;
use super::log::Entry;
use super::{DepsLog, Log, command_hash::command_hash};
use crate::error::{Error, reason};
use crate::event::{Event, Sink};
use crate::loaded::Loaded;
use crate::recipe::{Discovery, Recipe, pack_variables};
use crate::state::record::short;

/// An action that Ninja ran after us.
struct Candidate {
    action: ActionId,
    recipe: Recipe,
    /// The entry with the oldest time stamp among its outputs: no input may be newer.
    oldest: Entry,
    /// The one with the newest: the log is newer than our record as long as this is.
    newest: Entry,
    deps: Vec<FileId>,
    /// The time of the first output when its dependencies were recorded.
    deps_mtime: Option<i64>,
}

impl Loaded {
    /// Reads Ninja's files unless they are as the state remembers them, and takes over what they say.
    pub(crate) fn read_logs(&mut self, write: bool, sink: &mut dyn Sink) -> Result<(), Error> {
        self.logs.keep = write;
        let paths = self.log_paths();
        let files = [self.manifest.intern(&paths[0]), self.manifest.intern(&paths[1])];
        if self.logs_are_as_remembered(files) {
            return Ok(());
        }
        let log = self.read_log(files[0], write, sink);
        let deps = self.read_deps(files[1], write, sink);
        self.logs.read = Some((log, deps));
        let with_dyndep = |action: &ActionId| self.manifest.dyndep(*action).is_some();
        let actions = self.manifest.actions().filter(|action| !with_dyndep(action)).collect();
        self.take_over(actions)
    }

    /// The same for actions whose inputs are known only now that these dyndep files are loaded.
    pub(crate) fn take_over_dyndeps(&mut self, files: &[FileId]) -> Result<(), Error> {
        if self.logs.read.is_none() {
            return Ok(());
        }
        let of_file = |file| self.dyndeps.get(file).map_or(&[][..], Vec::as_slice);
        let actions = files.iter().flat_map(of_file).copied().collect();
        self.take_over(actions)
    }

    fn read_log(&self, file: FileId, write: bool, sink: &mut dyn Sink) -> Log {
        let path = self.place(file);
        match Log::read(&path) {
            Ok(read) => {
                if let Some(text) = read.refused {
                    warn(sink, text.to_owned());
                    if write {
                        // What cannot be removed is said again next time.
                        let _ = std::fs::remove_file(&path);
                    }
                }
                read.log
            }
            Err(error) => {
                let name = self.name(file);
                warn(sink, format!("loading build log {name}: {}", reason(&error)));
                Log::default()
            }
        }
    }

    fn read_deps(&self, file: FileId, write: bool, sink: &mut dyn Sink) -> DepsLog {
        let path = self.place(file);
        match DepsLog::read(&path) {
            Ok(read) => {
                if let Some(trouble) = read.trouble {
                    warn(sink, trouble.text().to_owned());
                    if write {
                        repair(&path, trouble);
                    }
                }
                read.log
            }
            Err(error) => {
                let name = self.name(file);
                warn(sink, format!("loading deps log {name}: {}", reason(&error)));
                DepsLog::default()
            }
        }
    }

    fn take_over(&mut self, actions: Vec<ActionId>) -> Result<(), Error> {
        let Some((log, deps)) = self.logs.read.take() else { return Ok(()) };
        let mut candidates = Vec::new();
        let mut files = Vec::new();
        if log.exists() {
            for action in actions {
                if let Some(candidate) = self.candidate(action, &log, &deps) {
                    self.files_of(&candidate, &mut files);
                    candidates.push(candidate);
                }
            }
        }
        self.logs.read = Some((log, deps));
        self.look_at(&files)?;
        candidates.retain(|candidate| self.is_current_by_time(candidate));
        files.clear();
        for candidate in &candidates {
            self.files_of(candidate, &mut files);
        }
        let edited = self.read_or_edited(&files);
        candidates.retain(|candidate| {
            let inputs = self.behind_phony(&self.inputs_of(candidate), &|_| false);
            inputs.iter().all(|input| !edited.contains(input))
        });
        let mut environments = FxHashSet::default();
        for candidate in candidates {
            self.learn(candidate, &mut environments);
        }
        Ok(())
    }

    /// The action, when Ninja knows its command and has run it after us.
    fn candidate(&mut self, action: ActionId, log: &Log, deps: &DepsLog) -> Option<Candidate> {
        if self.manifest.rule(action) == Manifest::PHONY {
            return None;
        }
        let outputs = self.manifest.outputs(action);
        let first = *outputs.first()?;
        let first_entry = log.entry(self.manifest.path(first))?;
        let (mut oldest, mut newest) = (*first_entry, *first_entry);
        for output in &outputs[1..] {
            let entry = log.entry(self.manifest.path(*output))?;
            if entry.hash != first_entry.hash {
                return None;
            }
            oldest = if entry.mtime_ns < oldest.mtime_ns { *entry } else { oldest };
            newest = if entry.mtime_ns > newest.mtime_ns { *entry } else { newest };
        }
        if self.state.last_view(first).is_some_and(|last| last.mtime_ns() >= newest.mtime_ns) {
            return None;
        }
        let recipe = self.recipes.of(&self.manifest, action);
        let response = recipe.response.as_ref().map_or(&[][..], |(_, content)| content);
        if !recipe.generator && command_hash(&recipe.command, response) != oldest.hash {
            return None;
        }
        let (found, deps_mtime) = match recipe.discovery {
            Discovery::None => (Vec::new(), None),
            Discovery::Unknown(_) => return None,
            Discovery::Gcc | Discovery::Msvc(_) => {
                let (mtime, paths) = deps.deps(self.manifest.path(first))?;
                (paths.map(<[u8]>::to_vec).collect(), Some(mtime))
            }
            Discovery::Depfile => (self.depfile_inputs(action, &recipe)?, None),
        };
        let mut deps: Vec<FileId> = Vec::with_capacity(found.len());
        for path in found {
            let file = self.manifest.intern(&path);
            let declared = self.manifest.inputs(action).contains(&file)
                && !self.manifest.order_only_inputs(action).contains(&file);
            if !declared && !self.manifest.outputs(action).contains(&file) {
                deps.push(file);
            }
        }
        Some(Candidate { action, recipe, oldest, newest, deps, deps_mtime })
    }

    /// What a depfile that stays says; `None` when it is of no use.
    fn depfile_inputs(&self, action: ActionId, recipe: &Recipe) -> Option<Vec<Vec<u8>>> {
        let name = &recipe.depfile;
        let content = std::fs::read(self.dir.join(OsStr::from_bytes(name))).ok()?;
        let depfile = depfile::parse(name, &content).ok()?;
        let is_output = |path: &[u8]| {
            let outputs = self.manifest.outputs(action).iter();
            outputs.map(|output| self.manifest.path(*output)).any(|output| output == path)
        };
        let first = depfile.outputs.first();
        if first.is_some_and(|first| !is_output(&path::canonical(first))) {
            return None;
        }
        let mut met = FxHashSet::default();
        let paths = depfile.inputs.iter().map(|input| path::canonical(input).into_owned());
        Some(paths.filter(|path| !path.is_empty() && met.insert(path.clone())).collect())
    }

    /// What its command has read.
    fn inputs_of(&self, candidate: &Candidate) -> Vec<FileId> {
        let mut inputs = self.counted_inputs(candidate.action);
        inputs.extend_from_slice(&candidate.deps);
        inputs
    }

    /// Every file that the decision looks at.
    fn files_of(&self, candidate: &Candidate, files: &mut Vec<FileId>) {
        files.extend_from_slice(self.manifest.outputs(candidate.action));
        files.append(&mut self.behind_phony(&self.inputs_of(candidate), &|_| false));
    }

    /// Ninja would not run it.
    fn is_current_by_time(&self, candidate: &Candidate) -> bool {
        let action = candidate.action;
        let inputs = self.inputs_of(candidate);
        let is_phony = |file: FileId| {
            let producer = self.graph.producer(file);
            producer.is_some_and(|producer| self.manifest.rule(producer) == Manifest::PHONY)
        };
        if inputs.iter().any(|input| self.files.missing(*input) && !is_phony(*input)) {
            return false;
        }
        let newest = self.newest(&inputs).map(|(_, time)| time);
        if newest.is_some_and(|newest| candidate.oldest.mtime_ns < newest) {
            return false;
        }
        let time = |output: &FileId| Some(self.files.signature(*output)?.mtime_ns);
        let outputs = self.manifest.outputs(action);
        if let Some(recorded) = candidate.deps_mtime
            && outputs.first().and_then(time).is_none_or(|time| time > recorded)
        {
            return false;
        }
        outputs.iter().all(|output| {
            let time = time(output);
            time.is_some_and(|time| candidate.recipe.restat || newest.is_none_or(|it| it <= time))
        })
    }

    fn learn(&mut self, candidate: Candidate, environments: &mut FxHashSet<[u8; 16]>) {
        let Candidate { action, recipe, oldest, newest, deps, .. } = candidate;
        let Some(first) = self.manifest.outputs(action).first().copied() else { return };
        let mut record = self.record_of_present(action, &recipe);
        record.mtime_ns = newest.mtime_ns;
        record.cost.duration_ms =
            u32::try_from(oldest.end_ms.saturating_sub(oldest.start_ms)).unwrap_or(0);
        for file in deps {
            let content = self.own_content(file);
            record.deps.push(self.state.entry(file, content, &self.manifest));
        }
        let tools = self.recipes.tools(&self.manifest, action, &recipe);
        record.tools = self.tool_entries(&tools);
        self.state.keep_record(first, self.generation, &record, &self.manifest);
        let response = recipe.response.as_ref().map(|(_, content)| content.as_slice());
        self.state.keep_command(first, &recipe.command, response, &self.manifest);
        if environments.insert(short(recipe.environment.digest())) {
            let variables = pack_variables(recipe.environment.visible());
            self.state.keep_environment(record.environment, variables);
        }
    }
}

/// Leaves of the file what is good.
fn repair(path: &Path, trouble: Trouble) {
    // What cannot be repaired is said again next time.
    let _ = match trouble {
        Trouble::Refused(_) => std::fs::remove_file(path),
        Trouble::Torn { whole } => std::fs::File::options()
            .write(true)
            .open(path)
            .and_then(|file| file.set_len(whole as u64)),
    };
}

fn warn(sink: &mut dyn Sink, message: String) {
    sink.event(&Event::Warning { message });
}
