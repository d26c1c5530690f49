//! `.ninja_deps`, version 4: which files each output's command read, as numbers of paths.
//!
//! After a signature and the version come records, each after its size in four bytes. One kind names
//! the next path, padded to a multiple of four and followed by the complement of its number; the other
//! kind, marked by the size's highest bit, has the number of an output, a time stamp in two halves, and
//! the numbers of what was read. All numbers are little endian, as on every machine that Ninja is used on.

use std::io;
use std::path::Path;

use rustc_hash::FxHashMap;

/// The name of the file in the build directory.
pub const FILE_NAME: &str = ".ninja_deps";

const SIGNATURE: &[u8] = b"# ninjadeps\n";
const VERSION: u32 = 4;
/// Ninja reads no larger record.
const MAX_RECORD: usize = (1 << 19) - 1;
const IS_DEPS: u32 = 1 << 31;
const COMPACTION_RECORDS: usize = 1000;
const COMPACTION_RATIO: usize = 3;

/// A log as read.
#[derive(Debug, Default)]
pub struct DepsLog {
    paths: Vec<Vec<u8>>,
    ids: FxHashMap<Vec<u8>, u32>,
    /// By the number of the output.
    deps: FxHashMap<u32, Deps>,
    records: usize,
    exists: bool,
    /// How much of the file is good.
    whole: usize,
}

/// What the command of an output read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Deps {
    mtime_ns: i64,
    inputs: Vec<u32>,
}

/// What a log turned out to be.
pub struct Read {
    /// What could be used of it.
    pub log: DepsLog,
    /// What is to be said of the rest, in Ninja's words; whoever may write takes it away.
    pub trouble: Option<Trouble>,
}

/// What is wrong with a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// Nothing of it is of use.
    Refused(&'static str),
    /// It is good up to here.
    Torn {
        /// Bytes.
        whole: usize,
    },
}

impl Trouble {
    /// Ninja's words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Refused(text) => text,
            Self::Torn { .. } => "premature end of file; recovering",
        }
    }
}

