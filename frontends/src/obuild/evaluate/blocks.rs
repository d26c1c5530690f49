//! Blocks that are not built themselves: flags, generators, what they make, and bindings of C.

use super::super::ast::{Flag, Generate, Generator, Stubs, Word};
use super::super::keys::Key;
use super::super::tree::{Block, Field, Value};
use super::super::{names, value};
use super::Reader;

impl Reader<'_, '_> {
    pub(super) fn flag(&mut self, block: &Block) {
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

    pub(super) fn generator(&mut self, block: &Block) {
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

    pub(super) fn generate(&mut self, block: &Block) {
        let mut generate = Generate { module: self.one(block), ..Generate::default() };
        let module = generate.module.clone();
        if !module.text.is_empty() {
            self.single_module(&module);
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

    pub(super) fn stubs(&mut self, block: &Block) {
        let mut stubs = Stubs::default();
        for Field { key, value, .. } in &block.fields {
            match key {
                Key::ExternalLibraryName => stubs.library = value.word(),
                Key::TypeDescription => stubs.types = self.functor(value),
                Key::FunctionDescription => stubs.functions = self.functor(value),
                Key::GeneratedTypes => stubs.generated_types = self.module(value),
                Key::GeneratedEntryPoint => stubs.entry_point = self.module(value),
                Key::Headers => stubs.headers.extend(self.headers(value)),
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
        let library = &stubs.library;
        if library.text.is_empty() {
            let said = "this `cstubs` has no `external-library-name`";
            self.messages.error(block.at, said, "add a line `external-library-name: NAME`");
        } else if !library.text.starts_with(|first: char| first.is_ascii_alphabetic())
            || !library.text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            let said = format!("`{}` is no name that C and OCaml know files by", library.text);
            let help = "use letters, digits and `_`, and begin with a letter";
            self.messages.error(library.at, said, help);
        }
        self.inside(block, |target| target.stubs = Some(Box::new(stubs)));
    }

    /// A functor and what it is applied to.
    fn functor(&mut self, value: &Value) -> Option<(Word, Word)> {
        let found = value::description(value, self.messages)?;
        let good = names::module(&found.0, self.messages) & names::module(&found.1, self.messages);
        good.then_some(found)
    }

    fn module(&mut self, value: &Value) -> Option<Word> {
        let word = value.word();
        self.single_module(&word).then_some(word)
    }

    /// Whether a module stands in no other; says where it does.
    fn single_module(&mut self, word: &Word) -> bool {
        if !names::module(word, self.messages) {
            return false;
        }
        let inside = word.text.contains('.');
        if inside {
            let said = format!("`{}` is inside another module", word.text);
            self.messages.error(word.at, said, "generate modules that are inside no other");
        }
        !inside
    }

    /// Headers, as C includes them.
    fn headers(&mut self, value: &Value) -> Vec<Word> {
        let mut headers = value::list(value);
        headers.retain(|word| {
            let good = |c: char| c.is_ascii_alphanumeric() || "_-./+".contains(c);
            let good = word.text.chars().all(good);
            if !good {
                let said = format!("`{}` is no header", word.text);
                let help = "write commas between headers, and their paths as C includes them";
                self.messages.error(word.at, said, help);
            }
            good
        });
        headers
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
}
