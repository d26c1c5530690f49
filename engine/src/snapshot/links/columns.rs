//! Links in the making: the columns as vectors, and how they become bytes.

use rustc_hash::FxHashMap;

use super::{Column, Links, MAGIC, NONE, Packed, Piece, path_hash, words};
use crate::digest::Digest;
use crate::snapshot::bytes::Writer;

/// The columns of [`Links`].
#[derive(Debug, Default)]
pub(crate) struct Columns {
    pub(crate) generation: i64,
    pub(crate) declares_environment: bool,
    pub(crate) logs: [u32; 2],
    pub(crate) gaps: Vec<Piece>,
    /// By action.
    pub(crate) numbers: Vec<u32>,
    pub(crate) kinds: Vec<u32>,
    pub(crate) spans: Vec<Piece>,
    /// By file: the state's row, [`NONE`] without one.
    pub(crate) rows: Vec<u32>,
    /// By file: the action, or [`NONE`].
    pub(crate) producers: Vec<u32>,
    pub(crate) outputs: Lists,
    pub(crate) inputs: Lists,
    pub(crate) users: Lists,
    /// Hashes of paths that actions outside of the goals make.
    pub(crate) outside: Vec<[u8; 8]>,
}

/// Lists of numbers, one after the other.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    ends: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    /// Adds a list; `None` when there is too much.
    pub(crate) fn push(&mut self, items: impl Iterator<Item = u32>) -> Option<()> {
        self.items.extend(items);
        self.ends.push(u32::try_from(self.items.len()).ok()?);
        Some(())
    }

    /// A list for each of `count` files: the first numbers of the pairs that have it as their second.
    pub(crate) fn turned(count: usize, pairs: &[(u32, u32)]) -> Option<Self> {
        let mut ends = vec![0_u32; count];
        for (_, file) in pairs {
            *ends.get_mut(*file as usize)? += 1;
        }
        let mut sum = 0_u32;
        for end in &mut ends {
            let size = std::mem::replace(end, sum);
            sum = sum.checked_add(size)?;
        }
        let mut items = vec![0; pairs.len()];
        for (item, file) in pairs {
            let at = &mut ends[*file as usize];
            items[*at as usize] = *item;
            *at += 1;
        }
        Some(Self { ends, items })
    }

    fn encode(&self, to: &mut Writer) {
        to.words(&self.ends);
        to.words(&self.items);
    }
}

impl Columns {
    /// Says that an action outside of the goals makes this path.
    pub(crate) fn add_outside(&mut self, path: &[u8]) {
        self.outside.push(path_hash(path));
    }

    /// The file, and the digest by which the snapshot knows it.
    pub(crate) fn encode(&self) -> (Vec<u8>, Digest) {
        let mut body = Writer::default();
        body.bytes(&self.generation.to_le_bytes());
        body.number(usize::from(self.declares_environment));
        body.words(&self.logs);
        body.number(self.rows.len());
        body.number(self.numbers.len());
        body.number(self.gaps.len());
        let pieces = |pieces: &[Piece]| -> Vec<u32> {
            pieces.iter().flat_map(|piece| [piece.file, piece.start, piece.end]).collect()
        };
        body.words(&pieces(&self.gaps));
        body.words(&self.numbers);
        body.words(&self.kinds);
        body.words(&pieces(&self.spans));
        body.words(&self.rows);
        body.words(&self.producers);
        self.outputs.encode(&mut body);
        self.inputs.encode(&mut body);
        self.users.encode(&mut body);
        for hash in &self.outside {
            body.bytes(hash);
        }
        seal(&body.finish())
    }
}

/// A body behind the magic word and its digest, and that digest.
pub(crate) fn seal(body: &[u8]) -> (Vec<u8>, Digest) {
    let digest = Digest::of(body);
    let mut bytes = Vec::with_capacity(MAGIC.len() + Digest::LEN + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(digest.as_bytes());
    bytes.extend_from_slice(body);
    (bytes, digest)
}

impl Links {
    /// The bytes of the file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// The columns again, after some actions were found to use other files than before: `found` has what
    /// each of these actions discovers now. `rows` are the state's rows of all files, more than before when
    /// there are new ones. `None` when the links are not whole.
    pub(crate) fn changed(
        &self,
        rows: Vec<u32>,
        found: &FxHashMap<u32, Vec<u32>>,
    ) -> Option<Columns> {
        let read = |column: &Column| words(self.column(column)).collect::<Vec<u32>>();
        let pieces = |column: &Column| {
            let piece = |piece: &[u32]| Piece { file: piece[0], start: piece[1], end: piece[2] };
            read(column).chunks_exact(3).map(piece).collect::<Vec<Piece>>()
        };
        let lists = |lists: &Packed| Lists { ends: read(&lists.ends), items: read(&lists.items) };
        let mut pairs = Vec::with_capacity(self.users.items.len() / 4);
        for file in 0..u32::try_from(self.files()).ok()? {
            let users = self.users(file)?.filter(|user| !found.contains_key(user));
            pairs.extend(users.map(|user| (user, file)));
        }
        for (action, files) in found {
            pairs.extend(self.inputs(*action)?.map(|file| (*action, file)));
            pairs.extend(files.iter().map(|file| (*action, *file)));
        }
        let mut producers = read(&self.producers);
        producers.resize(rows.len(), NONE);
        let outside = self.column(&self.outside).chunks_exact(8);
        Some(Columns {
            generation: self.generation,
            declares_environment: self.declares_environment,
            logs: self.logs,
            gaps: pieces(&self.gaps),
            numbers: read(&self.numbers),
            kinds: read(&self.kinds),
            spans: pieces(&self.spans),
            producers,
            outputs: lists(&self.outputs),
            inputs: lists(&self.inputs),
            users: Lists::turned(rows.len(), &pairs)?,
            rows,
            outside: outside.filter_map(|hash| hash.try_into().ok()).collect(),
        })
    }
}
