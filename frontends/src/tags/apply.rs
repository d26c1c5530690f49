//! From the tags of files to the sections those files belong to.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use mbuild_rules::Diagnostic;

use super::meaning::{self, Meaning};
use super::shared::Shared;
use super::sources::{Folders, Module, modules, outputs};
use super::{Pattern, Tag, Tags, survey};
use crate::mistakes::Mistakes;
use crate::package::{Compiled, Depend, Package, Preprocess, Section};

pub(super) fn apply(
    tags: &Tags,
    package: &mut Package,
    list: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Diagnostic> {
    let libraries: HashSet<String> = package
        .sections
        .iter()
        .filter(|section| matches!(section, Section::Library(_) | Section::Object(_)))
        .filter_map(Section::compiled)
        .map(|compiled| compiled.name.clone())
        .collect();
    let meanings = Meanings::of(tags);
    include(tags, package);
    let mut folders = Folders { list, known: HashMap::new() };
    let files: Vec<(Vec<Module>, Vec<String>)> = (package.sections.iter())
        .map(|section| (modules(section, &mut folders), outputs(section)))
        .collect();
    let names: Vec<&str> = files
        .iter()
        .flat_map(|(modules, outputs)| {
            modules.iter().flat_map(|module| &module.files).chain(outputs).map(String::as_str)
        })
        .collect();
    let mut found = survey::of(tags, &names).into_iter();
    let mut menhir = false;
    for (section, (modules, outputs)) in package.sections.iter_mut().zip(&files) {
        let mut own = |files: &[String]| union(tags, found.by_ref().take(files.len()));
        let tagged: Vec<_> = modules.iter().map(|it| own(&it.files)).collect();
        let of_outputs = own(outputs);
        let mut change = Change::new(&libraries, &meanings);
        let Some(compiled) = section.compiled_mut() else { continue };
        let shared = Shared::of(&tagged, tags.tags.len());
        // Those of the first module are given in their order, whether they are the section's or its own.
        if let ([first, ..], [own, ..]) = (modules.as_slice(), tagged.as_slice()) {
            for tag in own.iter() {
                match shared.has(*tag) {
                    true => change.section(compiled, *tag),
                    false => change.module(compiled, (0, &first.path), *tag),
                }
            }
        }
        for (index, module) in modules.iter().enumerate().skip(1) {
            for tag in shared.others(&tagged[index]) {
                change.module(compiled, (index, &module.path), *tag);
            }
        }
        change.outputs(compiled, &of_outputs);
        menhir |= change.menhir;
        let custom = change.custom;
        if let Section::Executable(executable) = section {
            executable.custom |= custom;
        }
    }
    cppo(tags, package);
    if menhir {
        package.generate.push(crate::oasis::menhir());
    }
    let cppo = package.generate.iter().any(|generate| generate.from.starts_with("cppo."));
    unknown(tags, &meanings, &libraries, cppo)
}

/// What each tag does, found out once.
struct Meanings {
    all: Vec<Meaning>,
    /// For each tag the first one that does the same.
    first: Vec<usize>,
}

impl Meanings {
    fn of(tags: &Tags) -> Self {
        let all: Vec<Meaning> = tags.tags.iter().map(meaning::of).collect();
        let mut known: HashMap<&Meaning, usize> = HashMap::with_capacity(all.len());
        let first = all.iter().enumerate().map(|(at, it)| *known.entry(it).or_insert(at)).collect();
        Self { all, first }
    }
}

/// The tags that one of several files has.
fn union(tags: &Tags, files: impl Iterator<Item = Rc<Vec<usize>>>) -> Rc<Vec<usize>> {
    let mut all: Vec<Rc<Vec<usize>>> = Vec::new();
    for own in files {
        if !all.iter().any(|known| Rc::ptr_eq(known, &own)) {
            all.push(own);
        }
    }
    if let [only] = all.as_slice() {
        return Rc::clone(only);
    }
    let mut known = vec![false; tags.tags.len()];
    let each = all.iter().flat_map(|own| own.iter().copied());
    Rc::new(each.filter(|tag| !std::mem::replace(&mut known[*tag], true)).collect())
}

/// Changes that give a tag: the tag, and where.
fn given(tags: &Tags) -> impl Iterator<Item = (usize, usize)> + '_ {
    let all = tags.rules.iter().flat_map(|rule| &rule.tags).filter(|change| !change.remove);
    all.map(|change| (change.tag, change.at))
}

