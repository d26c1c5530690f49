//! The files of a snapshot with their signatures, folder by folder.

use mbuild_rules::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

use super::bytes::{Reader, Writer};
use super::signatures::Signatures;
use crate::scan::{order_by_folder, split};
use crate::signature::Signature;

/// No id in the rule file.
const NONE: u32 = u32::MAX;
/// The packed signature of a file that is not there; no file has the mode 0.
const MISSING: [u8; Signature::LEN] = [0; Signature::LEN];

/// A file that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    /// Its id, when the rule file names it.
    pub(crate) file: Option<FileId>,
    pub(crate) path: &'a [u8],
    /// `None`: it was not there.
    pub(crate) signature: Option<Signature>,
}

/// Rows in columns. Those of a folder follow each other, for that is how the system finds them quickest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    folders: Vec<Folder>,
    /// Where the name of each row ends in `names`; it begins where the one before ends.
    ends: Vec<u32>,
    /// The folders' paths, then the names of the rows in their folders.
    names: Vec<u8>,
    ids: Vec<u32>,
    signatures: Signatures,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Folder {
    /// Where its path ends in `names`; it begins where the one before ends. Empty: names are whole paths.
    end: u32,
    /// Where its rows end.
    rows: u32,
}

/// Some rows of one folder.
pub(super) struct Run {
    pub(super) folder: usize,
    pub(super) rows: std::ops::Range<usize>,
}

