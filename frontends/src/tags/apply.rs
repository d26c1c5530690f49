//! From the tags of files to the sections those files belong to.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use mbuild_rules::Diagnostic;

use super::meaning::{self, Meaning, Words};
use super::shared::Shared;
use super::sources::{Folders, Module, modules, outputs};
use super::{Pattern, Rule, Tag, Tags, survey};
use crate::mistakes::Mistakes;
use crate::package::{self, Compiled, Depend, Package, Preprocess, Section};
use crate::suggest;

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
    let mut alike = Alike::default();
    for (section, (modules, outputs)) in package.sections.iter_mut().zip(&files) {
        let mut own = |files: &[String]| union(tags, found.by_ref().take(files.len()));
        let tagged: Vec<_> = modules.iter().map(|it| own(&it.files)).collect();
        let of_outputs = own(outputs);
        let mut change = Change::new(&libraries, &meanings);
        let Some(compiled) = section.compiled_mut() else { continue };
        let shared = Shared::of(&tagged, tags.tags.len());
        // Those of the first module are given in their order, whether they are the section's or its own.
        if let ([first, ..], [own, ..]) = (modules.as_slice(), tagged.as_slice()) {
            alike.flags(&meanings, compiled, own, &shared);
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
        change.outputs(compiled, &of_outputs, &|tag| !modules.is_empty() && shared.has(tag));
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
struct Meanings<'a> {
    all: Vec<Meaning<'a>>,
    /// For a tag another one that does the same, which is the same for all that do, where there is one.
    same: HashMap<usize, usize>,
}

impl<'a> Meanings<'a> {
    fn of(tags: &'a Tags) -> Self {
        let all: Vec<Meaning> = tags.tags.iter().map(meaning::of).collect();
        // No two tags with an argument do the same.
        let alone = |at: &usize| tags.tags[*at].argument.is_none();
        let mut known: HashMap<&Meaning, usize> = HashMap::new();
        let mut same = HashMap::new();
        for at in (0..all.len()).filter(alone) {
            let first = *known.entry(&all[at]).or_insert(at);
            if first != at {
                same.insert(at, first);
            }
        }
        if !known.is_empty() {
            let others = (0..all.len()).filter(|at| !alone(at));
            same.extend(others.filter_map(|at| Some((at, *known.get(&all[at])?))));
        }
        Self { all, same }
    }

    /// The tag that stands for all that do the same.
    fn first(&self, tag: usize) -> usize {
        self.same.get(&tag).copied().unwrap_or(tag)
    }
}

/// Flags of sections by the tags that all their modules have: many sections have the same, and share the lists.
#[derive(Default)]
struct Alike {
    /// Those of lists of tags, which are kept so that no other list has their address.
    known: HashMap<*const Vec<usize>, (Rc<Vec<usize>>, [package::Shared<String>; 2])>,
}

impl Alike {
    /// Gives a section the flags of those of the tags of its first module that all have.
    fn flags(
        &mut self,
        meanings: &Meanings<'_>,
        compiled: &mut Compiled,
        own: &Rc<Vec<usize>>,
        shared: &Shared,
    ) {
        let kinds = [Meaning::flags, Meaning::native];
        let lists = [&mut compiled.ocaml_flags, &mut compiled.native_flags];
        if lists.iter().all(|list| list.is_empty()) && shared.others(own).is_empty() {
            let all = || own.iter().copied();
            let of_all = || kinds.map(|kind| added(meanings, all(), kind, &[]).into());
            let known = self.known.entry(Rc::as_ptr(own));
            let (_, found) = known.or_insert_with(|| (Rc::clone(own), of_all()));
            lists.into_iter().zip(found).for_each(|(list, found)| *list = found.clone());
            return;
        }
        for (list, kind) in lists.into_iter().zip(kinds) {
            let of_all = own.iter().copied().filter(|tag| shared.has(*tag));
            let more = added(meanings, of_all, kind, list);
            if !more.is_empty() {
                list.to_mut().extend(more);
            }
        }
    }
}

/// The flags of a kind that tags add to a list.
fn added<'a>(
    meanings: &Meanings<'a>,
    tags: impl Iterator<Item = usize> + Clone,
    kind: for<'m> fn(&'m Meaning<'a>) -> Option<&'m Words<'a>>,
    list: &[String],
) -> Vec<String> {
    let words = |tag: usize| kind(&meanings.all[tag]);
    let before = Together::of(list);
    let mut known = vec![false; meanings.all.len()];
    let mut more = Vec::with_capacity(tags.clone().filter_map(words).count() * 2);
    for tag in tags {
        let Some(words) = words(tag) else { continue };
        if !before.has(words) && !std::mem::replace(&mut known[meanings.first(tag)], true) {
            more.extend(words.iter().map(str::to_owned));
        }
    }
    more
}

/// Flags that stand in a list together.
struct Together(HashSet<Vec<String>>);

impl Together {
    fn of(list: &[String]) -> Self {
        Self((1..=2).flat_map(|length| list.windows(length).map(<[String]>::to_vec)).collect())
    }

