//! Whether all is still as a snapshot says.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::ByteSlice;
use rayon::prelude::*;
use rustix::fd::AsFd;

use super::Snapshot;
use crate::run::environment::Environment;
use crate::scan::{open_folder, stat_folder};
use crate::settings::Settings;
use crate::signature::Signature;
use crate::state;

/// How many files one thread takes at a time.
const RUN: usize = 1_024;

/// What a look at all files has shown.
pub(crate) enum Found {
    /// Nothing has changed.
    Same,
    /// These files have, by their rows, rising: what they are now.
    Different(Vec<(usize, Option<Signature>)>),
    /// It cannot be said.
    Unknown,
}

impl Snapshot {
    /// State, rule files and environment are those of the snapshot.
    pub(crate) fn is_of(&self, settings: &Settings, state_dir: &Path) -> bool {
        let same = |path: &Path, before: &Signature| {
            Signature::of(path).is_ok_and(|now| now.as_ref() == Some(before))
        };
        let environment = |(declared, before): &(Vec<u8>, _)| {
            let names: Vec<&[u8]> = declared.fields().collect();
            Environment::new(settings.environment, &names).digest() == before
        };
        same(&state_dir.join(state::FILE_NAME), &self.state)
            && state::is_closed(state_dir)
            && self.rules_are_current(&settings.dir)
            && self.environments.iter().all(environment)
    }

    /// The rule files are those of the snapshot.
    pub(crate) fn rules_are_current(&self, dir: &Path) -> bool {
        self.rules.iter().all(|(path, before)| {
            let now = Signature::of(&dir.join(OsStr::from_bytes(path)));
            now.is_ok_and(|now| now.as_ref() == Some(before))
        })
    }

    /// Looks at all files.
    pub(crate) fn look(&self, dir: &Path) -> Found {
        let Ok(dir) = open_folder(dir) else { return Found::Unknown };
        let (dir, files) = (dir.as_fd(), &self.files);
        let look = |run: &super::table::Run| {
            let mut different = Vec::new();
            let mut row = run.rows.start;
            let names = run.rows.clone().map(|row| files.name(row));
            stat_folder(dir, files.folder(run.folder), names, |signature| {
                if !files.has(row, signature.as_ref()) {
                    different.push((row, signature));
                }
                row += 1;
            });
            different
        };
        let runs = files.runs(RUN);
        // Few files are looked at before a thread has started.
        let different: Vec<(usize, Option<Signature>)> = if files.len() < RUN {
            runs.iter().flat_map(look).collect()
        } else {
            runs.par_iter().flat_map_iter(look).collect()
        };
        if different.is_empty() { Found::Same } else { Found::Different(different) }
    }

    /// All files that the rule file names, by id, as they are now when these rows are different; `None` for
    /// those that were not looked at.
    pub(crate) fn signatures_now(
        &self,
        different: &[(usize, Option<Signature>)],
    ) -> Vec<Option<Option<Signature>>> {
        let mut now: Vec<Option<Option<Signature>>> = Vec::new();
        let mut different = different.iter().copied().peekable();
        for (row, (file, before)) in self.files.rows().enumerate() {
            let changed = different.next_if(|(other, _)| *other == row);
            let Some(file) = file else { continue };
            if now.len() <= file.index() {
                now.resize(file.index() + 1, None);
            }
            now[file.index()] = Some(changed.map_or(before, |(_, signature)| signature));
        }
        now
    }
}
