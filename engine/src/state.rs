//! The state of a build directory: what was run there, on what, with what result and how long it took.
//!
//! Rows name files by path, so that they survive any change of the rule file. Reading never fails:
//! what is damaged is moved aside and the work is done again. Writing happens in a thread of its own.

pub(crate) mod asked;
pub(crate) mod history;
mod keep;
pub(crate) mod record;
mod rows;
mod schema;
mod seal;
mod write;
mod writer;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mbuild_rules::{FileId, Manifest};
use rayon::prelude::*;
use rusqlite::Connection;
use rustc_hash::FxHashMap;

use crate::digest::Digest;
use crate::error::shown;
use crate::event::{Event, Sink};
use crate::files::Files;
use crate::signature::Signature;
use crate::snapshot;
use record::Short;
use rows::{Packed, Rows};
use writer::{Ended, Writer};

/// The name of the database in the state folder.
pub(crate) const FILE_NAME: &str = "state.db";

/// What is not yet in the database; whoever closes it last removes it.
const LOG: &str = "state.db-wal";
/// How many paths one thread looks up at a time.
const CHUNK: usize = 4_096;
/// From this size on, in bytes, reading takes longer than another connection.
const LARGE: u64 = 1 << 22;
const NO_ROW: u32 = 0;
const KNOWN: usize = Signature::LEN + Digest::LEN + 1;

/// The state of one build directory, loaded for one rule file.
pub(crate) struct State {
    path: PathBuf,
    /// For reading, by one thread at a time; the writer has it as soon as there is something to write.
    connection: Mutex<Option<Connection>>,
    writer: Option<Writer>,
    read_only: bool,
    build: Option<i64>,
    file_of_row: Vec<FileId>,
    row_of_file: Vec<u32>,
    records: Vec<Packed>,
    record_of_row: Vec<u32>,
    arena: Arc<Vec<u8>>,
    /// Records of this build, by row.
    new: FxHashMap<u32, New>,
    /// Only some rows were read; the rows of all paths, once they are needed.
    rest: Option<Option<FxHashMap<Vec<u8>, u32>>>,
}

/// A record of this build.
struct New {
    record: Arc<Vec<u8>>,
    generation: i64,
}

/// What had to be said about the database itself.
#[derive(Default)]
pub(crate) struct Notes {
    /// It was damaged: what was wrong and what was done.
    pub(crate) repaired: Option<String>,
    /// Nothing will be recorded, and why.
    pub(crate) warning: Option<String>,
}

/// The last run of an action, as the state knows it; it stays what it is while the state changes.
pub(crate) struct Last {
    arena: Arc<Vec<u8>>,
    start: usize,
    end: usize,
    /// The generation of the rules that it was found good with.
    pub(crate) generation: i64,
}

impl Last {
    /// What is recorded of it.
    pub(crate) fn view(&self) -> record::View<'_> {
        record::View::checked(&self.arena[self.start..self.end])
    }
}

/// Where the last run of an action stands.
struct Place<'a> {
    arena: &'a Arc<Vec<u8>>,
    range: Range<usize>,
    generation: i64,
}

/// The state as it stands on disk, not yet tied to a rule file.
pub(crate) struct Read {
    path: PathBuf,
    connection: Option<Connection>,
    read_only: bool,
    notes: Notes,
    rows: Rows,
    /// The ids of the files that a rule file names, by row.
    found: Vec<Option<FileId>>,
}

impl Read {
    /// Finds the files that `manifest` names, which may go on beside other work.
    pub(crate) fn find_files(&mut self, manifest: &Manifest) {
        let rows = &self.rows;
        let find = |at: usize| manifest.find(rows.path(at));
        let count = rows.files.len();
        self.found = (0..count).into_par_iter().with_min_len(CHUNK).map(find).collect();
    }
}

