//! The tables of the state database, how it is opened, and what is done when it is damaged.
//!
//! | table | row |
//! |---|---|
//! | `meta` | `clean`: 0 while an invocation writes |
//! | `file` | a path that any record names, with the digest that goes with a signature |
//! | `action` | an action by its first output, the generation of the rules it was checked with, its record |
//! | `command` | the text of the command and the response file last run, for differences |
//! | `environment` | the variables behind the digest in a record, each with the digest of its value |
//! | `build` | an invocation that ran something |
//! | `run` | what one invocation did about one action, and why |

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{seal, with_suffix};
use crate::error::reason;

/// `mbld` as a number: the file is ours.
const APPLICATION: i32 = 0x6d62_6c64;
/// Another number is another set of tables: the old file is moved aside.
const VERSION: i32 = 2;

const TABLES: &str = "
    CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE file(id INTEGER PRIMARY KEY, path BLOB NOT NULL, known BLOB);
    CREATE TABLE action(id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, record BLOB NOT NULL);
    CREATE TABLE command(id INTEGER PRIMARY KEY, text BLOB NOT NULL, response BLOB);
    CREATE TABLE environment(digest BLOB PRIMARY KEY, variables BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE build(
        id INTEGER PRIMARY KEY, at INTEGER NOT NULL, arguments TEXT NOT NULL, outcome TEXT,
        ran INTEGER, restored INTEGER, failed INTEGER, cut_off INTEGER, actions INTEGER,
        wall_ms INTEGER, jobs INTEGER
    );
    CREATE TABLE run(
        action INTEGER, build INTEGER, start_ms INTEGER, end_ms INTEGER, outcome TEXT,
        reasons TEXT, ready_ms INTEGER, after INTEGER, PRIMARY KEY(action, build)
    ) WITHOUT ROWID;
    INSERT INTO meta VALUES('clean', 1);
";

/// An open database and what had to be said on the way.
pub(super) struct Opened {
    /// `None`: nothing can be recorded or read.
    pub(super) connection: Option<Connection>,
    /// Only reading is possible.
    pub(super) read_only: bool,
    /// What was damaged and is now beside it.
    pub(super) repaired: Option<String>,
    /// Why nothing will be recorded.
    pub(super) warning: Option<String>,
}

/// Opens `path`, making it when `create` says so; moves it aside when it is damaged.
pub(super) fn open(path: &Path, create: bool) -> Opened {
    let mut opened = Opened { connection: None, read_only: !create, repaired: None, warning: None };
    if !create && !path.exists() {
        return opened;
    }
    if create && std::fs::metadata(path).is_ok_and(|file| file.len() == 0) {
        opened.repaired = Some("it was empty, everything is checked anew".to_owned());
    }
    match attempt(path, create) {
        Ok(connection) => opened.connection = Some(connection),
        Err(Trouble::Refused(why)) => {
            opened.read_only = true;
            opened.connection = attempt(path, false).ok();
            opened.warning = Some(format!(
                "cannot write `{}`: {why}; what is built now will be built again next time",
                path.display()
            ));
        }
        Err(Trouble::Damaged(why)) if create => {
            let detail = set_aside(path, &why);
            match attempt(path, true) {
                Ok(connection) => opened.connection = Some(connection),
                Err(Trouble::Damaged(why) | Trouble::Refused(why)) => {
                    opened.read_only = true;
                    opened.warning = Some(format!(
                        "cannot write `{}`: {why}; what is built now will be built again next time",
                        path.display()
                    ));
                }
            }
            opened.repaired = Some(detail);
        }
        Err(Trouble::Damaged(_)) => {}
    }
    opened
}

/// Renames a damaged database and says so.
pub(super) fn set_aside(path: &Path, why: &str) -> String {
    let aside = with_suffix(path, ".damaged");
    for suffix in [seal::SUFFIX, "-wal", "-shm"] {
        // These belong to their database; a journal left behind would be replayed into the new one.
        let _ = std::fs::remove_file(with_suffix(path, suffix));
    }
    match std::fs::rename(path, &aside).or_else(|_| std::fs::remove_file(path)) {
        Ok(()) => format!("{why}; moved to `{}`, everything is checked anew", aside.display()),
        Err(error) => format!("{why}; it cannot be moved aside: {}", reason(&error)),
    }
}

enum Trouble {
    /// The file is not what it should be.
    Damaged(String),
    /// The file cannot be written; that says nothing about its content.
    Refused(String),
}

/// The file is not what it should be; it may as well be that it cannot be written.
pub(super) fn is_damage(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
        )
    )
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        let why = error.to_string();
        if is_damage(&error) { Self::Damaged(why) } else { Self::Refused(why) }
    }
}

