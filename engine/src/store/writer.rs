//! The writer: one thread that brings everything into the index, many rows at a time.

use super::index::SETS;
use super::record::encode_entry;
use super::{Entry, Shared};
use crate::digest::Digest;
use crate::mailbox::{Habits, Receiver, Sender, mailbox};
use rusqlite::{Connection, OptionalExtension, params};
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Keys are spread over all pages of the index, and each page that a transaction changes goes to the log as a
/// whole: the more rows share it, the less is written. What a kill can cost is some results in the store.
/// The workers wait when the disk cannot keep up.
const HABITS: Habits = Habits { linger: Duration::from_millis(200), enough: 512, most: 2048 };

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    /// A new entry, and its dependencies under their key.
    Put { entry: Entry, dependencies: Option<(Digest, Vec<u8>)> },
    /// An entry was used.
    Used(Digest),
    /// An entry is no good.
    Drop(Digest),
    /// All before is to be written, then this answered.
    Flush(mpsc::SyncSender<()>),
}

/// The thread's handle; when it goes, everything is written first.
#[derive(Debug)]
pub(super) struct Writer {
    to: Option<Sender<Message>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(shared: &Arc<Shared>) -> io::Result<Writer> {
        let (to, from) = mailbox(HABITS);
        let shared = Arc::clone(shared);
        let thread = std::thread::Builder::new().name("store".to_owned());
        let thread = thread.spawn(move || write_all(&shared, &from))?;
        Ok(Writer { to: Some(to), thread: Some(thread) })
    }

    pub(super) fn send(&self, message: Message) -> bool {
        self.to.as_ref().is_some_and(|to| to.send(message))
    }

    pub(super) fn flush(&self) {
        let (done, wait) = mpsc::sync_channel(1);
        if self.to.as_ref().is_some_and(|to| to.send_now(Message::Flush(done))) {
            let _ = wait.recv();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.to = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn write_all(shared: &Shared, from: &Receiver<Message>) {
    let mut batch = Vec::new();
    let mut open = true;
    while open {
        open = from.take(&mut batch);
        if let Err(error) = write(shared, &batch) {
            shared.index_failed(&error);
        }
        for message in batch.drain(..) {
            if let Message::Flush(done) = message {
                let _ = done.send(());
            }
        }
    }
}

/// Writes a batch as one transaction. Blobs are in place before their entries are: whoever is killed in
/// between leaves a blob too many, never an entry without its blobs.
fn write(shared: &Shared, batch: &[Message]) -> rusqlite::Result<()> {
    let counts = [("hits", &shared.hits), ("misses", &shared.misses), ("damaged", &shared.damaged)];
    let counts = counts.map(|(name, count)| (name, count.swap(0, Ordering::Relaxed)));
    let rows = batch.iter().any(|message| !matches!(message, Message::Flush(_)));
    if !rows && counts.iter().all(|(_, count)| *count == 0) {
        return Ok(());
    }
    let connection = shared.index.connect()?;
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let result = (|| {
        let now = now();
        let mut new = New::default();
        for message in batch {
            match message {
                Message::Put { entry, dependencies } => {
                    put(&connection, entry, dependencies.as_ref(), now, &mut new)?;
                }
                Message::Used(k2) => {
                    let mut update = connection.prepare_cached(
                        "UPDATE usage SET used_at = ?2
                         WHERE entry = (SELECT id FROM entry WHERE k2 = ?1) AND used_at < ?2",
                    )?;
                    update.execute(params![k2.as_bytes(), now / 1_000_000])?;
                }
                Message::Drop(k2) => new.bytes -= remove(&connection, k2)?,
                Message::Flush(_) => {}
            }
        }
        for (name, count) in counts {
            count_up(&connection, name, count.cast_signed())?;
        }
        count_up(&connection, "bytes", new.bytes)?;
        count_up(&connection, "stored", new.entries)?;
        connection.execute_batch("COMMIT")
    })();
    if result.is_err() {
        let _ = connection.execute_batch("ROLLBACK");
    }
    shared.index.give_back(connection);
    result
}

/// What a batch adds to the counters.
#[derive(Default)]
struct New {
    bytes: i64,
    entries: i64,
}

fn put(
    connection: &Connection,
    entry: &Entry,
    dependencies: Option<&(Digest, Vec<u8>)>,
    now: i64,
    new: &mut New,
) -> rusqlite::Result<()> {
    new.bytes -= remove(connection, &entry.k2)?;
    let dependencies = dependencies
        .map(|(k1, record)| put_dependencies(connection, k1, record, now))
        .transpose()?;
    let record = encode_entry(entry);
    connection
        .prepare_cached("INSERT INTO entry (k2, record, content) VALUES (?, ?, ?)")?
        .execute(params![entry.k2.as_bytes(), record, entry.content])?;
    let id = connection.last_insert_rowid();
    let bytes = (record.len() + entry.content.len()) as i64;
    connection
        .prepare_cached("INSERT OR REPLACE INTO usage VALUES (?, ?, ?, ?, ?)")?
        .execute(params![id, dependencies, bytes, entry.cost_ms.cast_signed(), now / 1_000_000])?;
    new.bytes += bytes;
    new.entries += 1;
    for output in entry.outputs.iter().filter(|output| !output.is_inline()) {
        let mut insert = connection.prepare_cached("INSERT OR IGNORE INTO blob VALUES (?, ?)")?;
        let size = output.size.cast_signed();
        if insert.execute(params![output.digest.as_bytes(), size])? > 0 {
            new.bytes += size;
        }
    }
    Ok(())
}

fn put_dependencies(
    connection: &Connection,
    k1: &Digest,
    record: &[u8],
    now: i64,
) -> rusqlite::Result<i64> {
    let sum = Digest::of(record);
    let id = connection
        .prepare_cached(
            "INSERT INTO dependencies (k1, sum, newest, record) VALUES (?, ?, ?, ?)
             ON CONFLICT (k1, sum) DO UPDATE SET newest = excluded.newest RETURNING id",
        )?
        .query_row(params![k1.as_bytes(), &sum.as_bytes()[..16], now, record], |row| row.get(0))?;
    connection
        .prepare_cached(
            "DELETE FROM dependencies WHERE id IN (SELECT id FROM dependencies WHERE k1 = ?
             ORDER BY newest DESC, id DESC LIMIT -1 OFFSET ?)",
        )?
        .execute(params![k1.as_bytes(), SETS])?;
    Ok(id)
}

/// Removes an entry; the result is how many bytes that frees in the index.
pub(super) fn remove(connection: &Connection, k2: &Digest) -> rusqlite::Result<i64> {
    let id: Option<i64> = connection
        .prepare_cached("SELECT id FROM entry WHERE k2 = ?")?
        .query_row([k2.as_bytes()], |row| row.get(0))
        .optional()?;
    let Some(id) = id else { return Ok(0) };
    connection.prepare_cached("DELETE FROM entry WHERE id = ?")?.execute([id])?;
    let bytes: Option<i64> = connection
        .prepare_cached("DELETE FROM usage WHERE entry = ? RETURNING bytes")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(bytes.unwrap_or_default())
}

/// Adds to one of the counters.
pub(super) fn count_up(connection: &Connection, name: &str, by: i64) -> rusqlite::Result<()> {
    if by != 0 {
        connection
            .prepare_cached("UPDATE counter SET value = value + ? WHERE name = ?")?
            .execute(params![by, name])?;
    }
    Ok(())
}

/// Microseconds since 1970.
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
