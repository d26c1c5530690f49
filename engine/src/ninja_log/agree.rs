//! Whether Ninja's files are as the state remembers them, and that they no longer are.

use mbuild_rules::{ActionId, FileId};

use super::{Log, paths};
use crate::digest::Digest;
use crate::files::Known;
use crate::loaded::Loaded;
use crate::signature::Signature;
use crate::state::record::{Cost, Record, Standing};

impl Loaded {
    pub(crate) fn log_paths(&self) -> [Vec<u8>; 2] {
        paths(&self.manifest)
    }

    /// Both files have the signatures that the state remembers. There is no second one where no command
    /// tells what it reads.
    pub(super) fn logs_are_as_remembered(&self, files: [FileId; 2]) -> bool {
        let remembered = |file| self.files.recalled(file).map(|known| known.signature);
        remembered(files[0]).is_some()
            && files
                .iter()
                .all(|file| Signature::of(&self.place(*file)).ok().flatten() == remembered(*file))
    }

    /// Ninja's files are as the state remembers them, and are to be kept up to date.
    pub(crate) fn logs_agree(&mut self) -> bool {
        self.logs.keep = true;
        let paths = self.log_paths();
        let files = [self.manifest.intern(&paths[0]), self.manifest.intern(&paths[1])];
        self.logs_are_as_remembered(files)
    }

    /// A command is about to start: from now on the state knows more than the files.
    pub(crate) fn logs_fall_behind(&mut self, action: ActionId) {
        self.doubt_log(action);
        if std::mem::replace(&mut self.logs.forgotten, true) {
            return;
        }
        for path in self.log_paths() {
            if let Some(file) = self.manifest.find(&path)
                && self.files.recalled(file).is_some()
            {
                self.state.keep_file(file, None, &self.manifest);
            }
        }
    }

    /// Ninja's log may still say that an action is good which is killed with this build; only where there is
    /// no record of ours would the next build believe that.
    fn doubt_log(&mut self, action: ActionId) {
        let Some((log, _)) = &self.logs.read else { return };
        let Some(first) = self.manifest.outputs(action).first().copied() else { return };
        let Some(entry) = log.entry(self.manifest.path(first)) else { return };
        if self.state.last_view(first).is_none() {
            let mut record = Record::without_proof(Standing::Failed, Cost::default());
            record.mtime_ns = entry.mtime_ns;
            self.state.keep_record(first, self.generation, &record, &self.manifest);
        }
    }

    /// The files agree with the state.
    pub(super) fn remember_logs(&mut self, files: [FileId; 2]) {
        for file in files {
            if let Ok(Some(signature)) = Signature::of(&self.place(file)) {
                // The content is not read here, so nobody may trust the digest.
                let known = Known { signature, digest: Digest([0; 32]), racy: true };
                self.state.keep_file(file, Some(&known), &self.manifest);
            }
        }
    }

    /// The outputs that `.ninja_log` has and that are neither output nor input of any action now.
    pub fn dead_logged_outputs(&self, log: &Log) -> Vec<Vec<u8>> {
        let is_dead = |output: &&[u8]| match self.manifest.find(output) {
            Some(file) => {
                self.graph.producer(file).is_none() && self.graph.consumers(file).is_empty()
            }
            None => true,
        };
        log.outputs().into_iter().filter(is_dead).map(<[u8]>::to_vec).collect()
    }
}
