//! Arguments of `mbuild query`.

use clap::{Args, Subcommand, ValueEnum};
use mbuild_engine::query::links;

/// `mbuild query`.
#[derive(Clone, Debug, Args)]
pub(crate) struct QueryArgs {
    #[command(subcommand)]
    pub(crate) command: QueryCommand,
}

/// What to ask. Dependencies that commands discovered count as those that are declared.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// What goals need, the nearest first
    Deps {
        /// Outputs, phony names or section names
        #[arg(value_name = "GOAL", required = true)]
        goals: Vec<String>,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        answer: Answer,
    },
    /// What needs files, the nearest first
    Rdeps {
        /// Sources, headers, outputs
        #[arg(value_name = "FILE", required = true)]
        files: Vec<String>,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        answer: Answer,
    },
    /// A shortest way from something to what it needs, with the kind of each step
    Somepath {
        /// What needs TO
        from: String,
        /// What FROM needs
        to: String,
        #[command(flatten)]
        kinds: Kinds,
        #[command(flatten)]
        answer: Answer,
    },
    /// What goals need and no other root does: what would go with them
    Only {
        /// Outputs, phony names or section names
        #[arg(value_name = "GOAL", required = true)]
        goals: Vec<String>,
        #[command(flatten)]
        kinds: Kinds,
        #[command(flatten)]
        answer: Answer,
    },
    /// The outputs of a rule
    Outputs {
        /// Its name in the rule file
        rule: String,
        #[command(flatten)]
        answer: Answer,
    },
}

/// How far to go.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Reach {
    /// Only what is one step away
    #[arg(long, conflicts_with = "depth")]
    pub(crate) direct: bool,
    /// Only what is at most N steps away
    #[arg(long, value_name = "N")]
    pub(crate) depth: Option<usize>,
    #[command(flatten)]
    pub(crate) kinds: Kinds,
}

/// What to follow.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Kinds {
    /// Follow only these kinds of dependencies [default: all; of `deps`, `rdeps` and `only`: all but
    /// validations]
    #[arg(long = "kind", value_name = "KIND", value_enum, value_delimiter = ',')]
    pub(crate) kinds: Vec<Kind>,
}

/// How to answer.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Answer {
    /// As one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// For this target [default: native]
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
}

/// How an action hangs on a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// An input that `$in` names
    Explicit,
    /// An input after `|`, or one from a dyndep file
    Implicit,
    /// An input after `||`
    OrderOnly,
    /// An input that the command told of (a depfile)
    Discovered,
    /// What is built along (`|@`)
    Validation,
}

impl From<Kind> for links::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Explicit => Self::Explicit,
            Kind::Implicit => Self::Implicit,
            Kind::OrderOnly => Self::OrderOnly,
            Kind::Discovered => Self::Discovered,
            Kind::Validation => Self::Validation,
        }
    }
}

impl Kinds {
    /// The kinds that were asked for; all when none was.
    pub(crate) fn or_all(&self) -> Vec<links::Kind> {
        if self.kinds.is_empty() {
            return links::Kind::ALL.to_vec();
        }
        self.kinds.iter().map(|kind| (*kind).into()).collect()
    }

    /// The kinds that were asked for; when none was, those that an action waits for.
    pub(crate) fn or_needed(&self) -> Vec<links::Kind> {
        let mut kinds = self.or_all();
        kinds.retain(|kind| !self.kinds.is_empty() || *kind != links::Kind::Validation);
        kinds
    }
}
