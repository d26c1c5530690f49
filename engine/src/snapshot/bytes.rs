//! Numbers, texts and signatures as bytes: little endian, and read with every bound checked.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use rayon::prelude::*;

use crate::signature::Signature;

/// What one processor copies at a time. For fewer bytes than this no thread is worth its start.
const PIECE: usize = 1 << 20;
/// A file that says to be larger than this is not believed before it has been read.
const LARGEST: usize = 1 << 32;

/// The content of a file: a large one is copied by all processors, each of which gets the memory for its part.
pub(super) fn content(place: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(place)?;
    let size = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    if !(PIECE..LARGEST).contains(&size) {
        return std::fs::read(place);
    }
    let mut bytes = vec![0; size];
    let read =
        |(number, piece): (usize, &mut [u8])| file.read_exact_at(piece, (number * PIECE) as u64);
    bytes.par_chunks_mut(PIECE).enumerate().try_for_each(read)?;
    Ok(bytes)
}

/// Two parts of the work on so many bytes, side by side when there are many.
pub(super) fn side_by_side<A: Send, B: Send>(
    size: usize,
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    if size < PIECE { (one(), other()) } else { rayon::join(one, other) }
}

/// Puts bytes together.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    pub(super) fn number(&mut self, number: usize) {
        self.0.extend_from_slice(&(number as u64).to_le_bytes());
    }

    /// Bytes whose number the reader knows.
    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn text(&mut self, text: &[u8]) {
        self.number(text.len());
        self.bytes(text);
    }

    pub(super) fn signature(&mut self, signature: &Signature) {
        self.bytes(&signature.to_bytes());
    }

    pub(super) fn words(&mut self, words: &[u32]) {
        self.0.reserve(words.len() * 4);
        for word in words {
            self.0.extend_from_slice(&word.to_le_bytes());
        }
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes them apart again; `None` where there are not enough.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn number(&mut self) -> Option<usize> {
        usize::try_from(self.word()?).ok()
    }

    pub(super) fn word(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    pub(super) fn text(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        self.take(length)
    }

    pub(super) fn signature(&mut self) -> Option<Signature> {
        Some(Signature::from_bytes(self.take(Signature::LEN)?.try_into().ok()?))
    }

    pub(super) fn words(&mut self, count: usize) -> Option<Vec<u32>> {
        let bytes = self.take(count.checked_mul(4)?)?;
        let word = |word: &[u8]| u32::from_le_bytes([word[0], word[1], word[2], word[3]]);
        Some(bytes.chunks_exact(4).map(word).collect())
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_several_pieces_is_read_in_its_order() {
        let dir = tempfile::tempdir().unwrap();
        for size in [0, 7, PIECE - 1, PIECE, 3 * PIECE, 3 * PIECE + 5] {
            let written: Vec<u8> = (0..size).map(|at| (at / 1000 + at) as u8).collect();
            let place = dir.path().join("large");
            std::fs::write(&place, &written).unwrap();
            assert!(content(&place).unwrap() == written, "{size} bytes");
        }
        assert!(content(&dir.path().join("none")).is_err());
    }
}
