//! Reading some `build` statements of the rule files, and all else that stands in them.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use mbuild_rules::parse::{self, Loader, Options};
use mbuild_rules::{Diagnostic, Manifest};

use crate::settings::Settings;
use crate::signature::Signature;
use crate::snapshot::links::Piece;

/// Between pieces that are closer than this, reading on is quicker than reading again.
const NEAR: u32 = 1 << 12;

/// Gives the parser pieces of the rule files as if they were all.
struct Excerpt<'a> {
    dir: PathBuf,
    /// The rule files in the order in which they are read, and what they were.
    files: &'a [(Vec<u8>, Signature)],
    /// In the order of the files and of their bytes.
    pieces: Vec<Piece>,
    /// The next file.
    next: usize,
}

/// Reads these pieces of the rule files.
///
/// # Errors
/// They are not what they were.
pub(super) fn read(
    settings: &Settings,
    files: &[(Vec<u8>, Signature)],
    mut pieces: Vec<Piece>,
) -> Result<Manifest, Diagnostic> {
    pieces.sort_unstable();
    let mut excerpt = Excerpt { dir: settings.dir.clone(), files, pieces, next: 0 };
    let options = Options { phony_cycle_is_error: settings.phony_cycle_is_error, excerpt: true };
    parse::parse(&settings.rule_file, &mut excerpt, options)
}

impl Loader for Excerpt<'_> {
    fn load(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        let at = self.next;
        self.next += 1;
        let other = || io::Error::other("it has changed");
        let (_, signature) = self.files.get(at).filter(|(is, _)| is == path).ok_or_else(other)?;
        let file = File::open(self.dir.join(OsStr::from_bytes(path)))?;
        if Signature::of_open(&file)? != *signature {
            return Err(other());
        }
        let start = self.pieces.partition_point(|piece| (piece.file as usize) < at);
        let end = self.pieces.partition_point(|piece| piece.file as usize <= at);
        read_pieces(&file, &self.pieces[start..end], signature.size)
    }
}

/// The pieces one after the other; those that lie near each other are read at once.
fn read_pieces(file: &File, mut pieces: &[Piece], size: u64) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    let mut buffer = Vec::new();
    while let Some(first) = pieces.first() {
        let far = |pair: &[Piece]| pair[1].start.saturating_sub(pair[0].end) > NEAR;
        let count = pieces.windows(2).position(far).map_or(pieces.len(), |at| at + 1);
        let (near, rest) = pieces.split_at(count);
        pieces = rest;
        let end = near.iter().map(|piece| piece.end).max().unwrap_or(first.end);
        if first.start > end || u64::from(end) > size {
            return Err(io::Error::other("it ends early"));
        }
        buffer.resize((end - first.start) as usize, 0);
        file.read_exact_at(&mut buffer, u64::from(first.start))?;
        for piece in near {
            let range =
                piece.start.checked_sub(first.start).zip(piece.end.checked_sub(first.start));
            let part = range.and_then(|(start, end)| buffer.get(start as usize..end as usize));
            text.extend_from_slice(part.ok_or_else(|| io::Error::other("it is in disorder"))?);
        }
    }
    Ok(text)
}
