//! What tools want to know of a build directory besides its rule files.

pub mod links;
pub mod walk;

use mbuild_rules::{ActionId, FileId, Manifest};

use crate::digest::hash_file;
use crate::error::Error;
use crate::graph::Graph;
use crate::loaded::Loaded;
use crate::signature::Signature;
use crate::state::history::{Order, PastBuild, PastRun};
use crate::state::record::{Standing, short};

/// The dependencies that an action discovered when it ran last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// Their paths, in the order in which they were found.
    pub paths: Vec<Vec<u8>>,
    /// The time stamp recorded with them, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// They are those of the output that is there now.
    pub valid: bool,
}

impl Loaded {
    /// The outputs that a build without goals brings up to date, or those that `goals` name.
    ///
    /// # Errors
    /// An unknown goal.
    pub fn resolve(&self, goals: &[Vec<u8>]) -> Result<Vec<FileId>, Error> {
        self.goals(goals)
    }

    /// Loads every dyndep file that is there, for tools that show or remove outputs; one that is
    /// missing or wrong is left out.
    pub fn load_present_dyndeps(&mut self) {
        let mut files: Vec<FileId> = self.dyndeps.keys().copied().collect();
        files.sort_unstable();
        for file in files {
            if self.place(file).is_file() {
                // The build says what is wrong with it.
                let _ = self.load_dyndep(file);
            }
        }
        self.graph = Graph::new(&self.manifest);
    }

    /// What an action discovered, by its first output; `None` when it never ran to success or does
    /// not discover anything.
    pub fn discovered(&self, output: FileId) -> Option<Discovered> {
        let action = self.graph.producer(output)?;
        let first = self.manifest.outputs(action).first().copied()?;
        let last = self.state.last(first).filter(|_| self.discovers(action))?;
        let record = last.view();
        if record.standing() != Standing::Good {
            return None;
        }
        let paths = record
            .deps()
            .filter_map(|entry| self.state.file(entry.row))
            .map(|file| self.manifest.path(file).to_vec())
            .collect();
        let valid = record.outputs().all(|entry| {
            self.state.file(entry.row).is_some_and(|file| self.has_content(file, entry.content))
        });
        Some(Discovered { paths, mtime_ns: record.mtime_ns(), valid })
    }

    /// The rule says that the command tells what it reads.
    fn discovers(&self, action: ActionId) -> bool {
        !self.manifest.binding(action, b"depfile").is_empty()
            || !self.manifest.binding(action, b"deps").is_empty()
    }

    /// Every file that some action made here, and that is neither an output nor an input any more, as
    /// long as nobody has changed it since.
    pub fn dead_outputs(&self) -> Vec<Vec<u8>> {
        let mut dead: Vec<Vec<u8>> = self
            .state
            .recorded_outputs()
            .into_iter()
            .filter(|(file, content)| {
                self.graph.producer(*file).is_none()
                    && self.graph.consumers(*file).is_empty()
                    && self.has_content(*file, *content)
            })
            .map(|(file, _)| self.manifest.path(file).to_vec())
            .collect();
        dead.sort_unstable();
        dead.dedup();
        dead
    }

    fn has_content(&self, file: FileId, content: crate::state::record::Short) -> bool {
        let place = self.place(file);
        match Signature::of(&place) {
            Ok(Some(signature)) if signature.is_folder() => false,
            Ok(Some(_)) => hash_file(&place).is_ok_and(|digest| short(&digest) == content),
            Ok(None) | Err(_) => false,
        }
    }

    /// The latest builds that ran something, the newest first.
    pub fn builds(&self, limit: usize) -> Vec<PastBuild> {
        self.state.builds(limit)
    }

    /// One build, as long as the history goes back.
    pub fn past_build(&self, id: i64) -> Option<PastBuild> {
        self.state.build(id)
    }

    /// The actions that ran most often or took longest in the builds that are kept, each with its runs,
    /// the newest first; what was restored is no run.
    pub fn most(&self, order: Order, limit: usize) -> Vec<Vec<PastRun>> {
        self.state.most(order, limit)
    }

    /// What one build did, in the order in which it started.
    pub fn runs_of_build(&self, build: i64) -> Vec<PastRun> {
        self.state.runs_of_build(build)
    }

    /// The last run of the action that makes `output`.
    pub fn last_run(&self, output: FileId) -> Option<PastRun> {
        let action = self.graph.producer(output)?;
        self.state.last_run(self.manifest.outputs(action).first().copied()?)
    }

    /// How long each action took when it ran last, in milliseconds, by its number.
    pub fn durations(&self) -> Vec<Option<u32>> {
        let duration = |action| {
            let first = self.manifest.outputs(action).first()?;
            Some(self.state.last(*first)?.view().duration_ms())
        };
        self.manifest.actions().map(duration).collect()
    }

    /// The file is the name of a phony action.
    pub fn is_phony(&self, file: FileId) -> bool {
        let producer = self.graph.producer(file);
        producer.is_some_and(|producer| self.manifest.rule(producer) == Manifest::PHONY)
    }
}
