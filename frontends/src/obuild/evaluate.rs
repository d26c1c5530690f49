//! From blocks to a project: every value is read, and every mistake found.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{
    Dependency, Flag, Generate, Generator, Per, Project, Stubs, Switch, Target, TargetKind, Word,
};
use super::constraint;
use super::keys::{Key, Kind};
use super::messages::Messages;
use super::names;
use super::tree::{Block, Field, Value};
use super::value;
use crate::suggest;

/// The version of the format that there is.
const VERSION: &str = "1";

/// What the blocks of a file say.
pub(super) fn project(blocks: &[Block], messages: &mut Messages<'_>) -> Project {
    let mut reader = Reader { project: Project::default(), targets: BTreeMap::new(), messages };
    for (at, block) in blocks.iter().enumerate() {
        reader.twice(block);
        match block.kind {
            Kind::Project => reader.top(block),
            Kind::Flag => reader.flag(block),
            Kind::Generator => reader.generator(block),
            Kind::Library => reader.target(at, block, TargetKind::Library),
            Kind::Executable => reader.target(at, block, TargetKind::Executable),
            Kind::Test => reader.target(at, block, TargetKind::Test),
            Kind::Bench => reader.target(at, block, TargetKind::Bench),
            Kind::Example => reader.target(at, block, TargetKind::Example),
            Kind::Per => reader.per(block),
            Kind::Generate => reader.generate(block),
            Kind::Cstubs => reader.stubs(block),
            Kind::Unknown => {}
        }
    }
    reader.check();
    reader.project
}

struct Reader<'a, 'b> {
    project: Project,
    /// The target of each block that is one.
    targets: BTreeMap<usize, usize>,
    messages: &'a mut Messages<'b>,
}

impl Reader<'_, '_> {
    /// Keys that stand twice, though only one value can hold.
    fn twice(&mut self, block: &Block) {
        let mut seen: Vec<Key> = Vec::new();
        for field in &block.fields {
            if field.key.adds() {
                continue;
            }
            if seen.contains(&field.key) {
                let said = format!("`{}` stands twice, and this one holds", field.key.name());
                self.messages.warning(field.at, said, "remove one of the two");
            }
            seen.push(field.key);
        }
    }

    fn top(&mut self, block: &Block) {
        let mut version = None;
        for Field { key, value, .. } in &block.fields {
            let project = &mut self.project;
            match key {
                Key::Name => project.name = value.word(),
                Key::Version => project.version = value.word(),
                Key::ObuildVer => version = Some(value.word()),
                Key::Synopsis => project.synopsis = value.word().text,
                Key::Description => project.description = value.word().text,
                Key::License => project.license = value.word().text,
                Key::LicenseFile => project.license_file = Some(value.word()),
                Key::Homepage => project.homepage = Some(value.word().text),
                Key::Authors => {
                    project.authors.extend(value::list(value).into_iter().map(|name| name.text));
                }
                Key::Author => project.authors.push(value.word().text),
                Key::Tools => project.tools.extend(value::loose(value)),
                Key::ExtraSrcs => project.extra_sources.extend(value::list(value)),
                Key::ConfigureScript => {
                    self.project.configure_script = self.file(value, key.name());
                }
                Key::OcamlVersion => self.project.ocaml = self.constraint(value),
                Key::OcamlExtraArgs => {
                    self.project.extra_arguments = self.literals(value, key.name());
                }
                Key::VendorDirs => {
                    let folders = self.paths(value, "folder");
                    self.project.vendor_folders.extend(folders);
                }
                _ => {}
            }
        }
        for (what, word) in [("name", &self.project.name), ("version", &self.project.version)] {
            if word.text.is_empty() {
                let said = format!("the package has no `{what}`");
                self.messages.error_of_file(said, format!("add a line `{what}: ...` at the top"));
            }
        }
        if !self.project.name.text.is_empty() {
            names::name(&self.project.name.clone(), "package", self.messages);
        }
        match version {
            Some(word) if word.text == VERSION => {}
            Some(word) => {
                let said = format!("version `{}` of the format is not known", word.text);
                self.messages.error(word.at, said, format!("write `obuild-ver: {VERSION}`"));
            }
            None => {
                let said = "the package does not say which version of the format it is in";
                self.messages.error_of_file(said, format!("add a line `obuild-ver: {VERSION}`"));
            }
        }
    }

