//! Blocks that are built: libraries and programs, and what holds for some of their modules.

use super::super::ast::{Per, Target, TargetKind};
use super::super::keys::Key;
use super::super::tree::{Block, Field};
use super::super::{names, value};
use super::Reader;

impl Reader<'_, '_> {
    pub(super) fn target(&mut self, at: usize, block: &Block, kind: TargetKind) {
        let mut name = self.one(block);
        if !name.text.is_empty() {
            let what = if kind == TargetKind::Library { "library" } else { "program" };
            names::name(&name, what, self.messages);
        }
        if let Some(parent) = self.targets.get(&block.parent) {
            let outer = &self.project.targets[*parent].name.text;
            name.text = format!("{outer}.{}", name.text);
        }
        let mut target = Target { kind, name, ..Target::default() };
        for field in &block.fields {
            self.field(&mut target, field);
        }
        self.complete(block, &target);
        self.targets.insert(at, self.project.targets.len());
        self.project.targets.push(target);
    }

    fn field(&mut self, target: &mut Target, Field { key, value, .. }: &Field) {
        let what = key.name();
        match key {
            Key::Buildable => target.buildable = value::switch(value),
            Key::Installable => target.installable = value::switch(value),
            Key::BuildDeps => target.depends.extend(value::dependencies(value, self.messages)),
            Key::SrcDir => target.folders.extend(self.paths(value, "folder")),
            Key::Pp => target.preprocessor = self.preprocessor(value),
            Key::ExtraDeps => {
                for item in value::list(value) {
                    let Some(pair) = value::before(&item, self.messages) else { continue };
                    if names::module(&pair.0, self.messages)
                        && names::module(&pair.1, self.messages)
                    {
                        target.order.push(pair);
                    }
                }
            }
            Key::Oflags => target.flags.extend(self.literals(value, what)),
            Key::Stdlib => {
                target.stdlib = value::stdlib(value, self.messages).unwrap_or_default();
            }
            Key::CDir => target.c_folder = self.paths(value, "folder").into_iter().next(),
            Key::CSources => target.c_sources.extend(self.paths(value, "C source")),
            Key::CFlags => target.c_flags.extend(self.literals(value, what)),
            Key::CLibpaths => target.c_library_folders.extend(self.literals(value, what)),
            Key::CLibs => target.c_libraries.extend(self.literals(value, what)),
            Key::CPkgs => target.c_packages.extend(value::dependencies(value, self.messages)),
            Key::Modules => {
                for module in value::list(value) {
                    if names::module(&module, self.messages) {
                        target.modules.push(module);
                    }
                }
            }
            Key::Pack => target.pack = value::boolean(value, self.messages).unwrap_or_default(),
            Key::Syntax => target.syntax = value::boolean(value, self.messages).unwrap_or_default(),
            Key::Description => target.description = value.word().text,
            Key::MainIs => target.main = self.file(value, "main source").unwrap_or_default(),
            Key::RunDir => target.run_folder = self.paths(value, "folder").into_iter().next(),
            Key::RunParams => target.run_arguments = value::list(value),
            Key::RunOpt => target.run_arguments.extend(value::words(value)),
            _ => {}
        }
    }

    /// What a target cannot do without.
    fn complete(&mut self, block: &Block, target: &Target) {
        let kind = block.kind.name();
        let names = |key: Key| {
            let holds = block.fields.iter().rfind(|field| field.key == key);
            holds.is_some_and(|field| !field.value.text.trim().is_empty())
        };
        let lists = |key: Key| {
            let mut fields = block.fields.iter();
            fields.any(|field| field.key == key && !value::list(&field.value).is_empty())
        };
        let name = &target.name.text;
        if block.arguments.is_empty() {
            return;
        }
        if target.kind == TargetKind::Library {
            if !lists(Key::Modules) {
                let said = format!("{kind} `{name}` has no modules");
                self.messages.error(block.at, said, "add a line `modules: A, B`");
            }
        } else if !names(Key::MainIs) {
            let said = format!("{kind} `{name}` has no main source");
            self.messages.error(block.at, said, "add a line `main-is: FILE.ml`");
        } else if !target.main.text.is_empty() && !target.main.text.ends_with(".ml") {
            let said = format!("main source `{}` is no source in OCaml", target.main.text);
            self.messages.error(target.main.at, said, "name a file that ends in `.ml`");
        }
    }

    pub(super) fn per(&mut self, block: &Block) {
        let mut per = Per { modules: block.arguments.clone(), ..Per::default() };
        // obuild makes nothing of what is no module.
        if per.modules.is_empty() {
            let said = "this `per` names no modules";
            self.messages.warning(block.at, said, "write `per MODULE`, or several of them");
        }
        let messages = &mut *self.messages;
        per.modules.retain(|module| {
            let good = names::is_module(&module.text);
            if !good {
                messages.warning_with(module.at, || names::no_module(&module.text));
            }
            good
        });
        for Field { key, value, .. } in &block.fields {
            match key {
                Key::BuildDeps => per.depends.extend(value::dependencies(value, self.messages)),
                Key::Oflags => per.flags.extend(self.literals(value, key.name())),
                Key::Pp => per.preprocessor = self.preprocessor(value),
                _ => {}
            }
        }
        self.inside(block, |target| target.per.push(per));
    }
}
