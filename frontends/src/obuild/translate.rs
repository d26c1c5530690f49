//! From what `*.obuild` files say to the package model.

mod commands;
mod generated;

use std::collections::BTreeMap;

use mbuild_rules::Diagnostic;

use super::ast::{Dependency, Project, Switch, Target, TargetKind, Word};
use super::messages::Messages;
use crate::choices::Choices;
use crate::environment::Environment;
use crate::oasis;
use crate::ocaml::sources::{clean, join};
use crate::package::{
    About, Code, Compiled, Depend, Executable, Flag, Hook, Library, MetaFields, Package, Places,
    Preprocess, Section, Step, Test, Tool, variable_name,
};

/// A file that was read.
pub struct File {
    /// Its path, relative to the package root.
    pub path: String,
    /// The folder that its paths go from; "" is the package root.
    pub folder: String,
    /// Its text.
    pub content: Vec<u8>,
    /// What it says.
    pub project: Project,
}

/// What the translation asks of the machine and the source tree.
pub trait Machine {
    /// The machine.
    fn environment(&self) -> &Environment;
    /// The names in a folder of the package.
    fn names(&mut self, folder: &str) -> Vec<String>;
    /// Whether there is such a file in the package.
    fn is_file(&mut self, path: &str) -> bool;
    /// What pkg-config says of a package; `None` where it does not know it.
    fn pkg_config(&mut self, package: &str) -> Option<CPackage>;
}

/// What pkg-config says of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CPackage {
    /// Its version.
    pub version: String,
    /// Flags for the C compiler.
    pub flags: Vec<String>,
    /// Flags for linking with it.
    pub libraries: Vec<String>,
}

/// Translates a package; the first file is its own, of the others it takes libraries. With the model come
/// warnings.
pub fn package(
    files: &[File],
    machine: &mut dyn Machine,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Some(own) = files.first() else { return Ok((Package::default(), Vec::new())) };
    let project = &own.project;
    let flags = flags(project, choices);
    let value = |name: &str| flags.iter().any(|flag| flag.name == name && flag.value);
    let (name, version) = (&project.name.text, &project.version.text);
    let debug = value("debug");
    let variables = oasis::fixed_variables(machine.environment(), choices, name, version, debug);
    let mut package = Package {
        name: name.clone(),
        version: version.clone(),
        synopsis: project.synopsis.clone(),
        description: project.description.clone(),
        authors: project.authors.clone(),
        license: project.license.clone(),
        homepage: project.homepage.clone(),
        ocaml: project.ocaml.clone(),
        folders: variables.folders,
        variables: variables.all,
        unknown_variables: variables.unknown,
        ..Package::default()
    };
    if let Some(script) = &project.configure_script {
        let command = format!("ocaml {}", crate::ocaml::rules::shell(&script.text));
        package.hooks.insert(Hook { step: Step::Configure, after: false }, vec![command]);
    }
    let libraries: BTreeMap<String, &Target> = files
        .iter()
        .flat_map(|file| &file.project.targets)
        .filter(|target| target.kind == TargetKind::Library)
        .map(|target| (target.name.text.clone(), target))
        .collect();
    let mut warnings = Vec::new();
    let mut errors = Vec::new();
    for (at, file) in files.iter().enumerate() {
        package.places.file(file.path.as_bytes(), &file.content);
        let mut translator = Translator {
            file,
            vendored: at > 0,
            flags: &flags,
            libraries: &libraries,
            machine,
            messages: Messages::new(file.path.as_bytes(), &file.content),
            places: std::mem::take(&mut package.places),
            package: &mut package,
            arguments: &project.extra_arguments,
        };
        for target in &file.project.targets {
            translator.target(target);
        }
        if at == 0 {
            translator.generated_for_all();
        }
        let (places, messages) = (translator.places, translator.messages);
        package.places = places;
        warnings.extend(file.project.warnings.iter().cloned());
        match messages.end() {
            Ok(more) => warnings.extend(more),
            Err(more) => errors.extend(more),
        }
    }
    package.flags = flags;
    if errors.is_empty() { Ok((package, warnings)) } else { Err(errors) }
}

