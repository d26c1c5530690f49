//! Lines of a `*.conf` file: a key up to the first colon, and a value.
//!
//! Mirari takes everything before the first colon for the key, blanks too, and nothing for a comment: a line
//! that begins with `#` has a key that means nothing. Lines without a colon are passed over.

use bstr::ByteSlice;

/// A line that is neither empty nor a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line<'a> {
    /// `key: value`.
    Entry {
        /// The key, blanks and all.
        key: &'a [u8],
        /// The byte that the key begins at.
        at: usize,
        /// The value, without blanks around it.
        value: &'a [u8],
        /// The byte that the value begins at; the end of the line where it is empty.
        value_at: usize,
    },
    /// A line without a colon.
    Other {
        /// The byte that its first word begins at.
        at: usize,
    },
}

/// The lines of a file that say something.
pub(super) fn lines(content: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    content.split_inclusive(|byte| *byte == b'\n').filter_map(move |raw| {
        let at = start;
        start += raw.len();
        line(raw, at)
    })
}

fn line(raw: &[u8], at: usize) -> Option<Line<'_>> {
    let first = raw.iter().position(|byte| !is_blank(*byte))?;
    if raw[first] == b'#' {
        return None;
    }
    let Some(colon) = raw.find_byte(b':') else { return Some(Line::Other { at: at + first }) };
    let (key, value) = (&raw[..colon], &raw[colon + 1..]);
    let blanks = value.iter().take_while(|byte| is_blank(**byte)).count();
    let line_end = raw.len() - usize::from(raw.ends_with(b"\n"));
    let value_at = at + (colon + 1 + blanks).min(line_end);
    Some(Line::Entry { key, at, value: stripped(value), value_at })
}

/// What Mirari takes off both ends of a value.
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// A text without blanks around it.
pub(super) fn stripped(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_blank(*byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !is_blank(*byte)).map_or(start, |at| at + 1);
    &text[start..end]
}

/// The items of a list, each with where it begins; items that are empty are none.
pub(super) fn items(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut start = 0;
    text.split(',').filter_map(move |item| {
        let at = start;
        start += item.len() + 1;
        let bare = stripped(item.as_bytes());
        let blanks = bare.as_ptr() as usize - item.as_ptr() as usize;
        (!bare.is_empty()).then(|| (at + blanks, &item[blanks..blanks + bare.len()]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Key and value of each entry, `!` for other lines.
    fn shown(content: &str) -> Vec<String> {
        let show = |line: Line<'_>| match line {
            Line::Entry { key, value, .. } => format!("{}={}", key.as_bstr(), value.as_bstr()),
            Line::Other { .. } => "!".to_owned(),
        };
        lines(content.as_bytes()).map(show).collect()
    }

    #[test]
    fn the_first_colon_ends_the_key_and_blanks_go_from_the_value_only() {
        assert_eq!(shown("a:b\n"), ["a=b"]);
        assert_eq!(shown("a : \t b c \r\n"), ["a =b c"]);
        assert_eq!(shown(" xl-vif: [ 'mac=00:16:3e', 'b' ]"), [" xl-vif=[ 'mac=00:16:3e', 'b' ]"]);
        assert_eq!(shown("a:\nb::c"), ["a=", "b=:c"]);
    }

    #[test]
    fn comments_and_empty_lines_say_nothing() {
        assert_eq!(shown("# a: b\n\n  \t\r\n   #c: d\n#\n"), [""; 0]);
        assert_eq!(shown("a: b # c: d"), ["a=b # c: d"]);
        assert_eq!(shown("no colon\n"), ["!"]);
    }

    #[test]
    fn places_lead_back_to_the_file() {
        let content = b"# c\n\n a:  v w\r\n  odd\nb:\nc:  \n";
        let found: Vec<(usize, usize)> = lines(content)
            .map(|line| match line {
                Line::Entry { at, value_at, .. } => (at, value_at),
                Line::Other { at } => (at, at),
            })
            .collect();
        assert_eq!(found, [(5, 10), (17, 17), (21, 23), (24, 28)]);
        assert!(content[10..].starts_with(b"v w") && content[17..].starts_with(b"odd"));
    }

    #[test]
    fn lists_have_commas_and_blanks() {
        let all: Vec<_> = items(" cohttp.mirage,uri ,, re").collect();
        assert_eq!(all, [(1, "cohttp.mirage"), (15, "uri"), (22, "re")]);
        assert_eq!(items("").count(), 0);
    }

    /// Each byte of a file is in a comment, in a blank, or in what a line says: nothing gets lost.
    #[test]
    fn whatever_stands_in_a_file_its_places_are_inside() {
        let pieces: [&[u8]; 8] = [b"a", b":", b"\n", b" ", b"#", b"\r", b",", b"\xff"];
        for number in 0..8_usize.pow(6) {
            let content: Vec<u8> =
                (0..6).flat_map(|digit| pieces[number / 8_usize.pow(digit) % 8]).copied().collect();
            for line in lines(&content) {
                match line {
                    Line::Entry { key, at, value, value_at } => {
                        assert!(content[at..].starts_with(key), "{content:?}");
                        assert_eq!(content[at + key.len()], b':', "{content:?}");
                        assert!(content[value_at..].starts_with(value), "{content:?}");
                    }
                    Line::Other { at } => assert!(!is_blank(content[at]), "{content:?}"),
                }
            }
        }
    }
}
