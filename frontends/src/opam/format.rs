//! Which format a file is written in: `opam-version`.

use super::Wrong;
use super::names;
use super::tree::{File, Kind};
use crate::version;

/// The latest format of opam's files, which opam 2.1 and later ones read.
const LATEST: &str = "2.0";

const FIELD: &str = "opam-version";

/// Refuses a file of a later format, of which nothing else can be said: that is the mistake. Else says what is no
/// version at all, which opam takes for an old one.
pub(super) fn version(file: &File) -> Result<Option<Wrong>, Wrong> {
    let Some(value) = file.fields(FIELD).next() else { return Ok(None) };
    let at = value.span.start;
    let text = match &value.kind {
        Kind::Text(text) => text.to_string(),
        _ => String::new(),
    };
    let is_version = names::wrong_version(&text, at).is_none();
    if !is_version || !text.starts_with(|first: char| first.is_ascii_digit()) {
        let help = format!("a version is a text in quotes: `{FIELD}: \"{LATEST}\"`");
        return Ok(Some(Wrong::new(at, "this is no version of opam's format").help(help)));
    }
    // Of 2.0.1 the format is 2.0.
    let dots = text.match_indices('.').nth(1).map_or(text.len(), |(at, _)| at);
    if version::compare_with_revision(&text[..dots], LATEST).is_gt() {
        let message = format!("files for opam {text} have a format that is not known");
        let help = format!(
            "write `{FIELD}: \"{LATEST}\"`, and what that has: it is the latest that is known"
        );
        return Err(Wrong::new(at, message).help(help));
    }
    Ok(None)
}

/// What is to be said where a package's file does not say it: opam reads none such.
pub(super) fn missing(file: &File) -> Option<Wrong> {
    let is_there = file.fields(FIELD).next().is_some();
    let wrong = Wrong::new(0, format!("`{FIELD}` is missing, and opam takes no file without it"));
    (!is_there).then(|| wrong.help(format!("begin the file with `{FIELD}: \"{LATEST}\"`")))
}

#[cfg(test)]
mod tests {
    /// What is said, with its place.
    fn said(text: &str) -> Option<String> {
        let wrong = super::super::parse_strictly(b"opam", text.as_bytes()).err()?;
        assert_eq!(wrong.len(), 1, "{wrong:?}");
        Some(format!("{}:{}: {}", wrong[0].line, wrong[0].column, wrong[0].message))
    }

    #[test]
    fn a_later_format_is_the_only_mistake() {
        let unknown = |version: &str| {
            Some(format!("1:15: files for opam {version} have a format that is not known"))
        };
        for version in ["9.0", "2.1", "2.2", "2.1.5", "10"] {
            let text = format!("opam-version: \"{version}\"\nname: {{ new\nname: 1 2\n");
            assert_eq!(said(&text), unknown(version));
        }
        for version in ["2.0", "2", "2.0.10", "1.2", "0.9", "2.0~rc1"] {
            assert_eq!(said(&format!("opam-version: \"{version}\"\n")), None, "{version}");
        }
    }

    #[test]
    fn what_is_no_version_is_told() {
        for value in ["2", "x", "\"x\"", "\"2.0\nname:\"", "[\"2.0\"]", "\"\""] {
            let expected = Some("1:15: this is no version of opam's format".to_owned());
            assert_eq!(said(&format!("opam-version: {value}\n")), expected, "{value}");
        }
    }

    #[test]
    fn a_file_that_does_not_say_it_can_be_told_of() {
        let missing = |text: &str| {
            super::missing(&super::super::parse(b"opam", text.as_bytes()).unwrap()).is_some()
        };
        assert!(missing("") && missing("build: [make]\n"));
        assert!(!missing("opam-version: \"1.2\"\n"));
    }
}
