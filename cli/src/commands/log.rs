//! `mbuild log`: what past builds did, which actions take long, and which run again and again.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use mbuild_engine::event::Reason;
use mbuild_engine::{Loaded, Order, PastBuild, PastRun};
use serde_json::{Value, json};

use crate::args::history::LogArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::looking::Looking;
use crate::past::{self, ago, outcome, said};
use crate::report::table::{Side, Table};
use crate::report::text::{brief, count, duration};
use crate::session::Session;
use crate::settings;

/// How many rows there are when nobody says.
const ROWS: usize = 20;
/// How many reasons an action is shown with.
const REASONS: usize = 4;

/// Looks back.
pub(crate) fn run(args: &LogArgs, session: &mut Session<'_>) -> Result<Exit> {
    let looking = Looking::open(args.target.as_deref(), session)?;
    let loaded = looking.load(session)?;
    let most = settings::limit(args.limit.unwrap_or(ROWS)).unwrap_or(usize::MAX);
    let (text, value) = match args.build {
        Some(number) => {
            let build = past::find(&loaded, Some(number))?;
            let mut runs = loaded.runs_of_build(build.id);
            if args.slowest {
                runs.sort_by_key(|run| std::cmp::Reverse(run.duration_ms()));
            }
            if let Some(limit) = args.limit.and_then(settings::limit) {
                runs.truncate(limit);
            }
            (one_build(&build, &runs, past::now()), build_as_json(&build, Some(&runs)))
        }
        None if args.slowest => {
            let actions = loaded.most(Order::Slow, most);
            (
                slowest(&actions),
                json!({ "slowest": actions.iter().map(|it| times(it)).collect::<Vec<_>>() }),
            )
        }
        None if args.most_rebuilt => {
            let actions = loaded.most(Order::Often, most);
            let value = actions.iter().map(|runs| rebuilt_as_json(runs)).collect::<Vec<_>>();
            (most_rebuilt(&actions), json!({ "most_rebuilt": value }))
        }
        None => list(&loaded, most),
    };
    if args.json {
        session.printer.result(value)?;
    } else if text.is_empty() {
        let nothing = if args.most_rebuilt {
            "nothing was built more than once"
        } else {
            "nothing was built here yet"
        };
        session.printer.note(nothing);
    } else {
        session.printer.bytes(text.as_bytes())?;
    }
    Ok(Exit::Success)
}

fn list(loaded: &Loaded, most: usize) -> (String, Value) {
    let builds = loaded.builds(most);
    let value = builds.iter().map(|build| build_as_json(build, None)).collect::<Vec<_>>();
    let text = if builds.is_empty() { String::new() } else { builds_as_text(&builds, past::now()) };
    (text, json!({ "builds": value }))
}

fn builds_as_text(builds: &[PastBuild], now: u64) -> String {
    let mut table = Table::new([
        ("build", Side::Right),
        ("ago", Side::Right),
        ("took", Side::Right),
        ("ran", Side::Right),
        ("restored", Side::Right),
        ("failed", Side::Right),
        ("cut off", Side::Right),
        ("outcome", Side::Left),
        ("command", Side::Left),
    ]);
    for build in builds {
        let summary = &build.summary;
        table.row([
            build.id.to_string(),
            ago(build.at, now),
            if build.outcome.is_some() { brief(summary.wall_ms) } else { String::new() },
            summary.ran.to_string(),
            summary.restored.to_string(),
            summary.failed.to_string(),
            summary.cut_off.to_string(),
            outcome(build).to_owned(),
            build.arguments.clone(),
        ]);
    }
    table.render(|_| Vec::new())
}

/// All that a build did.
fn one_build(build: &PastBuild, runs: &[PastRun], now: u64) -> String {
    let summary = &build.summary;
    let mut text =
        format!("build {}, {} ago: `{}`\n", build.id, ago(build.at, now), build.arguments);
    text += &format!("{} after {}", outcome(build), duration(summary.wall_ms));
    text += &match build.jobs {
        Some(jobs) => format!(", {}", count(jobs, "job")),
        None => ", any number of jobs".to_owned(),
    };
    let numbers = [
        (summary.ran, "ran"),
        (summary.restored, "restored from the store"),
        (summary.failed, "failed"),
        (summary.cut_off, "cut off"),
    ];
    for (number, what) in numbers.into_iter().filter(|(number, _)| *number > 0) {
        text += &format!(", {number} {what}");
    }
    text += "\n\n";
    let mut table = Table::new([
        ("start", Side::Right),
        ("took", Side::Right),
        ("outcome", Side::Left),
        ("output", Side::Left),
    ]);
    for run in runs {
        table.row([
            brief(run.start_ms),
            brief(run.duration_ms()),
            run.outcome.clone(),
            run.output.to_str_lossy().into_owned(),
        ]);
    }
    let why = |row: usize| runs[row].reasons.iter().map(|why| format!("    {}", said(why)));
    text + &table.render(|row| why(row).collect())
}

/// The actions that take longest, on average.
fn slowest(actions: &[Vec<PastRun>]) -> String {
    if actions.is_empty() {
        return String::new();
    }
    let mut table = Table::new([
        ("average", Side::Right),
        ("last", Side::Right),
        ("longest", Side::Right),
        ("runs", Side::Right),
        ("output", Side::Left),
    ]);
    for runs in actions {
        table.row([
            brief(average(runs)),
            brief(runs.first().map_or(0, PastRun::duration_ms)),
            brief(longest(runs)),
            runs.len().to_string(),
            name(runs),
        ]);
    }
    table.render(|_| Vec::new())
}

