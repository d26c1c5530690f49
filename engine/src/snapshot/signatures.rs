//! The packed signatures of a table's rows: most of a snapshot, and so not copied out of what was read.

use crate::signature::Signature;

/// [`Signature::LEN`] bytes a row.
#[derive(Debug, Default)]
pub(super) struct Signatures {
    bytes: Vec<u8>,
    /// Where the first row begins; the rest of what was read stands before it.
    start: usize,
}

impl Signatures {
    /// None yet, with room for so many rows.
    pub(super) fn with_capacity(rows: usize) -> Self {
        Self { bytes: Vec::with_capacity(rows * Signature::LEN), start: 0 }
    }

    /// Those of so many rows, the last of these bytes; `None` when there are not as many.
    pub(super) fn at_the_end_of(bytes: Vec<u8>, rows: usize) -> Option<Self> {
        let start = bytes.len().checked_sub(rows.checked_mul(Signature::LEN)?)?;
        Some(Self { bytes, start })
    }

    /// All of them.
    pub(super) fn packed(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// That of one row, if there is such a row.
    pub(super) fn row(&self, row: usize) -> Option<&[u8; Signature::LEN]> {
        self.packed().get(row * Signature::LEN..)?.first_chunk()
    }

    /// The same, to change it.
    pub(super) fn row_mut(&mut self, row: usize) -> Option<&mut [u8; Signature::LEN]> {
        self.bytes.get_mut(self.start + row * Signature::LEN..)?.first_chunk_mut()
    }

    /// Adds those of more rows.
    pub(super) fn extend(&mut self, packed: &[u8]) {
        self.bytes.extend_from_slice(packed);
    }
}

impl PartialEq for Signatures {
    fn eq(&self, other: &Self) -> bool {
        self.packed() == other.packed()
    }
}

impl Eq for Signatures {}
