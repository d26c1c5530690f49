//! Splits option texts into words as a POSIX shell does, keeping `$(variable)` in one piece.

/// Why a text is no list of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is not closed")]
pub struct Unclosed {
    /// Byte offset of what is open.
    pub at: usize,
    /// What is open.
    pub what: &'static str,
}

/// The words of `text` and where each starts.
pub fn split(text: &str) -> Result<Vec<(usize, String)>, Unclosed> {
    let mut words = Vec::new();
    let mut current: Option<(usize, String)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c.is_ascii_whitespace() {
            words.extend(current.take());
            continue;
        }
        let (_, word) = current.get_or_insert_with(|| (at, String::new()));
        match c {
            '\'' => loop {
                match chars.next() {
                    Some((_, '\'')) => break,
                    Some((_, inner)) => word.push(inner),
                    None => return Err(Unclosed { at, what: "the quote `'`" }),
                }
            },
            '"' => loop {
                match chars.next() {
                    Some((_, '"')) => break,
                    Some((_, '\\')) => match chars.next() {
                        Some((_, escaped @ ('$' | '`' | '"' | '\\'))) => word.push(escaped),
                        Some((_, '\n')) => {}
                        Some((_, other)) => word.extend(['\\', other]),
                        None => return Err(Unclosed { at, what: "the quote `\"`" }),
                    },
                    Some((_, inner)) => word.push(inner),
                    None => return Err(Unclosed { at, what: "the quote `\"`" }),
                }
            },
            '\\' => match chars.next() {
                Some((_, '\n')) => {}
                Some((_, escaped)) => word.push(escaped),
                None => word.push('\\'),
            },
            '$' => {
                word.push('$');
                let (open, close) = match chars.peek() {
                    Some((_, '(')) => ('(', ')'),
                    Some((_, '{')) => ('{', '}'),
                    _ => continue,
                };
                let mut depth = 0usize;
                loop {
                    let Some((_, inner)) = chars.next() else {
                        return Err(Unclosed { at, what: "the variable" });
                    };
                    word.push(inner);
                    if inner == open {
                        depth += 1;
                    } else if inner == close {
                        depth -= 1;
                        if depth == 0 {
                            break;
                        }
                    }
                }
            }
            other => word.push(other),
        }
    }
    words.extend(current);
    Ok(words)
}

/// Whether a text has this word in it, with other letters or signs around it.
pub(crate) fn mentions(text: &[u8], word: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.split(|byte| !is_part(*byte)).any(|found| found.eq_ignore_ascii_case(word.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Result<Vec<String>, Unclosed> {
        split(text).map(|words| words.into_iter().map(|(_, word)| word).collect())
    }

    #[test]
    fn quotes_group_and_vanish() -> Result<(), Unclosed> {
        assert_eq!(
            words("-a  'b c' \"d \\\"e\\x\" f\\ g ''")?,
            ["-a", "b c", "d \"e\\x", "f g", ""]
        );
        assert_eq!(words("a\n\tb")?, ["a", "b"]);
        Ok(())
    }

    #[test]
    fn variables_stay_in_one_piece() -> Result<(), Unclosed> {
        assert_eq!(words("-I$(utoh $(a b)) ${c d}e $f")?, ["-I$(utoh $(a b))", "${c d}e", "$f"]);
        Ok(())
    }

    #[test]
    fn what_is_open_is_named() {
        assert_eq!(words("a 'b"), Err(Unclosed { at: 2, what: "the quote `'`" }));
        assert_eq!(words("a $(b"), Err(Unclosed { at: 2, what: "the variable" }));
    }

    #[test]
    fn words_are_found_whole() {
        assert!(mentions(b"CCOpt: -O2 $xen_cflags", "xen_cflags"));
        assert!(mentions(b"if ostype(x)", "ostype"));
        assert!(!mentions(b"$xen_cflags_more", "xen_cflags"));
    }
}
