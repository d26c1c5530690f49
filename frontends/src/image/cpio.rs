//! Archives in the format `newc` of cpio, in which Linux takes its initial file system
//! (`Documentation/driver-api/early-userspace/buffer-format.rst` of its sources).

use std::collections::BTreeSet;

const FOLDER: u32 = 0o040_755;
const FILE: u32 = 0o100_000;

/// A file of the archive.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its path, without a slash in front.
    pub(super) path: String,
    /// What its owner and others may do, as `chmod` has it.
    pub(super) permissions: u32,
    /// What is in it.
    pub(super) content: Vec<u8>,
}

/// An archive of these files, and of the folders that they are in; everything is root's, and of the
/// first second of 1970.
pub(super) fn archive(entries: &[Entry]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut folders = BTreeSet::new();
    let mut number = 0;
    for entry in entries {
        for (at, _) in entry.path.match_indices('/') {
            let folder = &entry.path[..at];
            if folders.insert(folder) {
                number += 1;
                add(&mut out, number, folder, FOLDER, &[]);
            }
        }
        number += 1;
        add(&mut out, number, &entry.path, FILE | entry.permissions, &entry.content);
    }
    add(&mut out, 0, "TRAILER!!!", 0, &[]);
    out
}

fn add(out: &mut Vec<u8>, number: u32, path: &str, mode: u32, content: &[u8]) {
    let links = 1;
    // Inode, mode, owner, group, links, time, size, four numbers of devices, length of the name with the
    // zero after it, and a sum that is not used.
    let size = u32::try_from(content.len()).unwrap_or(u32::MAX);
    let name = u32::try_from(path.len() + 1).unwrap_or(u32::MAX);
    out.extend_from_slice(b"070701");
    for value in [number, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name, 0] {
        out.extend_from_slice(format!("{value:08X}").as_bytes());
    }
    out.extend_from_slice(path.as_bytes());
    out.push(0);
    align(out);
    out.extend_from_slice(content);
    align(out);
}

/// Names and contents begin at multiples of four.
fn align(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_before_what_is_in_them_and_once() {
        let entry = |path: &str| Entry {
            path: path.to_owned(),
            permissions: 0o755,
            content: b"abcde".to_vec(),
        };
        let archive = archive(&[entry("init"), entry("a/b/c"), entry("a/d")]);
        assert_eq!(archive.len() % 4, 0);
        let text = String::from_utf8(archive).unwrap();
        let names: Vec<&str> = text
            .match_indices("070701")
            .map(|(at, _)| text[at + 110..].split('\0').next().unwrap())
            .collect();
        assert_eq!(names, ["init", "a", "a/b", "a/b/c", "a/d", "TRAILER!!!"]);
        let init = &text[..text.match_indices("070701").nth(1).unwrap().0];
        let numbers =
            ["00000001", "000081ED", "00000000", "00000000", "00000001", "00000000", "00000005"];
        let rest = ["00000000", "00000000", "00000000", "00000000", "00000005", "00000000"];
        let header = format!("070701{}{}", numbers.concat(), rest.concat());
        assert_eq!(init, format!("{header}init\0\0abcde\0\0\0"));
    }
}
