//! From the tags of files to the sections those files belong to.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use mbuild_rules::Diagnostic;

use super::meaning::{self, Meaning};
use super::sources::{Folders, modules, outputs};
use super::{Pattern, Tag, Tags};
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
    include(tags, package);
    let mut folders = Folders { list, known: HashMap::new() };
    let mut files = Files { tags, given: HashMap::new() };
    let mut menhir = false;
    for section in &mut package.sections {
        let modules = modules(section, &mut folders);
        let outputs = outputs(section);
        let mut change = Change::new(&libraries);
        let Some(compiled) = section.compiled_mut() else { continue };
        let tagged: Vec<_> =
            modules.iter().map(|module| (module, files.union(&module.files))).collect();
        let mut having = vec![0; tags.tags.len()];
        for tag in tagged.iter().flat_map(|(_, own)| own.iter()) {
            having[*tag] += 1;
        }
        for (index, (module, own)) in tagged.iter().enumerate() {
            for tag in own.iter() {
                let everywhere = having[*tag] == tagged.len();
                let meaning = || meaning::of(&tags.tags[*tag]);
                match everywhere {
                    true if index == 0 => change.section(compiled, meaning()),
                    true => {}
                    false => change.module(compiled, &module.path, meaning()),
                }
            }
        }
        // Those of every file came with the modules.
        let with_modules: HashSet<String> = compiled.ocaml_flags.iter().cloned().collect();
        for tag in files.union(&outputs).iter() {
            change.output(compiled, meaning::of(&tags.tags[*tag]), &with_modules);
        }
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
    unknown(tags, &libraries, cppo)
}

/// Changes that give a tag.
fn given(tags: &Tags) -> impl Iterator<Item = (&Tag, usize)> {
    let all = tags.rules.iter().flat_map(|rule| &rule.tags).filter(|change| !change.remove);
    all.map(|change| (&tags.tags[change.tag], change.at))
}

