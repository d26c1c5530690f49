//! From decided fields to the package model.

mod arguments;
mod compiled;
mod documents;
mod flags;
mod names;
mod own;
mod sections;
mod split;

use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;

use mbuild_rules::Diagnostic;

use super::ast::{Kind, Manifest, Word};
use super::evaluate::{self, Fields, Messages};
use super::value::Item;
use super::variables::{self, Variables, is_folder};
use crate::choices::Choices;
use crate::environment::Environment;
use crate::package::{About, Flag, Hook, Package, Places, Step, Template, Tool};
use crate::words::mentions;
use crate::{suggest, version};
pub(crate) use arguments::standard as generators;
pub(super) use arguments::{menhir, plain_menhir};
use compiled::{OfAll, leads_out};
pub(crate) use flags::FLAGS;
use flags::{flags, format, variables_flag};
use names::Names;

/// What `AlphaFeatures` and `BetaFeatures` may name, in whatever stage.
const FEATURES: [&str; 14] = [
    "compiled_setup_ml",
    "conditional_build_depends_executable",
    "disable_deprecated_tags_syntax",
    "disable_oasis_section",
    "dyncomp",
    "dynrun_for_release",
    "findlib_directory",
    "findlib_extra_files",
    "no_automatic_syntax",
    "ocamlbuild_more_args",
    "pure_interface",
    "section_object",
    "source_patterns",
    "stdfiles_markdown",
];

/// The model of a package, and what is better written otherwise; or everything that is wrong.
pub(super) fn package(
    manifest: &Manifest,
    environment: &Environment,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut messages = Messages::default();
    manifest.warnings.iter().for_each(|warning| messages.warnings.add(|| warning.clone()));
    let format = format(manifest, &mut messages);
    let mut variables = Variables::new(environment, choices);
    let flags = flags(manifest, &format, choices, &mut variables, &mut messages);
    for section in &manifest.sections {
        if section.kind == Kind::Executable {
            variables.program(&section.name.text);
        }
    }
    let package = evaluate::package(manifest, &variables, &mut messages);
    variables.offer("pkg_name", package.text("Name").unwrap_or_default());
    variables.offer("pkg_version", package.text("Version").unwrap_or_default());
    let mut sections = Vec::with_capacity(manifest.sections.len());
    for section in manifest.sections.iter().filter(|section| section.kind != Kind::Flag) {
        sections.push(evaluate::section(manifest, section, &variables, &mut messages));
    }
    for fields in sections.iter().chain([&package]) {
        for tool in fields.items("BuildTools").iter().chain(fields.items("TestTools")) {
            variables.offer(&crate::package::variable_name(&tool.text), &tool.text);
        }
    }
    let names = Names::new(manifest, &sections, &mut messages);
    let gated = version::compare(&format, "0.3").is_ge();
    let mut translator = Translator {
        manifest,
        messages,
        tests: !gated || variables_flag(&variables, "tests"),
        docs: !gated || variables_flag(&variables, "docs"),
        variables,
        names,
        package: Rc::new(package),
        places: Places::new(&manifest.path, &manifest.content),
        of_all: None,
        strict: true,
        own_rules: None,
    };
    let model = translator.translate(&sections, flags);
    let Messages { errors, warnings } = translator.messages;
    if errors.is_empty() {
        Ok((model, warnings.end(&manifest.path)))
    } else {
        Err(errors.end(&manifest.path))
    }
}

struct Translator<'a> {
    manifest: &'a Manifest,
    messages: Messages,
    variables: Variables,
    names: Names,
    package: Rc<Fields>,
    places: Places,
    of_all: Option<OfAll>,
    tests: bool,
    docs: bool,
    /// Unknown variables are errors.
    strict: bool,
    /// Sources with this ending become OCaml by a rule that only the package has.
    own_rules: Option<String>,
}

