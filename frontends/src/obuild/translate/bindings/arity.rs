//! How many parameters a functor has, as its source says.

/// The number of parameters of the functor of this name; `None` where the text does not show one.
pub(super) fn of_functor(text: &str, name: &str) -> Option<usize> {
    let text = without_comments(text);
    let mut rest = text.as_str();
    loop {
        let at = rest.find("module")?;
        let before = rest[..at].chars().next_back();
        rest = &rest[at + "module".len()..];
        let own = rest.trim_start();
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '\'';
        if own.len() == rest.len() || before.is_some_and(is_word) {
            continue;
        }
        if let Some(after) = own.strip_prefix(name)
            && !after.starts_with(is_word)
        {
            return Some(parameters(after));
        }
    }
}

/// The groups in parentheses that a text begins with, those after `functor` among them.
fn parameters(text: &str) -> usize {
    let mut count = 0;
    let mut rest = text.trim_start();
    loop {
        if let Some(length) = group(rest) {
            count += 1;
            rest = rest[length..].trim_start();
        } else if let Some(after) =
            ["=", "functor", "->"].iter().find_map(|it| rest.strip_prefix(it))
        {
            rest = after.trim_start();
        } else {
            return count;
        }
    }
}

/// The length of the group in parentheses that a text begins with.
fn group(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            _ => {}
        }
        if depth == 0 {
            return (at > 0).then_some(at + 1);
        }
    }
    None
}

/// A text without its comments, which may stand inside each other.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut rest) = (0_usize, text);
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("(*") {
            depth += 1;
            rest = &rest[2..];
        } else if depth > 0 && rest.starts_with("*)") {
            depth -= 1;
            rest = &rest[2..];
        } else {
            if depth == 0 {
                out.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_counted_however_they_are_written() {
        let of = |text: &str| of_functor(text, "Functions");
        assert_eq!(of("module Functions (F : Ctypes.FOREIGN) = struct end"), Some(1));
        assert_eq!(
            of(
                "module Types (T : T) = struct end\nmodule Functions(F : FOREIGN)\n  (T : sig val (+) : int end) = struct\nend"
            ),
            Some(2)
        );
        assert_eq!(
            of("module Functions = functor (F : A) -> functor (T : B) -> struct end"),
            Some(2)
        );
        assert_eq!(of("module Functions : S = struct end"), Some(0));
    }

    #[test]
    fn other_words_and_comments_are_no_functor() {
        let of = |text: &str| of_functor(text, "Functions");
        assert_eq!(
            of("(* module Functions (A) (* (B) *) *) module Functions (* x *) (A : S) = M"),
            Some(1)
        );
        assert_eq!(of("module Functions_of (A : S) (B : S) = M"), None);
        assert_eq!(of("my_module Functions (A : S) = M module"), None);
        assert_eq!(of("module Functions (A : (é"), Some(0));
    }
}
