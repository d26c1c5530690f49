//! Lists of installed files that mbuild writes among the sources, for opam, and what stood there before.

use bstr::ByteSlice as _;

/// How such a list begins.
const HEAD: &str = "# Made by `mbuild install --opam`\n";

/// What is before the lines of a list that another one has replaced, which are comments in that.
const BEFORE: &str = "# What stood here before:\n";
const LINE: &[u8] = b"#|";

/// The list with what says whose it is; `before` is the content of the file that it replaces, whosever that is.
pub fn made_list(list: &str, before: Option<&[u8]>) -> Vec<u8> {
    let mut text = format!("{HEAD}{list}").into_bytes();
    let kept = match before.map(|content| (content, replaced(content))) {
        Some((_, Some(kept))) => kept,
        Some((content, None)) => Some(content.to_vec()),
        None => None,
    };
    if let Some(kept) = kept {
        text.extend_from_slice(BEFORE.as_bytes());
        for line in kept.lines() {
            text.extend_from_slice(LINE);
            text.extend_from_slice(line);
            text.push(b'\n');
        }
    }
    text
}

/// What a list of mbuild's has replaced, where it has; `None` of a file that is no such list.
pub fn replaced(content: &[u8]) -> Option<Option<Vec<u8>>> {
    let list = content.strip_prefix(HEAD.as_bytes())?;
    let Some((_, kept)) = list.split_once_str(BEFORE) else { return Some(None) };
    let lines = kept.lines_with_terminator();
    Some(Some(lines.flat_map(|line| line.strip_prefix(LINE).unwrap_or(line)).copied().collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_list_replaces_is_kept_in_it() {
        assert_eq!(replaced(b"bin: [\"x\"]\n"), None);
        let alone = made_list("lib: [\n]\n", None);
        assert_eq!(alone, b"# Made by `mbuild install --opam`\nlib: [\n]\n");
        assert_eq!(replaced(&alone), Some(None));
        assert_eq!(made_list("lib: [\n]\n", Some(&alone)), alone);
        let own = b"bin: [\n  \"x\"\n]\n\n# end\n";
        let made = made_list("lib: [\n]\n", Some(own));
        assert_eq!(
            made.to_str_lossy(),
            "# Made by `mbuild install --opam`\nlib: [\n]\n# What stood here before:\n#|bin: [\n#|  \"x\"\n#|]\n#|\n#|# end\n"
        );
        assert_eq!(replaced(&made), Some(Some(own.to_vec())));
        // It stays however often the list is made again.
        assert_eq!(made_list("lib: [\n]\n", Some(&made)), made);
    }
}