/// What tags have for cppo, which it is told for every file that it reads.
fn cppo(tags: &Tags, package: &mut Package) {
    let mut words: Vec<String> = Vec::new();
    for (tag, _) in given(tags) {
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
fn unknown(tags: &Tags, libraries: &HashSet<String>, cppo: bool) -> Vec<Diagnostic> {
    let mut warnings = Mistakes::default();
    for (tag, at) in given(tags) {
        let known = match meaning::of(tag) {
            Meaning::Unknown => cppo && tag.name.starts_with("cppo_"),
            Meaning::Library(name) => libraries.contains(&name),
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
    let Some(tag) = tags.known.get(&tag) else { return };
    let mut folders: BTreeSet<String> = BTreeSet::new();
    for compiled in package.compiled() {
        let mut path = compiled.path.as_str();
        while !path.is_empty() && folders.insert(path.to_owned()) {
            path = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        }
    }
    for rule in tags.rules.iter().filter(|rule| rule.tags.iter().any(|change| change.tag == *tag)) {
        if let Pattern::Exact(folder) = &rule.pattern {
            folders.insert(folder.trim_end_matches('/').to_owned());
        }
    }
    folders.retain(|folder| tags.of(folder).contains(tag));
    for section in &mut package.sections {
        let Some(compiled) = section.compiled_mut() else { continue };
        let known: HashSet<String> = compiled.include.iter().cloned().collect();
        let more = folders.iter().filter(|it| compiled.path != **it && !known.contains(*it));
        compiled.include.extend(more.cloned());
    }
}

/// The tags of files: many have the same lines about them.
struct Files<'a> {
    tags: &'a Tags,
    /// What lines give.
    given: HashMap<Vec<usize>, Rc<Vec<usize>>>,
}

impl Files<'_> {
    fn of(&mut self, file: &str) -> Rc<Vec<usize>> {
        let about = self.tags.about(file);
        if let Some(known) = self.given.get(&about) {
            return Rc::clone(known);
        }
        let given = Rc::new(self.tags.given(&about));
        self.given.insert(about, Rc::clone(&given));
        given
    }

    /// The tags that one of the files has.
    fn union(&mut self, files: &[String]) -> Rc<Vec<usize>> {
        let mut all: Vec<Rc<Vec<usize>>> = Vec::new();
        for file in files {
            let own = self.of(file);
            if !all.iter().any(|known| Rc::ptr_eq(known, &own)) {
                all.push(own);
            }
        }
        if let [only] = all.as_slice() {
            return Rc::clone(only);
        }
        let mut known = vec![false; self.tags.tags.len()];
        let tags = all.iter().flat_map(|own| own.iter().copied());
        Rc::new(tags.filter(|tag| !std::mem::replace(&mut known[*tag], true)).collect())
    }
}

struct Change<'a> {
    libraries: &'a HashSet<String>,
    custom: bool,
    menhir: bool,
    /// What is in each list: flags that stand together.
    said: HashMap<(List, String), HashSet<Vec<String>>>,
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

impl<'a> Change<'a> {
    fn new(libraries: &'a HashSet<String>) -> Self {
        let (custom, menhir) = (false, false);
        Self { libraries, custom, menhir, said: HashMap::new(), depends: None }
    }

    /// A tag that all modules have.
    fn section(&mut self, compiled: &mut Compiled, meaning: Meaning) {
        match meaning {
            Meaning::Flags(flags) => self.add(List::Flags, "", &mut compiled.ocaml_flags, flags),
            Meaning::Native(flags) => {
                self.add(List::Native, "", &mut compiled.native_flags, flags);
            }
            Meaning::Syntax(syntax) => compiled.preprocess = Preprocess::Camlp4(syntax),
            Meaning::Command(command) => compiled.preprocess = Preprocess::Command(command),
            other => self.either(compiled, other),
        }
    }

    /// A tag that some modules have.
    fn module(&mut self, compiled: &mut Compiled, module: &str, meaning: Meaning) {
        match meaning {
            Meaning::Flags(flags) => {
                let list = compiled.module_flags.entry(module.to_owned()).or_default();
                self.add(List::Flags, module, list, flags);
            }
            Meaning::Native(flags) => {
                let list = compiled.module_native_flags.entry(module.to_owned()).or_default();
                self.add(List::Native, module, list, flags);
            }
            Meaning::Syntax(syntax) => {
                compiled.module_preprocess.insert(module.to_owned(), Preprocess::Camlp4(syntax));
            }
            Meaning::Command(command) => {
                compiled.module_preprocess.insert(module.to_owned(), Preprocess::Command(command));
            }
            other => self.either(compiled, other),
        }
    }

    /// A tag of what the section makes, whose modules have these flags.
    fn output(
        &mut self,
        compiled: &mut Compiled,
        meaning: Meaning,
        with_modules: &HashSet<String>,
    ) {
        match meaning {
            Meaning::Flags(flags) if flags.iter().all(|flag| with_modules.contains(flag)) => {}
            Meaning::Flags(flags) => self.add(List::Link, "", &mut compiled.link_flags, flags),
            Meaning::Native(_) | Meaning::Syntax(_) | Meaning::Command(_) => {}
            other => self.either(compiled, other),
        }
    }

    fn either(&mut self, compiled: &mut Compiled, meaning: Meaning) {
        let depend = match meaning {
            Meaning::Package(name) => Depend::Findlib { name, constraint: None },
            Meaning::Library(name) if self.libraries.contains(&name) && name != compiled.name => {
                Depend::Internal(name)
            }
            Meaning::Link(flags) => {
                return self.add(List::Link, "", &mut compiled.link_flags, flags);
            }
            Meaning::C(flag) => return self.add(List::C, "", &mut compiled.c_flags, vec![flag]),
            Meaning::CLibrary(flag) => {
                return self.add(List::CLibraries, "", &mut compiled.c_libraries, vec![flag]);
            }
            Meaning::Include(folder) => {
                return self.add(List::Include, "", &mut compiled.include, vec![folder]);
            }
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
        let key = |depend: &Depend| match depend {
            Depend::Findlib { name, .. } => (true, name.clone()),
            Depend::Internal(name) => (false, name.clone()),
        };
        let known = self.depends.get_or_insert_with(|| compiled.depends.iter().map(key).collect());
        if known.insert(key(&depend)) {
            compiled.depends.push(depend);
        }
    }

    /// Adds flags to a list of the section, or of a module, unless they stand there together.
    fn add(&mut self, kind: List, module: &str, list: &mut Vec<String>, flags: Vec<String>) {
        let together = |list: &[String]| -> HashSet<Vec<String>> {
            (1..=2).flat_map(|length| list.windows(length).map(<[String]>::to_vec)).collect()
        };
        let said = self.said.entry((kind, module.to_owned())).or_insert_with(|| together(list));
        if said.insert(flags.clone()) {
            list.extend(flags);
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
