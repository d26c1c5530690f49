//! Looks options up: a file's own, then those of its package, then what holds for every file.

use super::super::env::Env;
use super::super::globals::Globals;
use super::super::value::{Text, Value};

/// Where options are looked up, the nearest first.
#[derive(Clone, Copy)]
pub(super) struct Options<'a> {
    file: Option<&'a Env>,
    package: &'a Env,
    globals: &'a Globals,
}

impl<'a> Options<'a> {
    /// The options of a package.
    pub(super) fn of(package: &'a Env, globals: &'a Globals) -> Self {
        Self { file: None, package, globals }
    }

    /// The options of a file of a package.
    pub(super) fn of_file(file: &'a Env, package: &'a Env, globals: &'a Globals) -> Self {
        Self { file: Some(file), package, globals }
    }

    /// An option.
    pub(super) fn get(&self, name: &str) -> Option<&'a Value> {
        let file = self.file.and_then(|env| env.get(name));
        file.or_else(|| self.package.get(name)).or_else(|| self.globals.get(name))
    }

    /// Whether an option holds.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.flag_or(name, false)
    }

    /// Whether an option holds, where `default` stands for none.
    pub(super) fn flag_or(&self, name: &str, default: bool) -> bool {
        self.get(name).map_or(default, Value::holds)
    }

    /// An option as one text, its words with blanks between them.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.get(name)?.joined(" ").filter(|text| !text.is_empty())
    }

    /// An option as words.
    pub(super) fn words(&self, name: &str) -> Vec<Text> {
        self.get(name).and_then(Value::words).unwrap_or_default()
    }

    /// An option as words, where they may differ for interfaces and implementations.
    pub(super) fn words_for(&self, name: &str, what: &str) -> Vec<Text> {
        let value = match self.get(name) {
            Some(Value::Object(env)) => env.get(what).or_else(|| env.get("default")),
            other => other,
        };
        value.and_then(Value::words).unwrap_or_default()
    }
}
