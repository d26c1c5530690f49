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
    pub(super) fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let mut all = Self::default();
        let mut statement = connection.prepare("SELECT id, path, known FROM file ORDER BY id")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            // Ids count up from 1 without gaps; anything else is damage that costs work only.
            let id: i64 = row.get(0)?;
            if usize::try_from(id).ok() != Some(all.files.len() + 1) {
                return Err(rusqlite::Error::IntegralValueOutOfRange(0, id));
            }
            all.paths.extend_from_slice(row.get_ref(1)?.as_blob()?);
            let known = row.get_ref(2)?.as_blob_or_null()?.and_then(unpack_known);
            all.files.push(FileRow { path_end: all.paths.len(), known });
        }
        let mut statement = connection.prepare("SELECT id, generation, record FROM action")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let Ok(id) = u32::try_from(row.get::<_, i64>(0)?) else { continue };
            let record = row.get_ref(2)?.as_blob()?;
            if record::View::new(record).is_none() {
                continue;
            }
            let start = all.arena.len();
            all.arena.extend_from_slice(record);
            let end = all.arena.len();
            all.records.push(Packed { row: id, generation: row.get(1)?, start, end });
        }
        Ok(all)
    }
}

fn unpack_known(row: &[u8]) -> Option<Known> {
    let (signature, rest) = row.split_first_chunk::<{ Signature::LEN }>()?;
    let (digest, racy) = rest.split_first_chunk::<{ Digest::LEN }>()?;
    let [racy] = racy else { return None };
    Some(Known {
        signature: Signature::from_bytes(signature),
        digest: Digest(*digest),
        racy: *racy != 0,
    })
}
