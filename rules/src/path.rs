//! Paths as bytes: canonical form, and a table that gives each path a small id.

/// A path of a [`Manifest`](crate::Manifest), as an index into its path table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The id as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
