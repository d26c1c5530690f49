//! What only the whole file shows: flags and generators that are not there, names that are twice.

use std::collections::BTreeSet;

use super::super::ast::{Dependency, Switch, TargetKind};
use super::Reader;
use crate::suggest;

impl Reader<'_, '_> {
    /// What only the whole file shows: flags and generators that are not there, names that are twice.
    pub(super) fn check(&mut self) {
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
