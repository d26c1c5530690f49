//! Bringing Ninja's files up to date after a build, with what it ran and with what they lacked before.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::FxHashSet;

use super::command_hash::command_hash;
use super::log::{self, Entry};
use super::maintain::{has_deps, lives};
use super::{DepsLog, Log, deps, replace};
use crate::error::{reason, shown};
use crate::loaded::Loaded;
use crate::recipe::{Discovery, Recipe};
use crate::signature::Signature;
use crate::state::record::Standing;

/// A command that Ninja's files do not know of yet.
pub(crate) struct Ran {
    action: ActionId,
    entry: Entry,
    /// What it read besides its declared inputs, or all it read; `None` when it does not tell.
    deps: Option<Vec<FileId>>,
}

impl Ran {
    /// A command, what it read, when it ran, and what its inputs are compared with.
    pub(crate) fn new(
        action: ActionId,
        recipe: &Recipe,
        deps: Vec<FileId>,
        times: (u64, u64),
        mtime_ns: i64,
    ) -> Self {
        let response = recipe.response.as_ref().map_or(&[][..], |(_, content)| content);
        let millis = |time| i64::try_from(time).unwrap_or(i64::MAX);
        let entry = Entry {
            start_ms: millis(times.0),
            end_ms: millis(times.1),
            mtime_ns,
            hash: command_hash(&recipe.command, response),
        };
        let tells = matches!(recipe.discovery, Discovery::Gcc | Discovery::Msvc(_));
        Self { action, entry, deps: tells.then_some(deps) }
    }
}

impl Loaded {
    /// Remembers a command for [`Loaded::write_logs`].
    pub(crate) fn log_run(&mut self, ran: Ran) {
        if self.logs.keep {
            self.logs.ran.push(ran);
        }
    }

    /// Writes what Ninja's files lack; nothing when they lack nothing.
    ///
    /// # Errors
    /// What could not be written, and why.
    pub(crate) fn write_logs(&mut self) -> Result<(), String> {
        if !self.logs.keep {
            return Ok(());
        }
        let mut ran = std::mem::take(&mut self.logs.ran);
        let read = self.logs.read.take();
        if ran.is_empty() && read.is_none() {
            return Ok(());
        }
        if let Some((log, _)) = read {
            let again: FxHashSet<ActionId> = ran.iter().map(|ran| ran.action).collect();
            let earlier = self.manifest.actions().filter(|action| !again.contains(action));
            let earlier: Vec<ActionId> = earlier.collect();
            let mut lacking: Vec<Ran> =
                earlier.into_iter().filter_map(|action| self.lacking(action, &log)).collect();
            lacking.append(&mut ran);
            ran = lacking;
        }
        let paths = self.log_paths();
        let files = [self.manifest.intern(&paths[0]), self.manifest.intern(&paths[1])];
        let failed = |path: &[u8], error: &io::Error| {
            format!("cannot write `{}`: {}", shown(path), reason(error))
        };
        if !ran.is_empty() {
            self.write_log(&ran, files[0]).map_err(|error| failed(&paths[0], &error))?;
            self.write_deps(&ran, files[1]).map_err(|error| failed(&paths[1], &error))?;
        }
        self.remember_logs(files);
        Ok(())
    }

    /// What the log lacks of an action that was recorded before this build: nothing when the log has it,
    /// or when the record is of another command.
    fn lacking(&mut self, action: ActionId, log: &Log) -> Option<Ran> {
        if self.manifest.rule(action) == Manifest::PHONY {
            return None;
        }
        let outputs = self.manifest.outputs(action);
        let first = *outputs.first()?;
        let last = self.state.last(first)?;
        let record = last.view();
        let knows = |output: &FileId| {
            let entry = log.entry(self.manifest.path(*output));
            entry.is_some_and(|entry| entry.mtime_ns >= record.mtime_ns())
        };
        if record.standing() != Standing::Good || outputs.iter().all(knows) {
            return None;
        }
        let recipe = self.recipes.of(&self.manifest, action);
        if recipe.command_digest() != record.command()
            || recipe.response_digest() != record.response()
        {
            return None;
        }
        let deps = record.deps().filter_map(|entry| self.state.file(entry.row)).collect();
        let times = (0, u64::from(record.duration_ms()));
        Some(Ran::new(action, &recipe, deps, times, record.mtime_ns()))
    }

    fn write_log(&self, ran: &[Ran], file: FileId) -> io::Result<()> {
        let path = self.place(file);
        let mut log = Log::read(&path)?.log;
        let mut text = if log.exists() { Vec::new() } else { log::header() };
        for ran in ran {
            for output in self.manifest.outputs(ran.action) {
                let output = self.manifest.path(*output);
                log::line_into(&mut text, output, &ran.entry);
                log.insert(output, ran.entry);
            }
        }
        if self.part.is_none() && log.wants_compaction() {
            let lives = |output: &[u8]| lives(&self.dir, &self.manifest, output);
            return replace(&path, &log.format(lives), ".recompact");
        }
        add(&path, &text, log.exists())
    }

    fn write_deps(&self, ran: &[Ran], file: FileId) -> io::Result<()> {
        if ran.iter().all(|ran| ran.deps.is_none()) {
            return Ok(());
        }
        let path = self.place(file);
        let mut log = DepsLog::read(&path)?.log;
        let mut text = if log.exists() { Vec::new() } else { deps::header() };
        for ran in ran {
            let Some(deps) = &ran.deps else { continue };
            let paths: Vec<&[u8]> = deps.iter().map(|file| self.manifest.path(*file)).collect();
            for output in self.manifest.outputs(ran.action) {
                let signature = Signature::of(&self.place(*output)).ok().flatten();
                let mtime = signature.map_or(0, |signature| signature.mtime_ns);
                log.record_into(&mut text, self.manifest.path(*output), mtime, &paths);
            }
        }
        // Whoever knows only some actions does not know what may go.
        if self.part.is_none() && log.wants_compaction() {
            let tells = |output: &[u8]| has_deps(&self.manifest, output);
            return replace(&path, &log.format(tells), ".recompact");
        }
        add(&path, &text, log.exists())
    }
}

/// Appends to a file, or makes it.
fn add(path: &Path, text: &[u8], exists: bool) -> io::Result<()> {
    if !exists {
        return std::fs::write(path, text);
    }
    File::options().append(true).open(path)?.write_all(text)
}
