//! What authors have written into the lists from which ocamlbuild links libraries: `x.mllib`, `x.mlpack`,
//! `x.mldylib` and `libx_stubs.clib`.
//!
//! OASIS writes its part of them between two marks and leaves the rest alone, and ocamlbuild reads all of it.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use mbuild_rules::Diagnostic;

use crate::package::{Compiled, Library, Object, Package, Section};

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
        match section {
            Section::Library(library) if library.compiled.build => {
                of_library(library, files, &mut warnings);
            }
            Section::Object(object) if object.compiled.build => {
                of_object(object, files, &mut warnings);
            }
            _ => {}
        }
    }
    warnings
}

fn of_library(library: &mut Library, files: &mut dyn Files, warnings: &mut Vec<Diagnostic>) {
    let name = library.compiled.name.clone();
    let ending = if library.pack { "mlpack" } else { "mllib" };
    if let Some(list) = List::read(&library.compiled, &format!("{name}.{ending}"), files) {
        let linked = Linked {
            what: format!("library `{name}`"),
            path: &library.compiled.path,
            modules: &library.modules,
            more: &mut library.internal_modules,
            field: "InternalModules",
        };
        list.modules(linked, files, warnings);
    }
    if let Some(list) = List::read(&library.compiled, &format!("{name}.mldylib"), files) {
        list.loaded(library, warnings);
    }
    let stubs = format!("lib{name}_stubs.clib");
    let in_c = !library.compiled.c_sources.is_empty();
    if let Some(list) = in_c.then(|| List::read(&library.compiled, &stubs, files)).flatten() {
        list.objects(library, files, warnings);
    }
}

/// One module is the object by itself; several are packed, and that has a list.
fn of_object(object: &mut Object, files: &mut dyn Files, warnings: &mut Vec<Diagnostic>) {
    if object.modules.len() == 1 {
        return;
    }
    let name = format!("{}.mlpack", object.compiled.name);
    if let Some(list) = List::read(&object.compiled, &name, files) {
        let linked = Linked {
            what: format!("object `{}`", object.compiled.name),
            path: &object.compiled.path,
            modules: &[],
            more: &mut object.modules,
            field: "Modules",
        };
        list.modules(linked, files, warnings);
    }
}

/// What a list of modules is of.
struct Linked<'a> {
    /// The section, as messages name it.
    what: String,
    path: &'a str,
    /// Its modules.
    modules: &'a [String],
    /// Those among which more of them go, and the field that these are.
    more: &'a mut Vec<String>,
    field: &'static str,
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
    fn read(compiled: &Compiled, name: &str, files: &mut dyn Files) -> Option<Self> {
        let folder = &compiled.path;
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

    /// The modules of a library, of its pack, or of that of an object.
    fn modules(&self, linked: Linked<'_>, files: &mut dyn Files, out: &mut Vec<Diagnostic>) {
        let Linked { what, path, modules, more, field } = linked;
        let listed: Vec<String> = modules.iter().chain(more.iter()).cloned().collect();
        let mut known: BTreeSet<String> = listed.iter().map(|module| spelled(module)).collect();
        for (module, at) in &self.own {
            if !known.insert(spelled(module)) {
                continue;
            }
            if has_source(path, module, files) {
                more.push(module.clone());
                out.push(self.warning(
                    *at,
                    format!("`{module}` is in {what} by this list alone"),
                    &format!("add it to `{field}` in `_oasis`; it is taken for one of these"),
                ));
            } else {
                out.push(self.warning(
                    *at,
                    format!("`{module}`, which this list adds to {what}, has no source"),
                    "remove it, or add its source",
                ));
            }
        }
        if self.marked {
            return;
        }
        let own: BTreeSet<String> = self.own.iter().map(|(module, _)| spelled(module)).collect();
        if let Some(first) = listed.iter().find(|module| !own.contains(&spelled(module))) {
            out.push(self.warning(
                0,
                format!(
                    "this list leaves out `{first}` of {what}, which ocamlbuild does not link then"
                ),
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

    #[test]
    fn the_pack_of_an_object_has_a_list_as_well() {
        let object = |modules: &[&str]| {
            let compiled = Compiled {
                name: "o".into(),
                path: "src".into(),
                build: true,
                ..Compiled::default()
            };
            let modules = modules.iter().map(|module| (*module).to_owned()).collect();
            Section::Object(Object { compiled, modules, ..Object::default() })
        };
        let sections = vec![object(&["A", "B"]), object(&["A"])];
        let mut package = Package { sections, ..Package::default() };
        let files = [("src/o.mlpack", "# OASIS_START\nA\nB\n# OASIS_STOP\nC\n"), ("src/c.ml", "")];
        let warnings = apply(&mut package, &mut Tree(files.into_iter().collect()));
        let modules: Vec<_> = package
            .sections
            .iter()
            .map(|section| match section {
                Section::Object(object) => object.modules.join(" "),
                _ => String::new(),
            })
            .collect();
        assert_eq!(modules, ["A B C", "A"]);
        let said: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        src/o.mlpack:5:1: `C` is in object `o` by this list alone
          C
          ^
          help: add it to `Modules` in `_oasis`; it is taken for one of these
        ");
    }
}
