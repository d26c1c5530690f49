//! What is kept of an action's last run, and how it is packed into one row.

use crate::digest::Digest;

/// The first half of a digest: enough to compare contents, and half the room.
pub(crate) type Short = [u8; 16];

/// What stands for the digest of a file that is not there.
pub(crate) const MISSING: Short = [0; 16];

/// The first half of `digest`.
pub(crate) fn short(digest: &Digest) -> Short {
    let mut half = [0; 16];
    half.copy_from_slice(&digest.as_bytes()[..16]);
    half
}

/// A file and its content, as the row of the file and half its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The file's row in the table of files.
    pub(crate) row: u32,
    /// Its content then.
    pub(crate) content: Short,
}

/// How a run ended, as far as the next decision cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Proven: these inputs gave these outputs.
    Good,
    /// The command failed or was interrupted; nothing is known of the outputs.
    Failed,
    /// An input, the only one listed, changed while the command ran.
    Edited,
    /// The run was good but the dependencies it discovered could not be read.
    DependenciesUnknown,
}

/// What a command takes to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    pub(crate) duration_ms: u32,
    /// The most memory that one of its processes took; 0 when that is not known.
    pub(crate) peak_kib: u32,
}

/// What is kept of an action's last run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) standing: Standing,
    /// Of the command and what else the rule says about running it.
    pub(crate) command: Short,
    /// Of the response file, zero without one.
    pub(crate) response: Short,
    /// Of the variables of the environment that the action sees.
    pub(crate) environment: Short,
    /// The time that Ninja would have written to its log, for `Check::Mtime`.
    pub(crate) mtime_ns: i64,
    /// What the command took to run.
    pub(crate) cost: Cost,
    /// The action key.
    pub(crate) key: [u8; 32],
    /// Declared inputs but the order-only ones.
    pub(crate) inputs: Vec<Entry>,
    /// Discovered dependencies.
    pub(crate) deps: Vec<Entry>,
    /// Programs that the command starts.
    pub(crate) tools: Vec<Entry>,
    /// All outputs.
    pub(crate) outputs: Vec<Entry>,
}

const HEAD: usize = 1 + 3 * 16 + 8 + 4 + 32 + 4 * 4;
const ENTRY: usize = 20;
/// The peak, which older records do not have, is behind everything else.
const TAIL: usize = 4;

/// A record that says that the last run failed.
static NOTHING: [u8; HEAD] = {
    let mut row = [0; HEAD];
    row[0] = Standing::Failed as u8;
    row
};

impl Record {
    /// A record that says no more than how a run ended.
    pub(crate) fn without_proof(standing: Standing, cost: Cost) -> Self {
        Self {
            standing,
            command: MISSING,
            response: MISSING,
            environment: MISSING,
            mtime_ns: 0,
            cost,
            key: [0; 32],
            inputs: Vec::new(),
            deps: Vec::new(),
            tools: Vec::new(),
            outputs: Vec::new(),
        }
    }

