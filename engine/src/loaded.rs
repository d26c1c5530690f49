//! A build directory as loaded: its rule files, the graph, the state, and what is known of its files.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest};
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::digest::Digest;
use crate::error::Error;
use crate::event::Sink;
use crate::files::Files;
use crate::graph::Graph;
use crate::ninja_log::Logs;
use crate::progress::Progress;
use crate::recipe::Recipes;
use crate::settings::{Check, Settings};
use crate::signature::Signature;
use crate::state::State;
use crate::state::record::Short;
use narrow::Part;
use read::RuleFile;
use reliance::Reliance;

mod dyndeps;
mod excerpt;
mod goals;
mod links;
mod look;
pub(crate) mod narrow;
mod open;
mod parts;
pub(crate) mod read;
mod reliance;

/// A build directory as loaded.
pub struct Loaded {
    pub(crate) dir: PathBuf,
    pub(crate) state_dir: PathBuf,
    pub(crate) check: Check,
    pub(crate) manifest: Manifest,
    pub(crate) graph: Graph,
    pub(crate) state: State,
    pub(crate) files: Files,
    pub(crate) recipes: Recipes,
    /// Stands for all rule files and for what else decides about commands before any is looked at.
    pub(crate) generation: i64,
    /// Some rule says which variables its command sees.
    pub(crate) declares_environment: bool,
    /// Phony actions that stand for "always out of date".
    pub(crate) always: FixedBitSet,
    /// There is such an action: looking through the set for each action would take too long.
    pub(crate) any_always: bool,
    /// What is behind each phony action, as far as it was asked for.
    pub(crate) phony: FxHashMap<ActionId, Short>,
    /// Generators that somebody else ran.
    pub(crate) adopted: Vec<ActionId>,
    /// First outputs of actions found good though the rules changed.
    pub(crate) regenerated: Vec<FileId>,
    /// The keys of actions that ran in this build and made a folder.
    pub(crate) folder_keys: FxHashMap<ActionId, [u8; 32]>,
    /// Files that this build changed, by time stamps.
    pub(crate) touched: FixedBitSet,
    dyndeps_loaded: FxHashSet<FileId>,
    /// The actions that name each dyndep file.
    pub(crate) dyndeps: HashMap<FileId, Vec<ActionId>, FxBuildHasher>,
    refreshed: Vec<FileId>,
    ahead: Ahead,
    pub(crate) logs: Logs,
    hold: Option<Hold>,
    pub(crate) rules: Vec<RuleFile>,
    /// Which programs commands run and what they see, before any of them is looked at.
    pub(crate) circumstances: Digest,
    /// How many files the rule files name; those after them came by the state or by running.
    pub(crate) named: usize,
    /// Actions whose result was recorded in this build.
    pub(crate) recorded: Vec<ActionId>,
    /// What became of files that plans rely on.
    pub(crate) reliance: Reliance,
    /// Not all actions were loaded.
    pub(crate) part: Option<Part>,
}

/// Takes the lock of a state folder.
pub(crate) type Locker<'a> = dyn FnMut(&Path, &mut dyn Sink) -> Result<Hold, Error> + 'a;

/// Signatures that were taken before anybody asked for them; nothing has run since.
#[derive(Default)]
pub(crate) struct Ahead {
    /// The rule files whose ids these are.
    pub(crate) rules: Vec<(Vec<u8>, Signature)>,
    /// The file system's clock before that.
    pub(crate) now: i64,
    /// By file, for those that were looked at: files that the state or a depfile names are not among them.
    pub(crate) signatures: Vec<Option<Option<Signature>>>,
}

/// Whether a caller means to build or only to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Build {
        /// All that is built by default, and not some goals.
        everything: bool,
    },
    Look,
}

/// Who has the state folder for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hold {
    /// This build, which may have had to wait for it.
    Ours {
        /// It had to.
        waited: bool,
    },
    /// The build that waits for this one.
    Ancestor,
    /// Nobody: the folder cannot be locked.
    Nobody,
}

