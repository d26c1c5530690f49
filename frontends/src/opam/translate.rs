//! From files of opam to the package model: a package that its own commands build and install.

use std::collections::{BTreeMap, BTreeSet};

use mbuild_rules::Diagnostic;

use super::Wrong;
use super::command::{self, late};
use super::filter::condition;
use super::formula::{Needed, formula};
use super::install_list::is_inside;
use super::interpolate::expand_with;
use super::tree::{File, Kind, Value};
use super::variables::{Content, Known};
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::oasis;
use crate::package::{Flag, OwnBuild, Package, Section, Test, Tool};

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
}

/// Programs that every shell has.
const SHELL: [&str; 4] = ["sh", "printf", "echo", "test"];

/// Packages of opam that are programs, and these.
const PROGRAMS: [(&str, &str); 18] = [
    ("camlp4", "camlp4"),
    ("camlp5", "camlp5"),
    ("cppo", "cppo"),
    ("dune", "dune"),
    ("jbuilder", "jbuilder"),
    ("js_of_ocaml-compiler", "js_of_ocaml"),
    ("menhir", "menhir"),
    ("oasis", "oasis"),
    ("obuild", "obuild"),
    ("ocamlbuild", "ocamlbuild"),
    ("ocamlfind", "ocamlfind"),
    ("ocamlify", "ocamlify"),
    ("ocamlmod", "ocamlmod"),
    ("ocp-build", "ocp-build"),
    ("odoc", "odoc"),
    ("omake", "omake"),
    ("qtest", "qtest"),
    ("utop", "utop"),
];

/// Packages whose library has another name.
const LIBRARIES: [(&str, &str); 10] = [
    ("camlzip", "zip"),
    ("camlbz2", "bz2"),
    ("ocurl", "curl"),
    ("ocamlnet", "netstring"),
    ("ounit", "oUnit"),
    ("ocamlgraph", "ocamlgraph"),
    ("ocamlsdl", "sdl"),
    ("base-threads", "threads"),
    ("base-unix", "unix"),
    ("base-bigarray", "bigarray"),
];

/// What a package of opam is here.
enum Here {
    /// The compiler, or nothing that could be looked for.
    Given,
    Program(&'static str),
    Library(String),
}

fn here(name: &str) -> Here {
    if let Some((_, program)) = PROGRAMS.iter().find(|(known, _)| *known == name) {
        return Here::Program(program);
    }
    if let Some((_, library)) = LIBRARIES.iter().find(|(known, _)| *known == name) {
        return Here::Library((*library).to_owned());
    }
    let given = [
        "ocaml",
        "base-",
        "conf-",
        "ocaml-base-",
        "ocaml-system",
        "ocaml-variants",
        "ocaml-option",
    ];
    if name == "ocaml" || given[1..].iter().any(|start| name.starts_with(start)) {
        return Here::Given;
    }
    Here::Library(name.to_owned())
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
    let mut model = Package::default();
    let mut own = OwnBuild { tool: "opam's commands".to_owned(), ..OwnBuild::default() };
    let (mut wrong, mut warnings, mut running) = (Vec::new(), Vec::new(), Vec::new());
    // The package that the others are parts of has the shortest name.
    let mut order: Vec<&Manifest> = manifests.iter().collect();
    order.sort_by_key(|manifest| (name_of(manifest, folder).len(), manifest.path.clone()));
    for manifest in order {
        let mut one = One {
            manifest,
            host,
            tests,
            wrong: Vec::new(),
            warnings: super::fields::unknown(&manifest.file),
        };
        let known = one.known(folder, tests, docs);
        if model.name.is_empty() {
            one.metadata(&mut model, &known);
        }
        one.needs(&known, &mut model, &mut own);
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
        let at = (manifest.path.as_bytes(), manifest.content.as_slice());
        wrong.extend(super::shown(at.0, at.1, one.wrong));
        warnings.extend(super::shown(at.0, at.1, one.warnings));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    own.variables = BTreeMap::from([
        ("OPAM_PACKAGE_NAME".to_owned(), model.name.clone()),
        ("OPAM_PACKAGE_VERSION".to_owned(), model.version.clone()),
        ("OPAMCLI".to_owned(), "2.0".to_owned()),
        ("CDPATH".to_owned(), String::new()),
    ]);
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
    wrong: Vec<Wrong>,
    warnings: Vec<Wrong>,
}

impl One<'_> {
    fn field(&self, name: &str) -> Option<&Value> {
        self.manifest.file.items.iter().find(|item| item.name == name).and_then(|item| match &item
            .content
        {
            super::tree::Content::Field(value) => Some(value),
            super::tree::Content::Section { .. } => None,
        })
    }

    /// What variables are while this package is built.
    fn known(&mut self, folder: &str, tests: bool, docs: bool) -> Known {
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
            ("doc", docs),
            ("with-dev-setup", false),
            ("build", true),
            ("post", false),
        ] {
            // `doc` is also a folder; it is a flag only among conditions of packages.
            if name != "doc" {
                known.global.insert(name.to_owned(), Content::Bool(value));
            }
        }
        // They come with the compiler, and are asked of without being needed.
        let given = ["base-unix", "base-threads", "base-bigarray"];
        let mut names: Vec<String> = given.map(str::to_owned).to_vec();
        for field in ["depends", "depopts"] {
            for value in self.manifest.file.fields(field) {
                if let Ok(formula) = formula(value, field == "depopts") {
                    names.extend(formula.names().into_iter().map(str::to_owned));
                }
            }
        }
        for name in names {
            let found = match here(&name) {
                Here::Library(library) => self.host.installed(&library),
                Here::Program(program) if self.host.has_program(program) => {
                    Some(self.host.installed(program).unwrap_or_default())
                }
                Here::Program(_) | Here::Given => None,
            };
            known.installed.extend(found.map(|found| (name, found)));
        }
        known
    }

