//! Lines of a `*.obuild` file: how far they are indented, and a key with its value or words.

use bstr::ByteSlice;

/// A line that is neither empty nor a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The byte that its first word begins at.
    pub(super) at: usize,
    /// How many blanks stand before that.
    pub(super) indent: usize,
    /// The line without blanks around it.
    pub(super) text: &'a [u8],
    /// The length of its key, where it has a `:` or `=`: what stands before the first of them.
    key: Option<usize>,
}

impl<'a> Line<'a> {
    /// The key and the value, each without blanks around it, and the byte that the value begins at.
    pub(super) fn entry(&self) -> Option<(&'a [u8], &'a [u8], usize)> {
        let length = self.key?;
        let value = &self.text[length + 1..];
        let blanks = value.iter().take_while(|byte| is_blank(**byte)).count();
        let key = stripped(&self.text[..length]);
        Some((key, &value[blanks..], self.at + length + 1 + blanks))
    }

    /// Whether it is an entry with a `:` and not a `=`.
    pub(super) fn has_colon(&self) -> bool {
        self.key.is_some_and(|length| self.text[length] == b':')
    }

    /// Its words, each with the byte that it begins at.
    pub(super) fn words(&self) -> impl Iterator<Item = (&'a [u8], usize)> + use<'a> {
        words(self.text, self.at)
    }
}

/// The words of a text that begins at byte `at`.
fn words(text: &[u8], at: usize) -> impl Iterator<Item = (&[u8], usize)> {
    let mut rest = (text, at);
    std::iter::from_fn(move || {
        let (text, at) = rest;
        let start = text.iter().position(|byte| !is_blank(*byte))?;
        let end = text[start..].iter().position(|byte| is_blank(*byte));
        let end = end.map_or(text.len(), |length| start + length);
        rest = (&text[end..], at + end);
        Some((&text[start..end], at + start))
    })
}

/// The lines of a file that say something.
pub(super) fn lines(content: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    content.split_inclusive(|byte| *byte == b'\n').filter_map(move |raw| {
        let at = start;
        start += raw.len();
        let indent = raw.iter().position(|byte| !is_blank(*byte))?;
        let text = stripped(raw);
        (text[0] != b'#').then(|| Line {
            at: at + indent,
            indent,
            text,
            key: text.find_byteset(b":="),
        })
    })
}

/// What stands around words.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// A text without blanks around it.
fn stripped(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |at| at + 1);
    &text[start..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Indentation, key and value of each line, or its words.
    fn shown(content: &str) -> Vec<String> {
        let show = |line: Line<'_>| match line.entry() {
            Some((key, value, _)) => {
                format!("{} {} = {}", line.indent, key.as_bstr(), value.as_bstr())
            }
            None => {
                let words: Vec<_> =
                    line.words().map(|(word, _)| word.as_bstr().to_string()).collect();
                format!("{} {}", line.indent, words.join("|"))
            }
        };
        lines(content.as_bytes()).map(show).collect()
    }

    #[test]
    fn a_colon_or_an_equals_sign_makes_an_entry() {
        assert_eq!(
            shown("Name:  a b \r\n  x =y: z\n\tc-libs : z"),
            ["0 Name = a b", "2 x = y: z", "1 c-libs = z"]
        );
        assert_eq!(shown("library  foo\tbar"), ["0 library|foo|bar"]);
        assert_eq!(shown("a:\n:b\n="), ["0 a = ", "0  = b", "0  = "]);
    }

    #[test]
    fn comments_and_blank_lines_say_nothing() {
        assert_eq!(shown("# a: b\n\n  \t\r\n   #c: d\n#\na: b # c"), ["0 a = b # c"]);
    }

    #[test]
    fn places_lead_back_to_the_file() {
        let content = b"# c\n\n a :  v w\r\n  per x  y\nb:\n";
        let found: Vec<_> = lines(content)
            .map(|line| match line.entry() {
                Some((.., at)) => (line.at, vec![at]),
                None => (line.at, line.words().map(|(_, at)| at).collect()),
            })
            .collect();
        assert_eq!(found, [(6, vec![11]), (18, vec![18, 22, 25]), (27, vec![29])]);
        assert!(content[11..].starts_with(b"v w") && content[25..].starts_with(b"y"));
    }

    #[test]
    fn whatever_stands_in_a_file_its_places_are_inside() {
        let pieces: [&[u8]; 8] = [b"a", b":", b"\n", b" ", b"#", b"\r", b"=", b"\xff"];
        for number in 0..8_usize.pow(6) {
            let content: Vec<u8> =
                (0..6).flat_map(|digit| pieces[number / 8_usize.pow(digit) % 8]).copied().collect();
            for line in lines(&content) {
                assert!(content[line.at..].starts_with(line.text), "{content:?}");
                if let Some((key, value, at)) = line.entry() {
                    assert!(content[line.at..].starts_with(key), "{content:?}");
                    assert!(content[at..].starts_with(value), "{content:?}");
                }
                for (word, at) in line.words() {
                    assert!(content[at..].starts_with(word), "{content:?}");
                }
            }
        }
    }
}
