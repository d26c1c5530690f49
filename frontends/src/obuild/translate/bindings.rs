//! Bindings of C that ctypes makes: what describes them is compiled into programs, and these write the rest.
//!
//! ```text
//! describe types -> types.c -> sizes -> TYPES.ml -> describe functions -> LIB_stubs.c, LIB_generated.ml
//! ```
//!
//! Each arrow is a program or an action of the model. The entry module needs no program: it applies the
//! package's own functors to what was made.

mod arity;
mod spelling;

use super::super::ast::{Stubs, Target, Word};
use super::{Translator, generated, module_of};
use crate::ocaml::sources::join;
use crate::package::{
    About, Command, Compiled, Depend, Executable, Made, MadeFrom, Preprocess, Section,
    variable_name,
};

/// Where ctypes keeps what describes C.
const PACKAGE: &str = "ctypes.stubs";

/// Names in the `cstubs` of one library.
struct Names {
    /// The library, as files are called.
    library: String,
    /// The prefix of everything that is made (`external-library-name`).
    prefix: String,
    /// The module with what C says of types.
    types: String,
    /// The module that users see.
    entry: String,
    /// The folder of the programs' sources.
    programs: String,
    /// The folder of the module with types.
    of_types: String,
    /// The folder of everything else that is made.
    of_functions: String,
}

impl Names {
    fn of(target: &Target, stubs: &Stubs) -> Self {
        let library = target.file_name();
        let folder = |name: &str| format!("{}/{library}/{name}", generated::FOLDER);
        let module = |word: &Option<Word>, default: &str| {
            word.as_ref().map_or_else(|| default.to_owned(), |word| module_of(&word.text))
        };
        Self {
            prefix: stubs.library.text.clone(),
            types: module(&stubs.generated_types, "Types_generated"),
            entry: module(&stubs.entry_point, "C"),
            programs: folder("programs"),
            of_types: folder("types"),
            of_functions: folder("functions"),
            library,
        }
    }

    /// The module that calls C.
    fn foreign(&self) -> String {
        module_of(&format!("{}_generated", self.prefix))
    }

    /// A program of the build.
    fn program(&self, what: &str) -> String {
        format!("cstubs-{what}-{}", self.library)
    }
}

/// A functor of the package: the module it stands in, and its name there.
struct Functor {
    module: String,
    path: String,
}

impl Functor {
    /// From `Bindings.Types`; one that only names a module is called as usual inside.
    fn of(word: &Word, usual: &str) -> Self {
        let module = module_of(&word.text);
        let path = match word.text.split_once('.') {
            Some((_, rest)) => format!("{module}.{rest}"),
            None => format!("{module}.{usual}"),
        };
        Self { module, path }
    }

    /// Its name in its module.
    fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }
}

impl Translator<'_, '_> {
    /// Adds what makes the bindings of a library, and to the library what is made; gives back the modules.
    pub(super) fn bindings(
        &mut self,
        target: &Target,
        stubs: &Stubs,
        compiled: &mut Compiled,
    ) -> (Vec<String>, Vec<Section>) {
        let names = Names::of(target, stubs);
        let types = stubs.types.as_ref().map(|(word, _)| Functor::of(word, "Types"));
        let functions = stubs.functions.as_ref().map(|(word, _)| Functor::of(word, "Functions"));
        let describes = Describes {
            compiled: compiled.clone(),
            headers: stubs.headers.iter().map(|word| word.text.clone()).collect(),
            names,
        };
        let names = &describes.names;
        let mut sections = Vec::new();
        match &types {
            Some(functor) => sections.extend(self.types(&describes, functor)),
            None => {
                let path = format!("{}/{}.ml", names.of_types, file(&names.types));
                self.made(path, "(* Nothing describes types. *)\n".to_owned());
            }
        }
        let mut modules = vec![names.types.clone(), names.entry.clone()];
        let entry = match &functions {
            Some(functor) => {
                let takes_types = types.is_some() && self.takes_types(functor, compiled);
                sections.push(self.functions(
                    &describes,
                    stubs,
                    (types.as_ref(), functor),
                    takes_types,
                ));
                modules.push(names.foreign());
                let applied = match &types {
                    Some(types) => format!("{} ({})", types.path, names.types),
                    None => names.types.clone(),
                };
                let with_types = if takes_types { " (Types)" } else { "" };
                format!(
                    "module Types = {applied}\nmodule C_Functions = {} ({}){with_types}\n",
                    functor.path,
                    names.foreign()
                )
            }
            None => format!("module Types = {}\nmodule Functions = struct end\n", names.types),
        };
        self.made(format!("{}/{}.ml", names.of_functions, file(&names.entry)), entry);
        self.library_of_stubs(target, &describes, functions.is_some(), compiled);
        (modules, sections)
    }

