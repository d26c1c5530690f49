//! Packages that are configured, built or installed by commands of their own (`BuildType: custom` and the like).

use super::super::OCAMLBUILD;
use super::super::value::Item;
use super::Translator;
use crate::package::{
    Code, DocumentKind, Hook, OwnBuild, Package, Section, Step, Tool, variable_name,
};

/// What a command begins with that is no program of its own.
const SHELL: [&str; 22] = [
    "alias", "cd", "case", "command", "echo", "eval", "exec", "exit", "export", "false", "for",
    "if", "printf", "read", "set", "sh", "shift", "test", "true", "umask", "unset", "while",
];

/// Each step and what OASIS does for it besides, by the name of the plugin's field.
const CLEANING: [&str; 4] =
    ["XCustomConfClean", "XCustomBuildClean", "XCustomInstallClean", "XCustomUninstallClean"];
const DISTCLEANING: [&str; 4] = [
    "XCustomConfDistclean",
    "XCustomBuildDistclean",
    "XCustomInstallDistclean",
    "XCustomUninstallDistclean",
];

impl Translator<'_> {
    /// Sees to it that what the package does itself is done that way.
    pub(super) fn own_commands(&mut self, model: &mut Package) {
        let kind = |field: &str| self.package.text(field).unwrap_or_default().to_owned();
        let (configure, build, install) =
            (kind("ConfType"), kind("BuildType"), kind("InstallType"));
        self.commands_without_effect(&configure, &build, &install);
        if configure == "custom" {
            // It has the place that OASIS's own way of configuring has: between the two commands.
            let own = self.command_of("ConfType", "XCustomConf");
            let before = Hook { step: Step::Configure, after: false };
            model.hooks.entry(before).or_default().extend(own);
        }
        if install == "none" {
            nothing_is_installed(model);
        }
        if build == "ocamlbuild" && matches!(install.as_str(), "internal" | "none") {
            model.own_build = self.own_rules.take().map(|ending| OwnBuild {
                tool: OCAMLBUILD.to_owned(),
                why: Some(format!("a rule of its own makes OCaml of `.{ending}` files")),
                ..OwnBuild::default()
            });
            return;
        }
        let mut own = OwnBuild::default();
        if build == "ocamlbuild" {
            match install.as_str() {
                "omake" => own.install.push(self.omake_all("install")),
                _ => own.install.extend(self.command_of("InstallType", "XCustomInstall")),
            }
            own.tool = OCAMLBUILD.to_owned();
            own.why = Some("its own commands install what ocamlbuild makes".to_owned());
            own.tools = own
                .install
                .iter()
                .filter_map(|command| first_word(command))
                .map(|word| Tool::External(word.to_owned()))
                .collect();
            model.own_build = Some(own);
            return;
        }
        let hooked = |model: &mut Package, step, after| {
            model.hooks.remove(&Hook { step, after }).unwrap_or_default()
        };
        for after in [false, true] {
            own.build.extend(hooked(model, Step::Configure, after));
        }
        own.build.extend(hooked(model, Step::Build, false));
        match build.as_str() {
            "custom" => own.build.extend(self.command_of("BuildType", "XCustomBuild")),
            "omake" => own.build.push(self.omake_all("build")),
            _ => {}
        }
        own.build.extend(hooked(model, Step::Build, true));
        match install.as_str() {
            "custom" => {
                own.install.extend(self.command_of("InstallType", "XCustomInstall"));
                own.uninstall.extend(self.text_of("XCustomUninstall"));
            }
            "omake" => {
                own.install.push(self.omake_all("install"));
                own.uninstall.push(self.omake_all("uninstall"));
            }
            _ => {}
        }
        for (fields, step) in [(CLEANING, Step::Clean), (DISTCLEANING, Step::Distclean)] {
            let commands: Vec<String> =
                fields.iter().filter_map(|field| self.text_of(field)).collect();
            if step == Step::Clean {
                own.clean = commands;
            } else if !commands.is_empty() {
                model.hooks.entry(Hook { step, after: false }).or_default().extend(commands);
            }
        }
        if build == "omake" {
            own.clean.push(self.omake_all("clean"));
        }
        let native = self.variables.expand("$is_native").is_ok_and(|text| text == "true");
        let suffix = self.variables.expand("$suffix_program").unwrap_or_default();
        for executable in model.executables() {
            let compiled = &executable.compiled;
            let native = match compiled.code {
                Code::Native => true,
                Code::Best => native,
                Code::Byte => false,
            };
            let folder = executable.main.rsplit_once('/').map_or("", |(folder, _)| folder);
            let parts = [compiled.path.as_str(), folder].map(super::folder);
            let folder: Vec<&str> =
                parts.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            let suffix = if native { suffix.as_str() } else { "" };
            let name = format!("{}{suffix}", compiled.name);
            let path = folder.into_iter().chain([name.as_str()]).collect::<Vec<_>>().join("/");
            own.programs.insert(compiled.name.clone(), path);
        }
        for command in own.build.iter().chain(&own.install) {
            let program = first_word(command);
            // What stands for a program of the package is none of the machine's.
            let own_program = |word: &str| {
                own.programs.keys().any(|name| variable_name(name) == variable_name(word))
            };
            if let Some(word) = program.filter(|word| !own_program(word)) {
                let tool = Tool::External(word.to_owned());
                if !own.tools.contains(&tool) {
                    own.tools.push(tool);
                }
            }
        }
        let tools: Vec<&str> = own
            .tools
            .iter()
            .filter_map(|tool| match tool {
                Tool::External(name) => Some(name.as_str()),
                Tool::Internal(_) => None,
            })
            .collect();
        own.tool = match (build.as_str(), tools.join(" and ")) {
            ("none", _) => "which builds nothing".to_owned(),
            (_, tools) if tools.is_empty() => "commands of its own".to_owned(),
            (_, tools) => tools,
        };
        self.documents_by_itself(model);
        model.own_build = Some(own);
    }

    /// Only mbuild's own way of building could show modules.
    fn documents_by_itself(&mut self, model: &mut Package) {
        for section in &mut model.sections {
            let Section::Document(document) = section else { continue };
            if document.build && matches!(document.kind, DocumentKind::Ocamldoc { .. }) {
                document.build = false;
                let at = self.package.at("BuildType");
                let message = format!(
                    "document `{}` is not made: its modules are compiled by the package's own commands",
                    document.name
                );
                self.messages.warnings.add(|| {
                    self.manifest
                        .message(at, message)
                        .with_help("give it `Type: custom` with the command that makes it")
                });
            }
        }
    }

    /// Commands for what something else does say nothing.
    fn commands_without_effect(&mut self, configure: &str, build: &str, install: &str) {
        let kinds = [
            ("ConfType", configure, ["XCustomConf", "XCustomConfClean", "XCustomConfDistclean"]),
            ("BuildType", build, ["XCustomBuild", "XCustomBuildClean", "XCustomBuildDistclean"]),
            (
                "InstallType",
                install,
                ["XCustomInstall", "XCustomInstallClean", "XCustomInstallDistclean"],
            ),
            (
                "InstallType",
                install,
                ["XCustomUninstall", "XCustomUninstallClean", "XCustomUninstallDistclean"],
            ),
        ];
        for (field, kind, commands) in kinds {
            for command in commands {
                if kind != "custom" && self.package.is_given(command) {
                    let message = format!("`{command}` has no effect: `{field}` is `{kind}`");
                    let found = self.manifest.message(self.package.at(command), message);
                    let help = format!("write `{field}: custom (0.4)`, or remove it");
                    self.messages.warnings.add(|| found.with_help(help));
                }
            }
        }
        let omake = [build, install].contains(&"omake");
        if !omake && self.package.is_given("XOMakeExtraArgs") {
            let message = "`XOMakeExtraArgs` has no effect: `BuildType` is not `omake`";
            let found = self.manifest.message(self.package.at("XOMakeExtraArgs"), message);
            self.messages.warnings.add(|| found.with_help("remove it"));
        }
    }

    /// The command that a kind of plugin asks for; that there is none is an error.
    fn command_of(&mut self, kind: &str, field: &str) -> Option<String> {
        let command = self.text_of(field);
        if command.is_none() {
            self.error(
                self.package.at(kind),
                format!("`{kind}` is `custom`, and there is no `{field}`"),
                format!("add `{field}: ...`, the command that does it"),
            );
        }
        command
    }

    /// The text of a field of the package, its variables expanded.
    fn text_of(&mut self, field: &str) -> Option<String> {
        let (text, at) = self.package.text_at(field).map(|(text, at)| (text.to_owned(), at))?;
        Some(self.expanded(&text, at).replace("\\\n", ""))
    }

    /// OMake with what is added to its command line.
    pub(super) fn omake(&mut self, target: &str, more: &[Item]) -> String {
        let mut words = vec!["omake".to_owned(), target.to_owned()];
        words.extend(self.expanded_items(more));
        words.join(" ")
    }

    /// The same for what is done of the package as a whole.
    fn omake_all(&mut self, target: &str) -> String {
        let more = self.package.items("XOMakeExtraArgs").to_vec();
        self.omake(target, &more)
    }
}

