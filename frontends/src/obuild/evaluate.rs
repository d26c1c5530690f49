//! From blocks to a project: every value is read, and every mistake found.

mod blocks;
mod targets;
mod whole;

use std::collections::BTreeMap;

use super::ast::{Project, Target, TargetKind, Word};
use super::constraint;
use super::keys::{Key, Kind};
use super::messages::Messages;
use super::names;
use super::tree::{Block, Field, Value};
use super::value;

/// The version of the format that there is.
const VERSION: &str = "1";

/// What the blocks of a file say. Each goes when it is read: what the next ones say takes its room.
pub(super) fn project(blocks: Vec<Block>, messages: &mut Messages<'_>) -> Project {
    let mut project = Project::default();
    // Targets are large, and moving many of them takes time.
    let is_target = |block: &&Block| {
        use Kind::{Bench, Example, Executable, Library, Test};
        matches!(block.kind, Library | Executable | Test | Bench | Example)
    };
    project.targets.reserve_exact(blocks.iter().filter(is_target).count());
    let mut reader = Reader { project, targets: BTreeMap::new(), messages };
    for (at, block) in blocks.into_iter().enumerate() {
        let block = &block;
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
            if !seen.contains(&field.key) {
                seen.push(field.key);
                continue;
            }
            let said = format!("`{}` stands twice, and this one holds", field.key.name());
            self.messages.warning(field.at, said, "remove one of the two");
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
                    project.authors =
                        value::list(value).into_iter().map(|name| name.text).collect();
                }
                Key::Author => project.authors = vec![value.word().text],
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

    /// Adds something to the target that a block stands in.
    fn inside(&mut self, block: &Block, add: impl FnOnce(&mut Target)) {
        if let Some(target) = self.targets.get(&block.parent) {
            add(&mut self.project.targets[*target]);
        }
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
