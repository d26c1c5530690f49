//! Files and programs that the steps of a package read beside its sources: those that its options list, and those
//! that the commands of preprocessors name.

use super::super::env::Env;
use super::super::project::{self, Description};
use super::super::value::{Text, Value};
use super::Translator;
use super::modules::Found;
use crate::ocaml::sources::join;
use crate::package::{Compiled, Tool};

/// The options that list what is read: by preprocessors, by every step, by single ones. Each counts for every step
/// of the package, which builds once too often at the most.
const LISTS: [&str; 10] = [
    "pp_deps",
    "rule_sources",
    "more_deps",
    "ocamldep_deps",
    "ocamlc_deps",
    "ocamlopt_deps",
    "ocamlmklib_deps",
    "link_deps",
    "bytelink_deps",
    "asmlink_deps",
];

/// The endings of files that commands do not read because they name their folder.
const SOURCES: [&str; 8] = [".ml", ".mli", ".mll", ".mly", ".ocp", ".ocp2", ".install", ".opam"];

impl Translator<'_> {
    /// What a package and its files list.
    pub(super) fn inputs(
        &mut self,
        described: &Description,
        found: &Found,
        compiled: &mut Compiled,
    ) {
        self.listed(&described.options, compiled);
        for module in &found.modules {
            // There may be a million of them, and few say more than one thing.
            if module.options.iter().any(|(name, _)| LISTS.contains(&&**name)) {
                self.listed(&module.options, compiled);
            }
        }
    }

    fn listed(&mut self, options: &Env, compiled: &mut Compiled) {
        for option in LISTS {
            for word in options.get(option).and_then(Value::words).unwrap_or_default() {
                let text = self.substituted(&word);
                if let Some(program) = self.built(&text) {
                    compiled.inputs.tool(Tool::Internal(program));
                } else if let Some(path) = self.input(option, &compiled.path, &word, &text) {
                    compiled.inputs.file(path);
                }
            }
        }
    }

    /// The files that the generator of a source reads besides.
    pub(super) fn read_by_generator(
        &mut self,
        described: &Description,
        own: &Env,
        option: &str,
    ) -> Vec<String> {
        let value = own.get(option).or_else(|| described.options.get(option));
        let folder = self.folder(described);
        let words = value.and_then(Value::words).unwrap_or_default();
        let path = |word: &Text| {
            let text = self.substituted(word);
            self.input(option, &folder, word, &text)
        };
        words.iter().filter_map(path).collect()
    }

    /// A file that an option lists: relative to the package's folder, or to the project's where it names the
    /// folder of a package. What the machine has is nothing that is built.
    fn input(&mut self, option: &str, folder: &str, word: &Text, text: &str) -> Option<String> {
        if text.starts_with('/') {
            return None;
        }
        let from = if word.text.contains("%{") { "" } else { folder };
        let Some(path) = project::inside(from, text) else {
            self.leads_out(word.place, &word.text);
            return None;
        };
        if self.made_by.makes(&path) || self.tree.is_file(&path) {
            return Some(path);
        }
        // What is made of a grammar or lexer changes with it alone.
        let stem = path.rsplit_once('.').map_or(&*path, |(stem, _)| stem);
        let made_of = [".mly", ".mll"].map(|ending| format!("{stem}{ending}"));
        let source = made_of.into_iter().find(|source| self.tree.is_file(source));
        if source.is_none() && !self.made.contains_key(&path) && !self.tree.exists(&path) {
            let message = format!("`{option}` names `{path}`, which is not there");
            self.error(word.place, message, "write it, or remove it from the list");
        }
        source
    }

    /// The files of the project that words of a command name, and those in the folders that they name.
    pub(super) fn read_by_command<S: AsRef<str>>(
        &mut self,
        words: impl IntoIterator<Item = S>,
        compiled: &mut Compiled,
    ) {
        for word in words {
            let word = word.as_ref();
            let value = word.split_once('=').map(|(_, value)| value);
            let folder = word.strip_prefix("-I");
            for path in [Some(word), value, folder].into_iter().flatten() {
                self.read_through(path, compiled);
            }
        }
    }

    /// A file that a command reads where a word of it is this path.
    fn read_through(&mut self, path: &str, compiled: &mut Compiled) {
        if path.is_empty() || path.starts_with('-') || path.contains("${") {
            return;
        }
        let Some(path) = project::inside("", path) else { return };
        if self.made_by.makes(&path) || self.tree.is_file(&path) {
            compiled.inputs.file(path);
        } else if self.tree.exists(&path) {
            let is_source = |name: &str| SOURCES.iter().any(|ending| name.ends_with(ending));
            for name in self.tree.names(&path) {
                let file = join(&path, &name);
                if !is_source(&name) && !name.starts_with(['.', '_']) && self.tree.is_file(&file) {
                    compiled.inputs.file(file);
                }
            }
        }
    }
}
