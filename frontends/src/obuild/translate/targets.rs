//! From a target of a `*.obuild` file to sections of the model.

use std::collections::HashSet;
use std::hash::Hash;

use super::super::ast::{Dependency, Target, TargetKind, Word};
use super::{Translator, generated, module_of, nested};
use crate::ocaml::sources::clean;
use crate::package::{
    About, Code, Compiled, Depend, Executable, Library, MetaFields, Preprocess, Section, Test,
    Tool, variable_name,
};
use crate::suggest;

impl Translator<'_, '_> {
    pub(super) fn target(&mut self, target: &Target) {
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
        let mut compiled = self.compiled(target, build);
        let name = compiled.name.clone();
        if target.kind == TargetKind::Library {
            let stubs = target.stubs.as_ref().filter(|_| build);
            let (more, programs) =
                stubs.map(|stubs| self.bindings(target, stubs, &mut compiled)).unwrap_or_default();
            let mut library = self.library(target, compiled);
            library.modules = once_each(library.modules.into_iter().chain(more));
            self.package.sections.push(Section::Library(library));
            for program in programs {
                self.places.section(target.name.at);
                self.package.sections.push(program);
            }
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
        for generate in target.generate.iter().filter(|it| !it.using.text.is_empty()) {
            let using = &generate.using;
            if self.generators.contains_key(using.text.as_str()) {
                continue;
            }
            let known = self.generators.keys().copied();
            self.messages.error_with(using.at, || {
                let help = suggest::help(&using.text, known, || {
                    format!("add a block `generator {}`", using.text)
                });
                (format!("there is no generator `{}`", using.text), help)
            });
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
            depends: self.depends(target).into(),
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
        compiled
    }

    fn library(&self, target: &Target, compiled: Compiled) -> Library {
        let generated = target.generate.iter().filter(|_| compiled.build).map(|it| &it.module);
        let listed = target.modules.iter().chain(generated).map(|word| module_of(&word.text));
        let modules = once_each(listed);
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
    fn depends(&self, target: &Target) -> Vec<Depend> {
        let per = target.per.iter().flat_map(|per| &per.depends);
        let all = target.depends.iter().chain(per);
        once_each(all.map(|Dependency { name, constraint }| match self.libraries.get(&name.text) {
            Some(library) => Depend::Internal(library.file_name()),
            None => Depend::Findlib { name: name.text.clone(), constraint: constraint.clone() },
        }))
    }
}

/// Everything once, in the order in which it came first.
fn once_each<T: Clone + Eq + Hash>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    all.filter(|it| seen.insert(it.clone())).collect()
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
