//! From files of opam to the package model: a package that its own commands build and install.

mod conditions;
mod environment;
mod metadata;
mod needs;
mod prepare;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use metadata::complete;

use mbuild_rules::Diagnostic;

use super::Wrong;
use super::command::{self, late};
use super::config::Config;
use super::formula::formula;
use super::here::Here;
use super::tree::{self, File, Item, Kind, Value};
use super::variables::{Content, Known};
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::oasis;
use crate::package::{Change, Flag, OwnBuild, Package, Section, Test, Tool};

/// A file of opam in a package's folder.
pub struct Manifest {
    /// Its path relative to the package root.
    pub path: String,
    /// What stands in it.
    pub content: Vec<u8>,
    /// Its syntax tree.
    pub file: File,
}

/// The source tree and what is installed.
pub trait Host {
    /// The machine.
    fn environment(&self) -> &Environment;
    /// What opam calls the machine.
    fn machine(&self) -> super::Machine;
    /// What is installed under a findlib name.
    fn installed(&mut self, findlib: &str) -> Option<Installed>;
    /// Whether a program is there.
    fn has_program(&mut self, name: &str) -> bool;
    /// A file of the package; `None` where there is none.
    fn read(&mut self, path: &str) -> Option<Vec<u8>>;
    /// The names in a folder of the package.
    fn list(&mut self, folder: &str) -> Vec<String>;
    /// The `.config` that the package of opam of this name has installed, with its path; `shared` is the
    /// folder for files of all packages that is installed to.
    fn config(&mut self, package: &str, shared: &str) -> Option<(String, Vec<u8>)>;
    /// A file outside of the package, by its full path.
    fn outside(&mut self, path: &str) -> Option<Vec<u8>>;
}

/// Programs that every shell has.
const SHELL: [&str; 4] = ["sh", "printf", "echo", "test"];

/// Translates the files of one folder. `folder` is its name; warnings come with the package.
pub fn package(
    manifests: &[Manifest],
    folder: &str,
    host: &mut dyn Host,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let switch = |name: &str| choices.flags.get(name).copied().unwrap_or(false);
    let (tests, docs) = (switch("tests"), switch("docs"));
    let mut model = Package::default();
    let mut own = OwnBuild { tool: "opam's commands".to_owned(), ..OwnBuild::default() };
    let (mut wrong, mut warnings, mut running) = (Vec::new(), Vec::new(), Vec::new());
    let mut classes = BTreeMap::new();
    // The package that the others are parts of has the shortest name.
    let mut order: Vec<&Manifest> = manifests.iter().collect();
    order.sort_by_key(|manifest| (name_of(manifest, folder).len(), manifest.path.clone()));
    for manifest in order {
        let mut one = One::new(manifest, host, tests);
        one.warnings = super::fields::unknown(&manifest.file);
        let mut known = one.known(folder, (tests, docs), choices);
        let published = one.published(&mut known);
        if model.name.is_empty() {
            model.name.clone_from(&known.name);
            model.version = known.version.clone().unwrap_or_else(|| "dev".to_owned());
            one.metadata(&mut model);
            if model.synopsis.is_empty() {
                model.synopsis.clone_from(&model.name);
            }
            model.published = published;
        }
        one.needs(&known, &mut model, &mut own);
        one.conditions(&known, &mut model, &mut classes);
        let prepare = one.prepare(&known);
        // Packages of one folder say the same commands for all of it; one that says a command twice means it.
        let others: BTreeSet<String> = own.build.iter().cloned().collect();
        let commands = prepare.into_iter().chain(one.commands(&["build"], &known, command::build));
        own.build.extend(commands.filter(|command| !others.contains(command)));
        // A variable or a path leads to no program that could be looked for.
        let is_name =
            |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || c == '-');
        let programs = own.build.iter().filter_map(|command| command.split(' ').next());
        for program in programs.filter(is_name).filter(|name| !SHELL.contains(name)) {
            let tool = Tool::External(program.to_owned());
            if !own.tools.contains(&tool) {
                own.tools.push(tool);
            }
        }
        if docs {
            own.build.extend(one.commands(&["build-doc"], &known, command::build));
        }
        running.extend(one.commands(&["run-test", "build-test"], &known, command::build));
        own.install.extend(one.commands(&["install"], &known, command::install));
        own.uninstall.extend(one.commands(&["remove"], &known, command::build));
        own.lists.push(format!("{}.install", known.name));
        own.configs.push(format!("{}.config", known.name));
        for change in one.environment("build-env", &known) {
            if !own.environment.contains(&change) {
                own.environment.push(change);
            }
        }
        model.exports.extend(one.environment("setenv", &known));
        let at = (manifest.path.as_bytes(), manifest.content.as_slice());
        one.wrong.sort_by_key(|wrong| wrong.at);
        one.warnings.sort_by_key(|warning| warning.at);
        wrong.extend(super::shown(at.0, at.1, one.wrong));
        warnings.extend(super::shown(at.0, at.1, one.warnings));
        warnings.extend(one.beside);
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let mut environment = vec![
        Change::set("OPAM_PACKAGE_NAME", &model.name),
        Change::set("OPAM_PACKAGE_VERSION", &model.version),
        Change::set("OPAMCLI", "2.0"),
        Change::set("CDPATH", ""),
    ];
    // What the file says of them holds.
    environment.append(&mut own.environment);
    own.environment = environment;
    if !running.is_empty() {
        model.sections.push(Section::Test(Test {
            name: "opam".to_owned(),
            run: tests,
            command: running.join("\n"),
            ..Test::default()
        }));
    }
    model.own_build = Some(own);
    let debug = true;
    let variables =
        oasis::fixed_variables(host.environment(), choices, &model.name, &model.version, debug);
    model.folders = variables.folders;
    model.variables = variables.all;
    model.unknown_variables = variables.unknown;
    for (name, description, value) in
        [("tests", "Build and run the tests", tests), ("docs", "Make the documentation", docs)]
    {
        let (name, description) = (name.to_owned(), description.to_owned());
        model.flags.push(Flag { name, description, default: false, value });
    }
    Ok((model, warnings))
}

