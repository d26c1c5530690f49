//! Single values: addresses, ports, functions, names.

use std::net::Ipv4Addr;

/// An address.
pub(super) fn address(text: &str) -> Option<Ipv4Addr> {
    text.parse().ok()
}

/// A netmask: ones, and then zeros.
pub(super) fn netmask(text: &str) -> Option<Ipv4Addr> {
    let mask: Ipv4Addr = text.parse().ok()?;
    let bits = mask.to_bits();
    (bits.leading_ones() + bits.trailing_zeros() == u32::BITS).then_some(mask)
}

/// A port to listen on.
pub(super) fn port(text: &str) -> Option<u16> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|port| digits && *port > 0)
}

/// Whether a text is a function of a module, perhaps with first arguments: `Ping.main`, `Ping.main 3`.
pub(super) fn is_call(text: &str) -> bool {
    let path = text.split(' ').next().unwrap_or_default();
    let mut parts = path.rsplit('.');
    let is_word = |part: &str| part.chars().all(is_of_name);
    let function = parts.next().is_some_and(|part| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c == '_') && is_word(part)
    });
    let mut modules = parts.peekable();
    let in_module = modules.peek().is_some();
    let capital = |part: &str| part.starts_with(|c: char| c.is_ascii_uppercase()) && is_word(part);
    function && in_module && modules.all(capital)
}

/// Whether a text may be a part of a module's name.
pub(super) fn is_part_of_module(text: &str) -> bool {
    !text.is_empty() && text.chars().all(is_of_name)
}

/// Whether a text may be the name of a setting of `xl`.
pub(super) fn is_setting(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text may be the name of a package.
pub(super) fn is_package(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.+".contains(c))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '\''
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn netmasks_are_ones_and_then_zeros() {
        for good in ["255.255.255.0", "255.255.255.255", "0.0.0.0", "255.254.0.0"] {
            assert!(netmask(good).is_some(), "{good}");
        }
        for bad in ["255.0.255.0", "0.0.0.255", "24", "255.255.256.0", ""] {
            assert!(netmask(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn ports_are_numbers_that_a_port_can_have() {
        assert_eq!(port("80"), Some(80));
        assert_eq!(port("65535"), Some(65535));
        for bad in ["0", "65536", "+80", "-1", "http", "", "8 0"] {
            assert_eq!(port(bad), None, "{bad}");
        }
    }

    #[test]
    fn functions_are_in_modules() {
        for good in ["Dispatch.t", "A.B.c'", "Ping.main ~n:3 \"x y\"", "M._f"] {
            assert!(is_call(good), "{good}");
        }
        for bad in ["t", "Dispatch", "dispatch.t", "A.b.c", "A..c", ".t", "A.", "", "A.t;"] {
            assert!(!is_call(bad), "{bad}");
        }
    }
}
