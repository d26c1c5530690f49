//! Paths in JSON: a text where the path is one, else the list of its bytes.

use std::borrow::Cow;
use std::ffi::OsString;
use std::ops::Deref;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A path that can be written whatever its bytes are.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnyPath(pub PathBuf);

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written<'a> {
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl Serialize for AnyPath {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        write(&self.0).serialize(to)
    }
}

impl<'de> Deserialize<'de> for AnyPath {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(read(Written::deserialize(from)?)))
    }
}

impl Deref for AnyPath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

fn write(path: &Path) -> Written<'_> {
    match path.to_str() {
        Some(text) => Written::Text(text.into()),
        None => Written::Bytes(path.as_os_str().as_bytes().into()),
    }
}

fn read(written: Written<'_>) -> PathBuf {
    match written {
        Written::Text(text) => PathBuf::from(text.into_owned()),
        Written::Bytes(bytes) => PathBuf::from(OsString::from_vec(bytes.into_owned())),
    }
}

/// For `#[serde(with)]` of a set or list of paths.
pub mod all {
    use super::{Deserialize, Deserializer, PathBuf, Serializer, Written, read, write};

    /// Writes each.
    pub fn serialize<'a, S, C>(paths: &'a C, to: S) -> Result<S::Ok, S::Error>
    where
        S: Serializer,
        &'a C: IntoIterator<Item = &'a PathBuf>,
    {
        to.collect_seq(paths.into_iter().map(|path| write(path)))
    }

    /// Reads them back.
    pub fn deserialize<'de, D, C>(from: D) -> Result<C, D::Error>
    where
        D: Deserializer<'de>,
        C: FromIterator<PathBuf>,
    {
        let all = Vec::<Written<'_>>::deserialize(from)?;
        Ok(all.into_iter().map(read).collect())
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::*;

    #[test]
    fn every_path_comes_back() {
        for (bytes, json) in [(&b"/caf\xc3\xa9"[..], "\"/café\""), (b"/\xff", "[47,255]")] {
            let path = AnyPath(PathBuf::from(OsStr::from_bytes(bytes)));
            assert_eq!(serde_json::to_string(&path).unwrap(), json);
            assert_eq!(serde_json::from_str::<AnyPath>(json).unwrap(), path);
        }
    }
}