    /// Adds to a library what is made for it.
    fn library_of_stubs(
        &mut self,
        target: &Target,
        describes: &Describes,
        has_functions: bool,
        compiled: &mut Compiled,
    ) {
        let names = &describes.names;
        let folder = compiled.c_folder().to_owned();
        for (source, word) in compiled.c_sources.iter_mut().zip(&target.c_sources) {
            *source = join(&folder, source);
            self.places.says(About::CSource, source, word.at);
        }
        compiled.c_path = Some(String::new());
        compiled.c_flags.clone_from(&describes.c_flags());
        if has_functions {
            compiled.c_sources.push(format!("{}/{}_stubs.c", names.of_functions, names.prefix));
        }
        compiled.include.extend([names.of_types.clone(), names.of_functions.clone()]);
    }

    /// Whether the functor of functions is applied to that of types as well; obuild has done so since 0.2.2,
    /// and files from before have one parameter.
    fn takes_types(&mut self, functor: &Functor, compiled: &Compiled) -> bool {
        let stem = file(&functor.module);
        let folders = std::iter::once(&compiled.path).chain(&compiled.include);
        let paths: Vec<String> = folders
            .flat_map(|folder| {
                [&stem, &functor.module].map(|stem| join(folder, &format!("{stem}.ml")))
            })
            .collect();
        let found = paths.into_iter().find(|path| self.machine.is_file(path));
        let text = found.and_then(|path| self.machine.text(&path));
        text.and_then(|text| arity::of_functor(&text, functor.name())).is_none_or(|count| count > 1)
    }

    /// What asks C about types, and the module that has the answers.
    fn types(&mut self, describes: &Describes, functor: &Functor) -> [Section; 2] {
        let names = &describes.names;
        let text = format!(
            "let () =\n  Format.printf \"%s\" {};\n  \
             Cstubs_structs.write_c Format.std_formatter (module {})\n",
            describes.includes(&["stddef.h", "stdint.h"]),
            functor.path
        );
        let stem = format!("{}_cstubs_types", file(&names.prefix));
        self.made(format!("{}/{stem}.ml", names.programs), text);
        let source = format!("{}/types.c", names.programs);
        let commands = vec![
            run(&names.program("types"), &[], &source),
            Command::shell(spelling::command(&self.c_compiler(), describes, &source)),
        ];
        let inputs = self.headers(describes);
        self.action(
            format!("describe the types of {}", names.prefix),
            commands,
            inputs,
            vec![source.clone()],
        );
        let module = format!("{}/{}.ml", names.of_types, file(&names.types));
        self.action(
            format!("ask C about the types of {}", names.prefix),
            vec![run(&names.program("sizes"), &[], &module)],
            Vec::new(),
            vec![module],
        );
        let sizes = Compiled {
            name: names.program("sizes"),
            c_sources: vec![source.clone()],
            c_path: Some(String::new()),
            c_flags: describes.c_flags(),
            ..describes.program(&[])
        };
        let sizes = Executable { compiled: sizes, main: source, ..Executable::default() };
        [describes.section("types", &stem, &[]), Section::Executable(sizes)]
    }

    /// What writes the stubs in C and the module that calls them.
    fn functions(
        &mut self,
        describes: &Describes,
        stubs: &Stubs,
        (types, functor): (Option<&Functor>, &Functor),
        takes_types: bool,
    ) -> Section {
        let names = &describes.names;
        let types = types
            .filter(|_| takes_types)
            .map(|types| format!("  let module Types = {} ({}) in\n", types.path, names.types));
        let word = |word: &Option<Word>, default: &str| {
            word.as_ref().map_or_else(|| default.to_owned(), |word| word.text.clone())
        };
        let errno = word(&stubs.errno, "ignore_errno");
        let errno = errno.strip_suffix("_errno").unwrap_or(&errno);
        let text = format!(
            "let () =\n  let prefix = {prefix:?} in\n  let concurrency = Cstubs.{concurrency} in\n  \
             let errno = Cstubs.{errno}_errno in\n{types}  \
             let module Described (F : Ctypes.FOREIGN) = {functor} (F){applied} in\n  \
             match Sys.argv.(1) with\n  | \"c\" ->\n    Format.printf \"%s\" {includes};\n    \
             Cstubs.write_c ~concurrency ~errno Format.std_formatter ~prefix (module Described)\n  \
             | _ -> Cstubs.write_ml ~concurrency ~errno Format.std_formatter ~prefix (module Described)\n",
            prefix = names.prefix,
            concurrency = word(&stubs.concurrency, "sequential"),
            types = types.unwrap_or_default(),
            functor = functor.path,
            applied = if takes_types { " (Types)" } else { "" },
            includes = describes.includes(&["string.h", "caml/mlvalues.h"]),
        );
        let stem = format!("{}_cstubs_functions", file(&names.prefix));
        self.made(format!("{}/{stem}.ml", names.programs), text);
        let in_c = format!("{}/{}_stubs.c", names.of_functions, names.prefix);
        let module = format!("{}/{}.ml", names.of_functions, file(&names.foreign()));
        let program = names.program("functions");
        let commands = vec![
            run(&program, &["c"], &in_c),
            Command::shell(spelling::command(&self.c_compiler(), describes, &in_c)),
            run(&program, &["ml"], &module),
        ];
        let inputs = self.headers(describes);
        self.action(
            format!("write the stubs of {}", names.prefix),
            commands,
            inputs,
            vec![in_c, module],
        );
        describes.section("functions", &stem, &[&names.of_types])
    }