/// What tags have for cppo, which it is told for every file that it reads.
fn cppo(tags: &Tags, package: &mut Package) {
    let mut words: Vec<String> = Vec::new();
    for (tag, _) in given(tags) {
        let tag = &tags.tags[tag];
        let option = match tag.name.as_str() {
            "cppo_D" => "-D",
            "cppo_U" => "-U",
            "cppo_I" => "-I",
            "cppo_V" => "-V",
            "cppo_x" => "-x",
            "cppo_n" => "-n",
            "cppo_s" => "-s",
            "cppo_c" => "-c",
            _ => continue,
        };
        words.push(option.to_owned());
        words.extend(tag.argument.clone());
    }
    for generate in package.generate.iter_mut().filter(|it| it.from.starts_with("cppo.")) {
        let before = std::mem::take(&mut generate.arguments);
        generate.arguments = words.iter().cloned().chain(before).collect();
    }
}

/// Tags that nothing is known of.
fn unknown(
    tags: &Tags,
    meanings: &Meanings,
    libraries: &HashSet<String>,
    cppo: bool,
) -> Vec<Diagnostic> {
    let mut warnings = Mistakes::default();
    for (index, at) in given(tags) {
        let tag = &tags.tags[index];
        let known = match &meanings.all[index] {
            Meaning::Unknown => cppo && tag.name.starts_with("cppo_"),
            Meaning::Library(name) => libraries.contains(name),
            _ => true,
        };
        if !known {
            let help = "what `myocamlbuild.ml` does with it is not done; flags can be given with `ByteOpt` and `NativeOpt`";
            let message = || format!("tag `{}` is not known and ignored", tag.name);
            warnings.add(|| tags.message(at, message()).with_help(help));
        }
    }
    warnings.end(&tags.path)
}

