//! From what people write to the files they mean.

use mbuild_rules::{ActionId, FileId};

use super::Loaded;
use crate::error::{Error, shown};

impl Loaded {
    /// The outputs of goals as people write them; the defaults, else the roots, when there are none.
    pub(crate) fn goals(&self, goals: &[Vec<u8>]) -> Result<Vec<FileId>, Error> {
        if !goals.is_empty() {
            return goals.iter().map(|goal| self.goal(goal)).collect();
        }
        if !self.manifest.defaults().is_empty() {
            return Ok(self.manifest.defaults().to_vec());
        }
        let roots = self.graph.roots(&self.manifest);
        if roots.is_empty() && self.manifest.action_count() > 0 {
            return Err(Error::NoRoots);
        }
        Ok(roots)
    }

    fn goal(&self, goal: &[u8]) -> Result<FileId, Error> {
        let path = mbuild_rules::path::canonical(goal);
        if let Some(file) = self.target_or_below_builddir(&path) {
            return Ok(file);
        }
        let input = path.strip_suffix(b"^").and_then(|path| self.target_or_below_builddir(path));
        if let Some(input) = input {
            let first = self.graph.consumers(input).first().copied();
            // Nothing consumes a source of a dyndep file or a discovered one by statement.
            let consumer = first.or_else(|| self.discovering(input));
            let output = consumer.and_then(|action| self.manifest.outputs(action).first().copied());
            return output.ok_or_else(|| Error::NoConsumer { goal: self.name(input) });
        }
        let known =
            |file| self.graph.producer(file).is_some() || !self.graph.consumers(file).is_empty();
        let suggestions = crate::goal::suggestions(&self.manifest, known, goal);
        Err(Error::UnknownGoal { goal: shown(goal), suggestions })
    }

    /// A file that some statement names, else the one of that name below `builddir`.
    fn target_or_below_builddir(&self, path: &[u8]) -> Option<FileId> {
        self.target(path).or_else(|| {
            let builddir = self.manifest.variable(b"builddir").filter(|dir| !dir.is_empty())?;
            self.target(&mbuild_rules::path::canonical(&[builddir, b"/", path].concat()))
        })
    }

    /// A file that some statement names.
    fn target(&self, path: &[u8]) -> Option<FileId> {
        let file = self.manifest.find(path)?;
        let named = self.graph.producer(file).is_some()
            || !self.graph.consumers(file).is_empty()
            || self.is_validation(file)
            || self.discovering(file).is_some();
        named.then_some(file)
    }

    fn is_validation(&self, file: FileId) -> bool {
        self.manifest.actions().any(|action| self.manifest.validations(action).contains(&file))
    }

    /// The first action that discovered `file` as a dependency.
    fn discovering(&self, file: FileId) -> Option<ActionId> {
        self.manifest.actions().find(|action| {
            let first = self.manifest.outputs(*action).first();
            let last = first.and_then(|output| self.state.last(*output));
            last.is_some_and(|last| {
                last.view().deps().any(|entry| self.state.file(entry.row) == Some(file))
            })
        })
    }
}
