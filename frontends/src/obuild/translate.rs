//! From what `*.obuild` files say to the package model.

mod bindings;
mod c;
mod commands;
mod generated;
mod targets;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use mbuild_rules::Diagnostic;

use super::ast::{Generator, Project, Switch, Target, TargetKind, Word};
use super::messages::Messages;
use crate::choices::Choices;
use crate::environment::Environment;
use crate::oasis;
use crate::ocaml::sources::{clean, join};
use crate::package::{Flag, Hook, Package, Places, Step};

/// A file that was read.
pub struct File {
    /// Its path, relative to the package root.
    pub path: String,
    /// The folder that its paths go from; "" is the package root.
    pub folder: String,
    /// Its text.
    pub content: Vec<u8>,
    /// What it says.
    pub project: Project,
}

/// What the translation asks of the machine and the source tree.
pub trait Machine {
    /// The machine.
    fn environment(&self) -> &Environment;
    /// The names in a folder of the package.
    fn names(&mut self, folder: &str) -> Vec<String>;
    /// Whether there is such a file in the package.
    fn is_file(&mut self, path: &str) -> bool;
    /// The text of a file of the package.
    fn text(&mut self, path: &str) -> Option<String>;
    /// Whether a program is there.
    fn has_program(&self, name: &str) -> bool;
    /// What pkg-config says of a package; `None` where it does not know it.
    fn pkg_config(&mut self, package: &str) -> Option<CPackage>;
}

/// What pkg-config says of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CPackage {
    /// Its version.
    pub version: String,
    /// Flags for the C compiler.
    pub flags: Vec<String>,
    /// Flags for linking with it.
    pub libraries: Vec<String>,
}

/// Translates a package; the first file is its own, of the others it takes libraries. With the model come
/// warnings.
pub fn package(
    files: &[File],
    machine: &mut dyn Machine,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Some(own) = files.first() else { return Ok((Package::default(), Vec::new())) };
    let project = &own.project;
    let flags = flags(project, choices);
    let value = |name: &str| flags.iter().any(|flag| flag.name == name && flag.value);
    let (name, version) = (&project.name.text, &project.version.text);
    let debug = value("debug");
    let variables = oasis::fixed_variables(machine.environment(), choices, name, version, debug);
    let mut package = Package {
        name: name.clone(),
        version: version.clone(),
        synopsis: project.synopsis.clone(),
        description: project.description.clone(),
        authors: project.authors.clone(),
        license: project.license.clone(),
        homepage: project.homepage.clone(),
        ocaml: project.ocaml.clone(),
        folders: variables.folders,
        variables: variables.all,
        unknown_variables: variables.unknown,
        ..Package::default()
    };
    if let Some(script) = &project.configure_script {
        let command = format!("ocaml {}", crate::ocaml::rules::shell(&script.text));
        package.hooks.insert(Hook { step: Step::Configure, after: false }, vec![command]);
    }
    let libraries: BTreeMap<String, &Target> = files
        .iter()
        .flat_map(|file| &file.project.targets)
        .filter(|target| target.kind == TargetKind::Library)
        .map(|target| (target.name.text.clone(), target))
        .collect();
    let on: HashSet<String> =
        flags.iter().filter(|flag| flag.value).map(|flag| flag.name.clone()).collect();
    let generators = by_name(files);
    let endings = endings(files);
    let (mut outputs, mut looked_at) = (HashSet::new(), BTreeSet::new());
    let mut warnings = Vec::new();
    let mut errors = Vec::new();
    for (at, file) in files.iter().enumerate() {
        package.places.file(file.path.as_bytes(), &file.content);
        let mut translator = Translator {
            file,
            vendored: at > 0,
            on: &on,
            libraries: &libraries,
            machine,
            messages: Messages::new(file.path.as_bytes(), &file.content),
            places: std::mem::take(&mut package.places),
            package: &mut package,
            arguments: &project.extra_arguments,
            generators: &generators,
            endings: &endings,
            looked_at: &mut looked_at,
            outputs: &mut outputs,
        };
        translator.package.sections.reserve(file.project.targets.len());
        for target in &file.project.targets {
            translator.target(target);
        }
        if at == 0 {
            translator.generated_for_all();
        }
        let (places, messages) = (translator.places, translator.messages);
        package.places = places;
        warnings.extend(file.project.warnings.iter().cloned());
        match messages.end() {
            Ok(more) => warnings.extend(more),
            Err(more) => errors.extend(more),
        }
    }
    package.flags = flags;
    if errors.is_empty() { Ok((package, warnings)) } else { Err(errors) }
}