    /// The one word of a header; what is missing or too much is said.
    fn one(&mut self, block: &Block) -> Word {
        let kind = block.kind.name();
        match block.arguments.as_slice() {
            [word] => word.clone(),
            [] => {
                let help = format!("write `{kind} NAME`");
                self.messages.error(block.at, format!("this {kind} has no name"), help);
                Word { text: String::new(), at: block.at }
            }
            [word, more, ..] => {
                let said = format!("unexpected `{}` after the name of this {kind}", more.text);
                self.messages.error(more.at, said, "a name is one word, and keys have a `:`");
                word.clone()
            }
        }
    }

    fn flag(&mut self, block: &Block) {
        let mut flag = Flag { name: self.one(block), ..Flag::default() };
        if !flag.name.text.is_empty() {
            names::name(&flag.name, "flag", self.messages);
        }
        for Field { key, value, .. } in &block.fields {
            match key {
                Key::Description => flag.description = value.word().text,
                Key::Default => {
                    flag.default = value::boolean(value, self.messages).unwrap_or_default();
                }
                _ => {}
            }
        }
        self.project.flags.push(flag);
    }

    fn generator(&mut self, block: &Block) {
        let mut generator = Generator { name: self.one(block), ..Generator::default() };
        for Field { key, value, .. } in &block.fields {
            match key {
                Key::Suffix => {
                    let mut suffix = value.word();
                    if suffix.text.starts_with('.') {
                        suffix.text.remove(0);
                    }
                    let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
                    if suffix.text.is_empty() || !suffix.text.chars().all(plain) {
                        let said = format!("`{}` is no ending of files", suffix.text);
                        self.messages.error(suffix.at, said, "write it as in `suffix: mly`");
                    }
                    generator.suffix = Some(suffix);
                }
                Key::Command => generator.command = value.word(),
                Key::Outputs => {
                    for output in value::list(value) {
                        if names::path(&output, "output", self.messages) {
                            generator.outputs.push(output);
                        }
                    }
                }
                Key::ModuleName => generator.module_name = Some(value.word()),
                _ => {}
            }
        }
        if generator.command.text.is_empty() {
            let said = format!("generator `{}` has no command", generator.name.text);
            let help = "add a line like `command: tool -o ${dest}.ml ${src}`";
            self.messages.error(block.at, said, help);
        }
        self.project.generators.push(generator);
    }

