//! The state without all of it: only the rows that a narrow plan asks for, each by its key.

use std::path::Path;
use std::sync::{Arc, Mutex};

use mbuild_rules::{FileId, Manifest};
use rusqlite::{Connection, OptionalExtension};
use rustc_hash::FxHashMap;

use super::record;
use super::rows::{Packed, unpack_known};
use super::{FILE_NAME, NO_ROW, State, schema};
use crate::files::{Files, Known};

/// No file is known for a row.
pub(super) const NOBODY: FileId = FileId(u32::MAX);

/// Rows to read.
#[derive(Default)]
pub(crate) struct Asked {
    /// Files with their rows.
    pub(crate) files: Vec<(FileId, u32)>,
    /// First outputs of actions whose records are needed.
    pub(crate) records: Vec<FileId>,
}

impl State {
    /// Opens the state in `dir`, which has to be whole, and reads these rows, and those of all files that the
    /// records name; they get an id in `manifest`. `None` when anything is not as expected: the whole state
    /// will tell.
    pub(crate) fn asked(
        dir: &Path,
        asked: &Asked,
        manifest: &mut Manifest,
        files: &mut Files,
    ) -> Option<Self> {
        let path = dir.join(FILE_NAME);
        let opened = schema::open(&path, true);
        if opened.repaired.is_some() || opened.warning.is_some() || opened.read_only {
            return None;
        }
        let connection = opened.connection?;
        // Without it each row would take the locks of the database and give them back.
        let reading = connection.unchecked_transaction().ok()?;
        let last: u32 = connection
            .query_row("SELECT coalesce(max(id), 0) FROM file", [], |row| row.get(0))
            .ok()?;
        let count = last as usize + 1;
        let mut state = Self {
            path,
            connection: Mutex::new(None),
            writer: None,
            read_only: false,
            build: None,
            file_of_row: vec![NOBODY; count],
            row_of_file: vec![NO_ROW; manifest.file_count()],
            records: Vec::new(),
            record_of_row: vec![u32::MAX; count],
            arena: Arc::default(),
            new: FxHashMap::default(),
            rest: Some(None),
        };
        for (file, row) in &asked.files {
            let (path, known) = file_row(&connection, *row)?;
            if path != manifest.path(*file) {
                return None;
            }
            state.tie(*row, *file)?;
            if let Some(known) = known {
                files.recall(*file, known);
            }
        }
        let arena = state.read_records(&connection, &asked.records)?;
        for packed in std::mem::take(&mut state.records) {
            let view = record::View::new(&arena[packed.start..packed.end])?;
            let entries =
                view.inputs().chain(view.deps()).chain(view.tools()).chain(view.outputs());
            for entry in entries {
                if state.file_of_row.get(entry.row as usize) != Some(&NOBODY) {
                    continue;
                }
                let (path, known) = file_row(&connection, entry.row)?;
                let file = manifest.intern(&path);
                state.tie(entry.row, file)?;
                if let Some(known) = known {
                    files.recall(file, known);
                }
            }
            state.records.push(packed);
        }
        reading.finish().ok()?;
        state.arena = Arc::new(arena);
        state.connection = Mutex::new(Some(connection));
        Some(state)
    }

    fn tie(&mut self, row: u32, file: FileId) -> Option<()> {
        if row == NO_ROW {
            return None;
        }
        *self.file_of_row.get_mut(row as usize)? = file;
        if self.row_of_file.len() <= file.index() {
            self.row_of_file.resize(file.index() + 1, NO_ROW);
        }
        self.row_of_file[file.index()] = row;
        Some(())
    }

    fn read_records(&mut self, connection: &Connection, outputs: &[FileId]) -> Option<Vec<u8>> {
        let mut arena = Vec::new();
        let sql = "SELECT generation, record FROM action WHERE id = ?1";
        let mut statement = connection.prepare(sql).ok()?;
        for output in outputs {
            let row = *self.row_of_file.get(output.index()).filter(|row| **row != NO_ROW)?;
            let start = arena.len();
            let generation = statement
                .query_row([row], |found| {
                    arena.extend_from_slice(found.get_ref(1)?.as_blob()?);
                    found.get(0)
                })
                .ok()?;
            let end = arena.len();
            record::View::new(&arena[start..end])?;
            let at = u32::try_from(self.records.len()).ok()?;
            *self.record_of_row.get_mut(row as usize)? = at;
            self.records.push(Packed { row, generation, start, end });
        }
        Some(arena)
    }

    /// The row that a file has though nobody asked for it. All paths are read for that, once: it is needed
    /// when a command has discovered what it had not before, and then it has run.
    pub(super) fn row_not_asked(&mut self, file: FileId, manifest: &Manifest) -> Option<u32> {
        if self.rest.as_ref()?.is_none() {
            let all = self.with_reader(|connection| {
                let mut statement = connection.prepare("SELECT path, id FROM file")?;
                let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
                rows.collect::<rusqlite::Result<FxHashMap<Vec<u8>, u32>>>()
            });
            self.rest = Some(Some(all.unwrap_or_default()));
        }
        let rows = self.rest.as_ref()?.as_ref()?;
        let row = *rows.get(manifest.path(file)).filter(|row| **row != NO_ROW)?;
        // One that belongs to a file already is that file's.
        (self.file_of_row.get(row as usize) == Some(&NOBODY)).then_some(())?;
        self.tie(row, file)?;
        Some(row)
    }
}

fn file_row(connection: &Connection, row: u32) -> Option<(Vec<u8>, Option<Known>)> {
    let mut statement =
        connection.prepare_cached("SELECT path, known FROM file WHERE id = ?1").ok()?;
    let read = |found: &rusqlite::Row<'_>| {
        let known = found.get_ref(1)?.as_blob_or_null()?.and_then(unpack_known);
        Ok((found.get_ref(0)?.as_blob()?.to_vec(), known))
    };
    statement.query_row([row], read).optional().ok()?
}
