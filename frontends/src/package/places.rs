//! Where a manifest says what it says of its sections: what is found wrong later is shown there.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use mbuild_rules::Diagnostic;

use crate::ocaml::sources::{clean, join};

/// What a section says that can turn out wrong only when the source tree is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum About {
    /// The folder of its sources.
    Path,
    /// A module that it lists, as written.
    Module,
    /// Its main source.
    Main,
    /// A C source.
    CSource,
    /// A dependency: a findlib name, or a section of the package.
    Depend,
    /// Files to install: the pattern.
    Data,
}

/// The places of a package's manifests.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// Name and content of each.
    files: Vec<(Vec<u8>, Vec<u8>)>,
    /// The one of the sections to come.
    current: usize,
    sections: Vec<Spots>,
    /// The folders that sections say, by their digests: what is said of them may change.
    folders: BTreeMap<u64, String>,
}

/// Byte offsets of one section.
#[derive(Clone, Debug, Default)]
struct Spots {
    /// The manifest: an index.
    file: usize,
    name: usize,
    /// What it says, in the order of the manifest, and where: looked for when something is wrong.
    said: Vec<Said>,
}

/// One thing that a section says. Manifests may say a million of them, and few are ever asked for.
#[derive(Clone, Copy, Debug)]
struct Said {
    /// The digest of the text.
    text: u64,
    at: u32,
    about: About,
}

const _: () = assert!(size_of::<Said>() == 16);

impl Places {
    /// The places of a manifest, none of which is known yet.
    pub fn new(file: &[u8], content: &[u8]) -> Self {
        let mut places = Self::default();
        places.file(file, content);
        places
    }

    /// The sections to come are those of another manifest, which has this number.
    pub fn file(&mut self, file: &[u8], content: &[u8]) -> usize {
        self.current = self.files.len();
        self.files.push((file.to_vec(), content.to_vec()));
        self.current
    }

    /// The sections to come are those of a manifest that is known, by its number.
    pub fn again(&mut self, file: usize) {
        self.current = file;
    }

    /// Begins the next section of the model, whose name stands at byte `at`.
    pub fn section(&mut self, at: usize) {
        // There may be very many sections of which each says little.
        if let Some(last) = self.sections.last_mut().filter(|last| last.said.len() < 4) {
            last.said.shrink_to_fit();
        }
        self.sections.push(Spots { file: self.current, name: at, said: Vec::new() });
    }

    /// The section that was begun last says `text` at byte `at`.
    pub fn says(&mut self, about: About, text: &str, at: usize) {
        let Some(section) = self.sections.last_mut() else { return };
        let digest = digest(text);
        if about == About::Path {
            self.folders.insert(digest, text.to_owned());
        }
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        section.said.push(Said { text: digest, at, about });
    }

    /// The manifests stand in this folder, and what they say of folders is seen from above it.
    pub(super) fn below(&mut self, folder: &str) {
        for (file, _) in &mut self.files {
            *file = [folder.as_bytes(), b"/", file].concat();
        }
        for section in &mut self.sections {
            for said in section.said.iter_mut().filter(|said| said.about == About::Path) {
                let Some(path) = self.folders.get(&said.text) else { continue };
                let path = clean(&join(folder, path));
                said.text = digest(&path);
                self.folders.insert(said.text, path);
            }
        }
    }

    /// More sections follow: `other` has the places of the `sections` after those that are known.
    pub(super) fn append(&mut self, known: usize, other: &Self) {
        // What is not known of a section is said of no other one.
        self.sections.resize_with(known, Spots::default);
        let first = self.files.len();
        self.files.extend(other.files.iter().cloned());
        self.folders.extend(other.folders.clone());
        for spots in &other.sections {
            let (file, said) = (first + spots.file, spots.said.clone());
            self.sections.push(Spots { file, name: spots.name, said });
        }
    }

    /// A message about what section `index` says, else about the section; about the file alone where the
    /// section is not known.
    pub fn message(
        &self,
        index: usize,
        said: Option<(About, &str)>,
        message: impl Into<String>,
    ) -> Diagnostic {
        let section = self.sections.get(index);
        let Some((file, content)) = self.files.get(section.map_or(0, |section| section.file))
        else {
            return Diagnostic::about(b"", message);
        };
        let Some(section) = section else { return Diagnostic::about(file, message) };
        let at = said.and_then(|(about, text)| {
            let text = digest(text);
            let found = section.said.iter().find(|said| (said.about, said.text) == (about, text));
            found.map(|said| said.at as usize)
        });
        Diagnostic::at(file, content, at.unwrap_or(section.name), message)
    }
}

/// What a text is known by: two of the same digest would at worst be shown at each other's place.
fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_section_says_is_found_in_that_section() {
        let mut places = Places::new(b"m", b"one: a\ntwo: a\n");
        for at in [0, 7] {
            places.section(at);
            places.says(About::Module, "a", at + 5);
        }
        let place = |index, said| {
            let found = places.message(index, said, "x");
            (found.line, found.column)
        };
        assert_eq!(place(1, Some((About::Module, "a"))), (2, 6));
        assert_eq!(place(1, Some((About::Main, "a"))), (2, 1));
        assert_eq!(place(0, None), (1, 1));
        assert_eq!(place(2, None), (0, 0));
    }

    #[test]
    fn each_section_is_found_in_its_own_manifest() {
        let mut places = Places::new(b"m", b"one\n");
        places.section(0);
        places.file(b"n", b"two\n");
        places.section(1);
        assert_eq!(places.message(0, None, "x").to_string(), "m:1:1: x\n  one\n  ^");
        assert_eq!(places.message(1, None, "x").to_string(), "n:1:2: x\n  two\n   ^");
        assert_eq!(places.message(2, None, "x").to_string(), "m: x");
        places.again(0);
        places.section(2);
        assert_eq!(places.message(2, None, "x").to_string(), "m:1:3: x\n  one\n    ^");
        assert_eq!(Places::default().message(0, None, "x").to_string(), "x");
    }
}
