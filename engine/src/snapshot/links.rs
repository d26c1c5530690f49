//! The links beside a snapshot: what a changed file reaches, where the statements of what is reached stand,
//! and which rows the state has for them. With them, a build of little reads only what it is about.
//!
//! Files are numbered by their rows in the snapshot's table, actions in the order of the rule files. All is
//! kept as columns of numbers, which are read where they lie; whoever asks for what is not there gets `None`
//! and makes the whole plan.

mod columns;
mod reach;

use std::ops::Range;
use std::path::{Path, PathBuf};

use super::bytes::{Reader, content};
use super::{FOLDER, place};
use crate::digest::Digest;
#[cfg(any(test, feature = "fuzzing"))]
pub(crate) use columns::seal;
pub(crate) use columns::{Columns, Lists};
pub(crate) use reach::{Lost, Reached};

const MAGIC: &[u8; 16] = b"mbuild links 1\0\0";
/// What the name of the file ends with.
const EXTENSION: &str = "links";
/// No file, no action, no row.
pub(crate) const NONE: u32 = u32::MAX;
/// The action only gives a name to its inputs.
pub(crate) const PHONY: u32 = 1;
/// When the action is reached, all has to be planned.
pub(crate) const WHOLE: u32 = 2;

/// Some bytes that are numbers.
type Column = Range<usize>;

/// Lists of numbers, one after the other.
#[derive(Debug)]
struct Packed {
    /// Where each list ends; it begins where the one before ends.
    ends: Column,
    items: Column,
}

/// The links, as they were read.
#[derive(Debug)]
pub(crate) struct Links {
    bytes: Vec<u8>,
    /// Of all but the head; the snapshot names it.
    pub(crate) digest: Digest,
    /// Stands for the rule files and what else decides about commands.
    pub(crate) generation: i64,
    /// Some rule says which variables its command sees.
    pub(crate) declares_environment: bool,
    /// The state's rows of Ninja's two files; 0 is none.
    pub(crate) logs: [u32; 2],
    gaps: Column,
    numbers: Column,
    kinds: Column,
    spans: Column,
    rows: Column,
    producers: Column,
    outputs: Packed,
    inputs: Packed,
    users: Packed,
    outside: Column,
}

