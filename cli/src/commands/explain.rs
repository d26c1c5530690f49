//! `mbuild explain`: why actions would run, why they ran the last time, and why in an earlier build.

use std::collections::HashSet;
use std::fmt::Write;

use bstr::ByteSlice;
use mbuild_engine::explain::Explanation;
use mbuild_engine::query::links::{Kind, Links};
use mbuild_engine::query::walk::Follow;
use mbuild_engine::{Loaded, PastBuild, PastRun};
use mbuild_rules::FileId;

use crate::args::other::ExplainArgs;
use crate::exit::Exit;
use crate::failure::Result;
use crate::looking::{Looking, Warnings};
use crate::past::{self, ago, said};
use crate::report::text::brief;
use crate::session::Session;

/// Explains.
pub(crate) fn run(args: &ExplainArgs, session: &mut Session<'_>) -> Result<Exit> {
    let looking = Looking::open(args.target.as_deref(), session)?;
    let goals = looking.project.goals(&args.goals)?;
    let text = match args.build {
        Some(number) => {
            let loaded = looking.load(session)?;
            let build = past::find(&loaded, Some(number))?;
            in_build(&looking, &loaded, &build, &goals)?
        }
        None => at_present(&looking, &goals, session)?,
    };
    session.printer.bytes(text.as_bytes())?;
    Ok(Exit::Success)
}

/// What would run now; when that is nothing, what ran last.
fn at_present(looking: &Looking, goals: &[Vec<u8>], session: &mut Session<'_>) -> Result<String> {
    let found = mbuild_engine::explain::explain(
        &looking.settings,
        goals,
        // Loading says the same once more.
        &mut Warnings::default(),
    );
    let found = found.map_err(|error| looking.explained(error))?;
    let loaded = looking.load(session)?;
    let mut text = would_run(&found);
    if !text.is_empty() {
        return Ok(text);
    }
    text = "up to date\n".to_owned();
    let now = past::now();
    if goals.is_empty() {
        if let Some(build) = loaded.builds(1).pop() {
            let runs = loaded.runs_of_build(build.id);
            text += &one_build("last build", &build, &runs, now);
        }
        return Ok(text);
    }
    let links = Links::new(&loaded);
    let files = links.find(goals).map_err(|error| looking.explained(error))?;
    let needed = needed(&links, &files);
    let mut runs: Vec<PastRun> =
        needed.into_iter().filter_map(|output| loaded.last_run(output)).collect();
    runs.sort_by_key(|run| (run.build, run.start_ms));
    for run in runs {
        text += &one_run(&run, &format!(" {} ago", ago(run.at, now)));
    }
    Ok(text)
}

/// What one build did about the goals; about everything when there are none.
fn in_build(
    looking: &Looking,
    loaded: &Loaded,
    build: &PastBuild,
    goals: &[Vec<u8>],
) -> Result<String> {
    let now = past::now();
    let title = format!("build {}", build.id);
    let mut runs = loaded.runs_of_build(build.id);
    if goals.is_empty() {
        return Ok(one_build(&title, build, &runs, now));
    }
    let links = Links::new(loaded);
    let files = links.find(goals).map_err(|error| looking.explained(error))?;
    let path = |file: &FileId| loaded.manifest().path(*file);
    let needed = needed(&links, &files);
    let wanted: HashSet<&[u8]> = needed.iter().map(path).collect();
    runs.retain(|run| wanted.contains(run.output.as_slice()));
    let mut text = one_build(&title, build, &runs, now);
    for goal in files.iter().filter(|goal| !loaded.is_phony(**goal)) {
        let maker = loaded.graph().producer(*goal);
        let first = maker.and_then(|maker| loaded.manifest().outputs(maker).first());
        if runs.iter().any(|run| first.is_some_and(|first| path(first) == run.output)) {
            continue;
        }
        let _ = write!(text, "{} did not run in it", path(goal).as_bstr());
        if let Some(last) = loaded.last_run(*goal) {
            let _ =
                write!(text, "; it ran last in build {}, {} ago", last.build, ago(last.at, now));
        }
        text.push('\n');
    }
    Ok(text)
}

/// The first outputs of all actions that the files need.
fn needed(links: &Links<'_>, files: &[FileId]) -> Vec<FileId> {
    let loaded = links.loaded();
    let below = links.deps(files, Follow { kinds: &Kind::ALL, depth: None });
    let all = files.iter().copied().chain(below.iter().map(|found| found.file));
    let mut seen = HashSet::new();
    let makers = all.filter_map(|file| loaded.graph().producer(file));
    let makers = makers.filter(|maker| seen.insert(*maker));
    makers.filter_map(|maker| loaded.manifest().outputs(maker).first().copied()).collect()
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

/// What a build did.
fn one_build(title: &str, build: &PastBuild, runs: &[PastRun], now: u64) -> String {
    let mut text = format!("{title}, {} ago: `{}`\n", ago(build.at, now), build.arguments);
    for run in runs {
        text += &one_run(run, "");
    }
    text
}

/// One run with its reasons.
fn one_run(run: &PastRun, when: &str) -> String {
    let output = run.output.as_bstr();
    let time = brief(run.duration_ms());
    let mut text = format!("{output} {}{when} in {time}:\n", run.outcome);
    for reason in &run.reasons {
        let _ = writeln!(text, "  {}", said(reason));
    }
    text
}

#[cfg(test)]
mod tests {
    use mbuild_engine::event::Reason;

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
            jobs: None,
        };
        let run = PastRun {
            build: 1,
            at: 1000,
            output: b"a.cmx".to_vec(),
            ready_ms: 0,
            after: None,
            start_ms: 10,
            end_ms: 320,
            outcome: "ran".into(),
            reasons: vec![Reason::NeverRan],
        };
        insta::assert_snapshot!(one_build("last build", &build, &[run], 1090));
    }
}