/// Folders that are tagged `include` are looked into by every section.
fn include(tags: &Tags, package: &mut Package) {
    let tag = Tag { name: "include".to_owned(), argument: None };
    let Some(tag) = tags.tags.get_index_of(&tag) else { return };
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for compiled in package.compiled() {
        let mut path = compiled.path.as_str();
        while !path.is_empty() && folders.insert(path.to_owned()) {
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
    for rule in tags.rules.iter().filter(|rule| rule.tags.iter().any(|change| change.tag == tag)) {
        if let Pattern::Exact(folder) = &rule.pattern {
            folders.insert(folder.trim_end_matches('/').to_owned());
        }
    }
    let names: Vec<&str> = folders.iter().map(String::as_str).collect();
    let given = survey::of(tags, &names);
    let named = given.iter().map(|own| own.contains(&tag));
    let folders: Vec<&String> =
        folders.iter().zip(named).filter_map(|(folder, named)| named.then_some(folder)).collect();
    for section in &mut package.sections {
        let Some(compiled) = section.compiled_mut() else { continue };
        let known: HashSet<String> = compiled.include.iter().cloned().collect();
        let more = folders.iter().filter(|it| compiled.path != ***it && !known.contains(**it));
        compiled.include.extend(more.map(|it| (*it).clone()));
    }
}

struct Change<'a> {
    libraries: &'a HashSet<String>,
    meanings: &'a Meanings,
    custom: bool,
    menhir: bool,
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
    before: HashSet<Vec<String>>,
    /// The tags whose flags were added; of those that do the same the first.
    added: HashSet<usize>,
}

impl<'a> Change<'a> {
    fn new(libraries: &'a HashSet<String>, meanings: &'a Meanings) -> Self {
        let (custom, menhir) = (false, false);
        Self { libraries, meanings, custom, menhir, said: HashMap::new(), depends: None }
    }

    /// A tag that all modules have.
    fn section(&mut self, compiled: &mut Compiled, tag: usize) {
        match &self.meanings.all[tag] {
            Meaning::Flags(flags) => {
                self.add(List::Flags, None, tag, &mut compiled.ocaml_flags, flags);
            }
            Meaning::Native(flags) => {
                self.add(List::Native, None, tag, &mut compiled.native_flags, flags);
            }
            Meaning::Syntax(syntax) => compiled.preprocess = Preprocess::Camlp4(syntax.clone()),
            Meaning::Command(command) => {
                compiled.preprocess = Preprocess::Command(command.clone());
            }
            _ => self.either(compiled, tag),
        }
    }

    /// A tag that some modules have; the module has this number and path.
    fn module(&mut self, compiled: &mut Compiled, (at, path): (usize, &str), tag: usize) {
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
                let how = Preprocess::Camlp4(syntax.clone());
                compiled.module_preprocess.insert(path.to_owned(), how);
            }
            Meaning::Command(command) => {
                let how = Preprocess::Command(command.clone());
                compiled.module_preprocess.insert(path.to_owned(), how);
            }
            _ => self.either(compiled, tag),
        }
    }

    /// The tags of what the section makes; flags of every module came with the modules.
    fn outputs(&mut self, compiled: &mut Compiled, tags: &[usize]) {
        let with_modules = std::mem::take(&mut compiled.ocaml_flags);
        let known: HashSet<&str> = with_modules.iter().map(String::as_str).collect();
        for tag in tags {
            match &self.meanings.all[*tag] {
                Meaning::Flags(flags) if flags.iter().all(|it| known.contains(it.as_str())) => {}
                Meaning::Flags(flags) => {
                    self.add(List::Link, None, *tag, &mut compiled.link_flags, flags);
                }
                Meaning::Native(_) | Meaning::Syntax(_) | Meaning::Command(_) => {}
                _ => self.either(compiled, *tag),
            }
        }
        compiled.ocaml_flags = with_modules;
    }

    fn either(&mut self, compiled: &mut Compiled, tag: usize) {
        let one = std::slice::from_ref;
        let (list, list_of, flags): (List, &mut Vec<String>, &[String]) = match &self.meanings.all
            [tag]
        {
            Meaning::Package(name) => {
                return self.depend(compiled, (true, name), || Depend::Findlib {
                    name: name.clone(),
                    constraint: None,
                });
            }
            Meaning::Library(name) if self.libraries.contains(name) && *name != compiled.name => {
                return self.depend(compiled, (false, name), || Depend::Internal(name.clone()));
            }
            Meaning::Link(flags) => (List::Link, &mut compiled.link_flags, flags),
            Meaning::C(flag) => (List::C, &mut compiled.c_flags, one(flag)),
            Meaning::CLibrary(flag) => (List::CLibraries, &mut compiled.c_libraries, one(flag)),
            Meaning::Include(folder) => (List::Include, &mut compiled.include, one(folder)),
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
        self.add(list, None, tag, list_of, flags);
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
        flags: &[String],
    ) {
        let said = self.said.entry((kind, place)).or_insert_with(|| {
            let together = (1..=2).flat_map(|length| list.windows(length).map(<[String]>::to_vec));
            Said { before: together.collect(), added: HashSet::new() }
        });
        if !said.before.contains(flags) && said.added.insert(self.meanings.first[tag]) {
            list.extend_from_slice(flags);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::package::{Executable, Library};

    fn example() -> Package {
        let compiled = |name: &str, path: &str| Compiled {
            name: name.to_owned(),
            path: path.to_owned(),
            ..Compiled::default()
        };
        let library = Library {
            compiled: compiled("a", "src"),
            modules: vec!["Foo".to_owned(), "sub/Bar".to_owned()],
            ..Library::default()
        };
        let executable = Executable {
            compiled: compiled("test", "test"),
            main: "main.ml".to_owned(),
            ..Executable::default()
        };
        let sections = vec![Section::Library(library), Section::Executable(executable)];
        Package { sections, ..Package::default() }
    }

    fn applied(content: &str) -> (Package, Vec<String>) {
        let mut package = example();
        let list = |folder: &str| match folder {
            "test" => vec!["main.ml".to_owned(), "util.ml".to_owned(), "README".to_owned()],
            "src" => vec!["foo.ml".to_owned(), "foo.mli".to_owned()],
            _ => Vec::new(),
        };
        let warnings = match read(b"_tags", content.as_bytes()) {
            Ok(tags) => apply(&tags, &mut package, &list),
            Err(errors) => errors,
        };
        (package, warnings.iter().map(ToString::to_string).collect())
    }

    fn compiled(package: &Package, index: usize) -> Compiled {
        package.compiled().nth(index).cloned().unwrap_or_default()
    }

    #[test]
    fn tags_of_all_modules_belong_to_the_section() {
        let (package, warnings) =
            applied("true: safe_string, debug\n<test/*>: package(oUnit), use_a\n");
        assert_eq!(warnings, [""; 0]);
        assert_eq!(compiled(&package, 0).ocaml_flags, ["-safe-string"]);
        let test = compiled(&package, 1);
        assert_eq!(test.ocaml_flags, ["-safe-string"]);
        assert_eq!(
            test.depends,
            [
                Depend::Findlib { name: "oUnit".to_owned(), constraint: None },
                Depend::Internal("a".to_owned())
            ]
        );
        assert!(test.link_flags.is_empty());
    }

    #[test]
    fn tags_of_single_files_belong_to_their_modules() {
        let (package, _) = applied("<src/foo.ml>: warn(-4)\n\"test/util.ml\": pp(cppo)\n");
        let library = compiled(&package, 0);
        assert!(library.ocaml_flags.is_empty());
        assert_eq!(library.module_flags["Foo"], ["-w", "-4"]);
        assert_eq!(
            compiled(&package, 1).module_preprocess["Util"],
            Preprocess::Command("cppo".to_owned())
        );
    }

    #[test]
    fn tags_of_what_is_compiled_are_those_of_the_module() {
        let (package, _) =
            applied("<**/foo.cm*>: nolabels\n<**/*.cmx>: optimize(3)\n<test/util.cmo>: rectypes\n");
        let library = compiled(&package, 0);
        assert_eq!(library.module_flags["Foo"], ["-nolabels"]);
        assert_eq!(library.native_flags, ["-O3"]);
        let test = compiled(&package, 1);
        assert!(test.ocaml_flags.is_empty());
        assert_eq!(test.module_flags["Util"], ["-rectypes"]);
    }

    #[test]
    fn what_bytecode_knows_nothing_of_is_for_native_code() {
        let (package, _) = applied("true: inline(10)\n<src/foo.ml>: optimize(2)\n");
        let library = compiled(&package, 0);
        assert_eq!(library.native_flags, ["-inline", "10"]);
        assert_eq!(library.module_native_flags["Foo"], ["-O2"]);
        assert!(library.ocaml_flags.is_empty() && library.module_flags.is_empty());
        assert!(library.link_flags.is_empty());
    }

    #[test]
    fn tags_of_outputs_are_for_the_link() {
        let (package, _) =
            applied("<test/main.{byte,native}>: linkall, thread, custom\n<src/*.cma>: thread\n");
        assert_eq!(compiled(&package, 1).link_flags, ["-linkall", "-thread"]);
        assert_eq!(compiled(&package, 0).link_flags, ["-thread"]);
        assert!(package.executables().all(|executable| executable.custom));
    }

    #[test]
    fn tagged_folders_are_looked_into() {
        let (package, _) = applied("<src> or \"gen\": include\n\"gen\": include\n");
        assert_eq!(compiled(&package, 0).include, ["gen"]);
        assert_eq!(compiled(&package, 1).include, ["gen", "src"]);
    }

    #[test]
    fn unknown_tags_are_told() {
        let (_, warnings) = applied("true: cppo_V_OCAML\n<test>: -use_nothing, -traverse\n");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("_tags:1:7: tag `cppo_V_OCAML` is not known and ignored"));
    }
}