/// The name of a package: the file says it, or is called so, or is in a folder that is.
fn name_of(manifest: &Manifest, folder: &str) -> String {
    if let Some(name) = manifest.file.fields("name").find_map(text) {
        return name;
    }
    let file = manifest.path.rsplit('/').next().unwrap_or(&manifest.path);
    match file.strip_suffix(".opam") {
        Some(stem) if !stem.is_empty() => stem.to_owned(),
        _ => folder.split_once('.').map_or(folder, |(name, _)| name).to_owned(),
    }
}

fn text(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The texts of a field that may be a list.
fn texts(value: &Value) -> Vec<String> {
    match &value.kind {
        Kind::List(values) => values.iter().filter_map(text).collect(),
        _ => text(value).into_iter().collect(),
    }
}

/// One file at work.
struct One<'a> {
    manifest: &'a Manifest,
    host: &'a mut dyn Host,
    tests: bool,
    /// What the packages that it names are on this machine.
    here: BTreeMap<String, Here>,
    wrong: Vec<Wrong>,
    warnings: Vec<Wrong>,
    /// What is strange in files beside the manifest.
    beside: Vec<Diagnostic>,
}

impl<'a> One<'a> {
    fn new(manifest: &'a Manifest, host: &'a mut dyn Host, tests: bool) -> Self {
        let (here, wrong, warnings, beside) = Default::default();
        Self { manifest, host, tests, here, wrong, warnings, beside }
    }