impl State {
    /// Opens the state in `dir` and reads its rows. That needs no rule file, so it goes on beside other work.
    pub(crate) fn read(dir: &Path, write: bool) -> Read {
        let path = dir.join(FILE_NAME);
        let opened = schema::open(&path, write);
        let mut read = Read {
            path,
            connection: opened.connection,
            read_only: opened.read_only,
            notes: Notes { repaired: opened.repaired, warning: opened.warning },
            rows: Rows::default(),
            found: Vec::new(),
        };
        if let Some(connection) = read.connection.take() {
            let is_large = std::fs::metadata(&read.path).is_ok_and(|file| file.len() > LARGE);
            let other = if is_large { schema::open(&read.path, false).connection } else { None };
            match Rows::read(connection, other) {
                Ok((rows, connection)) => {
                    read.rows = rows;
                    read.connection = Some(connection);
                }
                Err(error) => {
                    if write && !read.read_only {
                        read.notes.repaired =
                            Some(schema::set_aside(&read.path, &error.to_string()));
                        let opened = schema::open(&read.path, true);
                        read.connection = opened.connection;
                        read.read_only = opened.read_only;
                        read.notes.warning = read.notes.warning.or(opened.warning);
                    }
                }
            }
        }
        read
    }

    /// The state that was read, for the files of `manifest`; files it names get an id there.
    pub(crate) fn new(read: Read, manifest: &mut Manifest, files: &mut Files) -> (Self, Notes) {
        let Read { path, connection, read_only, notes, rows, found } = read;
        let mut file_of_row = Vec::with_capacity(rows.files.len() + 1);
        file_of_row.push(FileId(0));
        let mut found = found.into_iter();
        for (at, row) in rows.files.iter().enumerate() {
            let file = found.next().flatten().unwrap_or_else(|| manifest.intern(rows.path(at)));
            file_of_row.push(file);
            if let Some(known) = row.known {
                files.recall(file, known);
            }
        }
        let mut row_of_file = vec![NO_ROW; manifest.file_count()];
        for (row, file) in file_of_row.iter().enumerate().skip(1) {
            row_of_file[file.index()] = u32::try_from(row).unwrap_or(NO_ROW);
        }
        let mut record_of_row = vec![u32::MAX; file_of_row.len()];
        for (at, record) in rows.records.iter().enumerate() {
            if let Some(slot) = record_of_row.get_mut(record.row as usize) {
                *slot = u32::try_from(at).unwrap_or(u32::MAX);
            }
        }
        let state = Self {
            path,
            connection: Mutex::new(connection),
            writer: None,
            read_only,
            build: None,
            file_of_row,
            row_of_file,
            records: rows.records,
            record_of_row,
            arena: Arc::new(rows.arena),
            new: FxHashMap::default(),
            rest: None,
        };
        (state, notes)
    }

    /// What is known of the action whose first output is `output`.
    pub(crate) fn last(&self, output: FileId) -> Option<Last> {
        let Place { arena, range: Range { start, end }, generation } =
            self.place_of_last(output)?;
        Some(Last { arena: Arc::clone(arena), start, end, generation })
    }

