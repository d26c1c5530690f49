//! `ld.conf`: the list of folders in which the bytecode runtime looks for shared stubs.

use std::fs;
use std::io;
use std::path::Path;

use bstr::ByteSlice as _;

use crate::files;

/// Adds a line; says whether it was not there before.
pub(super) fn add(list: &Path, line: &Path) -> io::Result<bool> {
    let mut text = fs::read(list)?;
    if text.lines().any(|known| is(known, line)) {
        return Ok(false);
    }
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend(line.as_os_str().as_encoded_bytes());
    text.push(b'\n');
    files::replace(list, &text, Some(0o644))?;
    Ok(true)
}

/// Removes a line, if it is there.
pub(super) fn remove(list: &Path, line: &Path) -> io::Result<()> {
    let text = match fs::read(list) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let rest: Vec<&[u8]> = text.lines_with_terminator().filter(|known| !is(known, line)).collect();
    let rest = rest.concat();
    if rest == text { Ok(()) } else { files::replace(list, &rest, Some(0o644)) }
}

/// Whether a line names a folder.
fn is(line: &[u8], folder: &Path) -> bool {
    line.trim_end().trim_end_with(|c| c == '/') == folder.as_os_str().as_encoded_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_comes_once_and_goes_alone() {
        let dir = tempfile::tempdir().unwrap();
        let list = dir.path().join("ld.conf");
        fs::write(&list, "/stdlib/stublibs\n/stdlib").unwrap();
        assert!(add(&list, Path::new("/d/x")).unwrap());
        assert!(!add(&list, Path::new("/d/x")).unwrap());
        assert_eq!(fs::read_to_string(&list).unwrap(), "/stdlib/stublibs\n/stdlib\n/d/x\n");
        remove(&list, Path::new("/stdlib")).unwrap();
        assert_eq!(fs::read_to_string(&list).unwrap(), "/stdlib/stublibs\n/d/x\n");
        remove(&dir.path().join("none"), Path::new("/d/x")).unwrap();
    }
}
