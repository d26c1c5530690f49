//! `%{variable}%` in texts.

use super::reference::Reference;
use super::variables::{Content, Variables};

/// A piece of a text.
enum Piece<'a> {
    /// As it is.
    Plain(&'a str),
    /// `%{inside}%`.
    Variable(&'a str),
}

/// The pieces of a text. `%%` is a percent sign; what is not closed before the line ends stays as it is.
fn pieces(text: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (piece, after) = match rest.find('%') {
            Some(0) => special(rest),
            Some(at) => (Piece::Plain(&rest[..at]), &rest[at..]),
            None => (Piece::Plain(rest), ""),
        };
        rest = after;
        Some(piece)
    })
}

/// The piece that a percent sign begins, and what comes after it.
fn special(text: &str) -> (Piece<'_>, &str) {
    if let Some(after) = text.strip_prefix("%%") {
        return (Piece::Plain(&text[..1]), after);
    }
    if let Some(inside) = text.strip_prefix("%{") {
        let end = end_of(inside);
        if let Some(after) = inside[end..].strip_prefix("}%") {
            return (Piece::Variable(&inside[..end]), after);
        }
        // What ends there so nevertheless is taken for closed.
        if let Some(name) = inside[..end].strip_suffix("}%") {
            return (Piece::Variable(name), &inside[end..]);
        }
        return (Piece::Plain(&text[..2 + end]), &inside[end..]);
    }
    (Piece::Plain(&text[..1]), &text[1..])
}

/// Where a variable ends that begins here: before its `}%` or before the line does. A brace that does not close it
/// takes what follows it along, another brace as well.
fn end_of(inside: &str) -> usize {
    let bytes = inside.as_bytes();
    let mut at = 0;
    // No further than the end of the variable: what follows may be long.
    while let Some(byte) = bytes.get(at) {
        match (byte, bytes.get(at + 1)) {
            (b'\n', _) | (b'}', Some(b'%' | b'\n')) => return at,
            (b'}', Some(next)) if next.is_ascii() => at += 2,
            _ => at += 1,
        }
    }
    at
}

/// The text with every variable in it expanded; one that has no value is nothing.
pub fn expand(text: &str, variables: &dyn Variables) -> String {
    expand_with(text, variables, |value| value)
}

/// The same, where each value is changed before it is put in.
pub(super) fn expand_with(
    text: &str,
    variables: &dyn Variables,
    change: impl Fn(String) -> String,
) -> String {
    let mut result = String::with_capacity(text.len());
    for piece in pieces(text) {
        match piece {
            Piece::Plain(plain) => result.push_str(plain),
            Piece::Variable(name) => {
                let value = variables.resolve(&Reference::parse(name));
                result.push_str(&change(value.as_ref().map(Content::text).unwrap_or_default()));
            }
        }
    }
    result
}

/// The text with every variable in it expanded that is known already; those that `later` has a name for are left to
/// be expanded by that name. A text that is to be expanded once more has `%{` in it.
pub(super) fn expand_early(
    text: &str,
    variables: &dyn Variables,
    later: impl Fn(&Reference) -> Option<String>,
) -> String {
    let (mut now, mut again, mut waits) = (String::new(), String::new(), false);
    for piece in pieces(text) {
        let value = match piece {
            Piece::Plain(plain) => plain.to_owned(),
            Piece::Variable(name) => {
                let reference = Reference::parse(name);
                if let Some(name) = later(&reference) {
                    again.push_str(&format!("%{{{name}}}%"));
                    waits = true;
                    continue;
                }
                variables.resolve(&reference).as_ref().map(Content::text).unwrap_or_default()
            }
        };
        again.push_str(&value.replace('%', "%%"));
        now.push_str(&value);
    }
    if waits || now.contains("%{") { again } else { now }
}

/// What a text has of variables, for who looks at what is written.
pub(super) enum Odd<'a> {
    /// One of this name.
    Variable(&'a str),
    /// One that does not end, with what follows.
    Open(&'a str),
}

/// The variables in a text, and what begins as one and does not end.
pub(super) fn odd(text: &str) -> impl Iterator<Item = Odd<'_>> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Plain(plain) => plain.strip_prefix("%{").map(Odd::Open),
        Piece::Variable(name) => Some(Odd::Variable(name)),
    })
}

/// The variables in a text.
pub(super) fn references(text: &str) -> impl Iterator<Item = Reference> {
    pieces(text).filter_map(|piece| match piece {
        Piece::Plain(_) => None,
        Piece::Variable(name) => Some(Reference::parse(name)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::opam::variables::tests::known;

    #[test]
    fn variables_of_every_form_are_expanded() {
        let variables = known(&[
            ("prefix", Content::Text("/usr".into())),
            ("on", Content::Bool(true)),
            ("many", Content::List(vec!["a".into(), "b".into()])),
            ("_:version", Content::Text("1.0".into())),
            ("p:installed", Content::Bool(true)),
            ("q:installed", Content::Bool(false)),
            ("p:lib", Content::Text("/usr/lib/p".into())),
        ]);
        for (text, expanded) in [
            ("--prefix=%{prefix}%", "--prefix=/usr"),
            ("%{prefix}%%{on}%", "/usrtrue"),
            ("%{many}%", "a b"),
            ("%{_:version}% %{p:lib}%", "1.0 /usr/lib/p"),
            ("%{p:enable}% %{q:enable}% %{r:enable}%", "enable disable disable"),
            ("%{p+q:installed}% %{p:installed}%", "false true"),
            ("%{p+q:installed?with:without}%", "without"),
            ("%{on?--yes:}%%{none?a:b}%", "--yesb"),
            ("%{prefix?a:b}%", "b"),
            ("[%{none}%]", "[]"),
            ("100%% %d %{ %{a\n}% %", "100% %d %{ %{a\n}% %"),
            ("%%{prefix}%", "%{prefix}%"),
            ("%{a}b}%", ""),
            ("%{on?a:b}}%", "a"),
            ("%{on?a:b}}%\n}%", "a\n}%"),
            ("%{on?a:b}}% ", "%{on?a:b}}% "),
            ("%{on?a:b}}%%{none}%|", "a|"),
            ("%{on?a:{b}x}%", "a"),
            ("%{on}\n%{on}%", "%{on}\ntrue"),
        ] {
            assert_eq!(expand(text, &variables), expanded, "{text}");
        }
    }
}
