//! Syntax extensions of the project itself: a preprocessor, and the libraries that it loads.

use std::rc::Rc;

use hashbrown::{HashMap, HashSet};

use super::super::project::Description;
use super::super::syntax::Kind;
use super::super::value::{Text, Value};
use super::Translator;
use super::names::{Names, Role};
use crate::package::{Compiled, Depend, Preprocess, Tool};

/// The `syntax` packages of a project.
#[derive(Default)]
pub(super) struct Syntaxes {
    /// What each requires.
    requires: HashMap<Rc<str>, Vec<Text>>,
    /// The libraries of the project that preprocessors load.
    loaded: HashSet<Rc<str>>,
}

impl Syntaxes {
    /// Those among these packages.
    pub(super) fn of(descriptions: &[Description], names: &Names<'_>) -> Self {
        let mut syntaxes = Self::default();
        for described in descriptions.iter().filter(|one| one.kind == Kind::Syntax) {
            let requires = described.options.get("requires").and_then(Value::words);
            let requires = requires.unwrap_or_default();
            let libraries = requires
                .iter()
                .filter(|name| names.role(&name.text) == Some(Role::Section(Kind::Library)));
            syntaxes.loaded.extend(libraries.map(|name| name.text.clone()));
            syntaxes.requires.insert(described.name.text.clone(), requires);
        }
        syntaxes
    }

    /// Whether a preprocessor loads a library of the project.
    pub(super) fn loads(&self, library: &str) -> bool {
        self.loaded.contains(library)
    }
}

impl Translator<'_> {
    /// The preprocessor of a syntax of the project: a program, or a `syntax` package, which requires one and
    /// what it loads. `None` where the project has no such syntax.
    pub(super) fn own_syntax(
        &mut self,
        syntax: &Text,
        flags: &[String],
        compiled: &mut Compiled,
    ) -> Option<Preprocess> {
        if let Some(program) = self.names.program(&syntax.text) {
            return Some(program_of_project(program.to_owned(), flags, compiled));
        }
        let requires = self.syntaxes.requires.get(&syntax.text)?.clone();
        let (mut programs, mut loaded) = (Vec::new(), Vec::new());
        for name in &requires {
            match self.names.role(&name.text) {
                Some(Role::Section(Kind::Program)) => programs.push(name.clone()),
                _ if self.names.is_program_there(&name.text) => programs.push(name.clone()),
                Some(Role::Section(Kind::Library)) => loaded.push(name.clone()),
                _ => {}
            }
        }
        let [program] = programs.as_slice() else {
            let message = format!("syntax `{}` has {} preprocessors", syntax.text, programs.len());
            let help = "let the `syntax` package require one program, such as `camlp4o`";
            self.error(syntax.place, message, help);
            return Some(Preprocess::None);
        };
        if let Some(own) = self.names.program(&program.text).map(str::to_owned) {
            if let Some(library) = loaded.first() {
                let message = format!("`{own}` is a program of the project and loads no libraries");
                let help = format!("link `{}` with the program", library.text);
                self.error(syntax.place, message, help);
            }
            return Some(program_of_project(own, flags, compiled));
        }
        let stem = program.text.trim_end_matches(".opt");
        if !["camlp4o", "camlp4r", "camlp4of", "camlp4rf", "camlp4oof", "camlp4orf"].contains(&stem)
        {
            let message = format!("preprocessor `{}` of a syntax is not served", program.text);
            let help = "camlp4o, camlp4r and the like are, and programs of the project";
            self.error(syntax.place, message, help);
            return Some(Preprocess::None);
        }
        if let Some(flag) = flags.first() {
            let message = format!("`ppflags` such as `{flag}` are not served for camlp4");
            self.error(syntax.place, message, "give the whole command with `pp`");
        }
        for name in loaded {
            let depend = Depend::Internal(name.text.to_string());
            if !compiled.depends.contains(&depend) {
                compiled.depends.push(depend);
            }
        }
        Some(Preprocess::Camlp4(stem.to_owned()))
    }
}

fn program_of_project(program: String, flags: &[String], compiled: &mut Compiled) -> Preprocess {
    let tool = Tool::Internal(program);
    if !compiled.tools.contains(&tool) {
        compiled.tools.push(tool.clone());
    }
    Preprocess::Program(tool, flags.to_vec())
}
