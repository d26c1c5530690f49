//! Past builds as commands name and show them.

use std::time::{SystemTime, UNIX_EPOCH};

use mbuild_engine::event::Reason;
use mbuild_engine::{Loaded, PastBuild};

use crate::failure::{Failure, Result};

/// Reads the number of a build: as `mbuild log` lists it, or -1 for the last, -2 for the one before.
pub(crate) fn number(text: &str) -> std::result::Result<i64, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err("expected the number of a build, or -1 for the last one".to_owned()),
        Ok(number) => Ok(number),
    }
}

/// The build of this number; the last one when there is none.
pub(crate) fn find(loaded: &Loaded, number: Option<i64>) -> Result<PastBuild> {
    let number = number.unwrap_or(-1);
    let back = usize::try_from(number.unsigned_abs()).unwrap_or(usize::MAX);
    let found = if number > 0 {
        loaded.past_build(number)
    } else {
        loaded.builds(back).into_iter().nth(back - 1)
    };
    found.ok_or_else(|| {
        let Some(last) = loaded.builds(1).pop() else {
            return Failure::usage("nothing was built here yet")
                .with_help("a build that has nothing to do is not kept");
        };
        Failure::usage(format!("there is no build {number}"))
            .with_help(format!("the last one is {}; `mbuild log` lists them", last.id))
    })
}

/// The seconds since 1970.
pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs())
}

/// How long ago something was.
pub(crate) fn ago(at: i64, now: u64) -> String {
    let seconds = now.saturating_sub(u64::try_from(at).unwrap_or(0));
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86400 => format!("{} h", seconds / 3600),
        86400..172_800 => "1 day".to_owned(),
        _ => format!("{} days", seconds / 86400),
    }
}

/// How a build ended.
pub(crate) fn outcome(build: &PastBuild) -> &str {
    build.outcome.as_deref().unwrap_or("unfinished")
}

/// A reason as a sentence.
pub(crate) fn said(reason: &Reason) -> String {
    match reason {
        Reason::NeverRan => "it never ran here".to_owned(),
        Reason::FailedLastTime => "it failed the last time".to_owned(),
        Reason::EditedWhileRunning { path } => {
            format!("`{path}` changed while it ran the last time")
        }
        Reason::OutputMissing { path } => format!("output `{path}` is missing"),
        Reason::OutputChanged { path } => format!("output `{path}` is not what it wrote"),
        Reason::InputChanged { path } => format!("input `{path}` changed"),
        Reason::InputAdded { path } => format!("input `{path}` is new"),
        Reason::InputRemoved { path } => format!("`{path}` is no input any more"),
        Reason::CommandChanged { removed, added } => command_changed(removed, added),
        Reason::ResponseFileChanged => "the response file changed".to_owned(),
        Reason::EnvironmentChanged { name } => format!("the variable `{name}` changed"),
        Reason::ToolChanged { path } => format!("the program `{path}` changed"),
        Reason::DependenciesUnknown => "what it depends on is not known".to_owned(),
        Reason::InputOutOfDate { path } => format!("input `{path}` may change before"),
        Reason::AlwaysRuns { path } => format!("`{path}` is always out of date"),
        Reason::Older { output, input } => format!("`{output}` is older than `{input}`"),
    }
}

fn command_changed(removed: &[String], added: &[String]) -> String {
    let mut parts = Vec::new();
    for (words, what) in [(removed, "without"), (added, "with")] {
        if !words.is_empty() {
            parts.push(format!("{what} `{}`", words.join(" ")));
        }
    }
    if parts.is_empty() {
        return "the command changed: its words are in another order, or the rule says otherwise how it \
                tells what it reads"
            .to_owned();
    }
    format!("the command changed: {} now", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn builds_are_named_from_either_end() {
        assert_eq!((number("12"), number("-1")), (Ok(12), Ok(-1)));
        assert!(number("0").is_err() && number("last").is_err());
    }

    #[test]
    fn times_are_told_as_people_do() {
        let ago = |seconds: u64| ago(1000, 1000 + seconds);
        assert_eq!([ago(5), ago(61), ago(7200)], ["5 s", "1 min", "2 h"]);
        assert_eq!([ago(90_000), ago(400_000)], ["1 day", "4 days"]);
    }
}
