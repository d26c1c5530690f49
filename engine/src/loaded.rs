//! A build directory as loaded: its rule files, the graph, the state, and what is known of its files.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use fixedbitset::FixedBitSet;
use mbuild_rules::{ActionId, FileId, Manifest, dyndep};
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};

use crate::contents::content_of;
use crate::digest::Digest;
use crate::error::{Error, reason, shown};
use crate::event::{Event, Sink};
use crate::files::{Files, Known};
use crate::graph::Graph;
use crate::ninja_log::Logs;
use crate::plan::{Progress, Reliance};
use crate::recipe::Recipes;
use crate::scan::{Clock, racy, stat_all};
use crate::settings::{Check, Settings};
use crate::signature::Signature;
use crate::snapshot::state_dir_ahead;
use crate::state::record::Short;
use crate::state::{self, State};
use read::RuleFile;

pub(crate) mod read;

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
}

/// Rule files and state, read at the same time.
struct Early {
    rules: read::Rules,
    state_dir: PathBuf,
    hold: Option<Hold>,
    read: state::Read,
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

impl Ahead {
    /// These rule files name the same files by the same ids.
    fn is_of(&self, dir: &Path, rules: &[RuleFile]) -> bool {
        let known = self.rules.iter().map(|(path, signature)| (path.as_slice(), Some(*signature)));
        let read = rules.iter().map(|file| (file.path.as_slice(), file.signature));
        // One that was edited right before it was read has its old signature there.
        known.eq(read) && read::are_current(dir, rules)
    }
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
    /// Reads the rule files and the state, which nobody else may change from then on.
    ///
    /// Where nothing was ever built there is no state yet, and none is made before [`Loaded::begin`].
    pub(crate) fn new(
        settings: &Settings,
        purpose: Purpose,
        mut ahead: Ahead,
        sink: &mut dyn Sink,
        lock: &mut Locker<'_>,
    ) -> Result<Self, Error> {
        let early = Self::read_early(settings, purpose, sink, lock)?;
        let (rules, state_dir, hold, mut read) = match early {
            Some(Early { rules, state_dir, hold, read }) => (rules, state_dir, hold, Some(read)),
            None => {
                let (rules, state_dir, hold) = Self::read_rules(settings, purpose, sink, lock)?;
                (rules, state_dir, hold, None)
            }
        };
        if !ahead.is_of(&settings.dir, &rules.files) {
            ahead = Ahead::default();
        }
        let mut manifest = rules.manifest;
        for warning in manifest.warnings() {
            sink.event(&Event::Warning { message: warning.clone() });
        }
        let check = settings.check.unwrap_or_else(|| check_of(&manifest, sink));
        let named = manifest.file_count();
        let look_ahead = || {
            if purpose == (Purpose::Build { everything: true }) && ahead.signatures.is_empty() {
                ahead.now = clock_now(&state_dir);
                let files = (0..named).filter_map(|file| u32::try_from(file).ok());
                let paths: Vec<&[u8]> = files.map(|file| manifest.path(FileId(file))).collect();
                let signatures = stat_all(&settings.dir, &paths);
                ahead.signatures = signatures.into_iter().map(Some).collect();
            }
            Graph::new(&manifest)
        };
        let write = hold.is_some_and(Hold::may_write);
        let read_state = || {
            let mut read = read.take().unwrap_or_else(|| State::read(&state_dir, write));
            read.find_files(&manifest);
            read
        };
        let (graph, read) = rayon::join(look_ahead, read_state);
        let mut files = Files::default();
        files.reserve(manifest.file_count());
        let (state, notes) = State::new(read, &mut manifest, &mut files);
        state.tell(notes, sink);
        let dyndeps =
            if rules.has_dyndeps { dyndep::by_file(&manifest) } else { HashMap::default() };
        let mut loaded = Self {
            dir: settings.dir.clone(),
            state_dir,
            check,
            manifest,
            graph,
            state,
            files,
            recipes: Recipes::new(settings.environment, &settings.dir),
            generation: rules.generation,
            declares_environment: rules.declares_environment,
            always: FixedBitSet::new(),
            any_always: false,
            phony: FxHashMap::default(),
            adopted: Vec::new(),
            regenerated: Vec::new(),
            folder_keys: FxHashMap::default(),
            touched: FixedBitSet::new(),
            dyndeps_loaded: FxHashSet::default(),
            dyndeps,
            refreshed: Vec::new(),
            ahead,
            logs: Logs::default(),
            hold: if purpose == Purpose::Look { Some(Hold::Nobody) } else { hold },
            rules: rules.files,
            circumstances: rules.circumstances,
            named,
            recorded: Vec::new(),
            reliance: Reliance::default(),
        };
        if settings.ninja_logs && loaded.has_begun() {
            loaded.read_logs(write, sink)?;
        }
        Ok(loaded)
    }

    /// Reads rule files and state at the same time, when the state is where it seems to be.
    fn read_early(
        settings: &Settings,
        purpose: Purpose,
        sink: &mut dyn Sink,
        lock: &mut Locker<'_>,
    ) -> Result<Option<Early>, Error> {
        let Some(state_dir) = state_dir_ahead(settings).filter(|dir| dir.is_dir()) else {
            return Ok(None);
        };
        let hold = match purpose {
            Purpose::Look => None,
            Purpose::Build { .. } => Some(lock(&state_dir, sink)?),
        };
        let write = hold.is_some_and(Hold::may_write);
        let (rules, read) =
            rayon::join(|| read::rules(settings), || State::read(&state_dir, write));
        let rules = rules?;
        let is_there = self::state_dir(settings, &rules.manifest) == state_dir;
        Ok(is_there.then_some(Early { rules, state_dir, hold, read }))
    }

