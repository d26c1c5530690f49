//! Quoting of words for the shell, as Ninja quotes the paths of `$in` and `$out`.

/// Whether the shell would read `word` as something else than itself.
pub fn needs_quotes(word: &[u8]) -> bool {
    !word.iter().all(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'+' | b'-' | b'.' | b'/')
    })
}

/// Appends `word` to `out`, in single quotes when it needs them.
pub fn quote_into(word: &[u8], out: &mut Vec<u8>) {
    if !needs_quotes(word) {
        out.extend_from_slice(word);
        return;
    }
    out.push(b'\'');
    for byte in word {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            _ => out.push(*byte),
        }
    }
    out.push(b'\'');
}

/// `word`, in single quotes when it needs them.
pub fn quote(word: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(word.len() + 2);
    quote_into(word, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn plain_words_stay_as_they_are() {
        for word in ["", "foo", "some/path-with_all+of.it", "/usr/bin/ocamlopt.opt"] {
            assert_eq!(quote(word.as_bytes()), word.as_bytes());
        }
    }

    #[test]
    fn other_words_are_quoted() {
        let cases: &[(&[u8], &[u8])] = &[
            (b"foo bar", b"'foo bar'"),
            (b"foo'bar", b"'foo'\\''bar'"),
            (b"foo\"bar", b"'foo\"bar'"),
            (b"a=b", b"'a=b'"),
            (b"$HOME", b"'$HOME'"),
            (b"~", b"'~'"),
            (b"caf\xc3\xa9", b"'caf\xc3\xa9'"),
        ];
        for (word, expected) in cases {
            assert_eq!(quote(word), *expected);
        }
    }
}
