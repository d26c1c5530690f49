//! Reads a file ahead, some chunks at a time and each on the processor that is free.

use rayon::prelude::*;

use super::chunk::Chunk;
use crate::lexer::scan;

/// How many chunks are read while those before them are put into the manifest. On two processors one does
/// this and the other one that; on many the chunks are read at the same time.
const CHUNKS: usize = 4;

/// Where reading is in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    /// How many bytes a chunk has at least, if the file has as many.
    size: usize,
    /// Where the next chunk starts.
    at: usize,
}

impl Ahead {
    /// The size of the chunks of large files: much to do at a time, but little enough to stay in the
    /// cache until it is put into the manifest.
    pub(crate) const SIZE: usize = 1 << 16;

    pub(crate) fn new(size: usize) -> Self {
        Self { size: size.max(1), at: 0 }
    }

    /// Whether all of the file was read.
    pub(crate) fn is_done(&self, content: &[u8]) -> bool {
        self.at >= content.len()
    }

    /// Whether there is more to read than is read at once, so that it pays to have other threads help.
    pub(crate) fn is_long(&self, content: &[u8]) -> bool {
        content.len() - self.at > self.size.saturating_mul(CHUNKS)
    }

    /// Reads what comes next into `chunks`, whose memory is used again.
    pub(crate) fn read(&mut self, content: &[u8], chunks: &mut Vec<Chunk>) {
        if !self.is_long(content) {
            chunks.resize_with(1, Chunk::default);
            chunks[0].start_over(self.at, content.len());
            chunks[0].read(content);
            self.at = content.len();
            return;
        }
        chunks.resize_with(CHUNKS, Chunk::default);
        let mut used = 0;
        for chunk in &mut *chunks {
            if used > 0 && self.is_done(content) {
                break;
            }
            let end = next_statement(content, self.at + self.size);
            chunk.start_over(self.at, end);
            self.at = end;
            used += 1;
        }
        chunks.truncate(used);
        chunks.par_iter_mut().with_max_len(1).for_each(|chunk| chunk.read(content));
    }
}

/// The first place from `from` on where surely a statement starts; else the end.
///
/// Everything that a statement has on further lines is indented or comes after a `$` at the end of the line
/// before. Comments may stand between indented lines, so no chunk starts with one; nor with an empty line or
/// with a mistake.
fn next_statement(content: &[u8], from: usize) -> usize {
    let from = from.min(content.len());
    let mut ends = memchr::memchr_iter(b'\n', &content[from..]).map(|at| from + at);
    let start = ends.find_map(|end| {
        let line = content[..end].strip_suffix(b"\r").unwrap_or(&content[..end]);
        let starts = !line.ends_with(b"$") && scan::name(&content[end + 1..]).is_ok();
        starts.then_some(end + 1)
    });
    start.unwrap_or(content.len())
}

#[cfg(test)]
mod tests {
    use super::next_statement;

    #[test]
    fn a_chunk_starts_with_a_statement() {
        let text = b"a = 1\n\n# x\nrule r\n  x = 1$\ny\n# x\n  y = 1$\r\nz\r\nbuild a: r\n";
        let mut starts = Vec::new();
        let mut at = 0;
        while at < text.len() {
            starts.push(at);
            at = next_statement(text, at);
        }
        let lines = starts.iter().map(|at| &text[*at..*at + 4]);
        assert_eq!(lines.collect::<Vec<_>>(), [b"a = ", b"rule", b"buil"]);
        assert_eq!(next_statement(text, text.len() + 7), text.len());
    }
}