fn attempt(path: &Path, write: bool) -> Result<Connection, Trouble> {
    let flags = OpenFlags::SQLITE_OPEN_NO_MUTEX
        | if write {
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE
        } else {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        };
    if let Some(why) = seal::broken(path) {
        return Err(Trouble::Damaged(why));
    }
    let (connection, version) = match open_and_look(path, flags) {
        Err(_) if !write && no_journal(path) => {
            open_and_look(&frozen(path), flags | OpenFlags::SQLITE_OPEN_URI)?
        }
        other => other?,
    };
    connection.set_prepared_statement_cache_capacity(32);
    let application: i32 = pragma(&connection, "application_id")?;
    let synchronous = if write && seal::begin(path) { "OFF" } else { "NORMAL" };
    connection.pragma_update(None, "synchronous", synchronous)?;
    if version == 0 && application == 0 && write && is_empty(&connection)? {
        // Large pages would be written again and again, each time for a few small rows.
        connection.pragma_update(None, "page_size", 4096)?;
        connection.pragma_update(None, "journal_mode", journal(path))?;
        connection.execute_batch(&format!(
            "BEGIN; {TABLES} PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}; COMMIT;"
        ))?;
        // Part of it is in the file already, and not in the log.
        let _ = seal::close(path);
    } else if application != APPLICATION {
        return Err(Trouble::Damaged("it is not a state database".to_owned()));
    } else if version != VERSION {
        return Err(Trouble::Damaged(format!(
            "it has version {version}, this program reads version {VERSION}"
        )));
    }
    if write {
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        let clean: i64 =
            connection
                .query_row("SELECT value FROM meta WHERE name='clean'", [], |row| row.get(0))?;
        if clean == 0 {
            let verdict: String = pragma(&connection, "quick_check(1)")?;
            if verdict != "ok" {
                return Err(Trouble::Damaged(verdict));
            }
        }
    }
    connection.pragma_update(None, "mmap_size", 1_i64 << 30)?;
    Ok(connection)
}

/// A database in WAL mode opens without a word where nobody may write, and refuses the first question.
fn open_and_look(path: &Path, flags: OpenFlags) -> rusqlite::Result<(Connection, i32)> {
    let connection = Connection::open_with_flags(path, flags)?;
    let version = pragma(&connection, "user_version")?;
    Ok((connection, version))
}

/// Whether nobody writes `path` just now and nothing waits to be put into it.
fn no_journal(path: &Path) -> bool {
    match std::fs::metadata(with_suffix(path, "-wal")) {
        Ok(journal) => journal.len() == 0,
        Err(error) => error.kind() == std::io::ErrorKind::NotFound,
    }
}

/// `path` for SQLite to take as it stands: in a folder of somebody else's it cannot make the shared
/// memory that readers of a database in WAL mode agree through.
fn frozen(path: &Path) -> PathBuf {
    let mut uri = b"file:".to_vec();
    for &byte in path.as_os_str().as_bytes() {
        match byte {
            b'%' | b'?' | b'#' => uri.extend(format!("%{byte:02x}").bytes()),
            _ => uri.push(byte),
        }
    }
    uri.extend(b"?immutable=1");
    PathBuf::from(OsString::from_vec(uri))
}

fn pragma<T: rusqlite::types::FromSql>(connection: &Connection, name: &str) -> rusqlite::Result<T> {
    connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))
}

/// Write-ahead logging needs shared memory, which network file systems do not give.
fn journal(path: &Path) -> &'static str {
    const NFS: i64 = 0x6969;
    const NINE_P: i64 = 0x0102_1997;
    const SMB: i64 = 0xfe53_4d42;
    const CIFS: i64 = 0xff53_4d42;
    let dir = path.parent().unwrap_or(path);
    match rustix::fs::statfs(dir) {
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        Ok(stat) if [NFS, NINE_P, SMB, CIFS].contains(&(stat.f_type as i64)) => "TRUNCATE",
        _ => "WAL",
    }
}
