//! What a tag changes in a section, or for one of its modules.

use std::collections::{HashMap, HashSet};

use super::alike::{Meanings, Together};
use super::meaning::{Meaning, Words};
use crate::package::{Compiled, Depend, Preprocess};

/// The changes of one section.
pub(super) struct Change<'a> {
    libraries: &'a HashSet<String>,
    meanings: &'a Meanings<'a>,
    /// Its program links its C parts into a runtime of its own.
    pub(super) custom: bool,
    /// `menhir` makes sources of it.
    pub(super) menhir: bool,
    said: HashMap<(List, Place), Said>,
    /// The packages and sections that are needed.
    depends: Option<HashSet<(bool, String)>>,
}

/// A list of a section, or of one of its modules.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum List {
    Flags,
    Native,
    Link,
    C,
    CLibraries,
    Include,
}

/// Whose list it is: that of the section, or of the module of this number.
type Place = Option<usize>;

/// What is in a list.
struct Said {
    /// Flags that stood there together before.
    before: Together,
    /// The tags whose flags were added; of those that do the same the first.
    added: HashSet<usize>,
}

impl<'a> Change<'a> {
    pub(super) fn new(libraries: &'a HashSet<String>, meanings: &'a Meanings<'a>) -> Self {
        let (custom, menhir) = (false, false);
        Self { libraries, meanings, custom, menhir, said: HashMap::new(), depends: None }
    }

    /// A tag that all modules have; flags come together.
    pub(super) fn section(&mut self, compiled: &mut Compiled, tag: usize) {
        match self.meanings.all[tag] {
            Meaning::Flags(_) | Meaning::Native(_) => {}
            Meaning::Syntax(syntax) => {
                compiled.preprocess = Preprocess::Camlp4(syntax.to_owned());
            }
            Meaning::Command(command) => {
                compiled.preprocess = Preprocess::Command(command.to_owned());
            }
            _ => self.either(compiled, tag),
        }
    }

    /// A tag that some modules have; the module has this number and path.
    pub(super) fn module(
        &mut self,
        compiled: &mut Compiled,
        (at, path): (usize, &str),
        tag: usize,
    ) {
        match &self.meanings.all[tag] {
            Meaning::Flags(flags) => {
                let list = compiled.module_flags.entry(path.to_owned()).or_default();
                self.add(List::Flags, Some(at), tag, list, flags);
            }
            Meaning::Native(flags) => {
                let list = compiled.module_native_flags.entry(path.to_owned()).or_default();
                self.add(List::Native, Some(at), tag, list, flags);
            }
            Meaning::Syntax(syntax) => {
                let how = Preprocess::Camlp4((*syntax).to_owned());
                compiled.module_preprocess.insert(path.to_owned(), how);
            }
            Meaning::Command(command) => {
                let how = Preprocess::Command((*command).to_owned());
                compiled.module_preprocess.insert(path.to_owned(), how);
            }
            _ => self.either(compiled, tag),
        }
    }

    /// The tags of what the section makes; the flags of those that `of_all` modules have came with these.
    pub(super) fn outputs(
        &mut self,
        compiled: &mut Compiled,
        tags: &[usize],
        of_all: &dyn Fn(usize) -> bool,
    ) {
        let with_modules = compiled.ocaml_flags.clone();
        let mut known: Option<HashSet<&str>> = None;
        for tag in tags {
            match &self.meanings.all[*tag] {
                Meaning::Flags(_) if of_all(*tag) => {}
                Meaning::Flags(flags) => {
                    let known = known
                        .get_or_insert_with(|| with_modules.iter().map(String::as_str).collect());
                    if !flags.iter().all(|it| known.contains(it)) {
                        self.add(List::Link, None, *tag, &mut compiled.link_flags, flags);
                    }
                }
                Meaning::Native(_) | Meaning::Syntax(_) | Meaning::Command(_) => {}
                _ => self.either(compiled, *tag),
            }
        }
    }

    fn either(&mut self, compiled: &mut Compiled, tag: usize) {
        let meanings = self.meanings;
        let (kind, list, flags): (List, &mut Vec<String>, Words<'_>) = match &meanings.all[tag] {
            Meaning::Package(name) => {
                return self.depend(compiled, (true, name), || Depend::Findlib {
                    name: (*name).to_owned(),
                    constraint: None,
                });
            }
            Meaning::Library(name) if self.libraries.contains(*name) && **name != compiled.name => {
                let library = || Depend::Internal((*name).to_owned());
                return self.depend(compiled, (false, name), library);
            }
            Meaning::Link(flags) => (List::Link, &mut compiled.link_flags, flags.clone()),
            Meaning::C(flag) => (List::C, &mut compiled.c_flags, Words::one(flag)),
            Meaning::CLibrary(flag) => {
                (List::CLibraries, &mut compiled.c_libraries, Words::one(flag))
            }
            Meaning::Include(folder) => (List::Include, &mut compiled.include, Words::one(folder)),
            Meaning::Custom => {
                self.custom = true;
                return;
            }
            Meaning::Menhir => {
                self.menhir = true;
                return;
            }
            _ => return,
        };
        self.add(kind, None, tag, list, &flags);
    }

    /// Adds something that is needed: whether it is a package, and its name.
    fn depend(
        &mut self,
        compiled: &mut Compiled,
        (package, name): (bool, &str),
        depend: impl FnOnce() -> Depend,
    ) {
        let key = |depend: &Depend| match depend {
            Depend::Findlib { name, .. } => (true, name.clone()),
            Depend::Internal(name) => (false, name.clone()),
        };
        let known = self.depends.get_or_insert_with(|| compiled.depends.iter().map(key).collect());
        if known.insert((package, name.to_owned())) {
            compiled.depends.push(depend());
        }
    }

    /// Adds flags to a list of the section, or of a module, unless they stand there together.
    fn add(
        &mut self,
        kind: List,
        place: Place,
        tag: usize,
        list: &mut Vec<String>,
        flags: &Words<'_>,
    ) {
        let new = || Said { before: Together::of(list), added: HashSet::new() };
        let said = self.said.entry((kind, place)).or_insert_with(new);
        if !said.before.has(flags) && said.added.insert(self.meanings.first(tag)) {
            list.extend(flags.iter().map(str::to_owned));
        }
    }
}
