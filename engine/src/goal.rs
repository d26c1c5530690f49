//! Names that are nearly those of goals.

use mbuild_rules::{FileId, Manifest};

use crate::error::shown;

/// More than three mistakes make another word.
const MOST_MISTAKES: usize = 3;
const MOST_SUGGESTIONS: usize = 3;

/// Files that are `known` with nearly the name `goal`, the nearest first.
pub(crate) fn suggestions(
    manifest: &Manifest,
    known: impl Fn(FileId) -> bool,
    goal: &[u8],
) -> Vec<String> {
    let mut near: Vec<(usize, String)> = Vec::new();
    for file in (0..u32::try_from(manifest.file_count()).unwrap_or(u32::MAX)).map(FileId) {
        if !known(file) {
            continue;
        }
        let path = manifest.path(file);
        if let Some(mistakes) = distance(goal, path, MOST_MISTAKES) {
            near.push((mistakes, shown(path)));
        }
    }
    near.sort();
    near.truncate(MOST_SUGGESTIONS);
    near.into_iter().map(|(_, path)| path).collect()
}

/// How many bytes must be changed, added or removed to make `one` into `other`, up to `most`.
fn distance(one: &[u8], other: &[u8], most: usize) -> Option<usize> {
    if one.len().abs_diff(other.len()) > most {
        return None;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut best = row[0];
        for (j, b) in other.iter().enumerate() {
            let change = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
            best = best.min(row[j + 1]);
        }
        if best > most {
            return None;
        }
    }
    row.last().copied().filter(|mistakes| *mistakes <= most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_counted_up_to_a_limit() {
        assert_eq!(distance(b"cat", b"cat", 3), Some(0));
        assert_eq!(distance(b"ctt", b"cat", 3), Some(1));
        assert_eq!(distance(b"cat", b"cart", 3), Some(1));
        assert_eq!(distance(b"cat", b"elephant", 3), None);
        assert_eq!(distance(b"aaaa", b"bbbb", 3), None);
    }
}
