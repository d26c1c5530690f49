//! The name that was probably meant.

use bstr::ByteSlice;

/// The candidate closest to `name`, when one is close enough to be a slip of the fingers.
pub(crate) fn closest<'a>(
    name: &[u8],
    candidates: impl IntoIterator<Item = &'a [u8]>,
) -> Option<&'a [u8]> {
    let name = name.to_str_lossy();
    let limit = (name.chars().count() / 3).max(1);
    let scored =
        candidates.into_iter().filter(|candidate| !candidate.is_empty()).map(|candidate| {
            (strsim::damerau_levenshtein(&name, &candidate.to_str_lossy()), candidate)
        });
    let best =
        scored.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance);
    best.map(|(_, candidate)| candidate)
}

/// `did you mean` with the closest candidate.
pub(crate) fn did_you_mean<'a>(
    name: &[u8],
    candidates: impl IntoIterator<Item = &'a [u8]>,
) -> Option<String> {
    closest(name, candidates).map(|found| format!("did you mean `{}`?", found.as_bstr()))
}

#[cfg(test)]
mod tests {
    use super::closest;

    #[test]
    fn slips_are_recognised_and_other_names_are_not() {
        let names = [&b"ocamlopt"[..], b"ocamlc", b"cc"];
        assert_eq!(closest(b"ocamlotp", names), Some(&b"ocamlopt"[..]));
        assert_eq!(closest(b"ccc", names), Some(&b"cc"[..]));
        assert_eq!(closest(b"link", names), None);
        assert_eq!(closest(b"", names), None);
    }
}
