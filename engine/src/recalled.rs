//! What a build directory remembers of earlier builds, for whoever only looks.

use mbuild_rules::{ActionId, FileId};

use crate::contents::content_of;
use crate::loaded::Loaded;
use crate::signature::Signature;
use crate::state::record::{MISSING, Standing, short};

/// What an action's command said it depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// The files, in the order of its depfile.
    pub files: Vec<FileId>,
    /// When its first output was written, in nanoseconds; 0 when that is gone.
    pub mtime_ns: i64,
    /// The first output is still what the command wrote.
    pub valid: bool,
}

/// An output that some action made once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recalled {
    /// The file.
    pub file: FileId,
    /// It is still what the action wrote.
    pub unchanged: bool,
}

impl Loaded {
    /// What the last run of an action discovered; `None` when nothing is remembered of it.
    pub fn discovered(&self, action: ActionId) -> Option<Discovered> {
        let output = *self.manifest().outputs(action).first()?;
        let last = self.state.last(output)?;
        let record = last.view();
        if record.standing() != Standing::Good {
            return None;
        }
        let signature = Signature::of(&self.place(output)).ok().flatten();
        let written = record.outputs().next().map_or(MISSING, |entry| entry.content);
        Some(Discovered {
            files: record.deps().filter_map(|entry| self.state.file(entry.row)).collect(),
            mtime_ns: signature.map_or(0, |signature| signature.mtime_ns),
            valid: self.is_still(output, &written),
        })
    }

    /// Every output that is there and that some action made, whether or not one makes it now.
    pub fn recalled_outputs(&self) -> Vec<Recalled> {
        let here = |file| Signature::of(&self.place(file)).ok().flatten().is_some();
        let outputs = self.state.recorded_outputs().into_iter();
        outputs
            .filter(|(file, _)| here(*file))
            .map(|(file, content)| Recalled { file, unchanged: self.is_still(file, &content) })
            .collect()
    }

    /// The file has this content.
    fn is_still(&self, file: FileId, content: &crate::state::record::Short) -> bool {
        let place = self.place(file);
        let Some(signature) = Signature::of(&place).ok().flatten() else { return false };
        content_of(&place, &signature, true).is_ok_and(|digest| short(&digest) == *content)
    }
}