/// The switches of a package: those that every package has, and its own.
fn flags(project: &Project, choices: &Choices) -> Vec<Flag> {
    let common = [
        ("tests", "build and run the tests", false),
        ("examples", "build the examples", false),
        ("benchs", "build the benchmarks", false),
        ("library-native", "build libraries as native code too", true),
        ("executable-native", "build programs as native code", true),
        ("debug", "compile with debugging information", true),
    ];
    let mut flags: Vec<Flag> = Vec::new();
    let mut add = |name: &str, description: &str, default: bool| {
        let value = choices.flags.get(&name.to_ascii_lowercase()).copied().unwrap_or(default);
        let (name, description) = (name.to_owned(), description.to_owned());
        flags.push(Flag { name, description, default, value });
    };
    for flag in &project.flags {
        add(&flag.name.text, &flag.description, flag.default);
    }
    for (name, description, default) in common {
        if !project.flags.iter().any(|flag| flag.name.text == name) {
            add(name, description, default);
        }
    }
    flags
}

struct Translator<'a, 'b> {
    file: &'a File,
    /// The file is that of a package inside this one.
    vendored: bool,
    flags: &'a [Flag],
    /// Every library of the package, by its findlib name.
    libraries: &'a BTreeMap<String, &'a Target>,
    machine: &'b mut dyn Machine,
    messages: Messages<'a>,
    places: Places,
    package: &'b mut Package,
    /// `ocaml-extra-args`.
    arguments: &'a [Word],
}

impl Translator<'_, '_> {
    fn is_on(&self, flag: &str) -> bool {
        self.flags.iter().any(|known| known.name == flag && known.value)
    }

    fn switch(&self, switch: &Switch) -> bool {
        match switch {
            Switch::Fixed(value) => *value,
            Switch::Flag(word) => self.is_on(&word.text),
        }
    }

    /// A path of the file as one of the package.
    fn place(&self, path: &str) -> String {
        clean(&join(&self.file.folder, path))
    }

    fn target(&mut self, target: &Target) {
        let wanted = match target.kind {
            TargetKind::Library => true,
            _ if self.vendored => return,
            TargetKind::Executable => true,
            TargetKind::Test => self.is_on("tests"),
            TargetKind::Bench => self.is_on("benchs"),
            TargetKind::Example => self.is_on("examples"),
        };
        let build = wanted && self.switch(&target.buildable);
        self.said(target);
        let compiled = self.compiled(target, build);
        let name = compiled.name.clone();
        if target.kind == TargetKind::Library {
            let library = self.library(target, compiled);
            self.package.sections.push(Section::Library(library));
            return;
        }
        let main = clean(&target.main.text);
        let program = Executable { compiled, main, ..Executable::default() };
        self.package.sections.push(Section::Executable(program));
        if target.kind == TargetKind::Test {
            self.places.section(target.name.at);
            let mut command = format!("${{{}}}", variable_name(&name));
            for argument in &target.run_arguments {
                command.push(' ');
                command.push_str(&crate::ocaml::rules::shell(&argument.text));
            }
            let folder = target.run_folder.as_ref().map_or("", |folder| folder.text.as_str());
            self.package.sections.push(Section::Test(Test {
                name: target.name.text.clone(),
                run: build,
                command,
                dir: self.place(folder),
                tools: vec![Tool::Internal(name)],
                ..Test::default()
            }));
        }
    }