impl Table {
    /// These rows in a table; `None` when they are too many.
    pub(crate) fn new(rows: &[Row<'_>]) -> Option<Self> {
        let paths: Vec<&[u8]> = rows.iter().map(|row| row.path).collect();
        let order = order_by_folder(&paths)
            .unwrap_or_else(|| (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect());
        let mut table = Self {
            folders: Vec::new(),
            ends: Vec::with_capacity(rows.len()),
            names: Vec::new(),
            ids: Vec::with_capacity(rows.len()),
            signatures: Signatures::with_capacity(rows.len()),
        };
        let mut names = Vec::new();
        let mut last = None;
        for row in order.iter().map(|at| &rows[*at as usize]) {
            let (folder, name) = split(row.path);
            if last != Some(folder) {
                last = Some(folder);
                table.names.extend_from_slice(folder);
                let end = u32::try_from(table.names.len()).ok()?;
                table.folders.push(Folder { end, rows: 0 });
            }
            names.extend_from_slice(name);
            table.ends.push(u32::try_from(names.len()).ok()?);
            table.ids.push(row.file.map_or(NONE, |file| file.0));
            let signature = row.signature.map_or(MISSING, |signature| signature.to_bytes());
            table.signatures.extend(&signature);
            table.folders.last_mut()?.rows = u32::try_from(table.ends.len()).ok()?;
        }
        let before = u32::try_from(table.names.len()).ok()?;
        for end in &mut table.ends {
            *end = end.checked_add(before)?;
        }
        table.names.append(&mut names);
        Some(table)
    }

    pub(super) fn encode(&self, to: &mut Writer) {
        to.number(self.folders.len());
        for folder in &self.folders {
            to.words(&[folder.end, folder.rows]);
        }
        to.text(&self.names);
        to.number(self.ends.len());
        to.words(&self.ends);
        to.words(&self.ids);
        to.bytes(self.signatures.packed());
    }

    /// A table without its signatures, for which [`Table::complete`] is asked, and how many bytes there are behind
    /// those.
    pub(super) fn decode(from: &mut Reader<'_>) -> Option<(Self, usize)> {
        let folders = from.number()?;
        let folders = from.words(folders.checked_mul(2)?)?;
        let folders: Vec<Folder> =
            folders.chunks_exact(2).map(|pair| Folder { end: pair[0], rows: pair[1] }).collect();
        let names = from.text()?.to_vec();
        let rows = from.number()?;
        let (ends, ids) = (from.words(rows)?, from.words(rows)?);
        from.take(rows.checked_mul(Signature::LEN)?)?;
        // Every later look at a row or a folder relies on these.
        let of_folders = folders.iter().map(|folder| folder.end);
        let whole = rise(of_folders.chain(ends.iter().copied()), names.len())
            && rise(folders.iter().map(|folder| folder.rows), rows);
        let table = Self { folders, ends, names, ids, signatures: Signatures::default() };
        whole.then_some((table, from.left()))
    }

    /// The table with its signatures, which are the last of these bytes; `None` when there are too few.
    pub(super) fn complete(self, bytes: Vec<u8>) -> Option<Self> {
        let signatures = Signatures::at_the_end_of(bytes, self.len())?;
        Some(Self { signatures, ..self })
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The path of a folder; empty for names that are whole paths.
    pub(super) fn folder(&self, folder: usize) -> &[u8] {
        let start = if folder == 0 { 0 } else { self.folders[folder - 1].end };
        &self.names[start as usize..self.folders[folder].end as usize]
    }

    /// The name of a row in its folder.
    pub(super) fn name(&self, row: usize) -> &[u8] {
        let start = match row.checked_sub(1) {
            Some(before) => self.ends[before],
            None => self.folders.last().map_or(0, |folder| folder.end),
        };
        &self.names[start as usize..self.ends[row] as usize]
    }

    /// The path of a row.
    pub(crate) fn path(&self, row: usize) -> Vec<u8> {
        let folder = self.folders.partition_point(|folder| folder.rows as usize <= row);
        let (folder, name) = (self.folder(folder), self.name(row));
        if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
    }

    /// The rows of these paths, as far as they have one.
    pub(crate) fn find<'p>(
        &self,
        paths: impl Iterator<Item = &'p [u8]>,
    ) -> FxHashMap<Vec<u8>, usize> {
        let mut wanted: FxHashMap<&[u8], FxHashSet<&[u8]>> = FxHashMap::default();
        for path in paths {
            let (folder, name) = split(path);
            wanted.entry(folder).or_default().insert(name);
        }
        let mut found = FxHashMap::default();
        let mut start = 0;
        for (folder, entry) in self.folders.iter().enumerate() {
            let end = entry.rows as usize;
            if let Some(names) = wanted.get(self.folder(folder)) {
                let rows = (start..end).filter(|row| names.contains(self.name(*row)));
                found.extend(rows.map(|row| (self.path(row), row)));
            }
            start = end;
        }
        found
    }

    /// The signature of a row.
    pub(crate) fn signature(&self, row: usize) -> Option<Signature> {
        let bytes = self.signatures.row(row)?;
        (*bytes != MISSING).then(|| Signature::from_bytes(bytes))
    }

    /// Gives a row another signature.
    pub(crate) fn set(&mut self, row: usize, signature: Option<&Signature>) {
        let bytes = signature.map_or(MISSING, Signature::to_bytes);
        if let Some(at) = self.signatures.row_mut(row) {
            *at = bytes;
        }
    }

    /// Adds rows behind all others, so that no row gets another number; `None` when they are too many.
    pub(crate) fn append(&mut self, rows: &[Row<'_>]) -> Option<()> {
        let mut other = Self::new(rows)?;
        let folders = self.folders.last().map_or(0, |folder| folder.end);
        let others = other.folders.last().map_or(0, |folder| folder.end);
        let total = u32::try_from(self.names.len() + other.names.len()).ok()?;
        let count = u32::try_from(self.ends.len()).ok()?;
        u32::try_from(self.ends.len() + other.ends.len()).ok()?;
        let before = total - (other.names.len() as u32 - others);
        for folder in &mut other.folders {
            folder.end += folders;
            folder.rows += count;
        }
        for end in &mut self.ends {
            *end += others;
        }
        for end in &mut other.ends {
            *end = *end - others + before;
        }
        let names = self.names.split_off(folders as usize);
        self.names.extend_from_slice(&other.names[..others as usize]);
        self.names.extend_from_slice(&names);
        self.names.extend_from_slice(&other.names[others as usize..]);
        self.folders.append(&mut other.folders);
        self.ends.append(&mut other.ends);
        self.ids.append(&mut other.ids);
        self.signatures.extend(other.signatures.packed());
        Some(())
    }

    /// Folder and name of every row.
    #[cfg(feature = "fuzzing")]
    pub(crate) fn names(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let runs = self.runs(self.len()).into_iter();
        runs.flat_map(move |run| run.rows.map(move |row| (self.folder(run.folder), self.name(row))))
    }

    /// The row has this signature.
    pub(super) fn has(&self, row: usize, signature: Option<&Signature>) -> bool {
        let bytes = signature.map_or(MISSING, Signature::to_bytes);
        self.signatures.row(row) == Some(&bytes)
    }

    /// The rows in runs of one folder and of `most` rows at most.
    pub(super) fn runs(&self, most: usize) -> Vec<Run> {
        let mut runs = Vec::new();
        let mut start = 0;
        for (folder, entry) in self.folders.iter().enumerate() {
            let end = entry.rows as usize;
            while start < end {
                let next = end.min(start + most);
                runs.push(Run { folder, rows: start..next });
                start = next;
            }
        }
        runs
    }

    /// Id and signature of every row.
    pub(crate) fn rows(&self) -> impl Iterator<Item = (Option<FileId>, Option<Signature>)> + '_ {
        let packed = self.signatures.packed().chunks_exact(Signature::LEN);
        self.ids.iter().zip(packed).map(|(id, packed)| {
            let signature = packed.try_into().ok().filter(|bytes| *bytes != MISSING);
            (
                (*id != NONE).then_some(FileId(*id)),
                signature.map(|bytes| Signature::from_bytes(&bytes)),
            )
        })
    }
}

/// These never fall, and the last one is `to`.
fn rise(mut ends: impl Iterator<Item = u32>, to: usize) -> bool {
    let mut last = 0;
    ends.all(|end| std::mem::replace(&mut last, end) <= end) && last as usize == to
}
