//! Opening a build directory: who holds it, its rule files and its state.

use std::path::{Path, PathBuf};

use mbuild_rules::{FileId, Manifest, dyndep};

use super::look::clock_now;
use super::parts::Parts;
use super::read::{self, RuleFile};
use super::{Ahead, Hold, Loaded, Locker, Purpose, state_dir};
use crate::error::Error;
use crate::event::{Event, Sink};
use crate::files::Files;
use crate::graph::Graph;
use crate::scan::stat_all;
use crate::settings::{Check, Settings};
use crate::snapshot::state_dir_ahead;
use crate::state::{self, State};

/// Rule files and state, read at the same time.
struct Early {
    rules: read::Rules,
    state_dir: PathBuf,
    hold: Option<Hold>,
    read: state::Read,
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
        let check = settings.check.unwrap_or_else(|| check_of(&manifest));
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
        let parts = Parts {
            state_dir,
            check,
            manifest,
            graph,
            state,
            files,
            generation: rules.generation,
            declares_environment: rules.declares_environment,
            ahead,
            hold: if purpose == Purpose::Look { Some(Hold::Nobody) } else { hold },
            circumstances: rules.circumstances,
            named,
        };
        let mut loaded = Self { rules: rules.files, ..Self::of(parts, settings) };
        if rules.has_dyndeps {
            loaded.dyndeps = dyndep::by_file(&loaded.manifest);
        }
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
}

/// What the rule file says of what makes an action out of date; reading it has warned of other values.
fn check_of(manifest: &Manifest) -> Check {
    match manifest.variable(b"mbuild_check") {
        Some(b"mtime") => Check::Mtime,
        _ => Check::Digest,
    }
}