impl Translator<'_> {
    fn translate(&mut self, sections: &[Fields], flags: Vec<Flag>) -> Package {
        self.plugins();
        self.features();
        self.version();
        if let Some((name, at)) = self.package.text_at("Name") {
            let name = name.to_owned();
            self.one_file_name(at, &name, "package");
        }
        let mut model = Package {
            name: self.package.string("Name"),
            version: self.package.string("Version"),
            synopsis: self.package.string("Synopsis").replace('\n', " "),
            description: self.package.string("Description"),
            authors: self.package.strings("Authors"),
            maintainers: self.package.strings("Maintainers"),
            license: self.package.string("License"),
            homepage: self.package.text("Homepage").map(str::to_owned),
            ocaml: self.package.text("OCamlVersion").map(str::to_owned),
            findlib: self.package.text("FindlibVersion").map(str::to_owned),
            hooks: self.hooks(),
            templates: self.templates(),
            flags,
            meta_of_all: true,
            // Sections are large, and moving many of them takes time.
            sections: Vec::with_capacity(sections.len()),
            ..Package::default()
        };
        let modelled = |fields: &&Fields| {
            !matches!(fields.kind, Kind::Flag | Kind::Package | Kind::SourceRepository)
        };
        for fields in sections.iter().filter(modelled) {
            self.places.section(fields.name.at);
            self.strict = match fields.kind {
                Kind::Test => self.tests && fields.bool("Run"),
                Kind::Document => self.docs && fields.bool("Build"),
                _ => fields.bool("Build"),
            };
            model.sections.extend(match fields.kind {
                Kind::Library => Some(self.library(fields)),
                Kind::Object => Some(self.object(fields)),
                Kind::Executable => Some(self.executable(fields)),
                Kind::Test => Some(self.test(fields)),
                Kind::Document => Some(self.document(fields)),
                Kind::Flag | Kind::Package | Kind::SourceRepository => None,
            });
        }
        self.strict = true;
        model.places = std::mem::take(&mut self.places);
        self.syntax_extensions(&mut model, sections);
        model.generate = self.generators(sections);
        self.arguments(&mut model);
        self.own_commands(&mut model);
        self.mirrors(&mut model);
        model.folders = self.variables.expanded(is_folder);
        model.variables = self.variables.expanded(|_| true);
        let content = &self.manifest.content;
        let unknown = self.variables.unknown().filter(|name| !mentions(content, name));
        model.unknown_variables = unknown.cloned().collect();
        model
    }

    /// Plugins that mbuild does not know.
    fn plugins(&mut self) {
        for plugin in self.package.items("Plugins") {
            let known = ["META", "StdFiles", "DevFiles"];
            if known.iter().any(|name| name.eq_ignore_ascii_case(&plugin.text)) {
                continue;
            }
            self.messages.warnings.add(|| {
                let message = format!("plugin `{}` is not supported and ignored", plugin.text);
                let help = suggest::help(&plugin.text, known, || {
                    "what it writes must be part of the sources".to_owned()
                });
                self.manifest.message(plugin.at, message).with_help(help)
            });
        }
    }

    /// Features that OASIS has in no stage: their names are misspelt.
    fn features(&mut self) {
        let package = Rc::clone(&self.package);
        for item in package.items("AlphaFeatures").iter().chain(package.items("BetaFeatures")) {
            if !FEATURES.contains(&item.text.as_str()) {
                self.messages.warnings.add(|| {
                    let message = format!("unknown feature `{}`", item.text);
                    let help = suggest::help(&item.text, FEATURES, || "remove it".to_owned());
                    self.manifest.message(item.at, message).with_help(help)
                });
            }
        }
    }

    /// A version that none can be compared with.
    fn version(&mut self) {
        let Some((text, at)) = self.package.text_at("Version") else { return };
        let message = match text.split_whitespace().count() {
            0 => "`Version` is empty".to_owned(),
            1 => return,
            _ => format!("a version is one word, and `{}` are several", text.replace('\n', " ")),
        };
        let help = "META gets it as it stands: no condition on a version can name it";
        self.messages.warnings.add(|| self.manifest.message(at, message).with_help(help));
    }

    fn hooks(&mut self) -> BTreeMap<Hook, Vec<String>> {
        let steps = [
            ("PreConfCommand", "PostConfCommand", Step::Configure),
            ("PreBuildCommand", "PostBuildCommand", Step::Build),
            ("PreInstallCommand", "PostInstallCommand", Step::Install),
            ("PreUninstallCommand", "PostUninstallCommand", Step::Uninstall),
            ("PreCleanCommand", "PostCleanCommand", Step::Clean),
            ("PreDistcleanCommand", "PostDistcleanCommand", Step::Distclean),
        ];
        let mut hooks = BTreeMap::new();
        for (before, behind, step) in steps {
            for (field, after) in [(before, false), (behind, true)] {
                let found = self.package.text_at(field).map(|(text, at)| (text.to_owned(), at));
                if let Some((text, at)) = found {
                    hooks.insert(
                        Hook { step, after },
                        vec![self.expanded(&text, at).replace("\\\n", "")],
                    );
                }
            }
        }
        hooks
    }

    fn templates(&mut self) -> Vec<Template> {
        let mut templates = Vec::new();
        let package = Rc::clone(&self.package);
        for item in package.items("FilesAB") {
            if item.text.starts_with('/') || leads_out("", &item.text) {
                let message = format!("`FilesAB` leads out of the package: `{}`", item.text);
                self.messages.errors.add(|| {
                    self.manifest
                        .message(item.at, message)
                        .with_help("move the file below the folder that `_oasis` stands in")
                });
            }
            // What is made loses the last ending, whatever that is.
            let name = item.text.rfind('/').map_or(0, |slash| slash + 1);
            let Some(dot) = item.text[name..].rfind('.').map(|dot| name + dot) else {
                self.error(
                    item.at,
                    format!("template `{}` does not end in `.ab`", item.text),
                    format!("rename it to `{}.ab`", item.text),
                );
                continue;
            };
            let (to, ending) = item.text.split_at(dot);
            if ending != ".ab" {
                let message = format!("template `{}` does not end in `.ab`", item.text);
                let help = format!("it makes `{to}`; OASIS wants such files to end in `.ab`");
                let found = self.manifest.message(item.at, message).with_help(help);
                self.messages.warnings.add(|| found);
            }
            templates.push(Template { from: item.text.clone(), to: to.to_owned() });
        }
        templates
    }

    /// Programs that a section needs, those of the package first; `name` is a field with more.
    fn tools(&mut self, fields: &Fields, name: &str) -> Vec<Tool> {
        let (mut tools, mut known) = (Vec::new(), HashSet::new());
        let package = Rc::clone(&self.package);
        let shared = package.items("BuildTools").iter();
        // mbuild stands in for ocamlbuild; a test may still want to run it.
        let wanted = shared
            .chain(fields.items("BuildTools"))
            .filter(|item| item.text != "ocamlbuild")
            .chain(fields.items(name));
        for item in wanted.filter(|item| known.insert(&item.text)) {
            let tool = match self.names.is_program(&item.text) {
                true => Tool::Internal(item.text.clone()),
                false => {
                    self.places.says(About::Tool, &item.text, item.at);
                    Tool::External(item.text.clone())
                }
            };
            tools.push(tool);
        }
        tools
    }

    /// A text of a field with its variables expanded; a `\` at the end of a line joins it with the
    /// next.
    fn expanded_field(&mut self, fields: &Fields, name: &str) -> Option<String> {
        let (text, at) = fields.text_at(name)?;
        Some(self.expanded(text, at).replace("\\\n", ""))
    }

    /// A text that starts at `at` with its variables expanded.
    fn expanded(&mut self, text: &str, at: usize) -> String {
        match self.variables.expand(text) {
            Ok(expanded) => expanded,
            // What is not built may ask for what is not there.
            Err(_) if !self.strict => text.to_owned(),
            Err(bad) => {
                self.messages.errors.add(|| {
                    let place = place(self.manifest, text, at, bad.at);
                    variables::diagnose(self.manifest, &self.variables, place, &bad)
                });
                text.to_owned()
            }
        }
    }

    /// Options for the C linker, of which those that name a library can turn out wrong later.
    fn c_libraries(&mut self, fields: &Fields) -> Vec<String> {
        let items = fields.items("CCLib");
        let options = self.expanded_items(items);
        for (option, item) in options.iter().zip(items).filter(|(it, _)| it.starts_with("-l")) {
            self.places.says(About::CLibrary, option, item.at);
        }
        options
    }

    /// Words with their variables expanded.
    fn expanded_items(&mut self, items: &[Item]) -> Vec<String> {
        items.iter().map(|item| self.expanded(&item.text, item.at)).collect()
    }

    fn error(&mut self, at: usize, message: impl Into<String>, help: impl Into<String>) {
        let manifest = self.manifest;
        self.messages.errors.add(|| manifest.message(at, message).with_help(help));
    }
}

/// Where byte `offset` of a text that starts at `at` stands: the texts of several lines lost
/// their indentation, so what follows is searched for.
fn place(manifest: &Manifest, text: &str, at: usize, offset: usize) -> usize {
    let content = &manifest.content[at.min(manifest.content.len())..];
    let earlier = text[..offset].matches('$').count();
    let dollars = content.iter().enumerate().filter(|(_, byte)| **byte == b'$');
    dollars.map(|(index, _)| at + index).nth(earlier).unwrap_or(at)
}

/// A folder relative to the package root without what changes nothing; `""` is the root.
fn folder(text: &str) -> String {
    text.split('/').filter(|part| !part.is_empty() && *part != ".").collect::<Vec<_>>().join("/")
}

/// The word that stands for a section in messages.
fn described(fields: &Fields) -> String {
    let Word { text, .. } = &fields.name;
    format!("{} `{text}`", fields.kind.keyword())
}
