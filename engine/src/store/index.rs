//! The index of the store: a SQLite database of entries and sets of dependencies.

use super::{Notice, StoreError};
use crate::digest::Digest;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How many pages of 8 KiB the log holds before it is brought into the database: the next to open it reads
/// all of it.
const LOG_PAGES: u32 = 1024;
/// How many sets of dependencies are kept for a key.
pub(super) const SETS: i64 = 16;

/// Narrow rows in `usage` are what eviction reads and what each use writes; the wide rows of `entry` are
/// written once. `entry.content` comes last, so that a scan of the records does not read it.
const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS entry (
        id INTEGER PRIMARY KEY, k2 BLOB NOT NULL UNIQUE, record BLOB NOT NULL, content BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS usage (
        entry INTEGER PRIMARY KEY, dependencies INTEGER, bytes INTEGER NOT NULL,
        cost_ms INTEGER NOT NULL, used_at INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS dependencies (
        id INTEGER PRIMARY KEY, k1 BLOB NOT NULL, sum BLOB NOT NULL, newest INTEGER NOT NULL,
        record BLOB NOT NULL, UNIQUE (k1, sum)
    );
    CREATE TABLE IF NOT EXISTS blob (digest BLOB PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    INSERT OR IGNORE INTO counter VALUES
        ('bytes', 0), ('hits', 0), ('misses', 0), ('stored', 0), ('damaged', 0), ('evicted', 0);
";

/// The index and its idle connections.
#[derive(Debug)]
pub(super) struct Index {
    dir: PathBuf,
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl Index {
    pub(super) fn open(dir: &Path, notices: &mut Vec<Notice>) -> Result<Index, StoreError> {
        let path = dir.join("index.db");
        let index = Index { dir: dir.to_owned(), path, idle: Mutex::default() };
        let folder = |error| StoreError::Folder { dir: dir.to_owned(), error };
        // One process at a time creates the tables, or moves a damaged index aside.
        let lock = File::create(dir.join("lock")).map_err(folder)?;
        rustix::fs::flock(&lock, rustix::fs::FlockOperation::LockExclusive)
            .map_err(|error| folder(error.into()))?;
        let marked = index.damage_mark().exists();
        let first = if marked { Err(None) } else { index.create().map_err(Some) };
        let connection = match first {
            Ok(connection) => connection,
            Err(Some(error)) if !is_damage(&error) => return Err(index.error(error)),
            Err(reason) => {
                index.move_aside().map_err(folder)?;
                let reason =
                    reason.map_or_else(|| "it failed before".to_owned(), |error| error.to_string());
                notices.push(Notice::Repaired {
                    what: index.path.display().to_string(),
                    detail: format!(
                        "the index of the store is damaged ({reason}) and was moved aside"
                    ),
                });
                index.create().map_err(|error| index.error(error))?
            }
        };
        index.give_back(connection);
        Ok(index)
    }

    pub(super) fn error(&self, error: rusqlite::Error) -> StoreError {
        StoreError::Index { path: self.path.clone(), error }
    }

    fn create(&self) -> rusqlite::Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(Duration::from_secs(20))?;
        let version: i64 = connection.query_row("PRAGMA user_version", (), |row| row.get(0))?;
        if version == 0 {
            connection
                .execute_batch("PRAGMA page_size = 8192; PRAGMA auto_vacuum = INCREMENTAL;")?;
            let mode = if shares_memory(&self.dir) { "WAL" } else { "TRUNCATE" };
            connection.query_row(&format!("PRAGMA journal_mode = {mode}"), (), |_| Ok(()))?;
            connection.execute_batch(&format!(
                "BEGIN IMMEDIATE; {SCHEMA} PRAGMA user_version = 1; COMMIT"
            ))?;
        }
        configure(&connection)?;
        // A first read of each table finds a file that is no database or lacks a part.
        connection.query_row("SELECT count(*) FROM counter", (), |_| Ok(()))?;
        Ok(connection)
    }

    pub(super) fn connect(&self) -> rusqlite::Result<Connection> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(connection) = idle {
            return Ok(connection);
        }
        let connection = Connection::open(&self.path)?;
        connection.busy_timeout(Duration::from_secs(20))?;
        configure(&connection)?;
        Ok(connection)
    }

    pub(super) fn give_back(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    fn with<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let connection = self.connect()?;
        let result = work(&connection);
        self.give_back(connection);
        result
    }

    pub(super) fn dependency_sets(&self, k1: &Digest) -> rusqlite::Result<Vec<Vec<u8>>> {
        self.with(|connection| {
            let mut query = connection.prepare_cached(
                "SELECT record FROM dependencies WHERE k1 = ? ORDER BY newest DESC, id DESC LIMIT ?",
            )?;
            query.query_map(params![k1.as_bytes(), SETS], |row| row.get(0))?.collect()
        })
    }

    /// The record of an entry and its content.
    pub(super) fn entry(&self, k2: &Digest) -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
        self.with(|connection| {
            let mut query =
                connection.prepare_cached("SELECT record, content FROM entry WHERE k2 = ?")?;
            query.query_row([k2.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()
        })
    }

    /// How many bytes the store holds.
    pub(super) fn bytes(&self) -> rusqlite::Result<u64> {
        self.with(|connection| counter(connection, "bytes"))
    }

    fn damage_mark(&self) -> PathBuf {
        self.dir.join("index.db.is-damaged")
    }

    /// The index is in use: whoever opens it next moves it aside.
    pub(super) fn mark_damaged(&self) {
        let _ = File::create(self.damage_mark());
    }

    fn move_aside(&self) -> io::Result<()> {
        for suffix in ["", "-wal", "-shm", "-journal"] {
            let from = self.dir.join(format!("index.db{suffix}"));
            match fs::rename(from, self.dir.join(format!("damaged-index.db{suffix}"))) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        let _ = fs::remove_file(self.damage_mark());
        Ok(())
    }
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    // With NORMAL a crash of the machine may lose the last entries but nothing else. The log is brought
    // into the database when it is large, in the writer's thread; a stall for it at each end of a build
    // would be felt.
    connection.execute_batch(&format!(
        "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = {LOG_PAGES};"
    ))?;
    connection.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(())
}

/// Reads one of the counters.
pub(super) fn counter(connection: &Connection, name: &str) -> rusqlite::Result<u64> {
    let mut query = connection.prepare_cached("SELECT value FROM counter WHERE name = ?")?;
    let value: i64 = query.query_row([name], |row| row.get(0))?;
    Ok(value.max(0).cast_unsigned())
}

/// Whether SQLite's write-ahead log works there: it needs memory shared by all users of the file.
#[cfg(target_os = "linux")]
fn shares_memory(dir: &Path) -> bool {
    // NFS, 9p, SMB 1 and 2, CIFS.
    const NETWORK: [u32; 5] = [0x6969, 0x0102_1997, 0x517b, 0xfe53_4d42, 0xff53_4d42];
    rustix::fs::statfs(dir)
        .is_ok_and(|found| !NETWORK.iter().any(|&kind| found.f_type == i64::from(kind)))
}

#[cfg(not(target_os = "linux"))]
fn shares_memory(_: &Path) -> bool {
    true
}

/// The error says that the database is broken, not that it cannot be reached.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, message) => match failure.code {
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => true,
            // A table or column that is not there.
            ErrorCode::Unknown => {
                message.as_deref().is_some_and(|message| message.contains("no such"))
            }
            _ => false,
        },
        rusqlite::Error::SqlInputError { msg, .. } => msg.contains("no such"),
        rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::QueryReturnedNoRows => true,
        _ => false,
    }
}

/// The error says that others use the database; another time it works.
pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}