    /// A source that follows from the manifest.
    fn made(&mut self, path: String, text: String) {
        let from = MadeFrom::Text { manifest: self.file.path.clone(), text: text.into() };
        self.package.made.push(Made { path, from });
    }

    fn c_compiler(&self) -> String {
        let environment = self.machine.environment();
        environment.get("c_compiler").unwrap_or("cc").to_owned()
    }

    /// The headers of the package that may describe what is bound.
    fn headers(&mut self, describes: &Describes) -> Vec<String> {
        let mut headers = Vec::new();
        for folder in describes.folders() {
            let names = self.machine.names(&folder).into_iter();
            headers
                .extend(names.filter(|name| name.ends_with(".h")).map(|name| join(&folder, &name)));
        }
        headers.sort();
        headers.dedup();
        headers
    }
}

/// A library whose bindings are made.
struct Describes {
    /// What the library says, without what is made for it.
    compiled: Compiled,
    /// The headers of the C library.
    headers: Vec<String>,
    names: Names,
}

impl Describes {
    /// The folders that may have headers of the package.
    fn folders(&self) -> Vec<String> {
        let compiled = &self.compiled;
        let own = [compiled.c_folder(), compiled.path.as_str()].map(str::to_owned);
        let mut folders = own.to_vec();
        folders.extend(compiled.include.iter().cloned());
        let named = compiled.c_flags.iter().filter_map(|flag| flag.strip_prefix("-I"));
        let named = named.filter(|path| !path.starts_with('/') && *path != ".");
        folders.extend(named.map(str::to_owned));
        folders.retain(|folder| !folder.starts_with(generated::FOLDER));
        let mut seen = std::collections::BTreeSet::new();
        folders.retain(|folder| seen.insert(folder.clone()));
        folders
    }

    /// Flags for everything in C that has to do with the library.
    fn c_flags(&self) -> Vec<String> {
        let mut flags = self.compiled.c_flags.clone();
        for folder in self.folders() {
            let flag = format!("-I{}", if folder.is_empty() { "." } else { &folder });
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
        flags
    }

    /// The lines that include headers, as a text in OCaml.
    fn includes(&self, first: &[&str]) -> String {
        let all = first.iter().copied().chain(self.headers.iter().map(String::as_str));
        let lines: Vec<String> = all.map(|header| format!("#include <{header}>\\n")).collect();
        format!("\"{}\"", lines.concat())
    }

    /// What a program of the build shares with the library.
    fn program(&self, more: &[&String]) -> Compiled {
        let mut compiled = self.compiled.clone();
        compiled.install = false;
        compiled.include.push(self.names.programs.clone());
        compiled.include.extend(more.iter().map(|folder| (*folder).clone()));
        let package = Depend::Findlib { name: PACKAGE.to_owned(), constraint: None };
        if !compiled.depends.contains(&package) {
            compiled.depends.push(package);
        }
        compiled
    }

    /// A program of the build in OCaml.
    fn section(&self, what: &str, stem: &str, more: &[&String]) -> Section {
        let mut compiled = self.program(more);
        compiled.name = self.names.program(what);
        compiled.module_preprocess.insert(module_of(stem), Preprocess::None);
        Section::Executable(Executable {
            compiled,
            main: format!("{stem}.ml"),
            ..Executable::default()
        })
    }
}

/// Runs a program of the package and keeps what it prints.
fn run(program: &str, arguments: &[&str], output: &str) -> Command {
    let words = std::iter::once(format!("${{{}}}", variable_name(program)));
    let words = words.chain(arguments.iter().map(|word| (*word).to_owned()));
    Command { stdout: Some(output.to_owned()), ..Command::words(words) }
}

/// The file of a module, without ending.
fn file(module: &str) -> String {
    let mut letters = module.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}