    /// As [`State::last`], for a look in passing.
    pub(crate) fn last_view(&self, output: FileId) -> Option<record::View<'_>> {
        self.last_with_generation(output).map(|(view, _)| view)
    }

    /// As [`State::last_view`], with the generation of the rules that it was found good with.
    pub(crate) fn last_with_generation(&self, output: FileId) -> Option<(record::View<'_>, i64)> {
        let Place { arena, range, generation } = self.place_of_last(output)?;
        Some((record::View::checked(&arena[range]), generation))
    }

    fn place_of_last(&self, output: FileId) -> Option<Place<'_>> {
        let row = *self.row_of_file.get(output.index())?;
        if let Some(New { record, generation }) = self.new.get(&row) {
            let range = 0..record.len();
            return Some(Place { arena: record, range, generation: *generation });
        }
        let packed = self.records.get(*self.record_of_row.get(row as usize)? as usize)?;
        let Packed { start, end, generation, .. } = *packed;
        Some(Place { arena: &self.arena, range: start..end, generation })
    }

    /// The file of a row, when there is such a row.
    pub(crate) fn file(&self, row: u32) -> Option<FileId> {
        let file = self.file_of_row.get(row as usize).copied().filter(|_| row != NO_ROW);
        file.filter(|file| *file != asked::NOBODY)
    }

    /// The outputs of every action that was ever recorded, with their contents then.
    pub(crate) fn recorded_outputs(&self) -> Vec<(FileId, Short)> {
        let mut outputs = Vec::new();
        for packed in &self.records {
            let record = record::View::checked(&self.arena[packed.start..packed.end]);
            let entries = record.outputs();
            if entries.len() == 0 {
                outputs.extend(self.file(packed.row).map(|file| (file, record::MISSING)));
            }
            for entry in entries {
                outputs.extend(self.file(entry.row).map(|file| (file, entry.content)));
            }
        }
        outputs
    }

    /// The row of a file, when it has one.
    pub(crate) fn known_row(&self, file: FileId) -> Option<u32> {
        self.row_of_file.get(file.index()).copied().filter(|row| *row != NO_ROW)
    }

    /// The text of the command that an action ran last, and its response file.
    pub(crate) fn command(&self, output: FileId) -> Option<(Vec<u8>, Option<Vec<u8>>)> {
        let row = self.row_of_file.get(output.index())?;
        self.with_reader(|connection| {
            connection.query_row("SELECT text, response FROM command WHERE id = ?1", [row], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
        })
    }

    /// The variables behind the digest of an environment.
    pub(crate) fn environment(&self, digest: &Short) -> Option<Vec<u8>> {
        self.with_reader(|connection| {
            connection.query_row(
                "SELECT variables FROM environment WHERE digest = ?1",
                [digest.as_slice()],
                |row| row.get(0),
            )
        })
    }

    fn with_reader<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Option<T> {
        match &*self.connection.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(connection) => read(connection).ok(),
            // The writer has it; what was there before this build is in the file already.
            None => {
                self.writer.as_ref()?;
                read(&schema::open(&self.path, false).connection?).ok()
            }
        }
    }

    fn take_connection(&mut self) -> Option<Connection> {
        self.connection.get_mut().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Why nothing more can be recorded, once.
    pub(crate) fn trouble(&self) -> Option<String> {
        Some(cannot_write(&self.path, &self.writer.as_ref()?.trouble()?))
    }

    /// Its signature, now that it is closed; `None` while it cannot be relied on to stay as it is.
    pub(crate) fn close(&mut self) -> Option<Signature> {
        self.take_connection();
        let dir = self.path.parent()?;
        if self.writer.is_some() || self.read_only || !is_closed(dir) {
            return None;
        }
        Signature::of(&self.path).ok().flatten()
    }

    /// What is left to write, which may go on beside other work; nothing else can be recorded after it.
    pub(crate) fn leave_off(&mut self) -> Rest {
        Rest { path: self.path.clone(), writer: self.writer.take() }
    }

    /// Tells what had to be said about the database.
    pub(crate) fn tell(&self, notes: Notes, sink: &mut dyn Sink) {
        if let Some(detail) = notes.repaired {
            sink.event(&Event::Repaired { what: self.shown_path(), detail });
        }
        if let Some(message) = notes.warning {
            sink.event(&Event::Warning { message });
        }
    }

    /// The path for messages.
    fn shown_path(&self) -> String {
        shown(self.path.as_os_str().as_encoded_bytes())
    }
}

/// What a build has left to write at its end.
pub(crate) struct Rest {
    path: PathBuf,
    writer: Option<Writer>,
}

impl Rest {
    /// Writes it.
    pub(crate) fn finish(self) -> Notes {
        let mut notes = Notes::default();
        if let Some(dir) = self.path.parent().filter(|_| self.writer.is_some()) {
            snapshot::clear(dir);
        }
        match self.writer.map_or(Ended::Well, Writer::finish) {
            Ended::Well => seal_closed(&self.path),
            Ended::Failed(why) => notes.warning = Some(cannot_write(&self.path, &why)),
            // Without this the next build would meet the same damage.
            Ended::Damaged(why) => notes.repaired = Some(schema::set_aside(&self.path, &why)),
        }
        notes
    }
}

/// What a reader keeps the log of may still change.
fn seal_closed(database: &Path) {
    if database.parent().is_some_and(is_closed) {
        // The seal from before this build does not hold: after a loss of power all is done again.
        let _ = seal::close(database);
    }
}

fn cannot_write(database: &Path, why: &str) -> String {
    let database = database.display();
    format!("cannot write `{database}`: {why}; what is built now will be built again next time")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Nobody has the state in `dir` open for writing.
pub(crate) fn is_closed(dir: &Path) -> bool {
    !dir.join(LOG).exists()
}
