//! Bytes of a manifest that are not UTF-8: files older than that are in Latin-1, and so each is one letter.

use std::borrow::Cow;

use bstr::ByteSlice;

/// A text, its bytes that are not UTF-8 as letters of Latin-1.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    match bytes.to_str() {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            let mut text = String::with_capacity(bytes.len() + 8);
            add(&mut text, bytes, 0, &mut Vec::new());
            Cow::Owned(text)
        }
    }
}

/// Adds such a text that stands at byte `at` of the file; where letters of Latin-1 take more bytes than they have in the
/// file, `pieces` gets what the text behind them starts with: (offset in `text`, offset in the file).
pub(super) fn add(text: &mut String, bytes: &[u8], at: usize, pieces: &mut Vec<(usize, usize)>) {
    let mut place = at;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        place += chunk.valid().len();
        for byte in chunk.invalid() {
            text.push(letter(*byte));
            place += 1;
            pieces.push((text.len(), place));
        }
    }
}

/// What stands for a byte; where Latin-1 itself has nothing but control characters, Windows has these.
fn letter(byte: u8) -> char {
    const OF_WINDOWS: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
        '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ',
        '\u{fffd}', 'ž', 'Ÿ',
    ];
    let of_windows = byte.checked_sub(0x80).and_then(|at| OF_WINDOWS.get(usize::from(at)));
    of_windows.copied().unwrap_or(char::from(byte))
}

/// Where the first byte that is not UTF-8 stands.
pub(super) fn first(bytes: &[u8]) -> Option<usize> {
    bytes.to_str().err().map(|error| error.valid_up_to())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_of_latin_1_are_read_and_what_follows_keeps_its_place() {
        assert_eq!(text(b"Andr\xe9 d\xc3\xa9j\xe0"), "Andr\u{e9} d\u{e9}j\u{e0}");
        assert_eq!(text("déjà".as_bytes()), "déjà");
        assert_eq!(text(b"l\x92\x80\x9b\x90"), "l’€›\u{fffd}");
        let (mut all, mut pieces) = (String::new(), Vec::new());
        add(&mut all, b"\xe9t\xe9 x", 7, &mut pieces);
        assert_eq!((all.as_str(), pieces), ("été x", vec![(2, 8), (5, 10)]));
        assert_eq!((first(b"ab\xff"), first(b"ab")), (Some(2), None));
    }
}
