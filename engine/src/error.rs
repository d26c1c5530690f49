//! What can stop a build before, or apart from, a command that fails; in Ninja's words.

pub(crate) use mbuild_rules::reason;
use mbuild_rules::{Diagnostic, Place};

/// Why there was no build, or why it had to stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A rule file or a dyndep file has a mistake.
    #[error("{0}")]
    Diagnostic(Box<Diagnostic>),
    /// A file that the build is described by cannot be read.
    #[error("loading '{path}': {reason}")]
    Loading {
        /// Which file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A goal is not in the rule file.
    #[error("unknown target '{goal}'{}", did_you_mean(.suggestions))]
    UnknownGoal {
        /// As it was written.
        goal: String,
        /// Targets with nearly that name, the nearest first.
        suggestions: Vec<String>,
    },
    /// A rule is not in the rule file.
    #[error("unknown rule '{rule}'")]
    UnknownRule {
        /// As it was written.
        rule: String,
    },
    /// `path^` was asked for and nothing consumes `path`.
    #[error("'{goal}' has no out edge")]
    NoConsumer {
        /// The file.
        goal: String,
    },
    /// The rule file has no root: every output is an input of something.
    #[error("could not determine root nodes of build graph")]
    NoRoots,
    /// A source file is not there.
    #[error("'{path}'{} missing and no known rule to make it", who_needs(.needed_by.as_deref()))]
    MissingInput {
        /// The file.
        path: String,
        /// An output that needs it.
        needed_by: Option<String>,
        /// The statement that names it.
        place: Option<Place>,
    },
    /// The system does not tell whether a source file is there.
    #[error("stat({path}): {reason}")]
    Stat {
        /// The file.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A source file is there and cannot be read.
    #[error("cannot read '{path}'{} {reason}", who_reads(.needed_by.as_deref()))]
    Unreadable {
        /// The file.
        path: String,
        /// An output that needs it.
        needed_by: Option<String>,
        /// What the system said.
        reason: String,
    },
    /// Actions need each other.
    #[error("dependency cycle: {}{}", around(.path), if *.phony { " [-w phonycycle=err]" } else { "" })]
    Cycle {
        /// The outputs on the way around, the first one again at the end.
        path: Vec<String>,
        /// It is a phony action that names itself.
        phony: bool,
        /// The statement of the first output.
        place: Place,
    },
    /// The rule file is rebuilt over and over and never up to date.
    #[error("manifest '{path}' still dirty after {tries} tries, perhaps system time is not set")]
    RuleFileNeverSettles {
        /// The rule file.
        path: String,
        /// How often it was rebuilt.
        tries: usize,
    },
    /// The system did not give what any build needs.
    #[error("{what}: {}", reason(.source))]
    System {
        /// What was to be done.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// A command of the build that holds the folder runs this build, and cannot end before it does.
    #[error(
        "a build of this folder (process {pid}) runs this one as part of a command and waits for it"
    )]
    Nested {
        /// The process that holds the folder.
        pid: u32,
    },
    /// A signal came before anything had begun.
    #[error("interrupted by user")]
    Interrupted,
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Diagnostic(Box::new(diagnostic))
    }
}

fn did_you_mean(suggestions: &[String]) -> String {
    suggestions.first().map(|name| format!(", did you mean '{name}'?")).unwrap_or_default()
}

fn who_needs(output: Option<&str>) -> String {
    output.map(|output| format!(", needed by '{output}',")).unwrap_or_default()
}

/// The way around a cycle; of one that nobody could read, the beginning and the end.
fn around(path: &[String]) -> String {
    const SHOWN: usize = 100;
    if path.len() <= SHOWN {
        return path.join(" -> ");
    }
    let (first, rest) = path.split_at(SHOWN / 2);
    let (left_out, last) = rest.split_at(rest.len() - SHOWN / 2);
    let (first, count, last) = (first.join(" -> "), left_out.len(), last.join(" -> "));
    format!("{first} -> ... {count} more ... -> {last}")
}

fn who_reads(output: Option<&str>) -> String {
    output.map_or(":".to_owned(), |output| format!(", needed by '{output}':"))
}

/// Bytes of a path as text to show; never used to open anything.
pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_those_of_ninja() {
        let unknown = Error::UnknownGoal {
            goal: "ctt".into(),
            suggestions: vec!["cat".into(), "cut".into()],
        };
        assert_eq!(unknown.to_string(), "unknown target 'ctt', did you mean 'cat'?");
        let missing = |by: Option<&str>| {
            let needed_by = by.map(str::to_owned);
            Error::MissingInput { path: "in1".into(), needed_by, place: None }.to_string()
        };
        assert_eq!(
            missing(Some("cat1")),
            "'in1', needed by 'cat1', missing and no known rule to make it"
        );
        assert_eq!(missing(None), "'in1' missing and no known rule to make it");
        let path = vec!["a".into(), "b".into(), "a".into()];
        let place = Place { file: b"build.ninja".to_vec(), line: 3 };
        let cycle = Error::Cycle { path, phony: false, place };
        assert_eq!(cycle.to_string(), "dependency cycle: a -> b -> a");
    }

    #[test]
    fn a_long_way_around_is_shown_at_both_ends() {
        let path: Vec<String> = (0..1000).map(|at| format!("f{at}")).collect();
        let text = around(&path);
        assert!(text.starts_with("f0 -> f1 -> "), "{text}");
        assert!(text.contains(" -> f49 -> ... 900 more ... -> f950 -> "), "{text}");
        assert!(text.ends_with(" -> f999"), "{text}");
        assert_eq!(around(&path[..100]), path[..100].join(" -> "));
    }
}
