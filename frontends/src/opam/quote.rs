//! Texts as they are written in files of opam.

use std::fmt::Write as _;

/// A text as the lexer of opam reads it.
pub(crate) fn quoted(text: &str) -> String {
    quoted_bytes(text.as_bytes())
}

/// The same of what may be no text.
pub(crate) fn quoted_bytes(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(out, "\\x{byte:02x}");
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_byte_that_is_no_text_is_written_by_its_number() {
        assert_eq!(super::quoted_bytes(b"caf\xe9 \xc3\xa9"), "\"caf\\xe9 \u{e9}\"");
        let file = crate::opam::parse(b"opam", b"x: \"caf\\xe9\"").unwrap();
        let value = file.fields("x").next().unwrap();
        assert_eq!(value.kind, crate::opam::tree::Kind::Text(b"caf\xe9"[..].into()));
    }

    #[test]
    fn every_text_is_read_as_it_was() {
        for text in ["", "a b", "\"\\", "a\nb\r\tc", "%{x}%", "\u{1}\u{e9}"] {
            let content = format!("x: {}\n", super::quoted(text));
            let file = crate::opam::parse(b"opam", content.as_bytes()).unwrap();
            let value = file.fields("x").next().unwrap();
            assert_eq!(value.kind, crate::opam::tree::Kind::Text(text.into()), "{content}");
        }
    }
}
