//! What authors have written into the lists from which ocamlbuild links libraries: `x.mllib`, `x.mlpack`,
//! `x.mldylib` and `libx_stubs.clib`.
//!
//! OASIS writes its part of them between two marks and leaves the rest alone, and ocamlbuild reads all of it.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use mbuild_rules::Diagnostic;

use crate::package::{Library, Package, Section};

/// The files of a package.
pub(crate) trait Files {
    /// The content of a file, where there is one.
    fn read(&mut self, path: &str) -> Option<Vec<u8>>;
    /// Whether a file is there.
    fn has(&mut self, folder: &str, name: &str) -> bool;
}

/// Adds to each library what only these lists name, as far as there are sources, and says so.
pub(crate) fn apply(package: &mut Package, files: &mut dyn Files) -> Vec<Diagnostic> {
    let mut warnings = Vec::new();
    for section in &mut package.sections {
        let Section::Library(library) = section else { continue };
        if !library.compiled.build {
            continue;
        }
        let name = library.compiled.name.clone();
        let ending = if library.pack { "mlpack" } else { "mllib" };
        if let Some(list) = List::read(library, &format!("{name}.{ending}"), files) {
            list.modules(library, files, &mut warnings);
        }
        if let Some(list) = List::read(library, &format!("{name}.mldylib"), files) {
            list.loaded(library, &mut warnings);
        }
        let stubs = format!("lib{name}_stubs.clib");
        let in_c = !library.compiled.c_sources.is_empty();
        if let Some(list) = in_c.then(|| List::read(library, &stubs, files)).flatten() {
            list.objects(library, files, &mut warnings);
        }
    }
    warnings
}

/// One such file.
struct List {
    path: String,
    content: Vec<u8>,
    /// It has a part that OASIS has written.
    marked: bool,
    /// What its author has written, each with its place.
    own: Vec<(String, usize)>,
}

impl List {
    fn read(library: &Library, name: &str, files: &mut dyn Files) -> Option<Self> {
        let folder = &library.compiled.path;
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let content = files.has(folder, name).then(|| files.read(&path)).flatten()?;
        let (mut marked, mut inside) = (false, false);
        let mut own = Vec::new();
        let mut start = 0;
        for line in content.split_inclusive(|byte| *byte == b'\n') {
            let end = line.iter().position(|byte| *byte == b'#').unwrap_or(line.len());
            let (code, comment) = line.split_at(end);
            if comment.contains_str("OASIS_START") {
                (marked, inside) = (true, true);
            } else if comment.contains_str("OASIS_STOP") {
                inside = false;
            } else if !inside {
                let mut at = start;
                for word in code.split(u8::is_ascii_whitespace) {
                    if !word.is_empty() {
                        own.push((String::from_utf8_lossy(word).into_owned(), at));
                    }
                    at += word.len() + 1;
                }
            }
            start += line.len();
        }
        Some(Self { path, content, marked, own })
    }

    fn warning(&self, at: usize, message: String, help: &str) -> Diagnostic {
        Diagnostic::at(self.path.as_bytes(), &self.content, at, message).with_help(help)
    }

    /// The modules of the library, or of its pack.
    fn modules(&self, library: &mut Library, files: &mut dyn Files, out: &mut Vec<Diagnostic>) {
        let name = library.compiled.name.clone();
        let mut known = known(library);
        for (module, at) in &self.own {
            if !known.insert(spelled(module)) {
                continue;
            }
            if has_source(&library.compiled.path, module, files) {
                library.internal_modules.push(module.clone());
                out.push(self.warning(
                    *at,
                    format!("`{module}` is in library `{name}` by this list alone"),
                    "add it to `InternalModules` in `_oasis`; it is taken for one of these",
                ));
            } else {
                out.push(self.warning(
                    *at,
                    format!("`{module}`, which this list adds to library `{name}`, has no source"),
                    "remove it, or add its source",
                ));
            }
        }
        if self.marked {
            return;
        }
        let own: BTreeSet<String> = self.own.iter().map(|(module, _)| spelled(module)).collect();
        let both = library.modules.iter().chain(&library.internal_modules);
        let missing: Vec<&String> = both.filter(|module| !own.contains(&spelled(module))).collect();
        if let Some(first) = missing.first() {
            out.push(self.warning(
                0,
                format!("this list leaves out `{first}` of library `{name}`, which ocamlbuild does not link then"),
                "mbuild links what `_oasis` lists: add it here, or remove it there",
            ));
        }
    }

    /// The modules of what is loaded at run time.
    fn loaded(&self, library: &Library, out: &mut Vec<Diagnostic>) {
        let known = known(library);
        let name = &library.compiled.name;
        let pack = library.pack.then(|| spelled(name));
        let other = |module: &str| {
            let module = spelled(module);
            !known.contains(&module) && pack.as_ref() != Some(&module)
        };
        if let Some((module, at)) = self.own.iter().find(|(module, _)| other(module)) {
            out.push(self.warning(
                *at,
                format!("`{module}` is no module of library `{name}`"),
                "mbuild makes `.cmxs` of what is in `.cmxa`: add it to `InternalModules` in `_oasis`",
            ));
        }
    }