    fn target(&mut self, at: usize, block: &Block, kind: TargetKind) {
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
            Key::RunParams => target.run_arguments.extend(value::list(value)),
            Key::RunOpt => target.run_arguments.extend(value::words(value)),
            _ => {}
        }
    }

    /// What a target cannot do without.
    fn complete(&mut self, block: &Block, target: &Target) {
        let kind = block.kind.name();
        let said = |key: Key| block.fields.iter().any(|field| field.key == key);
        let name = &target.name.text;
        if block.arguments.is_empty() {
            return;
        }
        if target.kind == TargetKind::Library {
            if !said(Key::Modules) {
                let said = format!("{kind} `{name}` has no modules");
                self.messages.error(block.at, said, "add a line `modules: A, B`");
            }
        } else if !said(Key::MainIs) {
            let said = format!("{kind} `{name}` has no main source");
            self.messages.error(block.at, said, "add a line `main-is: FILE.ml`");
        } else if !target.main.text.is_empty() && !target.main.text.ends_with(".ml") {
            let said = format!("main source `{}` is no source in OCaml", target.main.text);
            self.messages.error(target.main.at, said, "name a file that ends in `.ml`");
        }
    }

    fn per(&mut self, block: &Block) {
        let mut per = Per { modules: block.arguments.clone(), ..Per::default() };
        if per.modules.is_empty() {
            let said = "this `per` names no modules";
            self.messages.error(block.at, said, "write `per MODULE`, or several of them");
        }
        for module in &per.modules {
            names::module(module, self.messages);
        }
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

    fn generate(&mut self, block: &Block) {
        let mut generate = Generate { module: self.one(block), ..Generate::default() };
        let module = generate.module.clone();
        if !module.text.is_empty()
            && names::module(&module, self.messages)
            && module.text.contains('.')
        {
            let said = format!("`{}` is inside another module", module.text);
            self.messages.error(module.at, said, "generate modules that are inside no other");
        }
        for Field { key, value, .. } in &block.fields {
            match key {
                Key::From => generate.from.extend(self.paths(value, "source")),
                Key::Using => generate.using = value.word(),
                Key::Args => generate.arguments = Some(value.word()),
                _ => {}
            }
        }
        let using = &generate.using;
        if using.text.is_empty() {
            let said = format!("`generate {}` does not say which generator makes it", module.text);
            self.messages.error(block.at, said, "add a line `using: GENERATOR`");
        }
        if generate.from.is_empty() {
            let said = format!("`generate {}` does not say what it is made from", module.text);
            self.messages.error(block.at, said, "add a line `from: FILE`");
        }
        self.inside(block, |target| target.generate.push(generate));
    }

    fn stubs(&mut self, block: &Block) {
        let mut stubs = Stubs { at: block.at, ..Stubs::default() };
        for Field { key, value, .. } in &block.fields {
            let messages = &mut *self.messages;
            match key {
                Key::ExternalLibraryName => stubs.library = value.word(),
                Key::TypeDescription => stubs.types = value::description(value, messages),
                Key::FunctionDescription => stubs.functions = value::description(value, messages),
                Key::GeneratedTypes => stubs.generated_types = Some(value.word()),
                Key::GeneratedEntryPoint => stubs.entry_point = Some(value.word()),
                Key::Headers => stubs.headers.extend(value::list(value)),
                Key::Concurrency => {
                    const KNOWN: [&str; 4] =
                        ["sequential", "unlocked", "lwt_jobs", "lwt_preemptive"];
                    stubs.concurrency = self.one_of(value, "policy of concurrency", &KNOWN);
                }
                Key::Errno => {
                    const KNOWN: [&str; 4] = ["ignore", "ignore_errno", "return", "return_errno"];
                    stubs.errno = self.one_of(value, "policy of `errno`", &KNOWN);
                }
                _ => {}
            }
        }
        if stubs.library.text.is_empty() {
            let said = "this `cstubs` has no `external-library-name`";
            self.messages.error(block.at, said, "add a line `external-library-name: NAME`");
        }
        self.inside(block, |target| target.stubs = Some(stubs));
    }

    /// Adds something to the target that a block stands in.
    fn inside(&mut self, block: &Block, add: impl FnOnce(&mut Target)) {
        if let Some(target) = self.targets.get(&block.parent) {
            add(&mut self.project.targets[*target]);
        }
    }

    fn one_of(&mut self, value: &Value, what: &str, known: &[&str]) -> Option<Word> {
        let mut word = value.word();
        word.text = word.text.to_ascii_lowercase().replace('-', "_");
        if known.contains(&word.text.as_str()) {
            return Some(word);
        }
        let help = format!("write one of {}", known.join(", "));
        self.messages.error(word.at, format!("`{}` is no {what}", word.text), help);
        None
    }

    fn preprocessor(&mut self, value: &Value) -> Option<Word> {
        let word = value.word();
        let good =
            !word.text.is_empty() && names::literal(&word, "the preprocessor", self.messages);
        good.then_some(word)
    }

    fn constraint(&mut self, value: &Value) -> Option<String> {
        let word = value.word();
        match constraint::read(&word.text) {
            Ok(constraint) => Some(constraint),
            Err((at, message)) => {
                self.messages.error(word.at + at, message, "write it as `>= 4.02`");
                None
            }
        }
    }

    fn file(&mut self, value: &Value, what: &str) -> Option<Word> {
        let word = value.word();
        names::path(&word, what, self.messages).then_some(word)
    }

    fn paths(&mut self, value: &Value, what: &str) -> Vec<Word> {
        let all = value::list(value).into_iter();
        all.filter(|word| names::path(word, what, self.messages)).collect()
    }

    fn literals(&mut self, value: &Value, what: &str) -> Vec<Word> {
        let what = format!("`{what}`");
        let all = value::words(value).into_iter();
        all.filter(|word| names::literal(word, &what, self.messages)).collect()
    }

    /// What only the whole file shows: flags and generators that are not there, names that are twice.
    fn check(&mut self) {
        let project = &self.project;
        let messages = &mut *self.messages;
        let mut flags: BTreeSet<&str> = BTreeSet::new();
        for flag in project.flags.iter().filter(|flag| !flag.name.text.is_empty()) {
            if !flags.insert(&flag.name.text) {
                let said = format!("there are two flags `{}`", flag.name.text);
                messages.error(flag.name.at, said, "rename or remove one of them");
            }
        }
        let generators: BTreeSet<&str> =
            project.generators.iter().map(|generator| generator.name.text.as_str()).collect();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for target in &project.targets {
            for switch in [&target.buildable, &target.installable] {
                let Switch::Flag(word) = switch else { continue };
                if flags.contains(&word.text.as_str()) {
                    continue;
                }
                let help = suggest::help(&word.text, flags.iter().copied(), || {
                    format!("write `true` or `false`, or add a block `flag {}`", word.text)
                });
                messages.error(word.at, format!("there is no flag `{}`", word.text), help);
            }
            for generate in target.generate.iter().filter(|it| !it.using.text.is_empty()) {
                let using = &generate.using;
                if !generators.contains(using.text.as_str()) {
                    let known = generators.iter().copied();
                    let help = suggest::help(&using.text, known, || {
                        format!("add a block `generator {}`", using.text)
                    });
                    messages.error(
                        using.at,
                        format!("there is no generator `{}`", using.text),
                        help,
                    );
                }
            }
            // Libraries by what their archive is called, programs by what they are.
            let file = target.file_name();
            let key = match target.kind {
                TargetKind::Library => format!("library {file}"),
                _ => file.clone(),
            };
            if !target.name.text.is_empty() && !seen.insert(key) {
                let what =
                    if target.kind == TargetKind::Library { "libraries" } else { "programs" };
                let said = format!("there are two {what} `{file}`");
                messages.error(target.name.at, said, "rename or remove one of them");
            }
        }
        for target in &project.targets {
            let own = target.per.iter().flat_map(|per| &per.depends);
            for Dependency { name, .. } in target.depends.iter().chain(own) {
                if target.kind == TargetKind::Library && name.text == target.name.text {
                    let said = format!("library `{}` needs itself", name.text);
                    messages.error(name.at, said, "remove it from `build-deps`");
                }
            }
        }
    }
}

impl Target {
    /// What its archive or program is called, without ending.
    pub(super) fn file_name(&self) -> String {
        let name = &self.name.text;
        match self.kind {
            TargetKind::Library => name.replace('.', "_"),
            TargetKind::Executable => name.clone(),
            TargetKind::Test => format!("test-{name}"),
            TargetKind::Bench => format!("bench-{name}"),
            TargetKind::Example => format!("example-{name}"),
        }
    }
}
