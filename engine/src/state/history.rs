//! What earlier builds did: one row for each invocation, one for each action that ran in it, and why.

use std::time::{SystemTime, UNIX_EPOCH};

use mbuild_rules::{FileId, Manifest};

use super::writer::Write;
use super::{NO_ROW, State};
use crate::event::{Outcome, Reason, Summary};

/// One row of the table of builds.
pub(super) struct BuildRow {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) arguments: String,
    pub(super) outcome: Option<&'static str>,
    pub(super) ran: i64,
    pub(super) restored: i64,
    pub(super) failed: i64,
    pub(super) cut_off: i64,
    pub(super) actions: i64,
    pub(super) wall_ms: i64,
}

/// One row of the table of runs.
pub(super) struct RunRow {
    pub(super) row: u32,
    pub(super) build: i64,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) outcome: String,
    pub(super) reasons: String,
}

/// An invocation that ran something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastBuild {
    /// Its number; builds count up.
    pub id: i64,
    /// When it began, in seconds since 1970.
    pub at: i64,
    /// Its command line.
    pub arguments: String,
    /// `ok`, `failed` or `interrupted`; `None` when it was killed or still runs.
    pub outcome: Option<String>,
    /// What it did.
    pub summary: Summary,
}

/// One action in one past build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    /// The build's number.
    pub build: i64,
    /// When that build began, in seconds since 1970.
    pub at: i64,
    /// The action's first output.
    pub output: Vec<u8>,
    /// When it started and ended, in milliseconds since the build began.
    pub start_ms: u64,
    /// When it ended.
    pub end_ms: u64,
    /// `ran`, `restored`, `interrupted` or `failed N`.
    pub outcome: String,
    /// Why it ran.
    pub reasons: Vec<Reason>,
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn millis(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl State {
    /// Begins the record of this build; called when the first action starts.
    pub(crate) fn begin_build(&mut self, arguments: &[String]) {
        if self.build.is_some() {
            return;
        }
        let newest = self.with_reader(|connection| {
            connection.query_row("SELECT coalesce(max(id), 0) FROM build", [], |row| row.get(0))
        });
        let id = newest.unwrap_or(0_i64) + 1;
        self.build = Some(id);
        self.write(Write::Build(row(id, arguments.join(" "), &Summary::default(), None)));
    }

    /// Completes the record of this build.
    pub(crate) fn end_build(&mut self, arguments: &[String], summary: &Summary) {
        let Some(id) = self.build else { return };
        let outcome = match summary {
            Summary { interrupted: true, .. } => "interrupted",
            Summary { failed: 0, .. } => "ok",
            _ => "failed",
        };
        self.write(Write::Build(row(id, arguments.join(" "), summary, Some(outcome))));
    }

    /// Keeps that an action ran in this build, and why.
    pub(crate) fn keep_run(
        &mut self,
        output: FileId,
        times: (u64, u64),
        outcome: Outcome,
        reasons: &[Reason],
        manifest: &Manifest,
    ) {
        let Some(build) = self.build else { return };
        let row = self.row(output, manifest);
        let outcome = match outcome {
            Outcome::Ran => "ran".to_owned(),
            Outcome::Restored => "restored".to_owned(),
            Outcome::Failed { code } => format!("failed {code}"),
            Outcome::Interrupted => "interrupted".to_owned(),
            Outcome::WouldRun => return,
        };
        let reasons = serde_json::to_string(reasons).unwrap_or_default();
        let (start_ms, end_ms) = (millis(times.0), millis(times.1));
        self.write(Write::Run(RunRow { row, build, start_ms, end_ms, outcome, reasons }));
    }

    /// The latest builds, the newest first.
    pub(crate) fn builds(&self, limit: usize) -> Vec<PastBuild> {
        self.with_reader(|connection| {
            let mut statement = connection.prepare(
                "SELECT id, at, arguments, outcome, ran, restored, failed, cut_off, actions, wall_ms
                 FROM build ORDER BY id DESC LIMIT ?1",
            )?;
            let rows = statement.query_map([count(limit)], |row| {
                let number = |at: usize| -> rusqlite::Result<usize> {
                    Ok(usize::try_from(row.get::<_, i64>(at)?).unwrap_or(0))
                };
                let outcome: Option<String> = row.get(3)?;
                let summary = Summary {
                    ran: number(4)?,
                    restored: number(5)?,
                    failed: number(6)?,
                    cut_off: number(7)?,
                    actions: number(8)?,
                    wall_ms: number(9)? as u64,
                    interrupted: outcome.as_deref() == Some("interrupted"),
                };
                Ok(PastBuild {
                    id: row.get(0)?,
                    at: row.get(1)?,
                    arguments: row.get(2)?,
                    outcome,
                    summary,
                })
            })?;
            rows.collect()
        })
        .unwrap_or_default()
    }

    /// What one build did, in the order in which it started.
    pub(crate) fn runs_of_build(&self, build: i64) -> Vec<PastRun> {
        self.runs("run.build = ?1 ORDER BY run.start_ms, run.action", build)
    }

    /// The last run of an action.
    pub(crate) fn last_run(&self, output: FileId) -> Option<PastRun> {
        let row = self.row_of_file.get(output.index()).copied().filter(|row| *row != NO_ROW)?;
        self.runs("run.action = ?1 ORDER BY run.build DESC LIMIT 1", i64::from(row)).pop()
    }

    fn runs(&self, which: &str, value: i64) -> Vec<PastRun> {
        self.with_reader(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT run.build, coalesce(build.at, 0), file.path, run.start_ms, run.end_ms,
                        run.outcome, run.reasons
                 FROM run JOIN file ON file.id = run.action LEFT JOIN build ON build.id = run.build
                 WHERE {which}"
            ))?;
            let rows = statement.query_map([value], |row| {
                let reasons: String = row.get(6)?;
                Ok(PastRun {
                    build: row.get(0)?,
                    at: row.get(1)?,
                    output: row.get(2)?,
                    start_ms: row.get::<_, i64>(3)?.unsigned_abs(),
                    end_ms: row.get::<_, i64>(4)?.unsigned_abs(),
                    outcome: row.get(5)?,
                    reasons: serde_json::from_str(&reasons).unwrap_or_default(),
                })
            })?;
            rows.collect()
        })
        .unwrap_or_default()
    }
}

fn row(id: i64, arguments: String, summary: &Summary, outcome: Option<&'static str>) -> BuildRow {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ago = i64::try_from(summary.wall_ms / 1000).unwrap_or(0);
    BuildRow {
        id,
        at: i64::try_from(now.as_secs()).unwrap_or(i64::MAX) - ago,
        arguments,
        outcome,
        ran: count(summary.ran),
        restored: count(summary.restored),
        failed: count(summary.failed),
        cut_off: count(summary.cut_off),
        actions: count(summary.actions),
        wall_ms: millis(summary.wall_ms),
    }
}
