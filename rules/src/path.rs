//! Paths as bytes: canonical form, and a table that gives each path a small id.

use std::borrow::Cow;
use std::hash::Hasher as _;

use hashbrown::HashTable;
use rustc_hash::FxHasher;

/// A path of a [`Manifest`](crate::Manifest), as an index into its path table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

impl FileId {
    /// The id as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Byte strings in one arena, each kept once and known by a dense id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interner {
    bytes: Vec<u8>,
    ends: Vec<usize>,
    table: HashTable<Slot>,
}

/// The hash stands beside the id so that a miss and a growing table do not touch the arena.
#[derive(Clone, Copy, Debug)]
struct Slot {
    hash: u32,
    id: u32,
}

/// The hash by which a table finds a string.
pub(crate) fn hash(text: &[u8]) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(text);
    let hash = hasher.finish();
    (hash ^ (hash >> 32)) as u32
}

/// The table takes its bucket from the low bits and its tag from the high ones.
fn spread(hash: u32) -> u64 {
    u64::from(hash).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

impl Interner {
    /// Makes room for `count` more strings, each as long as those that are here.
    pub(crate) fn reserve(&mut self, count: usize) {
        let average = self.bytes.len() / self.len().max(1);
        self.bytes.reserve(count * average);
        self.ends.reserve(count);
        self.table.reserve(count, |slot| spread(slot.hash));
    }

    /// How many strings there are.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The string of an id that this table gave out.
    pub(crate) fn get(&self, id: u32) -> &[u8] {
        let id = id as usize;
        let start = if id == 0 { 0 } else { self.ends[id - 1] };
        &self.bytes[start..self.ends[id]]
    }

    /// The id of a string, when it is here.
    pub(crate) fn find(&self, text: &[u8]) -> Option<u32> {
        let hash = hash(text);
        let found =
            self.table.find(spread(hash), |slot| slot.hash == hash && self.get(slot.id) == text);
        found.map(|slot| slot.id)
    }

    /// The id of a string, which is added when it is new.
    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        self.intern_hashed(text, hash(text))
    }

    /// As [`Interner::intern`] with the [`hash`] of the string.
    pub(crate) fn intern_hashed(&mut self, text: &[u8], hash: u32) -> u32 {
        let Self { bytes, ends, table } = self;
        let get = |id: u32| {
            let id = id as usize;
            let start = if id == 0 { 0 } else { ends[id - 1] };
            &bytes[start..ends[id]]
        };
        let entry = table.entry(
            spread(hash),
            |slot| slot.hash == hash && get(slot.id) == text,
            |slot| spread(slot.hash),
        );
        match entry {
            hashbrown::hash_table::Entry::Occupied(slot) => slot.get().id,
            hashbrown::hash_table::Entry::Vacant(vacant) => {
                let id = ends.len() as u32;
                vacant.insert(Slot { hash, id });
                bytes.extend_from_slice(text);
                ends.push(bytes.len());
                id
            }
        }
    }
}

/// The canonical form of a path, by text alone as Ninja has it: no `.` and no empty components,
/// `x/..` taken away, no slash at the end. The empty path stays empty.
pub fn canonical(path: &[u8]) -> Cow<'_, [u8]> {
    if is_canonical(path) { Cow::Borrowed(path) } else { Cow::Owned(make_canonical(path)) }
}

/// Whether [`canonical`] would surely change nothing; `false` for some odd but canonical paths.
pub(crate) fn is_canonical(path: &[u8]) -> bool {
    let mut rest = path;
    while let Some(after) = rest.strip_prefix(b"../") {
        rest = after;
    }
    let (Some(first), Some(last)) = (rest.first(), rest.last()) else {
        return path.is_empty();
    };
    if *first == b'.' || *last == b'/' || (*first == b'/' && rest.len() != path.len()) {
        return false;
    }
    // No early exit: the loop is a handful of vector instructions on common paths.
    let mut suspect = false;
    for (one, next) in rest.iter().zip(&rest[1..]) {
        suspect |= (*one == b'/') & ((*next == b'/') | (*next == b'.'));
    }
    !suspect
}