/// The actions that ran most often, and why.
fn most_rebuilt(actions: &[Vec<PastRun>]) -> String {
    if actions.is_empty() {
        return String::new();
    }
    let mut table =
        Table::new([("runs", Side::Right), ("took", Side::Right), ("output", Side::Left)]);
    for runs in actions {
        table.row([runs.len().to_string(), brief(total(runs)), name(runs)]);
    }
    table.render(|row| {
        let reasons = reasons(&actions[row]);
        let mut lines: Vec<String> = reasons
            .iter()
            .take(REASONS)
            .map(|(why, number)| format!("    {number} x {}", shortly(why)))
            .collect();
        if let Some(more) = reasons.len().checked_sub(REASONS).filter(|more| *more > 0) {
            lines.push(format!("    and {}", count(more, "other reason")));
        }
        lines
    })
}

/// The reasons of all runs with how often each was one, the most frequent first. What changed in a
/// command is another thing each time and would tell nothing.
fn reasons(runs: &[PastRun]) -> Vec<(Reason, usize)> {
    let mut numbers: BTreeMap<String, (Reason, usize)> = BTreeMap::new();
    for why in runs.iter().flat_map(|run| &run.reasons) {
        let why = match why {
            Reason::CommandChanged { .. } => {
                Reason::CommandChanged { removed: Vec::new(), added: Vec::new() }
            }
            other => other.clone(),
        };
        numbers.entry(shortly(&why)).or_insert((why, 0)).1 += 1;
    }
    let mut reasons: Vec<(Reason, usize)> = numbers.into_values().collect();
    reasons.sort_by_key(|(_, number)| std::cmp::Reverse(*number));
    reasons
}

fn shortly(why: &Reason) -> String {
    match why {
        Reason::CommandChanged { .. } => "the command changed".to_owned(),
        other => said(other),
    }
}

fn name(runs: &[PastRun]) -> String {
    runs.first().map(|run| run.output.to_str_lossy().into_owned()).unwrap_or_default()
}

fn total(runs: &[PastRun]) -> u64 {
    runs.iter().map(PastRun::duration_ms).sum()
}

fn average(runs: &[PastRun]) -> u64 {
    total(runs).checked_div(runs.len() as u64).unwrap_or(0)
}

fn longest(runs: &[PastRun]) -> u64 {
    runs.iter().map(PastRun::duration_ms).max().unwrap_or(0)
}

fn times(runs: &[PastRun]) -> Value {
    json!({
        "output": name(runs),
        "runs": runs.len(),
        "average_ms": average(runs),
        "last_ms": runs.first().map(PastRun::duration_ms),
        "longest_ms": longest(runs),
        "total_ms": total(runs),
    })
}

fn rebuilt_as_json(runs: &[PastRun]) -> Value {
    let mut value = times(runs);
    let reasons = reasons(runs).into_iter();
    let reasons = reasons.map(|(why, number)| json!({ "reason": why, "count": number }));
    value["reasons"] = reasons.collect();
    value
}

fn build_as_json(build: &PastBuild, runs: Option<&[PastRun]>) -> Value {
    let mut value = json!(build.summary);
    value["build"] = build.id.into();
    value["at"] = build.at.into();
    value["command"] = build.arguments.clone().into();
    value["outcome"] = build.outcome.clone().into();
    value["jobs"] = build.jobs.into();
    if let Some(runs) = runs {
        value["runs"] = runs.iter().map(run_as_json).collect();
    }
    value
}

fn run_as_json(run: &PastRun) -> Value {
    json!({
        "output": run.output.to_str_lossy(),
        "outcome": run.outcome,
        "ready_ms": run.ready_ms,
        "start_ms": run.start_ms,
        "end_ms": run.end_ms,
        "after": run.after.as_ref().map(|after| after.to_str_lossy()),
        "reasons": run.reasons,
    })
}

#[cfg(test)]
mod tests {
    use mbuild_engine::event::Summary;

    use super::*;

    fn build(id: i64, outcome: Option<&str>) -> PastBuild {
        PastBuild {
            id,
            at: 1000,
            arguments: "mbuild build".into(),
            outcome: outcome.map(str::to_owned),
            summary: Summary { ran: 12, restored: 3, wall_ms: 1234, ..Summary::default() },
            jobs: Some(8),
        }
    }

    fn run(build: i64, ms: u64, reasons: Vec<Reason>) -> PastRun {
        PastRun {
            build,
            at: 1000,
            output: b"lib/a.cmx".to_vec(),
            ready_ms: 0,
            after: None,
            start_ms: 10,
            end_ms: 10 + ms,
            outcome: "ran".into(),
            reasons,
        }
    }

    fn changed(path: &str) -> Reason {
        Reason::InputChanged { path: path.into() }
    }

    #[test]
    fn builds_are_listed_with_what_they_did() {
        insta::assert_snapshot!(builds_as_text(&[build(10, None), build(9, Some("ok"))], 1090));
        insta::assert_snapshot!(one_build(
            &build(9, Some("ok")),
            &[run(9, 320, vec![changed("a.ml")]), run(9, 4, vec![Reason::NeverRan])],
            1090
        ));
    }

    #[test]
    fn actions_are_listed_by_their_past() {
        let command =
            |word: &str| Reason::CommandChanged { removed: vec![], added: vec![word.into()] };
        let runs = vec![
            run(4, 300, vec![changed("a.ml")]),
            run(3, 900, vec![changed("a.ml"), command("-g")]),
            run(2, 600, vec![command("-O")]),
            run(1, 600, vec![Reason::NeverRan]),
        ];
        insta::assert_snapshot!(slowest(std::slice::from_ref(&runs)));
        insta::assert_snapshot!(most_rebuilt(&[runs]));
    }
}
