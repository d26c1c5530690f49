//! `.ninja_log`, version 7: a line of text for each output of each command that ran.

use std::io;
use std::path::Path;

use memchr::memchr_iter;
use rustc_hash::FxHashMap;

/// The name of the file in the build directory.
pub const FILE_NAME: &str = ".ninja_log";

const VERSION: i64 = 7;
const SIGNATURE: &[u8] = b"# ninja log v";
/// From how many lines on it may pay to leave out those that later ones replace.
const COMPACTION_LINES: usize = 100;
const COMPACTION_RATIO: usize = 3;

/// The last run of the command that makes an output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// When the command started, in milliseconds since its build did.
    pub start_ms: i64,
    /// When it ended.
    pub end_ms: i64,
    /// What inputs are compared with: as a rule the file system's time when the command started.
    pub mtime_ns: i64,
    /// The hash of the command.
    pub hash: u64,
}

/// A log as read.
#[derive(Debug, Default)]
pub struct Log {
    entries: FxHashMap<Vec<u8>, Entry>,
    lines: usize,
    /// The last line is not whole: what is appended would become part of it.
    torn: bool,
    exists: bool,
}

/// What a log turned out to be.
pub struct Read {
    /// What could be used of it.
    pub log: Log,
    /// It cannot be used at all, in Ninja's words; whoever may write takes it away.
    pub refused: Option<&'static str>,
}

impl Log {
    /// Reads a log; one that is not there is empty.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub fn read(path: &Path) -> io::Result<Read> {
        match std::fs::read(path) {
            Ok(content) => Ok(Self::parse(&content)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Ok(Read { log: Self::default(), refused: None })
            }
            Err(error) => Err(error),
        }
    }

    /// Takes every whole line for what it says; the last one of an output counts.
    pub fn parse(content: &[u8]) -> Read {
        if content.is_empty() {
            return Read { log: Self::default(), refused: None };
        }
        let refused = match content.strip_prefix(SIGNATURE).map_or(0, number) {
            ..VERSION => Some("build log version is too old; starting over"),
            VERSION => None,
            _ => Some("build log version is too new; starting over"),
        };
        if refused.is_some() {
            return Read { log: Self::default(), refused };
        }
        let mut log = Self { exists: true, ..Self::default() };
        let mut start = 0;
        for end in memchr_iter(b'\n', content) {
            log.line(&content[start..end]);
            start = end + 1;
        }
        log.torn = start < content.len();
        Read { log, refused: None }
    }

    fn line(&mut self, line: &[u8]) {
        let mut fields = line.splitn(5, |byte| *byte == b'\t');
        let (Some(start), Some(end), Some(mtime), Some(output), Some(hash)) =
            (fields.next(), fields.next(), fields.next(), fields.next(), fields.next())
        else {
            return;
        };
        let entry = Entry {
            start_ms: number(start),
            end_ms: number(end),
            mtime_ns: number(mtime),
            hash: hexadecimal(hash),
        };
        self.lines += 1;
        match self.entries.get_mut(output) {
            Some(known) => *known = entry,
            None => {
                self.entries.insert(output.to_vec(), entry);
            }
        }
    }

    /// The last entry of an output.
    pub fn entry(&self, output: &[u8]) -> Option<&Entry> {
        self.entries.get(output)
    }

    /// All outputs, in the order of their paths.
    pub fn outputs(&self) -> Vec<&[u8]> {
        let mut outputs: Vec<&[u8]> = self.entries.keys().map(Vec::as_slice).collect();
        outputs.sort_unstable();
        outputs
    }

    /// There is such a file, with something in it.
    pub fn exists(&self) -> bool {
        self.exists
    }

    /// Most lines are replaced by later ones, or the last one is not whole.
    pub fn wants_compaction(&self) -> bool {
        self.torn
            || self.lines > COMPACTION_LINES && self.lines > self.entries.len() * COMPACTION_RATIO
    }

    /// Takes in what a command came to, as [`append`] writes it.
    pub fn insert(&mut self, output: &[u8], entry: Entry) {
        self.lines += 1;
        self.entries.insert(output.to_vec(), entry);
    }

    /// Changes every entry that `change` has something to say about.
    pub fn change(&mut self, change: impl Fn(&[u8], &mut Entry)) {
        for (output, entry) in &mut self.entries {
            change(output, entry);
        }
    }

    /// A log with one line for each output that is `wanted`.
    pub fn format(&self, wanted: impl Fn(&[u8]) -> bool) -> Vec<u8> {
        let mut text = header();
        for output in self.outputs() {
            if wanted(output)
                && let Some(entry) = self.entries.get(output)
            {
                line_into(&mut text, output, entry);
            }
        }
        text
    }
}