fn make_canonical(path: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(path.len());
    if path.first() == Some(&b'/') {
        out.push(b'/');
    }
    let root = out.len();
    for component in path.split(|byte| *byte == b'/') {
        match component {
            b"" | b"." => {}
            b".." if out.len() > root => {
                let start = memchr::memrchr(b'/', &out[root..]).map_or(root, |at| root + at + 1);
                if &out[start..] == b".." {
                    out.extend_from_slice(b"/..");
                } else {
                    // The slash before the component goes with it, unless it is the root's.
                    out.truncate(start.saturating_sub(1).max(root));
                }
            }
            _ => {
                if out.len() > root {
                    out.push(b'/');
                }
                out.extend_from_slice(component);
            }
        }
    }
    if out.is_empty() && !path.is_empty() {
        out.push(b'.');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Interner, canonical};

    fn assert_canonical(cases: &[(&str, &str)]) {
        for (path, expected) in cases {
            let found = canonical(path.as_bytes());
            assert_eq!(String::from_utf8_lossy(&found), *expected, "canonical form of {path:?}");
            assert_eq!(canonical(&found), found, "canonical form of {path:?} is not stable");
        }
    }

    #[test]
    fn samples() {
        assert_canonical(&[
            ("", ""),
            ("foo.h", "foo.h"),
            ("./foo.h", "foo.h"),
            ("./foo/./bar.h", "foo/bar.h"),
            ("./x/foo/../bar.h", "x/bar.h"),
            ("./x/foo/../../bar.h", "bar.h"),
            ("foo//bar", "foo/bar"),
            ("foo//.//..///bar", "bar"),
            ("./x/../foo/../../bar.h", "../bar.h"),
            ("foo/./.", "foo"),
            ("foo/bar/..", "foo"),
            ("foo/.hidden_bar", "foo/.hidden_bar"),
            ("/foo", "/foo"),
            ("//foo", "/foo"),
            ("foo/", "foo"),
        ]);
    }

    #[test]
    fn only_dots_and_slashes() {
        assert_canonical(&[
            ("..", ".."),
            ("../", ".."),
            ("../foo", "../foo"),
            ("../foo/", "../foo"),
            ("../..", "../.."),
            ("../../", "../.."),
            ("./../", ".."),
            ("/..", "/.."),
            ("/../", "/.."),
            ("/../..", "/../.."),
            ("/../../", "/../.."),
            ("/", "/"),
            ("//", "/"),
            ("/foo/..", "/"),
            (".", "."),
            ("./.", "."),
            ("foo/..", "."),
            ("..//foo", "../foo"),
        ]);
    }

    #[test]
    fn up_directories_and_absolute_paths() {
        assert_canonical(&[
            ("../../foo/bar.h", "../../foo/bar.h"),
            ("test/../../foo/bar.h", "../foo/bar.h"),
            ("/usr/include/stdio.h", "/usr/include/stdio.h"),
            ("/a/b/../../../c", "/../c"),
            ("foo.../bar", "foo.../bar"),
            ("foo/...", "foo/..."),
            ("..foo/bar", "..foo/bar"),
        ]);
    }

    #[test]
    fn bytes_outside_utf8_are_kept() {
        assert_eq!(&*canonical(b"./\xff/\xfe"), b"\xff/\xfe");
        assert_eq!(&*canonical(b"foo\0/./bar"), b"foo\0/bar");
    }

    #[test]
    fn more_components_than_any_table_would_hold() {
        let deep = "a/".repeat(2000) + &"../".repeat(1999);
        assert_eq!(&*canonical(deep.as_bytes()), b"a");
    }

    #[test]
    fn a_string_is_kept_once() {
        let mut interner = Interner::default();
        let ids: Vec<u32> =
            (0..1000).map(|at| interner.intern(format!("f{}", at % 500).as_bytes())).collect();
        assert_eq!(interner.len(), 500);
        assert_eq!(ids[3], ids[503]);
        assert_eq!(interner.get(ids[499]), b"f499");
        assert_eq!(interner.find(b"f0"), Some(ids[0]));
        assert_eq!(interner.find(b"f"), None);
        let empty = interner.intern(b"");
        assert_eq!(interner.get(empty), b"");
    }
}
