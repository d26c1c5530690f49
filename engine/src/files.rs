//! What a build knows of each file: its signature now, and the digest of its content.

use mbuild_rules::FileId;

use crate::digest::Digest;
use crate::signature::Signature;
use crate::state::record::{MISSING, Short, short};

/// A digest and the signature that it goes with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) signature: Signature,
    pub(crate) digest: Digest,
    /// The file could have changed since without getting another signature: good for this build only.
    pub(crate) racy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    /// Nobody has looked yet; what is recalled from the state may be there.
    Not,
    /// It was not there.
    Missing,
    /// It is there; its content is not known yet.
    Here(Signature),
    /// It is there and its content is known.
    Read,
}

/// What a build knows of each file, by its id.
#[derive(Default)]
pub(crate) struct Files {
    known: Vec<Option<Known>>,
    look: Vec<Look>,
}

impl Files {
    /// Makes room for this many files.
    pub(crate) fn reserve(&mut self, files: usize) {
        self.look.resize(files, Look::Not);
        self.known.resize(files, None);
    }

    fn grow(&mut self, file: FileId) {
        if self.look.len() <= file.index() {
            self.look.resize(file.index() + 1, Look::Not);
            self.known.resize(file.index() + 1, None);
        }
    }

    /// What an earlier build knew.
    pub(crate) fn recall(&mut self, file: FileId, known: Known) {
        self.grow(file);
        self.known[file.index()] = Some(known);
    }

    /// What an earlier build knew, or this one knows.
    pub(crate) fn recalled(&self, file: FileId) -> Option<&Known> {
        self.known.get(file.index())?.as_ref()
    }

    /// It was looked at in this build.
    pub(crate) fn seen(&self, file: FileId) -> bool {
        self.look.get(file.index()).is_some_and(|look| *look != Look::Not)
    }

    /// Takes in what `stat` says; true when the file was known and has to be read to know it again.
    pub(crate) fn look(&mut self, file: FileId, signature: Option<Signature>, trust: bool) -> bool {
        self.grow(file);
        let at = file.index();
        let Some(signature) = signature else {
            self.look[at] = Look::Missing;
            return false;
        };
        match &self.known[at] {
            Some(known) if trust && !known.racy && known.signature == signature => {
                self.look[at] = Look::Read;
                false
            }
            known => {
                self.look[at] = Look::Here(signature);
                known.is_some()
            }
        }
    }

    /// Takes in the content.
    pub(crate) fn read(&mut self, file: FileId, known: Known) {
        self.grow(file);
        self.known[file.index()] = Some(known);
        self.look[file.index()] = Look::Read;
    }

    /// It is not there any more.
    pub(crate) fn gone(&mut self, file: FileId) {
        self.grow(file);
        self.look[file.index()] = Look::Missing;
    }

    /// It was looked at and is not there.
    pub(crate) fn missing(&self, file: FileId) -> bool {
        self.look.get(file.index()) == Some(&Look::Missing)
    }

    /// Its signature in this build.
    pub(crate) fn signature(&self, file: FileId) -> Option<Signature> {
        match self.look.get(file.index())? {
            Look::Not | Look::Missing => None,
            Look::Here(signature) => Some(*signature),
            Look::Read => self.known[file.index()].map(|known| known.signature),
        }
    }

    /// Digest and signature, when the content is known in this build.
    pub(crate) fn known(&self, file: FileId) -> Option<&Known> {
        match self.look.get(file.index())? {
            Look::Read => self.known[file.index()].as_ref(),
            _ => None,
        }
    }

    /// Its content for a comparison; `None` when it was not read.
    pub(crate) fn content(&self, file: FileId) -> Option<Short> {
        match self.look.get(file.index())? {
            Look::Missing => Some(MISSING),
            Look::Read => self.known[file.index()].as_ref().map(|known| short(&known.digest)),
            Look::Not | Look::Here(_) => None,
        }
    }

    /// All files that were looked at in this build, each with its signature; `None` is not there.
    pub(crate) fn looked_at(&self) -> impl Iterator<Item = (FileId, Option<Signature>)> + '_ {
        let ids = (0_u32..).map(FileId).zip(&self.look);
        ids.filter(|(_, look)| **look != Look::Not).map(|(file, _)| (file, self.signature(file)))
    }

    /// Files that could have changed since they were read without getting another signature.
    pub(crate) fn racy(&self) -> impl Iterator<Item = (FileId, Known)> + '_ {
        (0_u32..).zip(&self.look).filter_map(|(id, look)| {
            let known = self.known[id as usize].filter(|known| known.racy)?;
            (*look == Look::Read).then_some((FileId(id), known))
        })
    }
}