    /// The objects of the C parts.
    fn objects(&self, library: &mut Library, files: &mut dyn Files, out: &mut Vec<Diagnostic>) {
        let compiled = &mut library.compiled;
        for (object, at) in &self.own {
            let stem = object.rsplit_once('.').map_or(object.as_str(), |(stem, _)| stem);
            let source = format!("{stem}.c");
            if compiled.c_sources.contains(&source) {
                continue;
            }
            let (folder, file) = source.rsplit_once('/').unwrap_or(("", &source));
            let folder = [compiled.path.as_str(), folder].join("/");
            let what = format!("`{object}` is in the C parts of library `{}`", compiled.name);
            if files.has(folder.trim_matches('/'), file) {
                compiled.c_sources.push(source);
                out.push(self.warning(
                    *at,
                    format!("{what} by this list alone"),
                    "add its source to `CSources` in `_oasis`; it is taken for one of these",
                ));
            } else {
                out.push(self.warning(
                    *at,
                    format!("{what} by this list, and there is no `{source}`"),
                    "`mbuild configure --frontend setup` lets ocamlbuild build it",
                ));
            }
        }
    }
}

fn known(library: &Library) -> BTreeSet<String> {
    library.modules.iter().chain(&library.internal_modules).map(|it| spelled(it)).collect()
}

/// A module however its first letter is written.
fn spelled(module: &str) -> String {
    let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
    let mut name = name.to_owned();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    format!("{}/{name}", folder.trim_start_matches("./"))
}

fn has_source(path: &str, module: &str, files: &mut dyn Files) -> bool {
    let (folder, name) = module.rsplit_once('/').unwrap_or(("", module));
    let folder = [path, folder].join("/");
    let (mut small, mut large) = (name.to_owned(), name.to_owned());
    if let (Some(small), Some(large)) = (small.get_mut(..1), large.get_mut(..1)) {
        small.make_ascii_lowercase();
        large.make_ascii_uppercase();
    }
    ["ml", "mli", "mll", "mly"].iter().any(|ending| {
        [&small, &large]
            .iter()
            .any(|name| files.has(folder.trim_matches('/'), &format!("{name}.{ending}")))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::package::Compiled;

    struct Tree(BTreeMap<&'static str, &'static str>);

    impl Files for Tree {
        fn read(&mut self, path: &str) -> Option<Vec<u8>> {
            self.0.get(path).map(|text| text.as_bytes().to_vec())
        }

        fn has(&mut self, folder: &str, name: &str) -> bool {
            self.0.contains_key([folder, name].join("/").trim_start_matches('/'))
        }
    }

    /// The library with what the lists add, and what is said of them.
    fn applied(files: &[(&'static str, &'static str)]) -> (Library, String) {
        let library = Library {
            compiled: Compiled {
                name: "p".into(),
                path: "src".into(),
                build: true,
                c_sources: vec!["one.c".into()],
                ..Compiled::default()
            },
            modules: vec!["A".into(), "dir/C".into()],
            ..Library::default()
        };
        let sections = vec![Section::Library(library)];
        let mut package = Package { sections, ..Package::default() };
        let warnings = apply(&mut package, &mut Tree(files.iter().copied().collect()));
        let Section::Library(library) = package.sections.remove(0) else { unreachable!() };
        let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        (library, said.join("\n"))
    }

    #[test]
    fn what_an_author_has_added_belongs_to_the_library() {
        let (library, said) = applied(&[
            (
                "src/p.mllib",
                "# OASIS_START\n# DO NOT EDIT (digest: 0)\nA\nOld\n# OASIS_STOP\ndir/c\n  B # more\nGone\n",
            ),
            ("src/b.mll", ""),
            ("src/p.mldylib", "A B dir/C\n"),
            ("src/libp_stubs.clib", "# OASIS_START\none.o\n# OASIS_STOP\nc/two.o\nthree.o\n"),
            ("src/c/two.c", ""),
        ]);
        assert_eq!(library.internal_modules, ["B"]);
        assert_eq!(library.compiled.c_sources, ["one.c", "c/two.c"]);
        insta::assert_snapshot!(said, @r"
        src/p.mllib:7:3: `B` is in library `p` by this list alone
            B # more
            ^
          help: add it to `InternalModules` in `_oasis`; it is taken for one of these
        src/p.mllib:8:1: `Gone`, which this list adds to library `p`, has no source
          Gone
          ^
          help: remove it, or add its source
        src/libp_stubs.clib:4:1: `c/two.o` is in the C parts of library `p` by this list alone
          c/two.o
          ^
          help: add its source to `CSources` in `_oasis`; it is taken for one of these
        src/libp_stubs.clib:5:1: `three.o` is in the C parts of library `p` by this list, and there is no `three.c`
          three.o
          ^
          help: `mbuild configure --frontend setup` lets ocamlbuild build it
        ");
    }

    #[test]
    fn lists_without_marks_are_all_that_ocamlbuild_links() {
        let (library, said) =
            applied(&[("src/p.mllib", "dir/C\n"), ("src/p.mldylib", "A\ndir/C Other\n")]);
        assert!(library.internal_modules.is_empty());
        insta::assert_snapshot!(said, @r"
        src/p.mllib:1:1: this list leaves out `A` of library `p`, which ocamlbuild does not link then
          dir/C
          ^
          help: mbuild links what `_oasis` lists: add it here, or remove it there
        src/p.mldylib:2:7: `Other` is no module of library `p`
          dir/C Other
                ^
          help: mbuild makes `.cmxs` of what is in `.cmxa`: add it to `InternalModules` in `_oasis`
        ");
    }
}
