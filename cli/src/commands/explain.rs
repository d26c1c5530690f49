//! `mbuild explain`: why actions would run, and why they ran the last time.

use std::fmt::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use bstr::ByteSlice;
use mbuild_engine::event::{Event, Reason, Sink};
use mbuild_engine::explain::Explanation;
use mbuild_engine::{Loaded, PastBuild, PastRun};

use crate::args::build::BuildFlags;
use crate::args::other::ExplainArgs;
use crate::building::{self, Rules};
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::ninja::graph::View;
use crate::project::Project;
use crate::report::text::duration;
use crate::session::Session;

/// Explains.
pub(crate) fn run(args: &ExplainArgs, session: &mut Session<'_>) -> Result<Exit> {
    let project = Project::open(args.target.as_deref(), false, session)?;
    let (rules, goals) = (project.rules(), project.goals(&args.goals)?);
    let settings =
        building::engine_settings(&rules, &BuildFlags::default(), session.command_line.clone())?;
    let mut warnings = Warnings(Vec::new());
    let explained = |error| building::explained(error, &rules);
    let found =
        mbuild_engine::explain::explain(&settings, &goals, &mut warnings).map_err(explained)?;
    let loaded = mbuild_engine::load(&settings, &mut Warnings(Vec::new())).map_err(explained)?;
    for warning in warnings.0 {
        session.printer.warning(warning);
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let mut text = would_run(&found);
    if text.is_empty() {
        text = "up to date\n".to_owned();
        let runs = if goals.is_empty() { Vec::new() } else { last_runs(&rules, &loaded, &goals)? };
        for run in runs {
            text += &last_run(&run, &format!(" {} ago", ago(run.at, now)));
        }
        if goals.is_empty()
            && let Some(build) = loaded.builds(1).pop()
        {
            text += &last_build(&build, &loaded.runs_of_build(build.id), now);
        }
    }
    session.printer.bytes(text.as_bytes())?;
    Ok(Exit::Success)
}

/// The last run of every action that the goals need, producers first.
fn last_runs(rules: &Rules, loaded: &Loaded, goals: &[Vec<u8>]) -> Result<Vec<PastRun>> {
    let view = View::load(&rules.file, false)?.with_dyndeps();
    let files =
        goals.iter().map(|goal| view.target(goal)).collect::<std::result::Result<Vec<_>, _>>();
    let files = files.map_err(Failure::usage)?;
    let outputs = view.actions_below(&files).into_iter().filter_map(|action| {
        let output = view.manifest.outputs(action).first()?;
        loaded.manifest().find(view.manifest.path(*output))
    });
    Ok(outputs.filter_map(|output| loaded.last_run(output)).collect())
}

/// Keeps what there is to warn of.
struct Warnings(Vec<String>);

impl Sink for Warnings {
    fn event(&mut self, event: &Event<'_>) {
        if let Event::Warning { message } = event {
            self.0.push(message.clone());
        }
    }
}

/// The actions that would run.
fn would_run(found: &[Explanation]) -> String {
    let mut text = String::new();
    for explanation in found.iter().filter(|explanation| !explanation.reasons.is_empty()) {
        let output = explanation.output.as_bstr();
        let may = if explanation.depends { "may run" } else { "would run" };
        let _ = writeln!(text, "{output} {may}:");
        for reason in &explanation.reasons {
            let _ = writeln!(text, "  {}", said(reason));
        }
    }
    text
}

/// What the last build did.
fn last_build(build: &PastBuild, runs: &[PastRun], now: u64) -> String {
    let mut text = format!("last build, {} ago: `{}`\n", ago(build.at, now), build.arguments);
    for run in runs {
        text += &last_run(run, "");
    }
    text
}

/// One run with its reasons.
fn last_run(run: &PastRun, when: &str) -> String {
    let output = run.output.as_bstr();
    let time = duration(run.end_ms.saturating_sub(run.start_ms));
    let mut text = format!("{output} {}{when} in {time}:\n", run.outcome);
    for reason in &run.reasons {
        let _ = writeln!(text, "  {}", said(reason));
    }
    text
}

/// How long ago something was.
fn ago(at: i64, now: u64) -> String {
    let seconds = now.saturating_sub(u64::try_from(at).unwrap_or(0));
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        3600..86400 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86400),
    }
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
    fn what_would_run_is_said_with_its_reasons() {
        let explanation = |output: &str, reasons, depends| Explanation {
            action: mbuild_rules::ActionId(0),
            output: output.into(),
            reasons,
            depends,
            last: None,
        };
        let found = [
            explanation(
                "a.cmx",
                vec![
                    Reason::InputChanged { path: "a.ml".into() },
                    Reason::CommandChanged {
                        removed: vec!["-w".into()],
                        added: vec!["-g".into(), "-bin-annot".into()],
                    },
                ],
                false,
            ),
            explanation("p", vec![Reason::InputOutOfDate { path: "a.cmx".into() }], true),
            explanation("q", vec![], false),
        ];
        insta::assert_snapshot!(would_run(&found));
    }

    #[test]
    fn the_last_build_is_told_afterwards() {
        let build = PastBuild {
            id: 1,
            at: 1000,
            arguments: "mbuild build".into(),
            outcome: None,
            summary: Default::default(),
        };
        let run = PastRun {
            build: 1,
            at: 1000,
            output: b"a.cmx".to_vec(),
            start_ms: 10,
            end_ms: 320,
            outcome: "ran".into(),
            reasons: vec![Reason::NeverRan],
        };
        insta::assert_snapshot!(last_build(&build, &[run], 1090));
    }
}