/// A stretch of a rule file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Piece {
    /// Which of the rule files.
    pub(crate) file: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Links {
    /// The links of the snapshot for `question`, which knows their digest; `None` where there are none.
    ///
    /// # Errors
    /// They are damaged: the path of what was there, which is now removed.
    pub(crate) fn read(
        state_dir: &Path,
        question: &Digest,
        digest: &Digest,
    ) -> Result<Option<Self>, PathBuf> {
        let place = links_place(state_dir, question);
        let Ok(bytes) = content(&place) else { return Ok(None) };
        let Some(links) = Self::decode(bytes) else {
            // They are written anew with the next snapshot.
            let _ = std::fs::remove_file(&place);
            return Err(place);
        };
        // Whoever was killed between writing both has left those of another snapshot.
        Ok((links.digest == *digest).then_some(links))
    }

    /// From bytes that begin with the magic word and the digest of the rest.
    pub(crate) fn decode(bytes: Vec<u8>) -> Option<Self> {
        let (digest, body) = bytes.strip_prefix(MAGIC)?.split_at_checked(Digest::LEN)?;
        let digest = Digest::from_slice(digest)?;
        if Digest::of(body) != digest {
            return None;
        }
        let head = bytes.len() - body.len();
        let mut body = Reader::new(body);
        let generation = body.word()?.cast_signed();
        let declares_environment = body.number()? != 0;
        let logs: [u32; 2] = body.words(2)?.try_into().ok()?;
        let [files, actions, gaps] = [body.number()?, body.number()?, body.number()?];
        let size = bytes.len();
        let mut column = |count: usize| -> Option<Column> {
            let length = count.checked_mul(4)?;
            let start = size - body.left();
            body.take(length)?;
            Some(start..start + length)
        };
        let gaps = column(gaps.checked_mul(3)?)?;
        let (numbers, kinds) = (column(actions)?, column(actions)?);
        let spans = column(actions.checked_mul(3)?)?;
        let (rows, producers) = (column(files)?, column(files)?);
        let mut lists = |count: usize| -> Option<Packed> {
            let ends = column(count)?;
            let last =
                bytes.get(ends.clone())?.last_chunk().map_or(0, |last| u32::from_le_bytes(*last));
            Some(Packed { items: column(last as usize)?, ends })
        };
        let (outputs, inputs, users) = (lists(actions)?, lists(actions)?, lists(files)?);
        let outside = size - body.left()..size;
        (head <= gaps.start && outside.len().is_multiple_of(8)).then_some(())?;
        Some(Self {
            digest,
            generation,
            declares_environment,
            logs,
            gaps,
            numbers,
            kinds,
            spans,
            rows,
            producers,
            outputs,
            inputs,
            users,
            outside,
            bytes,
        })
    }

    fn column(&self, column: &Column) -> &[u8] {
        self.bytes.get(column.clone()).unwrap_or_default()
    }

    fn at(&self, column: &Column, index: usize) -> Option<u32> {
        let start = index.checked_mul(4)?;
        number(self.column(column).get(start..start.checked_add(4)?)?)
    }

    fn list(
        &self,
        lists: &Packed,
        index: usize,
    ) -> Option<impl ExactSizeIterator<Item = u32> + '_> {
        let start = match index.checked_sub(1) {
            Some(before) => self.at(&lists.ends, before)?,
            None => 0,
        };
        let end = self.at(&lists.ends, index)?;
        let items = self.column(&lists.items);
        let items = items.get((start as usize).checked_mul(4)?..(end as usize).checked_mul(4)?)?;
        Some(items.chunks_exact(4).map(|item| number(item).unwrap_or(NONE)))
    }

    /// How many files there are: as many as the snapshot's table has rows.
    pub(crate) fn files(&self) -> usize {
        self.rows.len() / 4
    }

    /// How many actions there are.
    pub(crate) fn actions(&self) -> usize {
        self.numbers.len() / 4
    }

    /// The number of an action among all of the rule files.
    pub(crate) fn number(&self, action: u32) -> Option<u32> {
        self.at(&self.numbers, action as usize)
    }

    /// [`PHONY`] and [`WHOLE`], as far as they hold.
    pub(crate) fn kind(&self, action: u32) -> Option<u32> {
        self.at(&self.kinds, action as usize)
    }

    /// Where the statement of an action stands.
    pub(crate) fn span(&self, action: u32) -> Option<Piece> {
        let at = (action as usize).checked_mul(3)?;
        let part = |index: usize| self.at(&self.spans, at.checked_add(index)?);
        Some(Piece { file: part(0)?, start: part(1)?, end: part(2)? })
    }

    /// What of the rule files is no `build` statement.
    pub(crate) fn gaps(&self) -> Vec<Piece> {
        let numbers: Vec<u32> = words(self.column(&self.gaps)).collect();
        let piece = |piece: &[u32]| Piece { file: piece[0], start: piece[1], end: piece[2] };
        numbers.chunks_exact(3).map(piece).collect()
    }

    /// The state's rows of all files, [`NONE`] for those without one.
    pub(crate) fn rows(&self) -> impl ExactSizeIterator<Item = u32> + '_ {
        words(self.column(&self.rows))
    }

    /// The state's row of a file; `None` when it has none.
    pub(crate) fn row(&self, file: u32) -> Option<u32> {
        self.at(&self.rows, file as usize).filter(|row| *row != NONE)
    }

    /// The action that makes a file.
    pub(crate) fn producer(&self, file: u32) -> Option<u32> {
        self.at(&self.producers, file as usize).filter(|action| *action != NONE)
    }

    /// What an action makes, in the order of its statement.
    pub(crate) fn outputs(&self, action: u32) -> Option<impl ExactSizeIterator<Item = u32> + '_> {
        self.list(&self.outputs, action as usize)
    }

    /// The declared inputs of an action of all kinds, in the order of its statement.
    pub(crate) fn inputs(&self, action: u32) -> Option<impl ExactSizeIterator<Item = u32> + '_> {
        self.list(&self.inputs, action as usize)
    }

    /// The actions that have a file as an input or have discovered it as a dependency or a program.
    pub(crate) fn users(&self, file: u32) -> Option<impl ExactSizeIterator<Item = u32> + '_> {
        self.list(&self.users, file as usize)
    }

    /// Asks for everything there may be, as far as it is not too much.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(crate) fn look_through(&self) {
        const MOST: usize = 64;
        let most = self.files().max(self.actions()).min(MOST) + 1;
        for at in (0..most).filter_map(|at| u32::try_from(at).ok()) {
            let _ = self.reach(std::iter::once(at));
            let _ = (self.row(at), self.producer(at), self.number(at), self.span(at));
        }
        self.gaps();
        let found = [(0, vec![0])].into_iter().collect();
        if let Some(columns) = self.changed(self.rows().collect(), &found) {
            let again = Self::decode(columns.encode().0);
            assert!(again.is_some_and(|again| again.files() == self.files()), "it is read again");
        }
    }

    /// A path that is none of the snapshot's may be made by an action that the goals did not need.
    pub(crate) fn is_made_outside(&self, path: &[u8]) -> bool {
        let hash = path_hash(path);
        self.column(&self.outside).chunks_exact(8).any(|other| *other == hash)
    }
}

/// Where the links beside a snapshot lie.
pub(super) fn links_place(state_dir: &Path, question: &Digest) -> PathBuf {
    debug_assert!(place(state_dir, question).starts_with(state_dir.join(FOLDER)));
    place(state_dir, question).with_extension(EXTENSION)
}

fn path_hash(path: &[u8]) -> [u8; 8] {
    let mut hash = [0; 8];
    hash.copy_from_slice(&Digest::of(path).as_bytes()[..8]);
    hash
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

fn words(bytes: &[u8]) -> impl ExactSizeIterator<Item = u32> + '_ {
    bytes.chunks_exact(4).map(|word| number(word).unwrap_or(NONE))
}

#[cfg(test)]
mod tests;
