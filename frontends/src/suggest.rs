//! Did-you-mean: the known name that is closest to an unknown one.

/// The name among `known` that `name` most likely stands for.
pub fn close<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    known
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&name, &candidate.to_ascii_lowercase()), candidate)
        })
        .filter(|(distance, candidate)| *distance <= (candidate.len().min(name.len()) + 1) / 3)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to say to who has mistyped a name: the one that was likely meant, else what `otherwise` says.
pub fn help<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
    otherwise: impl FnOnce() -> String,
) -> String {
    close(name, known).map_or_else(otherwise, |close| format!("did you mean `{close}`?"))
}

/// Names in a sentence: `a`, `b` and `c`.
pub fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<_> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_errors_are_forgiven_and_guesses_are_not_made() {
        assert_eq!(close("BuildDepend", ["BuildTools", "BuildDepends"]), Some("BuildDepends"));
        assert_eq!(close("library", ["Library"]), Some("Library"));
        assert_eq!(close("Flavour", ["Library", "Flag"]), None);
        assert_eq!(close("x", ["y"]), None);
        assert_eq!(close("tset", ["test"]), Some("test"));
    }

    #[test]
    fn names_make_a_sentence() {
        assert_eq!(list([]), "none");
        assert_eq!(list(["a"]), "`a`");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
