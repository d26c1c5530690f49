//! From files of opam to the package model: a package that its own commands build and install.

mod circles;
mod conditions;
mod environment;
mod folder;
mod itself;
mod known;
mod messages;
mod metadata;
mod needs;
mod part;
mod prepare;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use messages::{Messages, messages};
pub use metadata::{complete, of_package};

use bstr::ByteSlice as _;
use mbuild_rules::Diagnostic;

use super::Wrong;
use super::command;
use super::here::Here;
use super::places;
use super::tree::{self, File, Item, Kind, Value};
use super::variables::{Content, Known};
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::oasis;
use crate::package::{Change, Flag, How, Package, Section, Test};
use needs::Formulas;

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
    /// Another package of the same tree, by opam's name.
    fn in_tree(&mut self, name: &str) -> Option<Installed>;
    /// Whether a program is there.
    fn has_program(&mut self, name: &str) -> bool;
    /// A file of the package; `None` where there is none.
    fn read(&mut self, path: &str) -> Option<Vec<u8>>;
    /// The names in a folder of the package.
    fn list(&mut self, folder: &str) -> Vec<String>;
    /// Whether the package has a manifest that is not opam's.
    fn has_other_manifest(&mut self) -> bool;
    /// The `.config` that the package of opam of this name has installed, with its path; `shared` is the
    /// folder for files of all packages that is installed to.
    fn config(&mut self, package: &str, shared: &str) -> Option<(String, Vec<u8>)>;
    /// What opam, or mbuild with the folder `shared` for files of all packages, has installed as the package of opam of
    /// this name; where its libraries are is not said.
    fn in_switch(&mut self, _package: &str, _shared: &str) -> Option<Installed> {
        None
    }
    /// A file outside of the package, by its full path.
    fn outside(&mut self, path: &str) -> Option<Vec<u8>>;
}

/// Translates the files of one folder. `folder` is its name; warnings come with the package.
pub fn package(
    manifests: &[Manifest],
    folder: &str,
    host: &mut dyn Host,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let switch = |name: &str| choices.flags.get(name).copied().unwrap_or(false);
    let (tests, docs) = (switch("tests"), switch("docs"));
    // The package that the others are parts of has the shortest name.
    let mut order: Vec<(String, &Manifest)> =
        manifests.iter().map(|manifest| (name_of(manifest, folder), manifest)).collect();
    order.sort_by_key(|(name, manifest)| {
        (name.len(), name.clone(), places::rank(&manifest.path), manifest.path.clone())
    });
    let again = again(&mut order);
    let siblings: BTreeMap<&str, Option<String>> = order
        .iter()
        .map(|(name, manifest)| (name.as_str(), version_of(manifest, folder)))
        .collect();
    let mut parts = Vec::new();
    for (_, manifest) in &order {
        let one = One::new(manifest, host, tests);
        parts.push(one.part(folder, &siblings, docs, choices));
    }
    let (mut model, mut own, running, mut warnings) = folder::join(parts)?;
    warnings.extend(again);
    let mut environment = vec![
        Change::set("OPAM_PACKAGE_NAME", &model.name),
        Change::set("OPAM_PACKAGE_VERSION", &model.version),
        Change::set("OPAMCLI", "2.0"),
        Change::set("CDPATH", ""),
    ];
    // findlib of a switch installs into it, and some commands ask where that is while they build.
    if ["prefix", "exec_prefix", "libdir"].iter().any(|it| choices.variables.contains_key(*it)) {
        let (name, value) = ("OCAMLFIND_DESTDIR".to_owned(), "${libdir}".to_owned());
        environment.push(Change { name, how: How::Default, value });
    }
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

/// Leaves out files for packages that another one is for already, and says so.
fn again(order: &mut Vec<(String, &Manifest)>) -> Vec<Diagnostic> {
    let mut said = Vec::new();
    let mut kept: Option<(String, &str)> = None;
    order.retain(|(name, manifest)| match &kept {
        Some((before, path)) if before == name => {
            let message = format!("is for package `{name}`, as `{path}` is, and is left alone");
            let help = "remove one of them, or give each a `name` of its own";
            said.push(Diagnostic::about(manifest.path.as_bytes(), message).with_help(help));
            false
        }
        _ => {
            kept = Some((name.clone(), &manifest.path));
            true
        }
    });
    said
}

/// What opam calls the package of a file, with its version; `folder` is the name of the folder.
pub fn called(manifest: &Manifest, folder: &str) -> (String, Option<String>) {
    (name_of(manifest, folder), version_of(manifest, folder))
}

/// The name of a package: the file says it, or is called so, or is in a folder that is.
fn name_of(manifest: &Manifest, folder: &str) -> String {
    if let Some(name) = manifest.file.fields("name").find_map(text) {
        return name;
    }
    places::named(&manifest.path).unwrap_or_else(|| of_folder(folder).0).to_owned()
}

/// The version of a package, in the same way.
fn version_of(manifest: &Manifest, folder: &str) -> Option<String> {
    let said = manifest.file.fields("version").find_map(text);
    said.or_else(|| of_folder(folder).1.map(str::to_owned))
}

/// The name and version that a folder is called by: `NAME.VERSION` as opam has it, or `NAME-VERSION` as archives
/// of sources have it.
fn of_folder(folder: &str) -> (&str, Option<&str>) {
    let is_version = |text: &str| {
        let number = text.strip_prefix('v').unwrap_or(text);
        number.starts_with(|first: char| first.is_ascii_digit())
    };
    let ends = |(at, sign): &(usize, &str)| *sign == "." || is_version(&folder[at + 1..]);
    match folder.match_indices(['.', '-']).find(ends) {
        Some((at, _)) => (&folder[..at], Some(&folder[at + 1..])),
        None => (folder, None),
    }
}

fn text(value: &Value) -> Option<String> {
    match &value.kind {
        Kind::Text(text) => Some(text.to_str_lossy().into_owned()),
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
    /// The packages that it needs, would use and excludes.
    formulas: Formulas,
    /// The folder for files of all packages that is installed to.
    shared: String,
    /// What the packages that it names are on this machine.
    here: BTreeMap<String, Here>,
    wrong: Vec<Wrong>,
    /// Why it cannot be built on this machine.
    unfit: Vec<Wrong>,
    warnings: Vec<Wrong>,
    /// What is strange in files beside the manifest.
    beside: Vec<Diagnostic>,
}

impl<'a> One<'a> {
    fn new(manifest: &'a Manifest, host: &'a mut dyn Host, tests: bool) -> Self {
        let (formulas, shared, here, wrong, unfit, warnings, beside) = Default::default();
        Self { manifest, host, tests, formulas, shared, here, wrong, unfit, warnings, beside }
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

    /// The commands of some fields.
    fn commands(&mut self, fields: &[&str], known: &Known) -> Vec<Vec<String>> {
        let mut known = known.clone();
        if fields.contains(&"run-test") {
            known.global.insert("with-test".to_owned(), Content::Bool(self.tests));
        }
        let mut all = Vec::new();
        for field in fields {
            for value in self.manifest.file.fields(field) {
                self.warnings.extend(command::one_word(value));
                match command::commands(value, &known) {
                    Ok(commands) => all.extend(commands),
                    Err(wrong) => self.wrong.extend(wrong),
                }
            }
        }
        all
    }
}