    fn metadata(&mut self, model: &mut Package, known: &Known) {
        model.name.clone_from(&known.name);
        model.version = known.version.clone().unwrap_or_else(|| "dev".to_owned());
        let all = |one: &Self, name: &str| one.field(name).map(texts).unwrap_or_default();
        model.synopsis = all(self, "synopsis").join(" ");
        model.description = all(self, "description").join("\n").trim().to_owned();
        let folder = self.manifest.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let beside = if folder.is_empty() { "descr".to_owned() } else { format!("{folder}/descr") };
        if model.synopsis.is_empty()
            && let Some(content) = self.host.read(&beside)
        {
            let text = String::from_utf8_lossy(&content).into_owned();
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            model.synopsis = first.trim().to_owned();
            model.description = rest.trim().to_owned();
        }
        if model.synopsis.is_empty() {
            model.synopsis.clone_from(&model.name);
        }
        model.authors = [all(self, "authors"), all(self, "author")].concat();
        model.maintainers = all(self, "maintainer");
        model.license = all(self, "license").join(", ");
        model.homepage = all(self, "homepage").into_iter().next();
    }

    /// What has to be there.
    fn needs(&mut self, known: &Known, model: &mut Package, own: &mut OwnBuild) {
        let mut known = known.clone();
        known.global.insert("doc".to_owned(), Content::Bool(false));
        let mut needed: Vec<Needed> = Vec::new();
        for value in self.manifest.file.fields("depends") {
            let is_there = |needed: &Needed| match here(&needed.name) {
                Here::Given => true,
                _ => known.installed.get(&needed.name).is_some_and(|installed| {
                    installed.version.as_ref().is_none_or(|its| needed.versions.holds(its))
                }),
            };
            match formula(value, false) {
                Ok(formula) => needed.extend(formula.needed(&known, &is_there)),
                Err(wrong) => self.wrong.push(wrong),
            }
        }
        for value in self.manifest.file.fields("depopts") {
            if let Err(wrong) = formula(value, true) {
                self.wrong.push(wrong);
            }
        }
        let mut libraries: BTreeSet<String> = own.packages.iter().cloned().collect();
        for needed in needed {
            match here(&needed.name) {
                Here::Given if needed.name == "ocaml" => {
                    model.ocaml = model.ocaml.take().or_else(|| needed.versions.constraint());
                }
                Here::Given => {}
                Here::Program(program) => {
                    let tool = Tool::External(program.to_owned());
                    if !own.tools.contains(&tool) {
                        own.tools.push(tool);
                    }
                }
                Here::Library(library) => {
                    if libraries.insert(library.clone()) {
                        own.packages.push(library);
                    }
                }
            }
        }
        if let Some(value) = self.field("available") {
            let at = value.span.start;
            let value = match &value.kind {
                Kind::List(values) if values.len() == 1 => &values[0],
                _ => value,
            };
            match condition(value) {
                Ok(filter) if filter.reduce(&known) == Some(Content::Bool(false)) => {
                    let wrong = Wrong::new(at, "the package says that it is not for this machine");
                    self.warnings.push(wrong.help("it is built nevertheless"));
                }
                Ok(_) => {}
                Err(wrong) => self.wrong.push(wrong),
            }
        }
    }

