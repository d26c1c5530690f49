//! Lines of an `_oasis` file: comments and empty lines dropped, indentation counted, values joined.

use std::ops::Range;

use super::ast::Text;
use super::bytes;

/// A line that says something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Blanks before the first word; a tab counts as one.
    pub indent: usize,
    /// From the first word to the end of the line, comment included, carriage return not.
    pub span: Range<usize>,
}

/// What `lines` found.
pub(super) struct Lines {
    /// The lines.
    pub lines: Vec<Line>,
    /// The first line that is indented with the other kind of blank than those before it.
    pub mixed: Option<usize>,
}

/// Cuts a file into lines.
pub(super) fn lines(content: &[u8]) -> Lines {
    let mut lines = Vec::new();
    let mut mixed = None;
    let mut tabs = None;
    let mut start = 0;
    for raw in content.split_inclusive(|byte| *byte == b'\n') {
        let text = raw.strip_suffix(b"\n").unwrap_or(raw);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let indent = text.iter().take_while(|byte| is_blank(**byte)).count();
        if text.get(indent).is_some_and(|byte| *byte != b'#') {
            for byte in &text[..indent] {
                let tab = *byte == b'\t';
                if *tabs.get_or_insert(tab) != tab {
                    mixed.get_or_insert(start);
                }
            }
            lines.push(Line { indent, span: start + indent..start + text.len() });
        }
        start += raw.len();
    }
    Lines { lines, mixed }
}

/// Whether a byte separates words on a line.
pub(super) fn is_blank(byte: u8) -> bool {
    byte == b' ' || byte == b'\t'
}

/// `span` without leading blanks, the comment, and trailing blanks.
pub(super) fn bare(content: &[u8], span: Range<usize>) -> Range<usize> {
    let text = &content[span.clone()];
    let end = text.iter().position(|byte| *byte == b'#').unwrap_or(text.len());
    let end = text[..end].iter().rposition(|byte| !is_blank(*byte)).map_or(0, |at| at + 1);
    let start = text[..end].iter().take_while(|byte| is_blank(**byte)).count();
    span.start + start..span.start + end
}

/// The value whose first line is `first` and whose further lines are the first of `rest` that are
/// indented deeper than `indent`; and how many those are.
///
/// The first of them sets the indentation that the value is freed of, a `.` alone stands for an
/// empty line.
pub(super) fn value(
    content: &[u8],
    first: Range<usize>,
    indent: usize,
    rest: &[Line],
) -> (Text, usize) {
    let first = bare(content, first);
    // Most values are one line, and there are many.
    let mut text = Text { value: String::new(), pieces: vec![(0, first.start)] };
    bytes::add(&mut text.value, &content[first.clone()], first.start, &mut text.pieces);
    let base = match rest.first() {
        Some(line) if line.indent > indent => line.indent,
        _ => return (text, 0),
    };
    let mut used = 0;
    for line in rest.iter().take_while(|line| line.indent >= base) {
        if !text.value.is_empty() || used > 0 {
            text.value.push('\n');
        }
        used += 1;
        let span = bare(content, line.span.clone());
        if line.indent == base && content[span.clone()] == *b"." {
            continue;
        }
        text.value.extend(std::iter::repeat_n(' ', line.indent - base));
        text.pieces.push((text.value.len(), span.start));
        bytes::add(&mut text.value, &content[span.clone()], span.start, &mut text.pieces);
    }
    (text, used)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(source: &str) -> (String, usize) {
        let lines = lines(source.as_bytes()).lines;
        let (text, used) = value(source.as_bytes(), lines[0].span.clone(), 0, &lines[1..]);
        (text.value, used)
    }

    #[test]
    fn comments_and_empty_lines_are_dropped() {
        let found = lines(b"a\n\n  # b\n   \n\tc # d\r\n");
        let spans: Vec<_> =
            found.lines.iter().map(|line| (line.indent, line.span.clone())).collect();
        assert_eq!(spans, [(0, 0..1), (1, 14..19)]);
        assert_eq!(found.mixed, None);
    }

    #[test]
    fn mixed_indentation_is_noticed() {
        assert_eq!(lines(b" a\n\tb\n").mixed, Some(3));
    }

    #[test]
    fn lines_of_a_value_lose_the_indentation_of_the_first() {
        assert_eq!(joined("v # w\n  a\n    b\n  .\n  c\nd"), ("v\na\n  b\n\nc".to_owned(), 4));
        assert_eq!(joined("v\n   a\n  b"), ("v\na".to_owned(), 1));
    }

    #[test]
    fn places_in_a_value_lead_back_to_the_file() {
        let source = b"v\n  abc\n  .\n  def";
        let lines = lines(source).lines;
        let (text, _) = value(source, lines[0].span.clone(), 0, &lines[1..]);
        assert_eq!(text.value, "v\nabc\n\ndef");
        for word in ["v", "abc", "c", "def", "ef"] {
            let at = text.place(text.value.find(word).unwrap_or_default());
            assert!(source[at..].starts_with(word.as_bytes()), "{word} at {at}");
        }
    }
}
