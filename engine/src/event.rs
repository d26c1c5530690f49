//! Everything that happens in a build, as one stream that every reporter, file and test reads.

use serde::{Deserialize, Serialize};

/// Takes events; called from the engine's own thread, in order.
pub trait Sink {
    /// One thing happened.
    fn event(&mut self, event: &Event<'_>);
}

/// One thing that happened. Times are milliseconds since the build began.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event<'a> {
    /// Another invocation holds the build directory; this one waits.
    Waiting {
        /// Its process id, when it said so.
        pid: Option<u32>,
        /// Its command line, when it said so.
        command_line: Option<String>,
    },
    /// The state or a store entry was damaged; work will be done again.
    Repaired {
        /// Which file or part.
        what: String,
        /// What was wrong and what was done.
        detail: String,
    },
    /// Something is odd but the build goes on.
    Warning {
        /// One sentence.
        message: String,
    },
    /// The rule file was rebuilt and is read again: what follows is another plan, counted from the start.
    Regenerated {
        /// The rule file.
        path: String,
    },
    /// A dyndep file is in place and about to be read: what it says changes the plan.
    LoadingDyndep {
        /// The file.
        path: String,
    },
    /// The number of actions that may have to run is known, or has changed.
    Planned {
        /// Actions that ran or may still run.
        total: usize,
    },
    /// An action's command starts, or its outputs are about to be restored.
    Started {
        /// What it is.
        action: ActionInfo<'a>,
        /// When.
        at_ms: u64,
        /// How many actions run now, this one included.
        running: usize,
        /// Why it is out of date.
        reasons: &'a [Reason],
    },
    /// An action has ended.
    Finished {
        /// What it is.
        action: ActionInfo<'a>,
        /// When it started and ended.
        start_ms: u64,
        /// When it ended.
        end_ms: u64,
        /// How it ended.
        outcome: Outcome,
        /// What it printed, stdout and stderr in the order of arrival.
        #[serde(serialize_with = "lossy")]
        output: &'a [u8],
        /// How many actions still run.
        running: usize,
    },
    /// An action that might have had to run did not: its inputs turned out the same.
    CutOff {
        /// What it is.
        action: ActionInfo<'a>,
    },
    /// The build is over.
    Ended {
        /// How.
        summary: Summary,
    },
}

/// An action as events name it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ActionInfo<'a> {
    /// Its number in the rule file, from 0; the same in all events of a build.
    pub id: u32,
    /// Its first output.
    #[serde(serialize_with = "lossy")]
    pub output: &'a [u8],
    /// All outputs, separated by blanks.
    #[serde(serialize_with = "lossy")]
    pub outputs: &'a [u8],
    /// The rule's name.
    #[serde(serialize_with = "lossy")]
    pub rule: &'a [u8],
    /// The `description`, empty when there is none.
    #[serde(serialize_with = "lossy")]
    pub description: &'a [u8],
    /// The `command`.
    #[serde(serialize_with = "lossy")]
    pub command: &'a [u8],
    /// It owns the terminal while it runs.
    pub console: bool,
}

/// How an action ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Outcome {
    /// The command ran and succeeded.
    Ran,
    /// The outputs came from the store.
    Restored,
    /// The command failed.
    Failed {
        /// Its exit code; 128 + n for signal n.
        code: i32,
    },
    /// The build was interrupted.
    Interrupted,
    /// A dry run: the command would have run.
    WouldRun,
}

/// Why an action is out of date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Reason {
    /// It never ran to success here.
    NeverRan,
    /// Its last run failed or was interrupted.
    FailedLastTime,
    /// An input changed while it ran last time, so that run proved nothing.
    EditedWhileRunning {
        /// Which.
        path: String,
    },
    /// An output is missing.
    OutputMissing {
        /// Which.
        path: String,
    },
    /// An output is not what the action wrote.
    OutputChanged {
        /// Which.
        path: String,
    },
    /// An input has other content than last time.
    InputChanged {
        /// Which.
        path: String,
    },
    /// An input is new to the action.
    InputAdded {
        /// Which.
        path: String,
    },
    /// An input is no longer one of the action's.
    InputRemoved {
        /// Which.
        path: String,
    },
    /// The command is another one.
    CommandChanged {
        /// The words that went.
        removed: Vec<String>,
        /// The words that came.
        added: Vec<String>,
    },
    /// The response file has other content.
    ResponseFileChanged,
    /// A variable of the environment that the action sees has another value.
    EnvironmentChanged {
        /// Its name.
        name: String,
    },
    /// The program that runs has other content.
    ToolChanged {
        /// Its path.
        path: String,
    },
    /// Its discovered dependencies are not known any more.
    DependenciesUnknown,
    /// An action that makes one of its inputs is out of date.
    InputOutOfDate {
        /// That input.
        path: String,
    },
    /// It is a phony action without inputs, or depends on one.
    AlwaysRuns {
        /// The phony name.
        path: String,
    },
    /// A time stamp is older than an input's (only with time stamp checking).
    Older {
        /// The output.
        output: String,
        /// The input.
        input: String,
    },
}

/// A build in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Commands that ran to success.
    pub ran: usize,
    /// Actions whose outputs came from the store.
    pub restored: usize,
    /// Commands that failed.
    pub failed: usize,
    /// Actions that might have had to run and did not.
    pub cut_off: usize,
    /// Actions of the goals altogether, phony ones not counted.
    pub actions: usize,
    /// Wall time.
    pub wall_ms: u64,
    /// A signal ended it.
    pub interrupted: bool,
}

fn lossy<S: serde::Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&String::from_utf8_lossy(bytes))
}