/// The first line of a log.
pub fn header() -> Vec<u8> {
    let mut text = SIGNATURE.to_vec();
    text.extend_from_slice(VERSION.to_string().as_bytes());
    text.push(b'\n');
    text
}

/// Adds the line of an output.
pub fn line_into(text: &mut Vec<u8>, output: &[u8], entry: &Entry) {
    let Entry { start_ms, end_ms, mtime_ns, hash } = entry;
    text.extend_from_slice(format!("{start_ms}\t{end_ms}\t{mtime_ns}\t").as_bytes());
    text.extend_from_slice(output);
    text.extend_from_slice(format!("\t{hash:x}\n").as_bytes());
}

/// A number as far as its digits go; 0 without any, as the C library reads it.
fn number(text: &[u8]) -> i64 {
    let (digits, sign) = match text.strip_prefix(b"-") {
        Some(digits) => (digits, -1),
        None => (text, 1),
    };
    digits.iter().take_while(|byte| byte.is_ascii_digit()).fold(0_i64, |number, byte| {
        number.saturating_mul(10).saturating_add(sign * i64::from(byte - b'0'))
    })
}

fn hexadecimal(text: &[u8]) -> u64 {
    text.iter()
        .map_while(|byte| char::from(*byte).to_digit(16))
        .fold(0, |number, digit| number << 4 | u64::from(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"# ninja log v7\n0\t5\t100\tout put\tabc\n1\t2\t300\tother\t1f\n\
        7\t9\t-4\tout put\tffffffffffffffff\n";

    #[test]
    fn the_last_line_of_an_output_counts() {
        let Read { log, refused } = Log::parse(TEXT);
        assert_eq!(refused, None);
        assert_eq!(log.outputs(), [&b"other"[..], b"out put"]);
        let entry = Entry { start_ms: 7, end_ms: 9, mtime_ns: -4, hash: u64::MAX };
        assert_eq!(log.entry(b"out put"), Some(&entry));
        assert!(!log.wants_compaction());
        let whole = log.format(|_| true);
        assert_eq!(Log::parse(&whole).log.entries, log.entries);
        assert_eq!(log.format(|output| output == b"other").split(|it| *it == b'\n').count(), 3);
    }

    #[test]
    fn a_log_cut_off_anywhere_loses_the_lines_that_are_not_whole() {
        for end in 0..TEXT.len() {
            let Read { log, refused } = Log::parse(&TEXT[..end]);
            let header = b"# ninja log v7".len();
            assert_eq!(refused.is_some(), 0 < end && end < header, "{end}");
            let lines = TEXT[..end].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(log.lines, lines.saturating_sub(1), "{end}");
            assert_eq!(log.torn, end >= header && TEXT[end - 1] != b'\n', "{end}");
        }
    }

    #[test]
    fn other_versions_are_refused_in_ninjas_words() {
        let refused = |text: &[u8]| Log::parse(text).refused;
        let (old, new) = (
            Some("build log version is too old; starting over"),
            Some("build log version is too new; starting over"),
        );
        assert_eq!(refused(b"# ninja log v6\n1\t2\t3\tout\tabc\n"), old);
        assert_eq!(refused(b"something else\n"), old);
        assert_eq!(refused(b"# ninja log v8\n"), new);
        assert_eq!(refused(b""), None);
    }

    #[test]
    fn a_line_of_any_length_is_read_and_one_with_too_few_fields_is_none() {
        let mut text = header();
        let long = vec![b'x'; 300 << 10];
        line_into(&mut text, &long, &Entry { mtime_ns: 3, ..Entry::default() });
        text.extend_from_slice(b"1\t2\t3\n\n1\t2\t3\tno hash\n");
        line_into(&mut text, b"last", &Entry::default());
        let log = Log::parse(&text).log;
        assert_eq!(log.outputs(), [&b"last"[..], &long]);
        assert_eq!(log.entry(&long).map(|entry| entry.mtime_ns), Some(3));
    }

    #[test]
    fn a_log_that_mostly_repeats_itself_wants_compaction() {
        let mut text = header();
        for _ in 0..101 {
            line_into(&mut text, b"out", &Entry::default());
        }
        let log = Log::parse(&text).log;
        assert!(log.wants_compaction());
        assert!(!Log::parse(&log.format(|_| true)).log.wants_compaction());
    }

    #[test]
    fn numbers_are_read_as_far_as_they_go() {
        assert_eq!([number(b"12x"), number(b"-3"), number(b"x"), number(b"")], [12, -3, 0, 0]);
        assert_eq!(number(b"99999999999999999999"), i64::MAX);
        assert_eq!([hexadecimal(b"1Fg"), hexadecimal(b"")], [31, 0]);
    }
}
