//! What a manifest of a given size looks like.

/// Files of a folder: paths and contents.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

/// A shape of manifests.
pub(crate) struct Shape {
    /// The format, as the table names it.
    pub(crate) format: &'static str,
    /// What there is much of.
    pub(crate) name: &'static str,
    /// A folder with such a manifest of about so many bytes.
    pub(crate) files: fn(usize) -> Files,
    /// What reading it comes to.
    pub(crate) read: Read,
}

impl Shape {
    /// Whether a word of the command line asks for it: its format, or `FORMAT/TEXT` with a part of its name.
    pub(crate) fn is(&self, word: &str) -> bool {
        match word.split_once('/') {
            Some((format, part)) => format == self.format && self.name.contains(part),
            None => word == self.format,
        }
    }
}

/// How a folder is read, and what comes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// As the manifest of a package: that succeeds.
    Package,
    /// As the manifest of a package: mistakes are found.
    Mistakes,
    /// As META of an installed package, with all that it needs.
    Installed,
    /// As META of an installed package: mistakes are found.
    BadMeta,
    /// As opam's list of files to install.
    List,
}

/// The folder with this one file.
pub(crate) fn one(name: &str, content: String) -> Files {
    vec![(name.to_owned(), content.into_bytes())]
}

/// `head`, then as many parts as make `size` bytes, each made from its number, then `tail`.
pub(crate) fn filled(
    head: &str,
    size: usize,
    tail: &str,
    part: impl Fn(usize) -> String,
) -> String {
    let mut text = String::with_capacity(size + size / 8);
    text += head;
    let mut number = 0;
    while text.len() + tail.len() < size {
        text += &part(number);
        number += 1;
    }
    text + tail
}