impl DepsLog {
    /// Reads a log; one that is not there is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(path: &Path) -> io::Result<Read> {
        match std::fs::read(path) {
            Ok(content) => Ok(Self::parse(&content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Read { log: Self::default(), trouble: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Reads every record up to the first that cannot be right.
    pub fn parse(content: &[u8]) -> Read {
        let start = SIGNATURE.len() + 4;
        let version = content.get(SIGNATURE.len()..start).map(word);
        if !content.starts_with(SIGNATURE) || version != Some(VERSION) {
            let text = match version {
                Some(1) => "deps log version change; rebuilding",
                _ => "bad deps log signature or version; starting over",
            };
            return Read { log: Self::default(), trouble: Some(Trouble::Refused(text)) };
        }
        let mut log = Self { exists: true, whole: start, ..Self::default() };
        let mut trouble = None;
        while log.whole < content.len() {
            match log.record(&content[log.whole..]) {
                Some(size) => log.whole += size,
                None => {
                    trouble = Some(Trouble::Torn { whole: log.whole });
                    break;
                }
            }
        }
        Read { log, trouble }
    }

    /// Takes in the record at the start of `rest`; gives back its size with all that belongs to it.
    fn record(&mut self, rest: &[u8]) -> Option<usize> {
        let head = word(rest.get(..4)?);
        let size = (head & !IS_DEPS) as usize;
        let body = rest.get(4..4 + size).filter(|_| size <= MAX_RECORD)?;
        if head & IS_DEPS == 0 {
            let (path, check) = body.split_at_checked(size.checked_sub(4)?)?;
            let padding = path.iter().rev().take(3).take_while(|byte| **byte == 0).count();
            let path = &path[..path.len() - padding];
            let id = u32::try_from(self.paths.len()).ok()?;
            // Two Ninjas that write at once give one number to two paths.
            if path.is_empty() || word(check) != !id || self.ids.contains_key(path) {
                return None;
            }
            self.ids.insert(path.to_vec(), id);
            self.paths.push(path.to_vec());
        } else {
            if !size.is_multiple_of(4) || size < 12 {
                return None;
            }
            let mut words = body.chunks_exact(4).map(word);
            let output = words.next()?;
            let (low, high) = (words.next()?, words.next()?);
            let mtime_ns = (u64::from(high) << 32 | u64::from(low)).cast_signed();
            let inputs: Vec<u32> = words.collect();
            let known = |id: &u32| (*id as usize) < self.paths.len();
            if !known(&output) || !inputs.iter().all(known) {
                return None;
            }
            self.records += 1;
            self.deps.insert(output, Deps { mtime_ns, inputs });
        }
        Some(4 + size)
    }

    /// There is such a file.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// The outputs that have a record, in the order in which their paths were written.
    pub fn outputs(&self) -> impl Iterator<Item = &[u8]> {
        let paths = (0_u32..).zip(&self.paths);
        paths.filter(|(id, _)| self.deps.contains_key(id)).map(|(_, path)| path.as_slice())
    }

    /// The time stamp and the paths recorded for an output.
    pub fn deps(&self, output: &[u8]) -> Option<(i64, impl ExactSizeIterator<Item = &[u8]>)> {
        let deps = self.deps.get(self.ids.get(output)?)?;
        let paths = deps.inputs.iter().map(|id| self.paths[*id as usize].as_slice());
        Some((deps.mtime_ns, paths))
    }

    /// Most records are replaced by later ones.
    pub fn wants_compaction(&self) -> bool {
        self.records > COMPACTION_RECORDS && self.records > self.deps.len() * COMPACTION_RATIO
    }

    /// Takes in what an output's command read, and adds to `text` what has to be appended for it:
    /// nothing when it is known already, or when Ninja could not read so much.
    pub fn record_into(&mut self, text: &mut Vec<u8>, output: &[u8], mtime: i64, paths: &[&[u8]]) {
        let too_large = |path: &&[u8]| path.is_empty() || path.len() + 8 > MAX_RECORD;
        let size = 4 * (3 + paths.len());
        if size > MAX_RECORD || too_large(&output) || paths.iter().any(too_large) {
            return;
        }
        let output = self.id_into(text, output);
        let inputs: Vec<u32> = paths.iter().map(|path| self.id_into(text, path)).collect();
        let deps = Deps { mtime_ns: mtime, inputs };
        if self.deps.get(&output) == Some(&deps) {
            return;
        }
        push(text, IS_DEPS | size as u32);
        push(text, output);
        let bits = mtime.cast_unsigned();
        push(text, bits as u32);
        push(text, (bits >> 32) as u32);
        for input in &deps.inputs {
            push(text, *input);
        }
        self.records += 1;
        self.deps.insert(output, deps);
    }

    /// The number of a path, a new one if need be.
    fn id_into(&mut self, text: &mut Vec<u8>, path: &[u8]) -> u32 {
        if let Some(id) = self.ids.get(path) {
            return *id;
        }
        let id = u32::try_from(self.paths.len()).unwrap_or(u32::MAX);
        let padding = path.len().next_multiple_of(4) - path.len();
        push(text, (path.len() + padding + 4) as u32);
        text.extend_from_slice(path);
        text.resize(text.len() + padding, 0);
        push(text, !id);
        self.ids.insert(path.to_vec(), id);
        self.paths.push(path.to_vec());
        id
    }

    /// A log with one record for each output that is `wanted`.
    pub fn format(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut text = header();
        let mut log = Self::default();
        for output in self.outputs().filter(|output| wanted(output)) {
            if let Some((mtime, paths)) = self.deps(output) {
                let paths: Vec<&[u8]> = paths.collect();
                log.record_into(&mut text, output, mtime, &paths);
            }
        }
        text
    }
}

/// What a log begins with.
pub fn header() -> Vec<u8> {
    let mut text = SIGNATURE.to_vec();
    push(&mut text, VERSION);
    text
}

fn push(text: &mut Vec<u8>, number: u32) {
    text.extend_from_slice(&number.to_le_bytes());
}

fn word(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(records: &[(&str, i64, &[&str])]) -> Vec<u8> {
        let mut text = header();
        let mut log = DepsLog::default();
        for (output, mtime, paths) in records {
            let paths: Vec<&[u8]> = paths.iter().map(|path| path.as_bytes()).collect();
            log.record_into(&mut text, output.as_bytes(), *mtime, &paths);
        }
        text
    }

    fn shown(log: &DepsLog) -> Vec<(String, i64, Vec<String>)> {
        let text = |path: &[u8]| String::from_utf8_lossy(path).into_owned();
        let one = |output| {
            let (mtime, paths) = log.deps(output).unwrap();
            (text(output), mtime, paths.map(text).collect())
        };
        log.outputs().map(one).collect()
    }

    #[test]
    fn the_last_record_of_an_output_counts() {
        let text = log(&[
            ("a.o", 5, &["a.c", "with blank.h"]),
            ("b.o", -7, &[]),
            ("a.o", 1 << 40, &["a.h"]),
        ]);
        let Read { log, trouble } = DepsLog::parse(&text);
        assert_eq!(trouble, None);
        let a = ("a.o".to_owned(), 1 << 40, vec!["a.h".to_owned()]);
        assert_eq!(shown(&log), [a.clone(), ("b.o".to_owned(), -7, vec![])]);
        let small = DepsLog::parse(&log.format(|output| output == b"a.o")).log;
        assert_eq!(shown(&small), [a]);
        assert_eq!(small.paths.len(), 2);
    }

    #[test]
    fn what_is_known_already_is_not_written_again() {
        let text = log(&[("a.o", 5, &["a.c"]), ("a.o", 5, &["a.c"])]);
        assert_eq!(text, log(&[("a.o", 5, &["a.c"])]));
    }

    #[test]
    fn a_log_cut_off_anywhere_is_good_up_to_its_last_whole_record() {
        let records: &[(&str, i64, &[&str])] = &[("a.o", 5, &["a.c", "b.h"]), ("b.o", 6, &["b.h"])];
        let text = log(records);
        for end in 0..text.len() {
            let Read { log, trouble } = DepsLog::parse(&text[..end]);
            match trouble {
                Some(Trouble::Refused(_)) => assert!(end < 16, "{end}"),
                Some(Trouble::Torn { whole }) => {
                    assert!(whole < end, "{end}");
                    assert_eq!(DepsLog::parse(&text[..whole]).trouble, None, "{end}");
                }
                None => assert!(end >= 16, "{end}"),
            }
            assert!(shown(&log).len() < 2, "{end}");
        }
    }

    #[test]
    fn records_that_cannot_be_right_end_the_reading() {
        let good = log(&[("a.o", 5, &["a.c"])]);
        let after = |words: &[u32]| {
            let mut text = good.clone();
            words.iter().for_each(|word| push(&mut text, *word));
            DepsLog::parse(&text).trouble
        };
        let torn = Some(Trouble::Torn { whole: good.len() });
        let path = u32::from_le_bytes(*b"a.c\0");
        for bad in [
            &[IS_DEPS | 12, 9, 0, 0][..],
            &[IS_DEPS | 16, 0, 0, 0, 9],
            &[IS_DEPS | 8, 0, 0],
            &[IS_DEPS | 13, 0, 0, 0, 0],
            &[8, path, !2],
            &[8, u32::from_le_bytes(*b"b.c\0"), !7],
            &[4, !2],
            &[0],
            &[MAX_RECORD as u32 + 1],
        ] {
            assert_eq!(after(bad), torn, "{bad:?}");
        }
        assert_eq!(after(&[8, u32::from_le_bytes(*b"b.c\0"), !2]), None);
    }

    #[test]
    fn other_versions_are_refused_in_ninjas_words() {
        let with_version = |version: u32| {
            let mut text = SIGNATURE.to_vec();
            push(&mut text, version);
            DepsLog::parse(&text).trouble.map(Trouble::text)
        };
        assert_eq!(with_version(1), Some("deps log version change; rebuilding"));
        let bad = Some("bad deps log signature or version; starting over");
        assert_eq!([with_version(3), with_version(5)], [bad, bad]);
        assert_eq!(DepsLog::parse(b"").trouble.map(Trouble::text), bad);
    }

    #[test]
    fn a_log_that_mostly_repeats_itself_wants_compaction() {
        let mut text = header();
        let mut log = DepsLog::default();
        for mtime in 0..1001 {
            log.record_into(&mut text, b"out", mtime, &[b"in"]);
        }
        let log = DepsLog::parse(&text).log;
        assert!(log.wants_compaction());
        assert!(!DepsLog::parse(&log.format(|_| true)).log.wants_compaction());
    }

    #[test]
    fn what_ninja_could_not_read_is_not_written() {
        let many: Vec<&[u8]> = vec![b"in"; MAX_RECORD / 4];
        let mut text = Vec::new();
        DepsLog::default().record_into(&mut text, b"out", 1, &many);
        assert!(text.is_empty());
    }
}
