//! Shell commands of a manifest as script files: they may have several lines and name programs.

use std::collections::BTreeMap;

use crate::package::{Package, expand, variable_name};

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
        Self { package, programs, stubs, bin }
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
        if !dir.is_empty() {
            out += &format!("cd {} || exit 1\n", shell(dir));
        }
        let own = self.package.own_build.iter().flat_map(|own| &own.variables);
        for (name, value) in own {
            out += &format!("export {name}={}\n", shell(&self.expanded(value)));
        }
        for command in commands {
            let command = self.expanded(command);
            out += &format!("( {} ) || exit $?\n", command.trim_end());
        }
        out.into_bytes()
    }

    /// A text with its variables expanded.
    fn expanded(&self, text: &str) -> String {
        expand(text, |name| {
            if let Some(path) = self.programs.get(name) {
                return Some(format!("\"$root\"/{}", shell(path)));
            }
            self.package.folders.get(name).cloned()
        })
    }
}