    /// Keeps where the file says what can turn out wrong later.
    fn said(&mut self, target: &Target) {
        self.places.section(target.name.at);
        if let [first, ..] = target.folders.as_slice() {
            self.places.says(About::Path, &self.place(&first.text), first.at);
        }
        for module in &target.modules {
            self.places.says(About::Module, &module_of(&module.text), module.at);
        }
        self.places.says(About::Main, &clean(&target.main.text), target.main.at);
        for source in &target.c_sources {
            self.places.says(About::CSource, &clean(&source.text), source.at);
        }
        for depend in target.depends.iter().chain(target.per.iter().flat_map(|per| &per.depends)) {
            let name = match self.libraries.get(&depend.name.text) {
                Some(library) => library.file_name(),
                None => depend.name.text.clone(),
            };
            self.places.says(About::Depend, &name, depend.name.at);
        }
    }

    fn compiled(&mut self, target: &Target, build: bool) -> Compiled {
        let mut folders: Vec<String> =
            target.folders.iter().map(|folder| self.place(&folder.text)).collect();
        if folders.is_empty() {
            folders.push(self.place(""));
        }
        let path = folders.remove(0);
        if build {
            folders.extend(self.made_for(target, &path, &folders.clone()));
        }
        folders.push(generated::FOLDER.to_owned());
        let program = target.kind != TargetKind::Library;
        let native = if program { "executable-native" } else { "library-native" };
        let words = |words: &[Word]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
        let flags = words(&target.flags);
        let mut compiled = Compiled {
            name: target.file_name(),
            path,
            build,
            install: matches!(target.kind, TargetKind::Library | TargetKind::Executable)
                && !self.vendored
                && self.switch(&target.installable),
            code: if self.is_on(native) { Code::Best } else { Code::Byte },
            depends: self.depends(target, build),
            tools: self
                .file
                .project
                .tools
                .iter()
                .map(|it| Tool::External(it.text.clone()))
                .collect(),
            ocaml_flags: flags.iter().cloned().chain(words(self.arguments)).collect(),
            link_flags: flags,
            preprocess: preprocess(target.preprocessor.as_ref()),
            include: folders,
            folders: true,
            before: target
                .order
                .iter()
                .map(|(a, b)| (module_of(&a.text), module_of(&b.text)))
                .collect(),
            ..Compiled::default()
        };
        self.c(target, &mut compiled);
        for per in &target.per {
            for module in per.modules.iter().map(|word| nested(&word.text)) {
                let flags = compiled.module_flags.entry(module.clone()).or_default();
                flags.extend(words(&per.flags));
                if per.preprocessor.is_some() {
                    let how = preprocess(per.preprocessor.as_ref());
                    compiled.module_preprocess.insert(module, how);
                }
            }
        }
        if let (true, Some(stubs)) = (build, &target.stubs) {
            let said = "mbuild does not make bindings of C by itself";
            let help = "write what makes them as `generator` and `generate`, or leave the library out \
                        with `buildable`";
            self.messages.error(stubs.at, said, help);
        }
        compiled
    }

    fn library(&self, target: &Target, compiled: Compiled) -> Library {
        let mut modules: Vec<String> = Vec::new();
        for module in target.modules.iter().map(|word| module_of(&word.text)) {
            if !modules.contains(&module) {
                modules.push(module);
            }
        }
        let generated = target.generate.iter().map(|it| module_of(&it.module.text));
        for module in generated.filter(|_| compiled.build) {
            if !modules.contains(&module) {
                modules.push(module);
            }
        }
        let description = match target.description.as_str() {
            "" => self.file.project.description.as_str(),
            own => own,
        };
        Library {
            compiled,
            modules,
            pack: target.pack,
            pack_name: target.pack.then(|| nested(&target.name.text.replace(['.', '-', '+'], "_"))),
            takes: !target.pack,
            findlib: target.name.text.clone(),
            meta: MetaFields {
                enable: true,
                description: (!description.is_empty()).then(|| description.to_owned()),
                syntax: target.syntax,
                ..MetaFields::default()
            },
            ..Library::default()
        }
    }

