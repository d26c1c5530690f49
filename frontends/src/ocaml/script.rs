//! Shell commands of a manifest as script files: they may have several lines and name programs.

use std::collections::BTreeMap;

use crate::own_build::prefix::{Prefix, expand_elsewhere};
use crate::package::{Package, Section, expand, variable_name};

use super::rules::shell;

/// What a command of a manifest may name.
#[derive(Debug)]
pub(super) struct Scripts<'a> {
    package: &'a Package,
    /// Programs of the package: variable name to built path.
    programs: BTreeMap<String, String>,
    /// Folders with C stubs that are loaded at run time.
    stubs: Vec<String>,
    /// The folder of the programs.
    bin: &'a str,
    /// The private prefixes of packages of the tree that commands find things in.
    prefixes: Vec<&'a Prefix>,
    /// The way to the root from where a script starts.
    up: &'a str,
}

impl<'a> Scripts<'a> {
    /// `programs` has the built path of each program by section name.
    pub(super) fn new(
        package: &'a Package,
        programs: &BTreeMap<String, String>,
        stubs: Vec<String>,
        bin: &'a str,
    ) -> Self {
        let programs =
            programs.iter().map(|(name, path)| (variable_name(name), path.clone())).collect();
        Self { package, programs, stubs, bin, prefixes: Vec::new(), up: "" }
    }

    /// The same with what is installed in these private prefixes; `up` is the way to the root from where a
    /// script starts.
    pub(super) fn after(mut self, prefixes: &[&'a Prefix], up: &'a str) -> Self {
        self.prefixes = prefixes.to_vec();
        self.up = up;
        self
    }

    /// What says that all that is there which commands find in private prefixes.
    pub(super) fn done(&self) -> impl Iterator<Item = String> {
        self.prefixes.iter().map(|prefix| prefix.done())
    }

    /// The built path of a program of the package, by section name.
    pub(super) fn path(&self, section: &str) -> Option<String> {
        self.programs.get(&variable_name(section)).cloned()
    }

    /// The programs of the package that some commands name.
    pub(super) fn named(&self, commands: &[&str]) -> Vec<String> {
        self.programs
            .iter()
            .filter(|(name, _)| {
                commands.iter().any(|command| command.contains(&format!("${{{name}}}")))
            })
            .map(|(_, path)| path.clone())
            .collect()
    }

    /// The programs of the package that some commands name although they are not built.
    fn left_out(&self, commands: &[&str]) -> Vec<&str> {
        let programs = self.package.sections.iter().filter_map(|section| match section {
            Section::Executable(executable) => Some(executable.compiled.name.as_str()),
            _ => None,
        });
        let named = |name: &&str| {
            let variable = variable_name(name);
            !self.programs.contains_key(&variable)
                && commands.iter().any(|command| command.contains(&format!("${{{variable}}}")))
        };
        programs.filter(named).collect()
    }

    /// A script that runs each command in `dir`, and stops at the first that fails.
    pub(super) fn script(&self, dir: &str, commands: &[&str]) -> Vec<u8> {
        // Test frameworks look for a program's helpers there.
        let mut out = format!("root=$PWD\nPATH=$PATH:$root/{}\n", shell(self.bin));
        if !self.stubs.is_empty() {
            let dirs: Vec<String> =
                self.stubs.iter().map(|dir| format!("\"$root\"/{}", shell(dir))).collect();
            out += &format!(
                "export CAML_LD_LIBRARY_PATH={}${{CAML_LD_LIBRARY_PATH:+:$CAML_LD_LIBRARY_PATH}}\n",
                dirs.join(":")
            );
        }
        if !self.prefixes.is_empty() {
            out += &format!("top=$(cd ./{} && pwd) || exit 1\n", self.up);
        }
        // What is put before a list last is the first in it.
        for change in self.prefixes.iter().rev().flat_map(|prefix| prefix.changes("")) {
            out += &change.shell(&format!("\"$top\"{}", shell(&change.value)));
            out.push('\n');
        }
        if !dir.is_empty() {
            out += &format!("cd {} || exit 1\n", shell(dir));
        }
        for change in self.package.own_build.iter().flat_map(|own| &own.environment) {
            out += &change.shell(&self.word(&change.value));
            out.push('\n');
        }
        for name in self.left_out(commands) {
            let message = format!("program `{name}` is not built in this configuration");
            out += &format!("echo {} >&2\nexit 1\n", shell(&message));
        }
        for command in commands {
            let command = self.expanded(command);
            out += &format!("( {} ) || exit $?\n", command.trim_end());
        }
        out.into_bytes()
    }

    /// A text as one word of the shell, its variables expanded.
    fn word(&self, text: &str) -> String {
        const TOP: &str = "\0";
        let text = expand_elsewhere(text, &self.prefixes, &self.package.folders, TOP);
        shell(&self.expanded(&text)).replace(TOP, "'\"$top\"'")
    }

    /// A text of the shell with its variables expanded.
    fn expanded(&self, text: &str) -> String {
        let text = expand_elsewhere(text, &self.prefixes, &self.package.folders, "$top");
        expand(&text, |name| {
            if let Some(path) = self.programs.get(name) {
                return Some(format!("\"$root\"/{}", shell(path)));
            }
            self.package.folders.get(name).cloned()
        })
    }
}
