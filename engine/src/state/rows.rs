//! The rows of the database in memory, before they are tied to the files of a rule file.

use rusqlite::Connection;

use super::record;
use crate::digest::Digest;
use crate::files::Known;
use crate::signature::Signature;

/// All files and records.
#[derive(Default)]
pub(super) struct Rows {
    /// The paths of the files, one after the other.
    pub(super) paths: Vec<u8>,
    /// The files; row numbers count from 1.
    pub(super) files: Vec<FileRow>,
    pub(super) records: Vec<Packed>,
    /// The bytes of the records.
    pub(super) arena: Vec<u8>,
}

/// A file.
pub(super) struct FileRow {
    /// Where its path ends in [`Rows::paths`]; it starts where the one before ends.
    pub(super) path_end: usize,
    /// What it held when it was last read.
    pub(super) known: Option<Known>,
}

/// Where a record is.
#[derive(Clone, Copy)]
pub(super) struct Packed {
    pub(super) row: u32,
    pub(super) generation: i64,
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Rows {
    /// Reads all there is. With two connections to a large database both tables are read at the same time.
    pub(super) fn read(
        connection: Connection,
        other: Option<Connection>,
    ) -> rusqlite::Result<(Self, Connection)> {
        let mut all = Self::default();
        let Some(other) = other else {
            all.read_files(&connection)?;
            all.read_records(&connection)?;
            return Ok((all, connection));
        };
        let mut records = Self::default();
        // A connection belongs to one thread at a time.
        let (files, records) = rayon::join(
            move || all.read_files(&other).map(|()| all),
            move || records.read_records(&connection).map(|()| (records, connection)),
        );
        let (records, connection) = records?;
        Ok((Self { records: records.records, arena: records.arena, ..files? }, connection))
    }

    /// The path of a file.
    pub(super) fn path(&self, at: usize) -> &[u8] {
        let start = if at == 0 { 0 } else { self.files[at - 1].path_end };
        &self.paths[start..self.files[at].path_end]
    }

    fn read_files(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let count: i64 =
            connection.query_row("SELECT coalesce(max(id), 0) FROM file", [], |row| row.get(0))?;
        // Damage may say anything; a million rows grow by themselves.
        self.files.reserve(usize::try_from(count).unwrap_or(0).min(1 << 20));
        let mut statement = connection.prepare("SELECT id, path, known FROM file ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // Ids count up from 1 without gaps; anything else is damage that costs work only.
            let id: i64 = row.get(0)?;
            if usize::try_from(id).ok() != Some(self.files.len() + 1) {
                return Err(rusqlite::Error::IntegralValueOutOfRange(0, id));
            }
            self.paths.extend_from_slice(row.get_ref(1)?.as_blob()?);
            let known = row.get_ref(2)?.as_blob_or_null()?.and_then(unpack_known);
            self.files.push(FileRow { path_end: self.paths.len(), known });
        }
        Ok(())
    }

    fn read_records(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        // Room that is not used costs nothing, moving what was read does.
        let size = connection.path().and_then(|path| std::fs::metadata(path).ok());
        let size = size.map_or(0, |file| file.len()).min(1 << 30);
        self.arena.reserve(usize::try_from(size).unwrap_or(0));
        let mut statement = connection.prepare("SELECT id, generation, record FROM action")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Ok(id) = u32::try_from(row.get::<_, i64>(0)?) else { continue };
            let record = row.get_ref(2)?.as_blob()?;
            if record::View::new(record).is_none() {
                continue;
            }
            let start = self.arena.len();
            self.arena.extend_from_slice(record);
            let end = self.arena.len();
            self.records.push(Packed { row: id, generation: row.get(1)?, start, end });
        }
        Ok(())
    }
}

pub(super) fn unpack_known(row: &[u8]) -> Option<Known> {
    let (signature, rest) = row.split_first_chunk::<{ Signature::LEN }>()?;
    let (digest, racy) = rest.split_first_chunk::<{ Digest::LEN }>()?;
    let [racy] = racy else { return None };
    Some(Known {
        signature: Signature::from_bytes(signature),
        digest: Digest(*digest),
        racy: *racy != 0,
    })
}