    /// Reads the rule files, then takes the lock of the state that they name, if there is one.
    fn read_rules(
        settings: &Settings,
        purpose: Purpose,
        sink: &mut dyn Sink,
        lock: &mut Locker<'_>,
    ) -> Result<(read::Rules, PathBuf, Option<Hold>), Error> {
        loop {
            let rules = read::rules(settings)?;
            let state_dir = state_dir(settings, &rules.manifest);
            if purpose == Purpose::Look || !state_dir.is_dir() {
                return Ok((rules, state_dir, None));
            }
            let hold = lock(&state_dir, sink)?;
            // Who had the lock may have changed the rule files.
            if hold != (Hold::Ours { waited: true })
                && read::are_current(&settings.dir, &rules.files)
            {
                return Ok((rules, state_dir, Some(hold)));
            }
        }
    }

    /// It may be built from; otherwise see that it makes sense and then call [`Loaded::begin`].
    pub(crate) fn has_begun(&self) -> bool {
        self.hold.is_some()
    }

    /// Nobody else builds here, and what is done is recorded.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.hold, Some(Hold::Ours { .. }))
    }

    /// Makes the state of a rule file that was never built from. False when somebody else was quicker, or
    /// has changed the rule file: all has to be loaded again.
    pub(crate) fn begin(
        &mut self,
        settings: &Settings,
        sink: &mut dyn Sink,
        lock: &mut Locker<'_>,
    ) -> Result<bool, Error> {
        let hold = lock(&self.state_dir, sink)?;
        if hold == (Hold::Ours { waited: true }) || !read::are_current(&self.dir, &self.rules) {
            return Ok(false);
        }
        let read = State::read(&self.state_dir, hold.may_write());
        let (state, notes) = State::new(read, &mut self.manifest, &mut self.files);
        self.state = state;
        self.state.tell(notes, sink);
        self.hold = Some(hold);
        if settings.ninja_logs {
            self.read_logs(hold.may_write(), sink)?;
        }
        Ok(true)
    }

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
    pub(crate) fn read_unknown(&mut self, files: &[FileId]) {
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
            Some(Known { signature, digest, racy: now == i64::MIN || racy(&signature, now) })
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

    /// What an action has to say in a dyndep file is not known yet.
    pub(crate) fn dyndep_is_pending(&self, action: ActionId) -> bool {
        !self.dyndeps.is_empty()
            && self.manifest.dyndep(action).is_some_and(|file| !self.dyndeps_loaded.contains(&file))
    }

    /// Loads every dyndep file of these actions that is in place; true when that changed the graph.
    ///
    /// `unfinished` says whether the action that makes a file is still to be waited for; `tell` hears of
    /// each file before it is read.
    pub(crate) fn load_dyndeps(
        &mut self,
        order: &[ActionId],
        unfinished: impl Fn(ActionId) -> bool,
        mut tell: impl FnMut(&Event<'_>),
    ) -> Result<bool, Error> {
        if self.dyndeps_loaded.len() == self.dyndeps.len() {
            return Ok(false);
        }
        let mut ready = FxHashSet::default();
        let mut in_order = Vec::new();
        for action in order {
            let Some(file) = self.manifest.dyndep(*action) else { continue };
            let waits = self.graph.producer(file).is_some_and(&unfinished);
            if !waits && !self.dyndeps_loaded.contains(&file) && ready.insert(file) {
                in_order.push(file);
            }
        }
        for file in &in_order {
            tell(&Event::LoadingDyndep { path: self.name(*file) });
            self.load_dyndep(*file)?;
        }
        if !in_order.is_empty() {
            self.graph = Graph::new(&self.manifest);
            self.take_over_dyndeps(&in_order)?;
        }
        Ok(!in_order.is_empty())
    }

    /// Loads one dyndep file; the graph does not know of it yet.
    pub(crate) fn load_dyndep(&mut self, file: FileId) -> Result<(), Error> {
        let content = std::fs::read(self.place(file))
            .map_err(|error| Error::Loading { path: self.name(file), reason: reason(&error) })?;
        let actions = self.dyndeps.get(&file).map_or(&[][..], Vec::as_slice);
        dyndep::load_for(&mut self.manifest, file, actions, &content)?;
        self.dyndeps_loaded.insert(file);
        Ok(())
    }

    /// Some action has its dyndep file from this one.
    pub(crate) fn makes_dyndep(&self, action: ActionId) -> bool {
        !self.dyndeps.is_empty()
            && self.manifest.outputs(action).iter().any(|file| self.dyndeps.contains_key(file))
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

    /// No progress of any action.
    pub(crate) fn no_progress(&self) -> Vec<Progress> {
        vec![Progress::Idle; self.manifest.action_count()]
    }
}

/// Without a clock every file read now counts as one that may still change unseen.
fn clock_now(state_dir: &Path) -> i64 {
    let clock = Clock::open(state_dir);
    clock.and_then(|clock| clock.now()).unwrap_or(i64::MIN)
}

fn place(dir: &Path, manifest: &Manifest, file: FileId) -> PathBuf {
    dir.join(OsStr::from_bytes(manifest.path(file)))
}

/// What the rule file says of what makes an action out of date.
fn check_of(manifest: &Manifest, sink: &mut dyn Sink) -> Check {
    match manifest.variable(b"mbuild_check") {
        None | Some(b"" | b"content") => Check::Digest,
        Some(b"mtime") => Check::Mtime,
        Some(other) => {
            let other = shown(other);
            let message = format!("`mbuild_check` is `{other}`, expected `content` or `mtime`");
            sink.event(&Event::Warning { message });
            Check::Digest
        }
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
