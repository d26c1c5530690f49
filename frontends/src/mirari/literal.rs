//! Bytes as a string literal of OCaml.

/// How many bytes of a file stand on one line of the module, so that it can be looked at.
const LINE: usize = 64;

/// Bytes as a string of OCaml, on lines of their own where there are many.
pub(super) fn ocaml_string(bytes: &[u8]) -> String {
    let mut text = String::from("\"");
    for (index, line) in bytes.chunks(LINE).enumerate() {
        if index > 0 {
            text.push_str("\\\n      ");
        }
        for (at, byte) in line.iter().enumerate() {
            match byte {
                b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
                b'\n' => text.push_str("\\n"),
                // Blanks that begin a line after the first are not part of the string.
                b' ' if index > 0 && at == 0 => text.push_str("\\ "),
                b' '..=b'~' => text.push(char::from(*byte)),
                _ => text.push_str(&format!("\\{byte:03}")),
            }
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_files_have_many_lines_and_lose_no_blank() {
        assert_eq!(ocaml_string(b"a\tb\0"), "\"a\\009b\\000\"");
        let text = ocaml_string(&[&[b'x'; LINE][..], b"  y"].concat());
        assert_eq!(text, format!("\"{}\\\n      \\  y\"", "x".repeat(LINE)));
    }
}
