//! From the names that the sections of a package have in it to those that they have among all of a tree.

use std::collections::BTreeSet;

use super::super::{Command, DocumentKind, Package, Run, Section, Tool, expand, variable_name};
use super::{Part, is_public, sections};

/// How the sections of a package are called among all: those that others do not know have the package's name
/// before their own where another package has the same.
pub(super) fn section_names(parts: &[Part], at: usize) -> Vec<String> {
    let kind = |section: &Section| match section {
        Section::Library(_) | Section::Object(_) => 0,
        Section::Executable(_) => 1,
        Section::Test(_) => 2,
        Section::Document(_) => 3,
    };
    let part = &parts[at];
    let rename = |section: &Section| {
        let name = name_of(section);
        let clashes = sections(parts).any(|(other, _, its)| {
            other != at
                && kind(its) == kind(section)
                // One variable stands for what two names stand for that differ in nothing else.
                && variable_name(name_of(its)) == variable_name(name)
        });
        let may = kind(section) > 0 && !is_public(section);
        if clashes && may { format!("{}.{name}", part.package.name) } else { name.to_owned() }
    };
    part.package.sections.iter().map(rename).collect()
}

/// What a section is called in its package.
pub(super) fn name_of(section: &Section) -> &str {
    match section {
        Section::Test(test) => &test.name,
        Section::Document(document) => &document.name,
        _ => section.compiled().map_or("", |compiled| &compiled.name),
    }
}

/// From the names in one package to those among all.
pub(super) struct Renaming<'a> {
    /// The package.
    pub package: &'a Package,
    /// What its sections are called among all, in their order.
    pub names: &'a [String],
    /// Programs of the tree, by the names that they are installed with.
    pub programs: &'a BTreeSet<String>,
}

impl Renaming<'_> {
    /// The name among all of a program of this package.
    pub(super) fn program(&self, called: impl Fn(&str) -> bool) -> Option<&String> {
        let at = self.package.sections.iter().position(|section| {
            matches!(section, Section::Executable(_)) && called(name_of(section))
        })?;
        self.names.get(at)
    }

    /// Renames a section, which is that of this number in the package, and what it names.
    pub(super) fn section(&self, index: usize, section: &mut Section) {
        let name = self.names[index].clone();
        if let Some(compiled) = section.compiled_mut() {
            compiled.name.clone_from(&name);
        }
        if let Some(compiled) = section.compiled_mut().filter(|it| !it.inputs.tools.is_empty()) {
            compiled.words_with_programs().into_iter().for_each(|word| self.text(word));
        }
        section.tools_mut().into_iter().for_each(|tool| self.tool(tool));
        match section {
            Section::Test(test) => {
                test.name = name;
                let more = test.before.iter_mut().chain(&mut test.after);
                more.chain([&mut test.command]).for_each(|text| self.text(text));
            }
            Section::Document(document) => {
                document.name = name;
                let more = document.before.iter_mut().chain(&mut document.after);
                more.for_each(|text| self.text(text));
                if let DocumentKind::Command(text) = &mut document.kind {
                    self.text(text);
                }
            }
            _ => {}
        }
    }

    /// A program of the tree goes before one on PATH.
    pub(super) fn tool(&self, tool: &mut Tool) {
        match tool {
            Tool::Internal(name) => {
                if let Some(new) = self.program(|known| known == name) {
                    name.clone_from(new);
                }
            }
            Tool::External(name) if self.programs.contains(name) => {
                *tool = Tool::Internal(name.clone());
            }
            Tool::External(_) => {}
        }
    }

    /// Renames what a command names.
    pub(super) fn command(&self, command: &mut Command) {
        match &mut command.run {
            Run::Shell(text) => self.text(text),
            Run::Words(words) => words.iter_mut().for_each(|word| self.text(word)),
        }
    }

    /// Folders are those of the package; variables of its programs have new names.
    pub(super) fn text(&self, text: &mut String) {
        *text = expand(text, |name| match self.program(|known| variable_name(known) == name) {
            Some(new) => Some(format!("${{{}}}", variable_name(new))),
            None => self.package.folders.get(name).cloned(),
        });
    }
}