    /// Commands before all others: patches, and files in which variables are expanded.
    fn prepare(&mut self, known: &Known) -> Vec<String> {
        let files = |one: &Self, field: &str| -> Vec<(String, usize, bool)> {
            let values = match one.field(field).map(|value| &value.kind) {
                Some(Kind::List(values)) => values.clone(),
                Some(_) => one.field(field).cloned().into_iter().collect(),
                None => Vec::new(),
            };
            let mut found = Vec::new();
            for value in &values {
                let (inner, holds) = match &value.kind {
                    Kind::Option(inner, condition) => {
                        let filter = super::parse_filter(condition, &value.span);
                        (inner.as_ref(), filter.is_ok_and(|filter| filter.holds(known)))
                    }
                    _ => (value, true),
                };
                found.push((text(inner).unwrap_or_default(), value.span.start, holds));
            }
            found
        };
        let (substs, patches) = (files(self, "substs"), files(self, "patches"));
        let mut commands = Vec::new();
        let is_patch = |path: &str| patches.iter().any(|(patch, ..)| patch == path);
        for (path, at, _) in substs.iter().filter(|(path, ..)| is_patch(path)) {
            commands.extend(self.subst(path, *at, known));
        }
        for (path, at, holds) in &patches {
            if !self.is_inside(path, *at) || !*holds {
                continue;
            }
            let made = substs.iter().any(|(subst, ..)| subst == path);
            if !made && self.host.read(path).is_none() {
                let wrong = Wrong::new(*at, format!("patch `{path}` is not there"));
                self.wrong.push(wrong.help("put it beside the sources"));
                continue;
            }
            commands.push(format!("patch -p1 -i {}", command::quoted(path, "")));
        }
        for (path, at, _) in substs.iter().filter(|(path, ..)| !is_patch(path)) {
            commands.extend(self.subst(path, *at, known));
        }
        commands
    }

    fn is_inside(&mut self, path: &str, at: usize) -> bool {
        let inside = is_inside(path);
        if !inside {
            let wrong = Wrong::new(at, format!("`{path}` leads out of the package"));
            self.wrong.push(wrong.help("paths are relative, without `..`"));
        }
        inside
    }

    /// The command that makes `path` of `path.in`, with the variables in it expanded. In a file that opam could
    /// read values are in texts, and quotes in them have a backslash.
    fn subst(&mut self, path: &str, at: usize, known: &Known) -> Option<String> {
        if !self.is_inside(path, at) {
            return None;
        }
        let from = format!("{path}.in");
        let Some(content) = self.host.read(&from) else {
            let wrong = Wrong::new(at, format!("`{from}` is not there"));
            self.wrong.push(wrong.help(format!("`{path}` is made of it")));
            return None;
        };
        let is_opam = super::parse(from.as_bytes(), &content).is_ok();
        let escaped = |value: String| match is_opam {
            true => value.replace('\\', "\\\\").replace('"', "\\\""),
            false => value,
        };
        let text = expand_with(&String::from_utf8_lossy(&content), known, escaped);
        let (text, path) = (command::quoted(&text, ""), command::quoted(path, ""));
        Some(format!("printf %s {text} > {path}"))
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
