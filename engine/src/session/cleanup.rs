//! What is left of a command that was interrupted: half-written outputs are removed.

use super::build::Build;
use crate::signature::Signature;
use crate::work::Finished;

impl Build<'_> {
    /// Removes the outputs that an interrupted command has touched, all of them with its depfile if it has
    /// one; those of a generator stay, because without its rule file a build directory is lost.
    pub(super) fn remove_touched(&mut self, finished: &Finished) {
        if finished.recipe.generator {
            return;
        }
        for output in self.loaded.manifest.outputs(finished.action).to_vec() {
            let place = self.loaded.place(output);
            let now = Signature::of(&place).ok().flatten();
            let touched = now.is_some() && now != self.loaded.files.signature(output);
            // A depfile may have been written before the output that goes with it.
            let doubtful = touched || !finished.recipe.depfile.is_empty();
            if doubtful && std::fs::remove_file(&place).is_ok() {
                self.loaded.files.gone(output);
            }
        }
        if !finished.recipe.depfile.is_empty() {
            use std::os::unix::ffi::OsStrExt;
            let depfile = std::ffi::OsStr::from_bytes(&finished.recipe.depfile);
            // It may well not have been written yet.
            let _ = std::fs::remove_file(self.loaded.dir.join(depfile));
        }
    }
}
