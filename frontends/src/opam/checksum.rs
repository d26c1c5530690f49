//! Checksums of files, as opam writes them: `md5=...`, `sha256=...`, `sha512=...`, or an MD5 without its name.

use md5::Md5;
use sha2::digest::Digest;
use sha2::{Sha256, Sha512};

use super::Wrong;
use super::tree::{Kind, Value};

/// How a checksum is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Algorithm {
    Md5,
    Sha256,
    Sha512,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    fn of(self, content: &[u8]) -> String {
        match self {
            Self::Md5 => hex(&Md5::digest(content)),
            Self::Sha256 => hex(&Sha256::digest(content)),
            Self::Sha512 => hex(&Sha512::digest(content)),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The checksum that a file has to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    algorithm: Algorithm,
    digits: String,
}

impl Checksum {
    /// Reads one; `None` where it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digits) = text.split_once('=').unwrap_or(("md5", text));
        let all = [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512];
        let algorithm = all.into_iter().find(|it| it.name().eq_ignore_ascii_case(name))?;
        let good = digits.len() == algorithm.digits()
            && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        good.then(|| Self { algorithm, digits: digits.to_ascii_lowercase() })
    }

    /// The same kind of checksum of this content.
    #[must_use]
    pub fn of(&self, content: &[u8]) -> Self {
        Self { algorithm: self.algorithm, digits: self.algorithm.of(content) }
    }

    /// Whether it is that of this content.
    pub fn fits(&self, content: &[u8]) -> bool {
        self.of(content) == *self
    }
}

impl std::fmt::Display for Checksum {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}={}", self.algorithm.name(), self.digits)
    }
}

/// Reads the checksums that a value holds, one or a list of them.
pub(super) fn checksums(value: &Value) -> Result<Vec<Checksum>, Wrong> {
    let values = match &value.kind {
        Kind::List(values) => values.as_slice(),
        _ => std::slice::from_ref(value),
    };
    values.iter().map(checksum).collect()
}

/// Reads the checksum that a value is.
pub(super) fn checksum(value: &Value) -> Result<Checksum, Wrong> {
    let found = match &value.kind {
        Kind::Text(text) => Checksum::parse(&text.to_string()),
        _ => None,
    };
    found.ok_or_else(|| {
        Wrong::new(value.span.start, "this is no checksum").help(
            "a checksum is `md5=` with 32 digits from 0 to f, `sha256=` with 64, or `sha512=` with 128",
        )
    })
}

/// What is wrong with a file that has not the checksums it should have: the first that differs.
pub(super) fn differs(
    path: &str,
    at: usize,
    content: &[u8],
    wanted: &[Checksum],
    help: &str,
) -> Option<Wrong> {
    let wrong = wanted.iter().find(|checksum| !checksum.fits(content))?;
    let message = format!(
        "`{path}` is not the file that is meant here: it has {}, and not {wrong}",
        wrong.of(content)
    );
    Some(Wrong::new(at, message).help(help))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_those_of_the_standards() {
        // The examples that the standards of the algorithms give for `abc`.
        for text in [
            "md5=900150983cd24fb0d6963f7d28e17f72",
            "900150983CD24FB0D6963F7D28E17F72",
            "sha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "SHA512=ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ] {
            let checksum = Checksum::parse(text).unwrap();
            assert!(checksum.fits(b"abc") && !checksum.fits(b"abd"), "{checksum}");
            assert!(checksum.to_string().ends_with(&checksum.digits));
        }
    }

    #[test]
    fn what_is_no_checksum_is_told() {
        for text in ["", "md5=", "sha1=a9993e364706816aba3e25717850c26c9cd0d89d", "sha256=00", "0"]
        {
            assert_eq!(Checksum::parse(text), None, "{text}");
        }
        assert_eq!(Checksum::parse(&"g".repeat(32)), None);
    }
}
