//! `_oasis`, format 0.4.

mod arguments;
mod commands;
mod compiled;
mod sections;
mod text;

use std::fmt::Write as _;

use super::Lost;
use crate::package::{Package, Section};
use text::Unsayable;

/// Switches that every package has, with what they are by default.
const ALWAYS: [(&str, bool); 4] =
    [("tests", false), ("docs", true), ("debug", true), ("profile", false)];

/// The file.
pub(super) fn write<'a>(package: &'a Package, lost: &mut Lost<'a>) -> Vec<(String, String)> {
    let mut writer = Writer { package, lost, index: None, out: String::new() };
    writer.package();
    writer.hooks();
    writer.own_build();
    let preprocessed = writer.arguments();
    writer.flags();
    for (index, section) in package.sections.iter().enumerate() {
        writer.index = Some(index);
        writer.section(section, preprocessed);
    }
    vec![("_oasis".to_owned(), writer.out)]
}

/// What is written so far.
struct Writer<'a, 'b> {
    package: &'a Package,
    lost: &'b mut Lost<'a>,
    /// The section that is written.
    index: Option<usize>,
    out: String,
}

impl Writer<'_, '_> {
    /// What cannot be said of the section that is written, or of the package.
    fn loses(&mut self, what: impl AsRef<str>) {
        match self.index {
            Some(index) => self.lost.of_section(index, None, what),
            None => self.lost.of_package(what),
        }
    }

    /// Keeps in mind what was not written.
    fn check(&mut self, name: &str, written: Result<(), Unsayable>) {
        if let Err(why) = written {
            self.loses(format!("`{name}` with {why}"));
        }
    }

    /// A field with one text.
    fn field(&mut self, name: &str, value: &str) {
        let indent = if self.index.is_some() { 2 } else { 0 };
        let written = text::field(&mut self.out, indent, name, value);
        self.check(name, written);
    }

    /// A field with entries.
    fn list(&mut self, name: &str, all: &[String]) {
        let indent = if self.index.is_some() { 2 } else { 0 };
        let written = text::list(&mut self.out, indent, name, all);
        self.check(name, written);
    }

    /// A field with a command or a folder, which may hold variables.
    fn command(&mut self, name: &str, command: &str) {
        self.field(name, &text::variables(self.package, command));
    }

    /// A field with words for a shell.
    fn words(&mut self, name: &str, words: &[String]) {
        let words: Vec<String> = words.iter().map(|word| text::word(self.package, word)).collect();
        self.field(name, &words.join(" "));
    }

    /// A field that has to be there; what it holds where the model has nothing.
    fn required(&mut self, name: &str, value: &str, otherwise: &str) {
        if value.trim().is_empty() {
            self.lost.remark(format!("`_oasis` wants `{name}`: `{otherwise}` is written"));
            self.field(name, otherwise);
        } else {
            self.field(name, value);
        }
    }

    fn package(&mut self) {
        let package = self.package;
        self.field("OASISFormat", "0.4");
        self.required("Name", &package.name, "package");
        self.required("Version", &package.version, "0");
        self.required("Synopsis", &package.synopsis, &package.name);
        self.field("Description", &package.description);
        if package.authors.is_empty() {
            self.out.push_str("Authors:\n");
        }
        self.list("Authors", &package.authors);
        self.list("Maintainers", &package.maintainers);
        self.required("License", &package.license, "unknown");
        self.field("Homepage", package.homepage.as_deref().unwrap_or_default());
        self.field("OCamlVersion", package.ocaml.as_deref().unwrap_or_default());
        self.field("FindlibVersion", package.findlib.as_deref().unwrap_or_default());
        if package.libraries().any(|library| library.meta.enable) {
            self.field("Plugins", "META (0.4)");
        }
        let mut templates = Vec::new();
        for template in &package.templates {
            if template.from.strip_suffix(".ab") == Some(&template.to) {
                templates.push(template.from.clone());
            } else {
                self.loses(format!("that `{}` is made from `{}`", template.to, template.from));
            }
        }
        self.list("FilesAB", &templates);
        for name in &package.opam {
            self.loses(format!("that opam package `{name}` is wanted"));
        }
        for made in &package.made {
            self.loses(format!("that `{}` is made from `{}`", made.path, made.from.source()));
        }
        for action in &package.actions {
            self.loses(format!("how `{}` is made", action.outputs.join(" ")));
        }
    }

    fn flags(&mut self) {
        for flag in &self.package.flags {
            let usual = ALWAYS.contains(&(flag.name.as_str(), flag.default));
            if usual && is_standard(&flag.description) {
                continue;
            }
            let _ = writeln!(self.out, "\nFlag {}", text::name(&flag.name));
            let written = text::field(&mut self.out, 2, "Description", &flag.description);
            self.check("Description", written);
            if !flag.default {
                self.out.push_str("  Default: false\n");
            }
            let how = if flag.value { "on" } else { "off" };
            self.lost.of_package(format!(
                "what depends on flag `{}`: it is written as it is when the flag is {how}",
                flag.name
            ));
        }
    }

    fn section(&mut self, section: &Section, preprocessed: bool) {
        let kind = match section {
            Section::Library(_) => "Library",
            Section::Object(_) => "Object",
            Section::Executable(_) => "Executable",
            Section::Test(_) => "Test",
            Section::Document(_) => "Document",
        };
        let name = match section {
            Section::Test(test) => &test.name,
            Section::Document(document) => &document.name,
            other => other.compiled().map_or(&self.package.name, |compiled| &compiled.name),
        };
        let _ = writeln!(self.out, "\n{kind} {}", text::name(name));
        if let Some(compiled) = section.compiled() {
            let as_object = matches!(section, Section::Executable(it) if it.as_object);
            self.compiled(compiled, preprocessed, as_object);
        }
        match section {
            Section::Library(it) => self.library(it),
            Section::Object(it) => self.object(it),
            Section::Executable(it) => self.executable(it),
            Section::Test(it) => self.test(it),
            Section::Document(it) => self.document(it),
        }
    }
}

/// What is said of the switches that every package has where the manifest says nothing.
fn is_standard(description: &str) -> bool {
    crate::oasis::FLAGS.iter().any(|(_, standard)| *standard == description)
}
