//! What a caller decides about a build.

use std::path::PathBuf;

pub use crate::jobserver::Jobserver;

/// Everything a build is told from outside; the two faces differ only in these values.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder commands run in; paths of the rule file are relative to it.
    pub dir: PathBuf,
    /// The rule file, relative to `dir`.
    pub rule_file: Vec<u8>,
    /// Where `state.db` and the lock live. `None`: `.mbuild` in the rule file's
    /// `builddir` (or in `dir`).
    pub state_dir: Option<PathBuf>,
    /// How many commands may run at once; `None` is no limit.
    pub jobs: Option<usize>,
    /// No more commands are started than fit below this load of the machine, beside others.
    pub max_load: Option<f64>,
    /// How much memory commands may take together.
    pub memory: Memory,
    /// Whom the jobs are shared with.
    pub jobserver: Jobserver,
    /// How many failures stop the build; `None` is no limit.
    pub keep_going: Option<usize>,
    /// A failure stops the commands that run beside it.
    pub fail_fast: bool,
    /// Say what would run, run nothing.
    pub dry_run: bool,
    /// What makes an action out of date; `None` is what the rule file's `mbuild_check` says.
    pub check: Option<Check>,
    /// What commands see of the environment.
    pub environment: Environment,
    /// What to do about a declared output that did not appear.
    pub missing_output: MissingOutput,
    /// The machine-wide store; `None` switches it off.
    pub store: Option<StoreSettings>,
    /// Keep depfiles that Ninja would delete (`-d keepdepfile`).
    pub keep_depfiles: bool,
    /// Keep response files of successful commands (`-d keeprsp`).
    pub keep_response_files: bool,
    /// A phony action that names itself is an error (`-w phonycycle=err`).
    pub phony_cycle_is_error: bool,
    /// What to do when a command of a build of the same folder runs this build.
    pub nested: Nested,
    /// Take over what Ninja did from `.ninja_log` and `.ninja_deps`, and keep them up to date (the
    /// ninja face).
    pub ninja_logs: bool,
    /// The command line, kept with the build's record.
    pub command_line: Vec<String>,
}

impl Settings {
    /// The build of `build.ninja` in `dir`, one command at a time, until the first failure: by content, in
    /// the minimal environment, without a store, and what is declared has to be made. Its state is where the
    /// rule file says.
    pub fn new(dir: impl Into<PathBuf>) -> Self {
        Self {
            dir: dir.into(),
            rule_file: b"build.ninja".to_vec(),
            state_dir: None,
            jobs: Some(1),
            max_load: None,
            memory: Memory::default(),
            jobserver: Jobserver::None,
            keep_going: Some(1),
            fail_fast: false,
            dry_run: false,
            check: None,
            environment: Environment::Minimal,
            missing_output: MissingOutput::Error,
            store: None,
            keep_depfiles: false,
            keep_response_files: false,
            phony_cycle_is_error: false,
            nested: Nested::Refuse,
            ninja_logs: false,
            command_line: Vec::new(),
        }
    }
}

/// How much memory commands may take together, by what each took at most the last time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Memory {
    /// Nobody counts.
    Unlimited,
    /// What the machine has available.
    #[default]
    Available,
    /// The same, and no more than this many bytes.
    AtMost(u64),
}

/// What makes an action out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check {
    /// Content; signatures only save reading.
    Digest,
    /// Time stamps, as Ninja decides.
    Mtime,
    /// Content, always read, never trusted by signature.
    Paranoid,
}

/// What a command sees of the environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// The documented minimal set and what `mbuild_env` adds; all of it is in the action key.
    Minimal,
    /// Everything; only what `mbuild_env` names is in the action key (the ninja face).
    Inherit,
}

/// What to do when the build that holds the folder waits, by one of its commands, for this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nested {
    /// An error at once.
    Refuse,
    /// Build beside it, as Ninja does; the state is read and nothing recorded (the ninja face).
    Build,
}

/// What to do about a declared output that did not appear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingOutput {
    /// The action failed.
    Error,
    /// A warning.
    Warn,
    /// Nothing is said (the ninja face).
    Ignore,
}

/// Where the machine-wide store is and how large it may grow.
#[derive(Clone, Debug)]
pub struct StoreSettings {
    /// Its folder.
    pub dir: PathBuf,
    /// Bytes of blobs kept after a build.
    pub max_bytes: u64,
}
