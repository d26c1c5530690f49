//! `ninja_required_version`: whether a rule file asks for a newer language.

use bstr::ByteSlice;

/// The Ninja whose language this is.
const VERSION: &str = "1.13.2";

/// What to make of a file's `ninja_required_version`.
pub(crate) enum Verdict {
    Fine,
    Warn(String),
    Refuse(String),
}

/// Compares the required version with the one that is understood.
pub(crate) fn check(required: &[u8]) -> Verdict {
    let (major, minor) = numbers(required);
    let (our_major, our_minor) = numbers(VERSION.as_bytes());
    let required = required.as_bstr();
    if our_major > major {
        Verdict::Warn(format!(
            "ninja executable version ({VERSION}) greater than build file ninja_required_version \
             ({required}); versions may be incompatible."
        ))
    } else if our_major < major || our_minor < minor {
        Verdict::Refuse(format!(
            "ninja version ({VERSION}) incompatible with build file ninja_required_version \
             version ({required})."
        ))
    } else {
        Verdict::Fine
    }
}

/// The first two numbers of a version, each read as far as there are digits.
pub(crate) fn numbers(version: &[u8]) -> (i64, i64) {
    let mut parts = version.splitn(3, |byte| *byte == b'.').map(leading_number);
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

/// A number as C's `atoi` reads one: blanks, a sign, digits; anything after them is ignored.
pub(crate) fn leading_number(text: &[u8]) -> i64 {
    let text = text.trim_start();
    let (negative, digits) = match text.first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let mut number: i64 = 0;
    for digit in digits.iter().take_while(|byte| byte.is_ascii_digit()) {
        number = number.saturating_mul(10).saturating_add(i64::from(digit - b'0'));
    }
    if negative { -number } else { number }
}

#[cfg(test)]
mod tests {
    use super::{Verdict, check, leading_number, numbers};

    #[test]
    fn numbers_end_where_digits_end() {
        assert_eq!(numbers(b"1.13.2"), (1, 13));
        assert_eq!(numbers(b"1.5git"), (1, 5));
        assert_eq!(numbers(b"2"), (2, 0));
        assert_eq!(numbers(b""), (0, 0));
        assert_eq!(leading_number(b" -7x"), -7);
        assert_eq!(leading_number(b"foo"), 0);
        assert_eq!(leading_number(b"99999999999999999999"), i64::MAX);
    }

    #[test]
    fn a_newer_language_is_refused_and_an_older_major_version_warned_of() {
        assert!(matches!(check(b"1.13"), Verdict::Fine));
        assert!(matches!(check(b"1.3"), Verdict::Fine));
        assert!(matches!(check(b"0.9"), Verdict::Warn(_)));
        assert!(matches!(check(b"1.14"), Verdict::Refuse(_)));
        assert!(matches!(check(b"2"), Verdict::Refuse(_)));
    }
}
