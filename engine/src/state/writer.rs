//! The thread that writes the state: rows come in through a channel and go out in batches.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::{Connection, params};

use super::schema;
use super::write::Write;
use crate::mailbox::{Habits, Receiver, Sender, mailbox};

/// What a kill can cost: the work recorded in this time is done again. Each transaction writes the last page
/// of every table anew, so that shorter ones make a longer log, and with it a cache that the commands lose.
const BATCH_TIME: Duration = Duration::from_millis(200);
const BATCH_ROWS: usize = 4096;
/// The planner never waits for the disk: what is to be written is little beside the graph.
const HABITS: Habits = Habits { linger: BATCH_TIME, enough: BATCH_ROWS, most: usize::MAX };
/// Builds whose runs are kept; older runs are kept only when they are the last of their action.
const BUILDS_KEPT: i64 = 50;

/// The writing end of the state.
pub(super) struct Writer {
    sender: Sender<Write>,
    thread: JoinHandle<()>,
    trouble: Arc<Mutex<Trouble>>,
}

#[derive(Default)]
struct Trouble {
    why: Option<String>,
    told: bool,
    /// The database itself is damaged.
    damaged: bool,
}

impl Writer {
    /// Starts the thread.
    pub(super) fn start(connection: Connection) -> Self {
        let (sender, receiver) = mailbox(HABITS);
        let trouble = Arc::new(Mutex::new(Trouble::default()));
        let shared = Arc::clone(&trouble);
        let thread = std::thread::spawn(move || {
            if let Err(error) = write_all(&connection, &receiver) {
                let mut trouble = lock(&shared);
                trouble.why = Some(error.to_string());
                trouble.damaged = schema::is_damage(&error);
            }
        });
        Self { sender, thread, trouble }
    }

    /// Writes this some time soon; after a failure it goes nowhere.
    pub(super) fn send(&self, write: Write) {
        // A build that has ended has nothing more to write soon, and will wait for this.
        let now = matches!(write, Write::Build(_));
        // The other end is gone only after a failure, which `trouble` tells.
        let _ = if now { self.sender.send_now(write) } else { self.sender.send(write) };
    }

    /// Why writing ended, the first time this is asked.
    pub(super) fn trouble(&self) -> Option<String> {
        tell(&self.trouble)
    }

    /// Waits until everything is written.
    pub(super) fn finish(self) -> Ended {
        drop(self.sender);
        if self.thread.join().is_err() {
            lock(&self.trouble).why.get_or_insert_with(|| "the writer stopped".to_owned());
        }
        let damaged = lock(&self.trouble).damaged;
        if damaged {
            return Ended::Damaged(lock(&self.trouble).why.clone().unwrap_or_default());
        }
        tell(&self.trouble).map_or(Ended::Well, Ended::Failed)
    }
}

/// How writing ended.
pub(super) enum Ended {
    Well,
    /// Why, unless that was told before.
    Failed(String),
    /// The database turned out to be damaged.
    Damaged(String),
}

fn lock(trouble: &Mutex<Trouble>) -> std::sync::MutexGuard<'_, Trouble> {
    trouble.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell(trouble: &Mutex<Trouble>) -> Option<String> {
    let mut trouble = lock(trouble);
    if trouble.told {
        return None;
    }
    trouble.told = trouble.why.is_some();
    trouble.why.clone()
}

fn write_all(connection: &Connection, receiver: &Receiver<Write>) -> rusqlite::Result<()> {
    let mut open = true;
    let mut first = true;
    let mut builds = false;
    let mut batch = Vec::new();
    while open {
        open = receiver.take(&mut batch);
        if batch.is_empty() {
            continue;
        }
        let transaction = connection.unchecked_transaction()?;
        if first {
            connection.execute("UPDATE meta SET value = 0 WHERE name = 'clean'", [])?;
            first = false;
        }
        let mut ended = false;
        let mut writes = batch.drain(..).peekable();
        while let Some(write) = writes.next() {
            builds |= matches!(write, Write::Build(_));
            ended |= matches!(&write, Write::Build(build) if build.outcome.is_some());
            let write = match write {
                Write::NewFile { row, path, .. } => {
                    let known = writes.next_if(|next| next.is_of_file(row));
                    Write::NewFile { row, path, known: known.and_then(Write::known) }
                }
                other => other,
            };
            apply(connection, write)?;
        }
        drop(writes);
        transaction.commit()?;
        if ended {
            // While the build proves that it has nothing to do any more, which is rarely followed by other rows.
            checkpoint(connection)?;
        }
    }
    if first {
        return Ok(());
    }
    if builds {
        forget_old_runs(connection)?;
    }
    connection.execute("UPDATE meta SET value = 1 WHERE name = 'clean'", [])?;
    checkpoint(connection)
}

/// Moves what is in the log into the database. `PASSIVE` never waits for a reader, such as a `log` command that looks at
/// the state meanwhile.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
}

fn apply(connection: &Connection, write: Write) -> rusqlite::Result<()> {
    let run = |sql: &str, values: &[&dyn rusqlite::ToSql]| {
        connection.prepare_cached(sql)?.execute(values).map(|_| ())
    };
    match write {
        Write::NewFile { row, path, known } => {
            run("INSERT OR REPLACE INTO file VALUES(?1, ?2, ?3)", params![row, path, known])
        }
        Write::File { row, known } => {
            run("UPDATE file SET known = ?2 WHERE id = ?1", params![row, known])
        }
        Write::Action { row, generation, record } => run(
            "INSERT OR REPLACE INTO action VALUES(?1, ?2, ?3)",
            params![row, generation, record],
        ),
        Write::Generation { row, generation } => {
            run("UPDATE action SET generation = ?2 WHERE id = ?1", params![row, generation])
        }
        Write::Command { row, text, response } => {
            run("INSERT OR REPLACE INTO command VALUES(?1, ?2, ?3)", params![row, text, response])
        }
        Write::Environment { digest, variables } => run(
            "INSERT OR IGNORE INTO environment VALUES(?1, ?2)",
            params![digest.as_slice(), variables],
        ),
        Write::Build(build) => run(
            "INSERT OR REPLACE INTO build VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                build.id,
                build.at,
                build.arguments,
                build.outcome,
                build.ran,
                build.restored,
                build.failed,
                build.cut_off,
                build.actions,
                build.wall_ms,
                build.jobs
            ],
        ),
        Write::Run(ran) => run(
            "INSERT OR REPLACE INTO run VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                ran.row,
                ran.build,
                ran.start_ms,
                ran.end_ms,
                ran.outcome,
                ran.reasons,
                ran.ready_ms,
                ran.after
            ],
        ),
    }
}

fn forget_old_runs(connection: &Connection) -> rusqlite::Result<()> {
    let newest: i64 =
        connection.query_row("SELECT coalesce(max(id), 0) FROM build", [], |row| row.get(0))?;
    if newest % BUILDS_KEPT == 0 {
        connection.execute(
            "DELETE FROM run WHERE build <= ?1 AND build <
                (SELECT max(later.build) FROM run AS later WHERE later.action = run.action)",
            [newest - BUILDS_KEPT],
        )?;
        connection.execute(
            "DELETE FROM build WHERE id <= ?1 AND id NOT IN (SELECT build FROM run)",
            [newest - BUILDS_KEPT],
        )?;
    }
    Ok(())
}
