//! Looking at files: their signatures, and their contents where those are not what they were.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mbuild_rules::{FileId, Manifest};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::Loaded;
use crate::contents::content_of;
use crate::error::Error;
use crate::files::Known;
use crate::scan::{Clock, racy, stat_all};
use crate::settings::Check;
use crate::signature::Signature;

impl Loaded {
    /// Takes the signatures of files that nobody has looked at in this build, and reads those that are
    /// not what they were.
    pub(crate) fn look_at(&mut self, files: &[FileId]) -> Result<(), Error> {
        let files: Vec<FileId> =
            files.iter().copied().filter(|file| !self.files.seen(*file)).collect();
        if files.is_empty() {
            return Ok(());
        }
        let (now, signatures) = self.signatures(&files);
        let trust = self.check != Check::Paranoid;
        let mut changed = Vec::new();
        for (file, signature) in files.into_iter().zip(signatures) {
            if self.files.look(file, signature, trust)
                && let Some(signature) = signature
            {
                changed.push((file, signature));
            }
        }
        if self.check != Check::Mtime {
            self.read_each(&changed, now);
        }
        Ok(())
    }

    /// Reads files that were looked at; `now` is a time before that.
    fn read_each(&mut self, changed: &[(FileId, Signature)], now: i64) {
        let reader = self.reader(now);
        let read =
            |(file, signature): &(FileId, Signature)| Some((*file, reader(*file, *signature)?));
        let read: Vec<_> = if changed.len() > 16 {
            changed.par_iter().filter_map(read).collect()
        } else {
            changed.iter().filter_map(read).collect()
        };
        drop(reader);
        for (file, known) in read {
            self.refreshed_to(file, known);
        }
    }

    /// Reads those of these files that were looked at and whose content is not known.
    fn read_unknown(&mut self, files: &[FileId]) {
        let now = self.clock_now();
        let mut unknown: Vec<(FileId, Signature)> = files
            .iter()
            .filter(|file| self.files.content(**file).is_none())
            .filter_map(|file| Some((*file, self.files.signature(*file)?)))
            .collect();
        unknown.sort_unstable_by_key(|(file, _)| *file);
        unknown.dedup_by_key(|(file, _)| *file);
        self.read_each(&unknown, now);
    }

    /// Reads files that were judged by their signatures; gives back those that may hold something else than
    /// when these were taken, so that what was read need not be what somebody else's command has read.
    pub(crate) fn read_or_edited(&mut self, files: &[FileId]) -> FxHashSet<FileId> {
        self.read_unknown(files);
        let paths: Vec<&[u8]> = files.iter().map(|file| self.manifest.path(*file)).collect();
        let now = stat_all(&self.dir, &paths).into_iter();
        let edited = files.iter().zip(now).filter(|(file, now)| {
            let racy = self.files.known(**file).is_some_and(|known| known.racy);
            racy || self.files.signature(**file) != *now
        });
        edited.map(|(file, _)| *file).collect()
    }

    /// The signatures of `files`, and the file system's clock before they were taken.
    fn signatures(&self, files: &[FileId]) -> (i64, Vec<Option<Signature>>) {
        let ahead = &self.ahead.signatures;
        let now = if ahead.is_empty() { self.clock_now() } else { self.ahead.now };
        let early = |file: &FileId| ahead.get(file.index()).copied().flatten();
        let late = files.iter().filter(|file| early(file).is_none());
        let late: Vec<&[u8]> = late.map(|file| self.manifest.path(*file)).collect();
        let mut late = stat_all(&self.dir, &late).into_iter();
        let signature = |file: &FileId| early(file).unwrap_or_else(|| late.next().flatten());
        (now, files.iter().map(signature).collect())
    }

    /// A command is about to run: what was looked at ahead may change from now on.
    pub(crate) fn look_no_more_ahead(&mut self) {
        self.ahead.signatures.clear();
    }

    /// Reads files that have the given signatures, when the file system's clock said `now` before.
    pub(crate) fn reader(
        &self,
        now: i64,
    ) -> impl Fn(FileId, Signature) -> Option<Known> + Send + Sync + use<'_> {
        let (dir, manifest, graph) = (&self.dir, &self.manifest, &self.graph);
        move |file, signature| {
            let place = place(dir, manifest, file);
            let digest = content_of(&place, &signature, graph.producer(file).is_some()).ok()?;
            Some(Known { signature, digest, racy: racy(&signature, now) })
        }
    }

    /// Takes in what a file holds.
    pub(crate) fn refreshed_to(&mut self, file: FileId, known: Known) {
        self.files.read(file, known);
        self.refreshed.push(file);
    }

    /// Reads one file now: a comparison needs it and it was never read before.
    pub(crate) fn read_now(&mut self, file: FileId) {
        let now = self.clock_now();
        // Whoever cannot be looked at is as good as missing; the command will say what is wrong.
        let signature = Signature::of(&self.place(file)).ok().flatten();
        match signature.and_then(|signature| self.reader(now)(file, signature)) {
            Some(known) => self.refreshed_to(file, known),
            None => self.files.gone(file),
        }
    }

    /// The place of a file.
    pub(crate) fn place(&self, file: FileId) -> PathBuf {
        place(&self.dir, &self.manifest, file)
    }

    fn clock_now(&self) -> i64 {
        clock_now(&self.state_dir)
    }

    /// Keeps the digests that had to be computed during planning.
    pub(crate) fn keep_refreshed(&mut self) {
        for file in std::mem::take(&mut self.refreshed) {
            if let Some(known) = self.files.known(file).copied() {
                self.state.keep_file(file, Some(&known), &self.manifest);
            }
        }
        for output in std::mem::take(&mut self.regenerated) {
            self.state.keep_generation(output, self.generation);
        }
    }
}

/// Without a clock every file read now counts as one that may still change unseen.
pub(super) fn clock_now(state_dir: &Path) -> i64 {
    let clock = Clock::open(state_dir);
    clock.and_then(|clock| clock.now()).unwrap_or(i64::MIN)
}

fn place(dir: &Path, manifest: &Manifest, file: FileId) -> PathBuf {
    dir.join(OsStr::from_bytes(manifest.path(file)))
}