/// Generators by their names; of several that have the same the first.
fn by_name(files: &[File]) -> BTreeMap<&str, &Generator> {
    let all = files.iter().flat_map(|file| &file.project.generators).rev();
    all.map(|it| (it.name.text.as_str(), it)).collect()
}

/// The generators with an ending, in the order of the files.
fn endings(files: &[File]) -> Vec<(String, &Generator)> {
    let all = files.iter().flat_map(|file| &file.project.generators);
    all.filter_map(|it| Some((format!(".{}", it.suffix.as_ref()?.text), it))).collect()
}

/// The switches of a package: those that every package has, and its own.
fn flags(project: &Project, choices: &Choices) -> Vec<Flag> {
    let common = [
        ("tests", "build and run the tests", false),
        ("examples", "build the examples", false),
        ("benchs", "build the benchmarks", false),
        ("library-native", "build libraries as native code too", true),
        ("executable-native", "build programs as native code", true),
        ("debug", "compile with debugging information", false),
    ];
    let mut flags: Vec<Flag> = Vec::new();
    let mut add = |name: &str, description: &str, default: bool| {
        let value = choices.flags.get(&name.to_ascii_lowercase()).copied().unwrap_or(default);
        let (name, description) = (name.to_owned(), description.to_owned());
        flags.push(Flag { name, description, default, value });
    };
    for flag in &project.flags {
        add(&flag.name.text, &flag.description, flag.default);
    }
    for (name, description, default) in common {
        if !project.flags.iter().any(|flag| flag.name.text == name) {
            add(name, description, default);
        }
    }
    flags
}

struct Translator<'a, 'b> {
    file: &'a File,
    /// The file is that of a package inside this one.
    vendored: bool,
    /// The flags that are on.
    on: &'b HashSet<String>,
    /// Every library of the package, by its findlib name.
    libraries: &'a BTreeMap<String, &'a Target>,
    machine: &'b mut dyn Machine,
    messages: Messages<'a>,
    places: Places,
    package: &'b mut Package,
    /// `ocaml-extra-args`.
    arguments: &'a [Word],
    /// The generators of all files, by name.
    generators: &'b BTreeMap<&'a str, &'a Generator>,
    /// Those that make something of every source with an ending, with that.
    endings: &'b [(String, &'a Generator)],
    /// Folders that what generators make sources from was looked for in.
    looked_at: &'b mut BTreeSet<String>,
    /// What actions make already.
    outputs: &'b mut HashSet<Vec<String>>,
}

impl Translator<'_, '_> {
    fn is_on(&self, flag: &str) -> bool {
        self.on.contains(flag)
    }

    fn switch(&self, switch: &Switch) -> bool {
        match switch {
            Switch::Fixed(value) => *value,
            Switch::Flag(word) => self.is_on(&word.text),
        }
    }

    /// A path of the file as one of the package.
    fn place(&self, path: &str) -> String {
        clean(&join(&self.file.folder, path))
    }
}

/// The module outside of all others that a name leads to: `A` of `a.b`.
fn module_of(name: &str) -> String {
    let first = name.split('.').next().unwrap_or(name);
    nested(first)
}

/// A module with those that it is inside of, each with a capital first letter.
fn nested(name: &str) -> String {
    let capital = |name: &str| {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('.').map(capital).collect::<Vec<_>>().join(".")
}

#[cfg(test)]
pub(super) mod tests;
