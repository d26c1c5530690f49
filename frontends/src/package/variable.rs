//! The variables that commands and target folders of a model may hold, written `${name}`.

/// The variable that stands for a section or package of this name: in small letters, and whatever
/// is no letter or digit becomes `_`.
pub fn variable_name(name: &str) -> String {
    let start = if name.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    start.chars().chain(name.chars().map(word)).collect()
}

/// Expands every `${name}` that `value` knows; the others stay as they are.
pub fn expand(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        result.push_str(before);
        let Some(end) = from.find('}') else {
            rest = from;
            break;
        };
        match value(&from[2..end]) {
            Some(known) => result.push_str(&known),
            None => result.push_str(&from[..=end]),
        }
        rest = &from[end + 1..];
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_variables_stay_when_text_is_expanded() {
        let known = |name: &str| (name == "test").then(|| "out/test.exe".to_owned());
        assert_eq!(expand("${test} -d ${docdir} $x ${", known), "out/test.exe -d ${docdir} $x ${");
    }

    #[test]
    fn variable_names_have_small_letters_and_no_dashes() {
        assert_eq!(variable_name("test-Rlp.a"), "test_rlp_a");
        assert_eq!(variable_name("3d"), "_3d");
    }
}
