//! `mbuild` alone is `mbuild build`: puts the word in where no command is named.

use std::ffi::{OsStr, OsString};

/// The command line with `build` where a command is missing.
///
/// Only flags of every command may stand before a command, so the first other flag (`mbuild -j4`)
/// or the end of the line is where `build` belongs.
pub(crate) fn insert(mut words: Vec<OsString>) -> Vec<OsString> {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match kind(word) {
            Kind::Flag => at += 1,
            Kind::FlagWithValue => at += 2,
            Kind::Help | Kind::Word => return words,
            Kind::OtherFlag => break,
        }
    }
    if at <= words.len() {
        words.insert(at, "build".into());
    }
    words
}

/// What a word is to someone who looks for a command.
enum Kind {
    Flag,
    FlagWithValue,
    OtherFlag,
    Help,
    Word,
}

fn kind(word: &OsStr) -> Kind {
    let word = word.to_string_lossy();
    match &*word {
        "-h" | "--help" | "-V" | "--version" => Kind::Help,
        "-C" | "--color" => Kind::FlagWithValue,
        "-v" | "--verbose" | "-q" | "--quiet" => Kind::Flag,
        other if other.starts_with("-C") || other.starts_with("--color=") => Kind::Flag,
        other if other.starts_with('-') => Kind::OtherFlag,
        _ => Kind::Word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inserted(line: &str) -> String {
        let words = insert(line.split(' ').map(OsString::from).collect());
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn nothing_is_build() {
        assert_eq!(inserted("mbuild"), "mbuild build");
        assert_eq!(inserted("mbuild -v -C dir"), "mbuild -v -C dir build");
        assert_eq!(inserted("mbuild --color=never"), "mbuild --color=never build");
    }

    #[test]
    fn flags_of_building_are_build() {
        assert_eq!(inserted("mbuild -j4 all"), "mbuild build -j4 all");
        assert_eq!(inserted("mbuild -q -n"), "mbuild -q build -n");
    }

    #[test]
    fn a_command_stays() {
        assert_eq!(inserted("mbuild -C x test -j4"), "mbuild -C x test -j4");
        assert_eq!(inserted("mbuild --help"), "mbuild --help");
        assert_eq!(inserted("mbuild -C"), "mbuild -C");
    }
}
