//! From the tags of files to the sections those files belong to.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use mbuild_rules::Diagnostic;

use super::alike::{Alike, Meanings};
use super::change::Change;
use super::meaning::{self, Meaning};
use super::shared::Shared;
use super::sources::{Folders, Module, modules, outputs};
use super::{Pattern, Rule, Tag, Tags, survey};
use crate::mistakes::Mistakes;
use crate::package::{Package, Section};
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
        package.generate.push(crate::oasis::menhir_with(Vec::new()));
    }
    let cppo = package.generate.iter().any(|generate| generate.from.starts_with("cppo."));
    unknown(tags, &meanings, &libraries, cppo)
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

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;
    use crate::package::{Compiled, Depend, Executable, Library, Preprocess};

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