    /// One row.
    pub(crate) fn pack(&self) -> Vec<u8> {
        let lists = [&self.inputs, &self.deps, &self.tools, &self.outputs];
        let entries: usize = lists.iter().map(|list| list.len()).sum();
        let mut row = Vec::with_capacity(HEAD + entries * ENTRY + TAIL);
        row.push(self.standing as u8);
        row.extend_from_slice(&self.command);
        row.extend_from_slice(&self.response);
        row.extend_from_slice(&self.environment);
        row.extend_from_slice(&self.mtime_ns.to_le_bytes());
        row.extend_from_slice(&self.cost.duration_ms.to_le_bytes());
        row.extend_from_slice(&self.key);
        for list in lists {
            row.extend_from_slice(&u32::try_from(list.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        for entry in lists.into_iter().flatten() {
            row.extend_from_slice(&entry.row.to_le_bytes());
            row.extend_from_slice(&entry.content);
        }
        row.extend_from_slice(&self.cost.peak_kib.to_le_bytes());
        row
    }
}

/// A packed record, read where it lies.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    row: &'a [u8],
    counts: [usize; 4],
}

impl<'a> View<'a> {
    /// The record in `row`; `None` when that is damaged.
    pub(crate) fn new(row: &'a [u8]) -> Option<Self> {
        let mut counts = [0; 4];
        for (index, count) in counts.iter_mut().enumerate() {
            let at = HEAD - 16 + index * 4;
            *count = word(row.get(at..at + 4)?) as usize;
        }
        let entries: usize = counts.iter().sum();
        let length = HEAD + entries * ENTRY;
        ((row.len() == length + TAIL || row.len() == length)
            && row[0] <= Standing::DependenciesUnknown as u8)
            .then_some(Self { row, counts })
    }

    /// The record in a row that was found whole when it was loaded.
    pub(crate) fn checked(row: &'a [u8]) -> Self {
        Self::new(row).unwrap_or(Self { row: &NOTHING, counts: [0; 4] })
    }

    pub(crate) fn standing(&self) -> Standing {
        match self.row[0] {
            0 => Standing::Good,
            1 => Standing::Failed,
            2 => Standing::Edited,
            _ => Standing::DependenciesUnknown,
        }
    }

    pub(crate) fn command(&self) -> Short {
        half(&self.row[1..])
    }

    pub(crate) fn response(&self) -> Short {
        half(&self.row[17..])
    }

    pub(crate) fn environment(&self) -> Short {
        half(&self.row[33..])
    }

    pub(crate) fn mtime_ns(&self) -> i64 {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&self.row[49..57]);
        i64::from_le_bytes(bytes)
    }

    pub(crate) fn duration_ms(&self) -> u32 {
        word(&self.row[57..])
    }

    pub(crate) fn peak_kib(&self) -> u32 {
        let entries: usize = self.counts.iter().sum();
        self.row.get(HEAD + entries * ENTRY..).filter(|tail| tail.len() == TAIL).map_or(0, word)
    }

    /// What it took to run.
    pub(crate) fn cost(&self) -> Cost {
        Cost { duration_ms: self.duration_ms(), peak_kib: self.peak_kib() }
    }

    pub(crate) fn key(&self) -> [u8; 32] {
        let mut key = [0; 32];
        key.copy_from_slice(&self.row[61..93]);
        key
    }

    pub(crate) fn inputs(&self) -> Entries<'a> {
        self.list(0)
    }

    pub(crate) fn deps(&self) -> Entries<'a> {
        self.list(1)
    }

    pub(crate) fn tools(&self) -> Entries<'a> {
        self.list(2)
    }

    pub(crate) fn outputs(&self) -> Entries<'a> {
        self.list(3)
    }

    fn list(&self, which: usize) -> Entries<'a> {
        let before: usize = self.counts[..which].iter().sum();
        let start = HEAD + before * ENTRY;
        Entries { rest: &self.row[start..start + self.counts[which] * ENTRY] }
    }
}

/// The entries of one list of a record.
#[derive(Clone)]
pub(crate) struct Entries<'a> {
    rest: &'a [u8],
}

impl Iterator for Entries<'_> {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        let (entry, rest) = self.rest.split_at_checked(ENTRY)?;
        self.rest = rest;
        Some(Entry { row: word(entry), content: half(&entry[4..]) })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len() / ENTRY;
        (left, Some(left))
    }
}

impl ExactSizeIterator for Entries<'_> {}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fn half(bytes: &[u8]) -> Short {
    let mut half = [0; 16];
    half.copy_from_slice(&bytes[..16]);
    half
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_record_reads_back_and_a_damaged_one_is_refused() {
        let entry = |row: u32| Entry { row, content: [row as u8; 16] };
        let record = Record {
            standing: Standing::DependenciesUnknown,
            command: [1; 16],
            response: [2; 16],
            environment: [3; 16],
            mtime_ns: -4,
            cost: Cost { duration_ms: 5, peak_kib: 13 },
            key: [6; 32],
            inputs: vec![entry(7), entry(8)],
            deps: vec![entry(9)],
            tools: vec![],
            outputs: vec![entry(10), entry(11), entry(12)],
        };
        let row = record.pack();
        let view = View::new(&row).unwrap();
        assert_eq!(view.standing(), Standing::DependenciesUnknown);
        assert_eq!((view.command(), view.response()), ([1; 16], [2; 16]));
        assert_eq!((view.environment(), view.mtime_ns()), ([3; 16], -4));
        assert_eq!(view.cost(), record.cost);
        assert_eq!(view.key(), [6; 32]);
        assert_eq!(view.inputs().collect::<Vec<_>>(), record.inputs);
        assert_eq!(view.deps().collect::<Vec<_>>(), record.deps);
        assert_eq!(view.tools().len(), 0);
        assert_eq!(view.outputs().collect::<Vec<_>>(), record.outputs);
        assert!(View::new(&row[..row.len() - 1]).is_none());
        let older = View::new(&row[..row.len() - 4]).unwrap();
        assert_eq!(older.cost(), Cost { duration_ms: 5, peak_kib: 0 });
        assert_eq!(older.outputs().collect::<Vec<_>>(), record.outputs);
        assert!(View::new(&[]).is_none());
    }
}
