//! Words of commands as a shell reads them.

use crate::ocaml::rules::shell;

/// Several words as one text for the shell, in which each is what it was.
pub(super) fn shell_words<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| shell(word.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A word in which variables of the model stay variables, and everything else is quoted.
pub(super) fn shell_word(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(end) = rest[start..].find('}') else { break };
        if start > 0 {
            out.push_str(&shell(&rest[..start]));
        }
        out.push_str(&rest[start..=start + end]);
        rest = &rest[start + end + 1..];
    }
    if !rest.is_empty() || out.is_empty() {
        out.push_str(&shell(rest));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_reach_the_program_as_they_are() {
        assert_eq!(shell_words(&["cp", "a b", "it's"]), r"cp 'a b' 'it'\''s'");
        assert_eq!(shell_word("${test} x$y"), "${test}' x$y'");
        assert_eq!(shell_word("a;${b"), "'a;${b'");
        assert_eq!(shell_word(""), "''");
    }
}