impl Hold {
    /// What is done may be recorded.
    fn may_write(self) -> bool {
        self != Self::Ancestor
    }
}

impl Loaded {
    /// The statements of the rule files, with what dyndep files have added so far.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Producers and consumers.
    pub fn graph(&self) -> &Graph {
        &self.graph
    }

    /// Where the state lives.
    pub fn state_dir(&self) -> &Path {
        &self.state_dir
    }

    /// Forgets what only one plan may rely on.
    pub(crate) fn begin_plan(&mut self) {
        self.always = FixedBitSet::with_capacity(self.manifest.action_count());
        self.any_always = false;
        self.phony.clear();
        self.adopted.clear();
        self.regenerated.clear();
    }

    /// The action writes rule files: its command may change freely and its outputs are never removed.
    pub(crate) fn is_generator(&self, action: ActionId) -> bool {
        !self.manifest.binding(action, b"generator").is_empty()
    }

    /// No output is older than any input.
    pub(crate) fn outputs_are_newer(&self, action: ActionId) -> bool {
        let time = |file: &FileId| self.files.signature(*file).map(|signature| signature.mtime_ns);
        let inputs = self.manifest.inputs(action);
        let counted = inputs.len() - self.manifest.order_only_inputs(action).len();
        let newest = inputs[..counted].iter().filter_map(time).max();
        let oldest = self.manifest.outputs(action).iter().filter_map(time).min();
        newest.is_none_or(|newest| oldest.is_some_and(|oldest| newest <= oldest))
    }

    /// Tells what is known of the programs that ran last time.
    pub(crate) fn remember_tools(&self, order: &[ActionId]) {
        let tools = self.recipes.all_tools();
        let mut met = FxHashSet::default();
        for action in order {
            let Some(first) = self.manifest.outputs(*action).first() else { continue };
            let Some(last) = self.state.last(*first) else { continue };
            for entry in last.view().tools() {
                if met.insert(entry.row)
                    && let Some(file) = self.state.file(entry.row)
                    && let Some(known) = self.files.known(file)
                    && !known.racy
                {
                    let path = Path::new(OsStr::from_bytes(self.manifest.path(file)));
                    tools.remember(path, known.signature, known.digest);
                }
            }
        }
    }

    /// The action is known to have nothing to do, and what it needs is not loaded.
    pub(crate) fn is_settled(&self, action: ActionId) -> bool {
        self.part.as_ref().is_some_and(|part| part.is_settled(action))
    }

    /// How many commands the goals need whose plan is about these actions.
    pub(crate) fn count_commands(&self, order: &[ActionId]) -> usize {
        let commands =
            order.iter().filter(|action| self.manifest.rule(**action) != Manifest::PHONY);
        self.part.as_ref().map_or_else(|| commands.count(), |part| part.actions)
    }

    /// No progress of any action.
    pub(crate) fn no_progress(&self) -> Vec<Progress> {
        vec![Progress::Idle; self.manifest.action_count()]
    }
}

/// Where the state of a rule file lives; when nobody says, in `.mbuild` of its `builddir`.
pub fn state_dir(settings: &Settings, manifest: &Manifest) -> PathBuf {
    given_state_dir(settings).unwrap_or_else(|| {
        default_state_dir(settings, manifest.variable(b"builddir").unwrap_or_default())
    })
}

/// Where somebody says that the state lives.
pub(crate) fn given_state_dir(settings: &Settings) -> Option<PathBuf> {
    settings.state_dir.as_ref().map(|dir| settings.dir.join(dir))
}

/// Where the state lives when nobody says.
pub(crate) fn default_state_dir(settings: &Settings, builddir: &[u8]) -> PathBuf {
    settings.dir.join(OsStr::from_bytes(builddir)).join(".mbuild")
}