/// Takes every section from what is installed.
fn nothing_is_installed(model: &mut Package) {
    for section in &mut model.sections {
        if let Section::Document(document) = section {
            document.install = false;
        } else if let Some(compiled) = section.compiled_mut() {
            compiled.install = false;
        }
    }
}

/// The program that a command begins with, where that is one on `PATH`.
fn first_word(command: &str) -> Option<&str> {
    let word = command.split_whitespace().find(|word| !word.contains('='))?;
    let plain = word.chars().all(|c| c.is_ascii_alphanumeric() || "_-+.".contains(c));
    let named = word.starts_with(|first: char| first.is_ascii_alphabetic());
    (plain && named && !SHELL.contains(&word)).then_some(word)
}

#[cfg(test)]
mod tests {
    use crate::choices::Choices;
    use crate::environment::Environment;
    use crate::package::Section;

    #[test]
    fn a_package_that_is_not_installed_is_built_all_the_same() {
        let content = b"OASISFormat: 0.4\nName: x\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
            InstallType: none (0.4)\nLibrary a\n  Path: src\n  Modules: A\nDocument d\n  Title: d\n";
        let manifest = super::super::super::read(b"_oasis", content).expect("a good manifest");
        let environment = Environment::from_config("version: 4.13.1\nos_type: Unix\n");
        let (package, warnings) =
            super::super::super::package(&manifest, &environment, &Choices::default())
                .expect("a good package");
        assert!(warnings.is_empty(), "{warnings:?}");
        assert!(package.own_build.is_none());
        let [Section::Library(library), Section::Document(document)] = &package.sections[..] else {
            panic!("{:?}", package.sections);
        };
        assert!(library.compiled.build && !library.compiled.install && !document.install);
    }
}
