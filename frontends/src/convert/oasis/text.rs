//! Texts as `_oasis` takes them: values on one line or several, words, variables.

use std::fmt::Write as _;

use crate::package::{Package, variable_name};

/// Why a text cannot be written: a value has no way to hold this.
pub(super) type Unsayable = &'static str;

/// Writes `name: value`, further in by `indent` blanks; nothing where there is no value.
pub(super) fn field(
    out: &mut String,
    indent: usize,
    name: &str,
    value: &str,
) -> Result<(), Unsayable> {
    let value = value.trim();
    if value.is_empty() {
        return Ok(());
    }
    if value.contains('#') {
        return Err("a `#`, which begins a comment everywhere");
    }
    let blank = " ".repeat(indent);
    if !value.contains('\n') {
        let _ = writeln!(out, "{blank}{name}: {value}");
        return Ok(());
    }
    if value.lines().any(|line| line == ".") {
        return Err("a line that is only a dot, which stands for an empty one");
    }
    let _ = writeln!(out, "{blank}{name}:");
    for line in value.lines() {
        let rest = line.trim_start();
        // Blanks of the other kind would be refused at the start of a line.
        let before = " ".repeat(line.len() - rest.len());
        let line = if rest.is_empty() { "." } else { rest.trim_end() };
        let before = if rest.is_empty() { "" } else { before.as_str() };
        let _ = writeln!(out, "{blank}  {before}{line}");
    }
    Ok(())
}

/// Writes a list with commas between its entries.
pub(super) fn list(
    out: &mut String,
    indent: usize,
    name: &str,
    all: &[String],
) -> Result<(), Unsayable> {
    if all.iter().any(|text| text.contains(',')) {
        return Err("a comma inside of an entry");
    }
    field(out, indent, name, &all.join(", "))
}

/// A text with every `$` that begins none of the model's variables escaped.
pub(super) fn variables(package: &Package, text: &str) -> String {
    let known = |name: &str| {
        package.folders.contains_key(name)
            || package.executables().any(|it| variable_name(&it.compiled.name) == name)
    };
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let name = after.strip_prefix('{').and_then(|after| after.split_once('}'));
        out.push_str(if name.is_some_and(|(name, _)| known(name)) { "$" } else { "\\$" });
        rest = after;
    }
    out + rest
}

/// A word as a field of options takes it.
pub(super) fn word(package: &Package, text: &str) -> String {
    quoted(&variables(package, text))
}

/// A word that a shell takes as it is.
pub(super) fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-+./:=,@%^".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\"'\"'"))
}

/// The name of a section as it stands after its kind.
pub(super) fn name(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_their_indentation_and_empty_ones_are_dots() {
        let mut out = String::new();
        assert_eq!(field(&mut out, 2, "Command", "if x; then\n\t y\n\nfi\n"), Ok(()));
        assert_eq!(out, "  Command:\n    if x; then\n      y\n    .\n    fi\n");
        assert!(field(&mut out, 0, "Homepage", "a#b").is_err());
        assert!(field(&mut out, 0, "X", "a\n.\nb").is_err());
        assert!(list(&mut out, 0, "X", &["a,b".to_owned()]).is_err());
    }

    #[test]
    fn words_come_back_from_a_shell_as_they_were() {
        for text in ["a b", "it's", "", "$x", "\"\\$\"", "-DX=\"y z\"", "a,b"] {
            let words = crate::words::split(&quoted(text)).unwrap();
            assert_eq!(words.into_iter().map(|(_, word)| word).collect::<Vec<_>>(), [text]);
        }
    }

    #[test]
    fn only_variables_of_the_model_stay_variables() {
        let mut package = Package::default();
        package.folders.insert("docdir".to_owned(), "/x".to_owned());
        assert_eq!(variables(&package, "$HOME ${docdir} ${other}"), "\\$HOME ${docdir} \\${other}");
    }
}
