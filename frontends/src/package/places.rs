//! Where a manifest says what it says of its sections: what is found wrong later is shown there.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use indexmap::IndexSet;
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
    /// A program that must be there, by its name.
    Tool,
    /// An option that names a C library (`-lz`), its variables expanded.
    CLibrary,
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
    /// What each of them says, in the order of the manifest, and where: looked for when something is wrong.
    said: Vec<Said>,
    /// What several of them say in the same place.
    lists: Vec<Vec<Said>>,
    /// The folders that are said, each once, as they change with the folder around them.
    folders: IndexSet<String>,
}

/// Byte offsets of one section.
#[derive(Clone, Debug, Default)]
struct Spots {
    /// The manifest: an index.
    file: usize,
    name: usize,
    /// The first of what it says; the first of the next section ends it.
    first: usize,
    /// The list that it says besides.
    list: Option<usize>,
}

/// One thing that a section says.
#[derive(Clone, Copy, Debug)]
struct Said {
    at: u32,
    about: About,
    /// Which text: the number of a folder; of any other one its hash, as there may be a million texts, which are
    /// looked for only when something is wrong.
    text: u64,
}

// There may be millions of them.
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
        let (file, first) = (self.current, self.said.len());
        self.sections.push(Spots { file, name: at, first, list: None });
    }

    /// The section that was begun last says `text` at byte `at`.
    pub fn says(&mut self, about: About, text: &str, at: usize) {
        if !self.sections.is_empty() {
            let text = match about {
                About::Path => number(&mut self.folders, text),
                _ => hash(text),
            };
            // No manifest is so large that a place in it is no such number.
            let at = u32::try_from(at).unwrap_or(u32::MAX);
            self.said.push(Said { at, about, text });
        }
    }

    /// How much is said so far.
    pub fn count(&self) -> usize {
        self.said.len()
    }

    /// Makes a list of what the last section has said since so much was said, for other sections as well.
    pub fn list(&mut self, count: usize) -> usize {
        self.lists.push(self.said.split_off(count));
        self.says_list(self.lists.len() - 1);
        self.lists.len() - 1
    }

    /// The section that was begun last says this list.
    pub fn says_list(&mut self, list: usize) {
        if let Some(section) = self.sections.last_mut() {
            section.list = Some(list);
        }
    }

    /// What a section says by itself.
    fn said(&self, index: usize) -> &[Said] {
        let first = |index: usize| self.sections.get(index).map(|section| section.first);
        match first(index) {
            Some(start) => &self.said[start..first(index + 1).unwrap_or(self.said.len())],
            None => &[],
        }
    }

    /// The manifests stand in this folder, and what they say of folders is seen from above it.
    pub(super) fn below(&mut self, folder: &str) {
        for (file, _) in &mut self.files {
            *file = [folder.as_bytes(), b"/", file].concat();
        }
        let all = self.said.iter_mut().chain(self.lists.iter_mut().flatten());
        for said in all.filter(|said| said.about == About::Path) {
            let path = self.folders.get_index(said.text as usize);
            if let Some(path) = path.map(|path| clean(&join(folder, path))) {
                said.text = number(&mut self.folders, &path);
            }
        }
    }

    /// More sections follow: `other` has the places of the `sections` after those that are known.
    pub(super) fn append(&mut self, known: usize, other: &Self) {
        // What is not known of a section is said of no other one.
        if let Some(section) = self.sections.get(known) {
            self.said.truncate(section.first);
        }
        let first = self.said.len();
        self.sections.resize_with(known, || Spots { first, ..Spots::default() });
        let (files, lists) = (self.files.len(), self.lists.len());
        self.files.extend(other.files.iter().cloned());
        self.sections.extend(other.sections.iter().map(|spots| Spots {
            file: files + spots.file,
            name: spots.name,
            first: first + spots.first,
            list: spots.list.map(|list| lists + list),
        }));
        let mut again = |said: &Said| match other.folders.get_index(said.text as usize) {
            Some(folder) if said.about == About::Path => {
                Said { text: number(&mut self.folders, folder), ..*said }
            }
            _ => *said,
        };
        self.said.extend(other.said.iter().map(&mut again));
        self.lists.extend(other.lists.iter().map(|list| list.iter().map(&mut again).collect()));
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
            let text = match about {
                About::Path => self.folders.get_index_of(text)? as u64,
                _ => hash(text),
            };
            let list = section.list.map_or(&[][..], |list| &self.lists[list]);
            let mut all = self.said(index).iter().chain(list);
            let found = all.find(|said| (said.about, said.text) == (about, text));
            found.map(|said| said.at as usize)
        });
        Diagnostic::at(file, content, at.unwrap_or(section.name), message)
    }
}

/// The number of a folder.
fn number(folders: &mut IndexSet<String>, folder: &str) -> u64 {
    let known = folders.get_index_of(folder);
    known.unwrap_or_else(|| folders.insert_full(folder.to_owned()).0) as u64
}

/// Always the same for a text.
fn hash(text: &str) -> u64 {
    BuildHasherDefault::<DefaultHasher>::default().hash_one(text)
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
    fn sections_may_say_a_list_together() {
        let mut places = Places::new(b"m", b"all: a b\none: c\ntwo\n");
        places.section(9);
        places.says(About::Depend, "c", 14);
        let before = places.count();
        places.says(About::Depend, "a", 5);
        places.says(About::Depend, "b", 7);
        let list = places.list(before);
        places.section(16);
        places.says_list(list);
        let mut all = Places::new(b"n", b"first\n");
        all.section(0);
        all.append(2, &places);
        for (places, first) in [(&places, 0), (&all, 2)] {
            let column =
                |index, text| places.message(index, Some((About::Depend, text)), "x").column;
            assert_eq!((column(first, "a"), column(first, "b"), column(first, "c")), (6, 8, 6));
            assert_eq!((column(first + 1, "a"), column(first + 1, "b")), (6, 8));
            assert_eq!(places.message(first + 1, Some((About::Depend, "c")), "x").line, 3);
        }
        assert_eq!(all.message(1, Some((About::Depend, "a")), "x").line, 1);
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