    fn has(&self, words: &Words<'_>) -> bool {
        !self.0.is_empty() && self.0.contains(&words.iter().map(str::to_owned).collect::<Vec<_>>())
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
    let all = tags.changes.iter().filter(|change| !change.remove);
    all.map(|change| (change.tag(), change.at))
}

/// What tags have for cppo, which it is told for every file that it reads.
fn cppo(tags: &Tags, package: &mut Package) {
    let mut words: Vec<String> = Vec::new();
    for (tag, _) in given(tags) {
        let tag = &tags.tags[tag];
        let option = match &*tag.name {
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
        words.extend(tag.argument.as_deref().map(str::to_owned));
    }
    for generate in package.generate.iter_mut().filter(|it| it.from.starts_with("cppo.")) {
        let before = std::mem::take(&mut generate.arguments);
        generate.arguments = words.iter().cloned().chain(before).collect();
    }
}

/// What is said of tags that are like none that is known.
const HELP: &str = "what `myocamlbuild.ml` does with it is not done; flags can be given with `ByteOpt` and `NativeOpt`";

/// Tags that nothing is known of.
fn unknown(
    tags: &Tags,
    meanings: &Meanings<'_>,
    libraries: &HashSet<String>,
    cppo: bool,
) -> Vec<Diagnostic> {
    let mut warnings = Mistakes::default();
    for (index, at) in given(tags) {
        let tag = &tags.tags[index];
        let known = match &meanings.all[index] {
            Meaning::Unknown => cppo && tag.name.starts_with("cppo_"),
            Meaning::Library(name) => libraries.contains(*name),
            _ => true,
        };
        if !known {
            warnings.add(|| {
                let help = suggest::help(&tag.name, meaning::names(tag), || HELP.to_owned());
                let message = format!("tag `{}` is not known and ignored", tag.name);
                tags.message(at, message).with_help(help)
            });
        }
    }
    warnings.end(&tags.path)
}

/// Folders that are tagged `include` are looked into by every section.
fn include(tags: &Tags, package: &mut Package) {
    let tag = Tag { name: "include".into(), argument: None };
    let Some(tag) = tags.tags.get_index_of(&tag) else { return };
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for compiled in package.compiled() {
        let mut path = compiled.path.as_str();
        while !path.is_empty() && folders.insert(path.to_owned()) {
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
    let includes = |rule: &&Rule| tags.changes(rule).iter().any(|change| change.tag() == tag);
    for rule in tags.rules.iter().filter(includes) {
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
    meanings: &'a Meanings<'a>,
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
    before: Together,
    /// The tags whose flags were added; of those that do the same the first.
    added: HashSet<usize>,
}

impl<'a> Change<'a> {
    fn new(libraries: &'a HashSet<String>, meanings: &'a Meanings<'a>) -> Self {
        let (custom, menhir) = (false, false);
        Self { libraries, meanings, custom, menhir, said: HashMap::new(), depends: None }
    }

    /// A tag that all modules have; flags come together.
    fn section(&mut self, compiled: &mut Compiled, tag: usize) {
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
    fn outputs(&mut self, compiled: &mut Compiled, tags: &[usize], of_all: &dyn Fn(usize) -> bool) {
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
    fn sections_with_the_same_tags_share_their_flags() {
        let (package, _) = applied("true: warn(A), warn_A, O3, unsafe, inline(3), optimize(3)\n");
        let (library, test) = (compiled(&package, 0), compiled(&package, 1));
        assert_eq!(library.ocaml_flags, ["-w", "A", "-unsafe"]);
        assert_eq!(library.native_flags, ["-O3", "-inline", "3"]);
        assert_eq!(library.ocaml_flags.as_ptr(), test.ocaml_flags.as_ptr());
        assert_eq!(library.native_flags.as_ptr(), test.native_flags.as_ptr());
        let (package, _) = applied("true: unsafe\n<test/*>: rectypes\n");
        assert_eq!(compiled(&package, 0).ocaml_flags, ["-unsafe"]);
        assert_eq!(compiled(&package, 1).ocaml_flags, ["-unsafe", "-rectypes"]);
    }

    #[test]
    fn flags_that_stand_there_are_not_given_again() {
        let mut package = example();
        for section in &mut package.sections {
            let compiled = section.compiled_mut().unwrap();
            compiled.ocaml_flags = ["-w", "A"].map(str::to_owned).to_vec().into();
        }
        let tags = read(b"_tags", b"true: warn(A), warn(B), unsafe\n").unwrap();
        assert!(apply(&tags, &mut package, &|_| vec!["main.ml".to_owned()]).is_empty());
        for at in 0..2 {
            let compiled = compiled(&package, at);
            assert_eq!(compiled.ocaml_flags, ["-w", "A", "-w", "B", "-unsafe"]);
            assert!(compiled.link_flags.is_empty());
        }
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
        let (_, misspelt) = applied("true: pakage(unix), tread\n");
        assert!(misspelt[0].ends_with("help: did you mean `package`?"), "{}", misspelt[0]);
        assert!(misspelt[1].ends_with("help: did you mean `thread`?"), "{}", misspelt[1]);
        let (_, warnings) = applied("true: cppo_V_OCAML\n<test>: -use_nothing, -traverse\n");
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].starts_with("_tags:1:7: tag `cppo_V_OCAML` is not known and ignored"));
    }
}
