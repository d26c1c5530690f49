//! Texts as OCaml writes them.

use std::fmt::Write as _;

/// Bytes as OCaml writes them between quotes.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len() + 2);
    out.push('"');
    for byte in bytes {
        match byte {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\t' => out.push_str("\\t"),
            b'\r' => out.push_str("\\r"),
            8 => out.push_str("\\b"),
            b' '..=b'~' => out.push(char::from(*byte)),
            other => {
                let _ = write!(out, "\\{other:03}");
            }
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_written_as_ocaml_reads_them() {
        let text = "a\"\\\n\t\u{e9}\u{1}";
        assert_eq!(quoted(text.as_bytes()), r#""a\"\\\n\t\195\169\001""#);
    }
}
