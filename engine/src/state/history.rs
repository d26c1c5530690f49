//! What earlier builds did: one row for each invocation, one for each action that ran in it, and why.

use std::time::{SystemTime, UNIX_EPOCH};

use mbuild_rules::{FileId, Manifest};

use super::write::{BuildRow, RunRow, Write};
use super::{NO_ROW, State};
use crate::event::{Outcome, Reason, Summary};
use crate::session::waits::Ready;
use crate::settings::Settings;

/// When an action ran, in milliseconds since the build began.
pub(crate) struct Times {
    pub(crate) ready: Ready,
    pub(crate) start_ms: u64,
    pub(crate) end_ms: u64,
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
    /// How many commands it ran at once at most; `None` is no limit.
    pub jobs: Option<usize>,
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
    /// When it could have started, in milliseconds since the build began.
    pub ready_ms: u64,
    /// The first output of the action that it waited for last; `None` when it waited for none.
    pub after: Option<Vec<u8>>,
    /// When it started, in milliseconds since the build began.
    pub start_ms: u64,
    /// When it ended.
    pub end_ms: u64,
    /// `ran`, `restored`, `interrupted` or `failed N`.
    pub outcome: String,
    /// Why it ran.
    pub reasons: Vec<Reason>,
}

/// Which actions of the history come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Those that ran most often, and more than once.
    Often,
    /// Those that took longest, on average.
    Slow,
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn millis(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Milliseconds of a run. No build takes as long as 32 bits count, and damaged ones can still be added up.
fn time(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(u64::from(u32::try_from(row.get::<_, i64>(at)?).unwrap_or(0)))
}

impl State {
    /// Begins the record of this build; called when the first action starts.
    pub(crate) fn begin_build(&mut self, settings: &Settings) {
        if self.build.is_some() {
            return;
        }
        let newest = self.with_reader(|connection| {
            connection.query_row("SELECT coalesce(max(id), 0) FROM build", [], |row| row.get(0))
        });
        let id = newest.unwrap_or(0_i64) + 1;
        self.build = Some(id);
        self.write(Write::Build(row(id, settings, &Summary::default(), None)));
    }

    /// Completes the record of this build.
    pub(crate) fn end_build(&mut self, settings: &Settings, summary: &Summary) {
        let Some(id) = self.build else { return };
        let outcome = match summary {
            Summary { interrupted: true, .. } => "interrupted",
            Summary { failed: 0, .. } => "ok",
            _ => "failed",
        };
        self.write(Write::Build(row(id, settings, summary, Some(outcome))));
    }

    /// Keeps that an action ran in this build, and why.
    pub(crate) fn keep_run(
        &mut self,
        output: FileId,
        times: &Times,
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
        let after = times.ready.after.and_then(|after| manifest.outputs(after).first().copied());
        let after = after.map(|output| self.row(output, manifest));
        self.write(Write::Run(RunRow {
            row,
            build,
            start_ms: millis(times.start_ms),
            end_ms: millis(times.end_ms),
            outcome,
            reasons,
            ready_ms: millis(times.ready.at_ms),
            after,
        }));
    }

    /// The latest builds, the newest first.
    pub(crate) fn builds(&self, limit: usize) -> Vec<PastBuild> {
        self.builds_where("1 ORDER BY id DESC LIMIT ?1", count(limit))
    }

    /// One build.
    pub(crate) fn build(&self, id: i64) -> Option<PastBuild> {
        self.builds_where("id = ?1", id).pop()
    }

    fn builds_where(&self, which: &str, value: i64) -> Vec<PastBuild> {
        self.with_reader(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT id, at, arguments, outcome, ran, restored, failed, cut_off, actions, wall_ms,
                        jobs
                 FROM build WHERE {which}"
            ))?;
            let rows = statement.query_map([value], |row| {
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
                let jobs: Option<i64> = row.get(10)?;
                Ok(PastBuild {
                    id: row.get(0)?,
                    at: row.get(1)?,
                    arguments: row.get(2)?,
                    outcome,
                    summary,
                    jobs: jobs.and_then(|jobs| usize::try_from(jobs).ok()),
                })
            })?;
            rows.collect()
        })
        .unwrap_or_default()
    }

    /// What one build did, in the order in which it started.
    pub(crate) fn runs_of_build(&self, build: i64) -> Vec<PastRun> {
        self.runs("run.build = ?1 ORDER BY run.start_ms, run.end_ms, run.ready_ms", build)
    }

    /// The last run of an action.
    pub(crate) fn last_run(&self, output: FileId) -> Option<PastRun> {
        let row = self.row_of_file.get(output.index()).copied().filter(|row| *row != NO_ROW)?;
        self.runs("run.action = ?1 ORDER BY run.build DESC LIMIT 1", i64::from(row)).pop()
    }

    /// The actions that ran in the builds that are kept, in `order`; each with all its runs, the
    /// newest first.
    pub(crate) fn most(&self, order: Order, limit: usize) -> Vec<Vec<PastRun>> {
        let order = match order {
            Order::Often => {
                "HAVING count(*) > 1 ORDER BY count(*) DESC, sum(end_ms - start_ms) DESC, action"
            }
            Order::Slow => "ORDER BY avg(end_ms - start_ms) DESC, action",
        };
        let actions: Vec<i64> = self
            .with_reader(|connection| {
                let mut statement = connection.prepare(&format!(
                    "SELECT action FROM run WHERE outcome <> 'restored'
                     GROUP BY action {order} LIMIT ?1"
                ))?;
                let rows = statement.query_map([count(limit)], |row| row.get(0))?;
                rows.collect()
            })
            .unwrap_or_default();
        let which = "run.action = ?1 AND run.outcome <> 'restored' ORDER BY run.build DESC";
        actions.into_iter().map(|action| self.runs(which, action)).collect()
    }

    fn runs(&self, which: &str, value: i64) -> Vec<PastRun> {
        self.with_reader(|connection| {
            let mut statement = connection.prepare(&format!(
                "SELECT run.build, coalesce(build.at, 0), file.path, run.start_ms, run.end_ms,
                        run.outcome, run.reasons, run.ready_ms, before.path
                 FROM run JOIN file ON file.id = run.action LEFT JOIN build ON build.id = run.build
                      LEFT JOIN file AS before ON before.id = run.after
                 WHERE {which}"
            ))?;
            let rows = statement.query_map([value], |row| {
                let reasons: String = row.get(6)?;
                Ok(PastRun {
                    build: row.get(0)?,
                    at: row.get(1)?,
                    output: row.get(2)?,
                    ready_ms: time(row, 7)?,
                    after: row.get(8)?,
                    start_ms: time(row, 3)?,
                    end_ms: time(row, 4)?,
                    outcome: row.get(5)?,
                    reasons: serde_json::from_str(&reasons).unwrap_or_default(),
                })
            })?;
            rows.collect()
        })
        .unwrap_or_default()
    }
}

impl PastRun {
    /// How long it took, in milliseconds.
    pub fn duration_ms(&self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

fn row(id: i64, settings: &Settings, summary: &Summary, outcome: Option<&'static str>) -> BuildRow {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let ago = i64::try_from(summary.wall_ms / 1000).unwrap_or(0);
    BuildRow {
        id,
        at: i64::try_from(now.as_secs()).unwrap_or(i64::MAX) - ago,
        arguments: settings.command_line.join(" "),
        outcome,
        ran: count(summary.ran),
        restored: count(summary.restored),
        failed: count(summary.failed),
        cut_off: count(summary.cut_off),
        actions: count(summary.actions),
        wall_ms: millis(summary.wall_ms),
        jobs: settings.jobs.map(count),
    }
}
