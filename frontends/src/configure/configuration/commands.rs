//! The commands around steps as a configuration keeps them, and what they see.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;

use bstr::ByteSlice as _;
use serde::{Deserialize, Serialize};

use super::{Configuration, HOST, SectionKind};
use crate::ocaml::mirror::steps;
use crate::own_build::prefix::{Prefix, expand_elsewhere};
use crate::package::{self, Change, Hook, Package, Step};

/// What stands for the root in a text until its variables are expanded: no command and no value can have it.
const ROOT: &str = "\0";

/// Shell commands around a step; variables of installation folders and programs are not expanded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookInfo {
    /// `build`, `install`, ...
    pub step: String,
    /// After the step, not before it.
    pub after: bool,
    /// The commands, in order.
    pub commands: Vec<String>,
}

impl Configuration {
    /// Where commands of the manifest run, relative to the root.
    pub fn hook_folder(&self) -> &str {
        self.own_build.as_ref().map_or(&self.folder, |own| &own.tree)
    }

    /// The commands around a step, every variable expanded; `root` is the root of the package, or of its tree.
    /// `folders` are the installation folders where they are not those of the configuration.
    pub fn hooks(
        &self,
        root: &Path,
        step: Step,
        after: bool,
        folders: Option<&BTreeMap<String, String>>,
    ) -> Vec<OsString> {
        let folders = folders.unwrap_or(&self.folders);
        // Variables stand in double quotes.
        let quoted =
            |byte: &u8| b"\\\"$`".contains(byte).then_some(b'\\').into_iter().chain([*byte]);
        let root: Vec<u8> = root.as_os_str().as_bytes().iter().flat_map(quoted).collect();
        self.hooks
            .iter()
            .filter(|hook| hook.step == step_name(step) && hook.after == after)
            .flat_map(|hook| &hook.commands)
            .map(|command| self.expanded(command, folders, &root))
            .collect()
    }

    /// What changes in the environment of commands around steps, every variable expanded; `root` is the root of
    /// the package, or of its tree.
    pub fn environment(
        &self,
        root: &Path,
        folders: Option<&BTreeMap<String, String>>,
    ) -> Vec<(Change, OsString)> {
        let root = root.as_os_str().as_bytes();
        let prefixes = self.own_build.iter().flat_map(|own| own.prefixes.iter().rev());
        let others = prefixes.flat_map(|prefix| prefix.changes(ROOT));
        let folders = folders.unwrap_or(&self.folders);
        let own = self.own_build.iter().flat_map(|own| own.environment.iter().cloned());
        let expanded = |change: Change| {
            let value = self.expanded(&change.value, folders, root);
            (change, value)
        };
        others.chain(own).map(expanded).collect()
    }

    /// A text with every variable expanded; `root` leads to the root, whose name may be no text.
    fn expanded(&self, text: &str, folders: &BTreeMap<String, String>, root: &[u8]) -> OsString {
        let prefixes: Vec<&Prefix> = self.own_build.iter().flat_map(|own| &own.prefixes).collect();
        let text = expand_elsewhere(text, &prefixes, folders, ROOT);
        let text = package::expand(&text, |name| self.variable(name, folders));
        OsString::from_vec(text.as_bytes().replace(ROOT, root))
    }

    /// The value of a variable that commands may still hold.
    fn variable(&self, name: &str, folders: &BTreeMap<String, String>) -> Option<String> {
        if let Some(folder) = folders.get(name) {
            return Some(folder.clone());
        }
        let section = self.sections.iter().find(|section| {
            section.kind == SectionKind::Executable && package::variable_name(&section.name) == name
        })?;
        self.hook_program(&section.name)
    }

    /// The name of an executable's section as commands of the manifest find it.
    fn hook_program(&self, name: &str) -> Option<String> {
        let program = self.program(name, HOST).or_else(|| self.program(name, &self.target))?;
        Some(match &self.own_build {
            Some(own) => program.strip_prefix(&own.tree)?.trim_start_matches('/').to_owned(),
            None => {
                let up = self.folder.split('/').filter(|part| !part.is_empty()).count();
                format!("{}{program}", "../".repeat(up))
            }
        })
    }
}

/// The commands around each step. Those with which a package's own tool installs and cleans stand between the
/// ones before and the ones after, and before all of them what links to what is built for `target`.
pub(super) fn hooks_of(package: &Package, target: &str) -> Vec<HookInfo> {
    let mut hooks = package.hooks.clone();
    if let Some(own) = &package.own_build {
        for (step, commands) in [
            (Step::Install, &own.install),
            (Step::Uninstall, &own.uninstall),
            (Step::Clean, &own.clean),
        ] {
            if !commands.is_empty() {
                let hook = Hook { step, after: false };
                hooks.entry(hook).or_default().extend(commands.iter().cloned());
            }
        }
    }
    let links = steps::commands(package, &format!("_mbuild/{target}"));
    for (_, commands) in hooks.iter_mut().filter(|(hook, _)| hook.follows_build()) {
        commands.splice(0..0, links.iter().cloned());
    }
    let info = |(hook, commands): (Hook, Vec<String>)| HookInfo {
        step: step_name(hook.step).to_owned(),
        after: hook.after,
        commands,
    };
    hooks.into_iter().map(info).collect()
}

/// The name of a step in `configure.json`.
pub(crate) fn step_name(step: Step) -> &'static str {
    match step {
        Step::Configure => "configure",
        Step::Build => "build",
        Step::Test => "test",
        Step::Document => "doc",
        Step::Install => "install",
        Step::Uninstall => "uninstall",
        Step::Clean => "clean",
        Step::Distclean => "distclean",
    }
}

/// Whether a package has a hook.
pub(in crate::configure) fn hook(package: &Package, step: Step, after: bool) -> &[String] {
    package.hooks.get(&Hook { step, after }).map_or(&[], Vec::as_slice)
}