    fn field(&self, name: &str) -> Option<&'a Value> {
        self.manifest.file.fields(name).next()
    }

    /// The sections of this kind, each with its own name.
    fn sections(&self, kind: &str) -> Vec<(&'a Item, Option<String>, &'a [Item])> {
        let items = self.manifest.file.items.iter().filter(|item| item.name == kind);
        items
            .filter_map(|item| match &item.content {
                tree::Content::Field(_) => None,
                tree::Content::Section { name, items } => {
                    Some((item, name.as_ref().map(ToString::to_string), items.as_slice()))
                }
            })
            .collect()
    }

    /// What variables are while this package is built.
    fn known(&mut self, folder: &str, (tests, docs): (bool, bool), choices: &Choices) -> Known {
        let mut known = Known::of(&self.host.machine(), self.host.environment());
        known.name = name_of(self.manifest, folder);
        known.version = self
            .field("version")
            .and_then(text)
            .or_else(|| folder.split_once('.').map(|(_, version)| version.to_owned()));
        known.folders = command::FOLDERS
            .iter()
            .map(|(name, folder)| ((*name).to_owned(), late(folder)))
            .collect();
        known.global.insert("jobs".to_owned(), Content::Text(late(command::JOBS)));
        for (name, value) in [
            ("with-test", tests),
            ("test", tests),
            ("with-doc", docs),
            ("with-dev-setup", false),
            ("build", true),
            ("post", false),
        ] {
            known.global.insert(name.to_owned(), Content::Bool(value));
        }
        // They come with the compiler, and are asked of without being needed.
        let given = ["base-unix", "base-threads", "base-bigarray"];
        let mut names: Vec<String> = given.map(str::to_owned).to_vec();
        for (field, any) in [("depends", false), ("depopts", true), ("conflicts", true)] {
            for value in self.manifest.file.fields(field) {
                if let Ok(formula) = formula(value, any) {
                    names.extend(formula.names().into_iter().map(str::to_owned));
                }
            }
        }
        let version = known.version.clone().unwrap_or_default();
        let folders =
            oasis::fixed_variables(self.host.environment(), choices, &known.name, &version, true)
                .folders;
        let shared = folders.get("datarootdir").map_or("", String::as_str);
        for name in names {
            if self.here.contains_key(&name) {
                continue;
            }
            let here = Here::find(&name, self.host);
            if let Some(found) = &here.installed {
                known.installed.insert(name.clone(), found.clone());
                if let Some((path, content)) = self.host.config(&name, shared) {
                    known.configs.insert(name.clone(), self.config(&name, &path, &content));
                }
            }
            self.here.insert(name, here);
        }
        known
    }

    /// What the `.config` of an installed package says; one that cannot be read says nothing.
    fn config(&mut self, package: &str, path: &str, content: &[u8]) -> BTreeMap<String, Content> {
        let at = self.place_of(package);
        let config = match super::read_config(path.as_bytes(), content) {
            Ok(config) => config,
            Err(wrong) => {
                let first = wrong.first().map(|first| format!("{}: {}", first.line, first.message));
                let message =
                    format!("`{path}` cannot be read: line {}", first.unwrap_or_default());
                let help = format!("install `{package}` again; its variables have no values here");
                self.warnings.push(Wrong::new(at, message).help(help));
                Config::default()
            }
        };
        for (file, checksum) in &config.depends {
            let now = self.host.outside(file);
            if now.as_ref().is_some_and(|content| checksum.fits(content)) {
                continue;
            }
            let what = if now.is_some() { "is another one now" } else { "is not there any more" };
            let message = format!("`{package}` was built for `{file}`, which {what}");
            let help = format!("build and install `{package}` again");
            self.warnings.push(Wrong::new(at, message).help(help));
        }
        config.variables
    }

    /// Where the file names a package.
    fn place_of(&self, package: &str) -> usize {
        let mut at = None;
        for (field, any) in [("depends", false), ("depopts", true), ("conflicts", true)] {
            for value in self.manifest.file.fields(field) {
                let named = formula(value, any).ok().and_then(|formula| formula.place(package));
                at = at.or(named);
            }
        }
        at.unwrap_or_default()
    }

    /// The commands of some fields.
    fn commands(
        &mut self,
        fields: &[&str],
        known: &Known,
        shown: fn(&[String]) -> String,
    ) -> Vec<String> {
        let mut known = known.clone();
        if fields.contains(&"run-test") {
            known.global.insert("with-test".to_owned(), Content::Bool(self.tests));
        }
        let mut all = Vec::new();
        for field in fields {
            for value in self.manifest.file.fields(field) {
                match command::commands(value, &known) {
                    Ok(commands) => all.extend(commands.iter().map(|words| shown(words))),
                    Err(wrong) => self.wrong.push(wrong),
                }
            }
        }
        all
    }
}
