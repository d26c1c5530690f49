//! Numbers, texts and signatures as bytes: little endian, and read with every bound checked.

use crate::signature::Signature;

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
