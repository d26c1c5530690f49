//! Names for messages: the known one nearest to a mistyped one, and lists of those there are.

/// The longest distance that still looks like a slip of the fingers.
const MAX_DISTANCE: usize = 3;

/// The candidate nearest to `word`, the first one of equals; `None` when nothing is near.
///
/// Two names of which every letter differs are not near, however short they are.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let longest = word.chars().count();
    candidates
        .into_iter()
        .map(|candidate| (strsim::levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| {
            *distance <= MAX_DISTANCE && *distance < longest.max(candidate.chars().count())
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to say to who has mistyped a name: the nearest one, else what `otherwise` says.
pub(crate) fn help<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    nearest(word, candidates).map_or_else(otherwise, |near| format!("did you mean `{near}`?"))
}

/// `a`, `b` and `c`; nothing for nothing.
pub(crate) fn list<'a>(names: impl Iterator<Item = &'a str>) -> Option<String> {
    let mut names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let last = names.pop()?;
    if names.is_empty() { Some(last) } else { Some(format!("{} and {last}", names.join(", "))) }
}

/// As [`nearest`] for paths, as Ninja picks them: any name up to the distance will do.
pub(crate) fn nearest_path<'a>(
    word: &[u8],
    candidates: impl IntoIterator<Item = &'a [u8]>,
) -> Option<&'a [u8]> {
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= MAX_DISTANCE)
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= MAX_DISTANCE)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

fn distance(one: &[u8], other: &[u8]) -> usize {
    strsim::generic_levenshtein(&Bytes(one), &Bytes(other))
}

/// Bytes as a sequence that `strsim` can iterate.
struct Bytes<'a>(&'a [u8]);

impl<'a, 'b> IntoIterator for &'b Bytes<'a> {
    type Item = u8;
    type IntoIter = std::iter::Copied<std::slice::Iter<'b, u8>>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_listed_as_people_do() {
        assert_eq!(list([].into_iter()), None);
        assert_eq!(list(["a"].into_iter()).as_deref(), Some("`a`"));
        assert_eq!(list(["a", "b", "c"].into_iter()).as_deref(), Some("`a`, `b` and `c`"));
    }

    #[test]
    fn a_slip_finds_its_name() {
        assert_eq!(nearest("natve", ["native", "solo5-hvt"]), Some("native"));
        assert_eq!(nearest_path(b"midd", [b"out".as_slice(), b"mid"]), Some(b"mid".as_slice()));
    }

    #[test]
    fn the_nearest_of_several_wins() {
        assert_eq!(nearest("tests", ["text", "test", "rest"]), Some("test"));
    }

    #[test]
    fn strangers_are_not_suggested() {
        assert_eq!(nearest("zz", ["a", "b"]), None);
        assert_eq!(nearest("completely", ["different"]), None);
        assert_eq!(nearest_path(b"foo/bar.o", [b"x".as_slice()]), None);
    }
}
