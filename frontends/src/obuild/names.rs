//! Which names, modules and paths a manifest may have: they end in rule files and paths, and a manifest
//! that somebody else wrote must not lead out of its package or to a shell.

use super::ast::Word;
use super::messages::Messages;

/// The name of a target or flag.
pub(super) fn name(word: &Word, what: &str, messages: &mut Messages<'_>) {
    let good = |c: char| c.is_ascii_alphanumeric() || "_-.+".contains(c);
    let text = &word.text;
    let starts = text.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_');
    if !starts || !text.chars().all(good) || text.contains("..") || text.ends_with('.') {
        let help = "use letters, digits, `_`, `-`, and `.` between names";
        messages.error(word.at, format!("`{text}` is no name for a {what}"), help);
    }
}

/// Whether a word is a module, with those that it is inside of before it: `A.B`; small first letters are let
/// through.
pub(super) fn is_module(text: &str) -> bool {
    let part = |part: &str| {
        part.starts_with(|first: char| first.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '\'')
    };
    text.split('.').all(part)
}

/// The same; says where it is none.
pub(super) fn module(word: &Word, messages: &mut Messages<'_>) -> bool {
    let good = is_module(&word.text);
    if !good {
        messages.error_with(word.at, || no_module(&word.text));
    }
    good
}

/// What is said of a word that is no module.
pub(super) fn no_module(text: &str) -> (String, String) {
    let said = format!("`{}` is no module", text.replace('\n', " "));
    let help = if text.contains(char::is_whitespace) {
        "write commas between modules"
    } else if text.ends_with(".ml") || text.contains('/') {
        "name the module, without folder and ending; its folder belongs into `src-dir`"
    } else {
        "a module has letters, digits and `_`, and begins with a letter"
    };
    (said, help.to_owned())
}

/// A path inside the package; `what` it is goes into messages.
pub(super) fn path(word: &Word, what: &str, messages: &mut Messages<'_>) -> bool {
    let text = &word.text;
    if text.starts_with('/') || text.starts_with('~') {
        let said = format!("{what} `{text}` is no path inside the package");
        messages.error(word.at, said, "write the path from the folder of this file on");
        return false;
    }
    let mut depth = 0_usize;
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => {
                let said = format!("{what} `{text}` leads out of the package");
                messages.error(word.at, said, "keep everything that is built inside the package");
                return false;
            }
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    literal(word, what, messages)
}

/// A word that commands are told: obuild hands it on as it is, so there is no shell to run anything in it.
pub(super) fn literal(word: &Word, what: &str, messages: &mut Messages<'_>) -> bool {
    if word.text.contains('`') || word.text.contains("$(") {
        let said = format!("{what} is no text for a shell: nothing runs the command in it");
        let help = "name packages of pkg-config in `c-pkgs`, and write other values themselves";
        messages.error(word.at, said, help);
        return false;
    }
    if let Some((first, _)) = word.text.split_once('\n') {
        let said = format!(
            "{what} `{first}` goes on below: what is indented deeper than a key is its value"
        );
        messages.error(
            word.at,
            said,
            "indent the next line like this key, or put commas between items",
        );
        return false;
    }
    if let Some(bad) = word.text.chars().find(|c| c.is_control()) {
        let said = format!("there is a character in {what} that nobody can see: {bad:?}");
        messages.error(word.at, said, "remove it");
        return false;
    }
    true
}
