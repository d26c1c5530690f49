//! `ld.conf`: the list of folders in which the bytecode runtime looks for shared stubs.

use std::fs;
use std::io;
use std::path::Path;

use crate::files;

/// Adds a line; says whether it was not there before.
pub(super) fn add(list: &Path, line: &str) -> io::Result<bool> {
    let mut text = fs::read_to_string(list)?;
    if text.lines().any(|known| known.trim_end_matches('/') == line) {
        return Ok(false);
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    files::replace(list, text.as_bytes(), Some(0o644))?;
    Ok(true)
}

/// Removes a line, if it is there.
pub(super) fn remove(list: &Path, line: &str) -> io::Result<()> {
    let text = match fs::read_to_string(list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let rest: String = text
        .split_inclusive('\n')
        .filter(|known| known.trim_end().trim_end_matches('/') != line)
        .collect();
    if rest == text { Ok(()) } else { files::replace(list, rest.as_bytes(), Some(0o644)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_once_and_goes_alone() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("ld.conf");
        fs::write(&list, "/stdlib/stublibs\n/stdlib").unwrap();
        assert!(add(&list, "/d/x").unwrap());
        assert!(!add(&list, "/d/x").unwrap());
        assert_eq!(fs::read_to_string(&list).unwrap(), "/stdlib/stublibs\n/stdlib\n/d/x\n");
        remove(&list, "/stdlib").unwrap();
        assert_eq!(fs::read_to_string(&list).unwrap(), "/stdlib/stublibs\n/d/x\n");
        remove(&dir.path().join("none"), "/d/x").unwrap();
    }
}