    /// What a target needs: libraries of the package go before installed ones of the same name.
    fn depends(&mut self, target: &Target, build: bool) -> Vec<Depend> {
        let mut depends = Vec::new();
        let per = target.per.iter().flat_map(|per| &per.depends);
        for Dependency { name, constraint } in target.depends.iter().chain(per) {
            let found = match self.libraries.get(&name.text) {
                Some(library) => {
                    if build && library.syntax {
                        let said = format!("`{}` is a syntax extension of this package", name.text);
                        let help = "install it first, and leave it out of this package: camlp4 loads \
                                    installed extensions";
                        self.messages.error(name.at, said, help);
                    }
                    Depend::Internal(library.file_name())
                }
                None => Depend::Findlib { name: name.text.clone(), constraint: constraint.clone() },
            };
            if !depends.contains(&found) {
                depends.push(found);
            }
        }
        depends
    }

    /// What a target has in C.
    fn c(&mut self, target: &Target, compiled: &mut Compiled) {
        let folder = match &target.c_folder {
            Some(folder) => self.place(&folder.text),
            None => self.c_folder(target, &compiled.path),
        };
        compiled.c_sources = target.c_sources.iter().map(|word| clean(&word.text)).collect();
        if compiled.c_sources.is_empty()
            && target.c_libraries.is_empty()
            && target.c_packages.is_empty()
        {
            return;
        }
        compiled.c_flags = target.c_flags.iter().map(|word| word.text.clone()).collect();
        compiled.c_flags.push(format!("-I{}", if folder.is_empty() { "." } else { &folder }));
        if folder != compiled.path {
            compiled.c_path = Some(folder);
        }
        for path in &target.c_library_folders {
            compiled.c_libraries.push(format!("-L{}", path.text));
        }
        for library in &target.c_libraries {
            let name = library.text.strip_prefix("-l").unwrap_or(&library.text);
            compiled.c_libraries.push(format!("-l{name}"));
        }
        for Dependency { name, constraint } in target.c_packages.iter().filter(|_| compiled.build) {
            let Some(found) = self.machine.pkg_config(&name.text) else {
                let said = format!("pkg-config knows no package `{}`", name.text);
                let help = "install pkg-config and the development files of that library";
                self.messages.error(name.at, said, help);
                continue;
            };
            let holds = |constraint: &String| {
                let known = crate::version::Constraint::parse(constraint);
                known.map_or(true, |known| known.holds(&found.version))
            };
            if let Some(constraint) = constraint.as_ref().filter(|it| !holds(it)) {
                let (name, version) = (&name.text, &found.version);
                let said =
                    format!("`{name}` {constraint} is needed, and version {version} is there");
                self.messages.error(target.name.at, said, "install another version of it");
            }
            compiled.c_flags.extend(found.flags);
            compiled.c_libraries.extend(found.libraries);
        }
    }

    /// Where C sources are when nobody says so: beside the other sources since 0.2, before that in the
    /// folder of the file.
    fn c_folder(&mut self, target: &Target, path: &str) -> String {
        let root = self.place("");
        let Some(source) = target.c_sources.first() else { return path.to_owned() };
        let is_there = |machine: &mut dyn Machine, folder: &str| {
            machine.is_file(&clean(&join(folder, &source.text)))
        };
        if !is_there(self.machine, path) && is_there(self.machine, &root) {
            root
        } else {
            path.to_owned()
        }
    }
}

/// How sources are preprocessed.
fn preprocess(word: Option<&Word>) -> Preprocess {
    let Some(word) = word else { return Preprocess::None };
    match word.text.to_ascii_lowercase().as_str() {
        "p4o" | "camlp4o" => Preprocess::Camlp4("camlp4o".to_owned()),
        "p4r" | "camlp4r" => Preprocess::Camlp4("camlp4r".to_owned()),
        _ => Preprocess::Command(word.text.clone()),
    }
}

/// The module outside of all others that a name leads to: `A` of `a.b`.
fn module_of(name: &str) -> String {
    let first = name.split('.').next().unwrap_or(name);
    nested(first)
}

/// A module with those that it is inside of, each with a capital first letter.
fn nested(name: &str) -> String {
    let capital = |name: &str| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('.').map(capital).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
pub(super) mod tests;
