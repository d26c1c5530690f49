//! Texts as they are written in files of opam.

/// A text as the lexer of opam reads it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out + "\""
}

#[cfg(test)]
mod tests {
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
