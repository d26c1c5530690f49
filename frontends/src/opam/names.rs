//! Names and versions of packages, as opam has them.

use super::Wrong;

/// What is wrong with the name of a package that stands at this byte: names are letters, digits, `_`, `-` and `+`,
/// with a letter among them.
pub(super) fn wrong(name: &str, at: usize) -> Option<Wrong> {
    if name.bytes().all(|byte| is_word(byte) || byte == b'+')
        && name.bytes().any(|byte| byte.is_ascii_alphabetic())
    {
        return None;
    }
    if name.is_empty() {
        let wrong = Wrong::new(at, "this is the empty name of a package");
        return Some(wrong.help("write the name, or leave this out"));
    }
    let wrong = Wrong::new(at, format!("`{name}` is no name of a package"));
    let package = name.split_once('.').filter(|(package, _)| self::wrong(package, at).is_none());
    Some(match package {
        Some((package, version)) if version.starts_with(|first: char| first.is_ascii_digit()) => {
            wrong.help(format!("a version stands in braces: `\"{package}\" {{= \"{version}\"}}`"))
        }
        Some((package, _)) => {
            wrong.help(format!("a library is a part of a package, here `{package}` perhaps"))
        }
        None => wrong.help("names are letters, digits, `_`, `-` and `+`, with a letter among them"),
    })
}

/// What is wrong with the version of a package.
pub(super) fn wrong_version(version: &str, at: usize) -> Option<Wrong> {
    let is_right =
        !version.is_empty() && version.bytes().all(|byte| is_word(byte) || b"+.~".contains(&byte));
    let wrong = || match version {
        "" => Wrong::new(at, "this is the empty version of a package"),
        _ => Wrong::new(at, format!("`{version}` is no version of a package")),
    };
    (!is_right).then(|| wrong().help("versions are letters, digits, `.`, `_`, `-`, `+` and `~`"))
}

/// Whether this names a package in one version: `lwt.5.6.1`.
pub(super) fn is_versioned(text: &str) -> bool {
    let Some((name, version)) = text.split_once('.') else { return false };
    wrong(name, 0).is_none() && wrong_version(version, 0).is_none()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

#[cfg(test)]
mod tests {
    #[test]
    fn names_and_versions_are_those_of_opam() {
        for name in ["a", "conf-g++", "0install", "x_1", "A-b"] {
            assert_eq!(super::wrong(name, 0), None, "{name}");
        }
        for name in ["", "1", "-", "a b", "a/b", "\u{e9}", "a.b"] {
            assert!(super::wrong(name, 0).is_some(), "{name}");
        }
        for version in ["1.0", "v0.12~rc+1", "dev", "1_2-3"] {
            assert_eq!(super::wrong_version(version, 0), None, "{version}");
        }
        for version in ["", "1 0", "1/0", "%{x}%"] {
            assert!(super::wrong_version(version, 0).is_some(), "{version}");
        }
        assert!(super::is_versioned("lwt.5.6.1") && super::is_versioned("a.dev"));
        assert!(
            !super::is_versioned("lwt")
                && !super::is_versioned("lwt.")
                && !super::is_versioned(".1")
        );
        let help = |name: &str| super::wrong(name, 0).and_then(|wrong| wrong.help).unwrap();
        assert_eq!(help("lwt.1.0"), "a version stands in braces: `\"lwt\" {= \"1.0\"}`");
        assert_eq!(help("lwt.unix"), "a library is a part of a package, here `lwt` perhaps");
    }
}
