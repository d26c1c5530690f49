//! From described packages to the package model: each is a section, and what they need of each other is settled.

mod command;
mod depends;
mod flags;
mod inputs;
mod made;
mod modules;
mod names;
mod options;
mod packs;
mod rules;
mod standing;
mod subst;
mod syntaxes;
mod tests_of;
mod unserved;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use mbuild_rules::Diagnostic;

use super::files::{Files, Messages, Place};
use super::globals::Globals;
use super::project::{self, Description, Project};
use super::syntax::Kind;
use super::value::{Text, Value};
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::oasis;
use crate::package::{
    About, Action, Code, Compiled, Data, Executable, Flag, Generate, Library, Made, MetaFields,
    Object, Order, Package, Places, Section,
};
pub(super) use modules::capitalized;
use names::Names;
use options::Options;
use syntaxes::Syntaxes;

/// The version of a package that has none.
const VERSION: &str = "0.1-alpha";

/// What has to be known of the machine.
pub trait Machine {
    /// The compiler.
    fn environment(&self) -> &Environment;
    /// A findlib package, where it is installed.
    fn installed(&mut self, package: &str) -> Option<Installed>;
    /// What an installed package requires whatever it is used for, those that are installed.
    fn requires(&mut self, package: &str) -> Vec<String>;
}

/// The model of a project that was read, and what is strange in it; or everything that is wrong.
pub fn package(
    project: Project<'_>,
    machine: &mut dyn Machine,
    choices: &Choices,
) -> Result<(Package, Vec<Diagnostic>), Vec<Diagnostic>> {
    let Project { files, messages, mut descriptions, globals, tree, features, chosen, .. } =
        project;
    let flag = |name: &str, default| choices.flags.get(name).copied().unwrap_or(default);
    let (tests, debug) = (flag("tests", false), flag("debug", false));
    let library = globals.get("OCAMLLIB").and_then(|value| value.joined("")).unwrap_or_default();
    let mut translator = Translator {
        files,
        messages,
        globals,
        tree,
        names: Names::new(machine, library),
        places: Places::default(),
        begun: None,
        manifests: HashMap::new(),
        made: BTreeMap::new(),
        generate: Vec::new(),
        actions: Vec::new(),
        made_by: rules::MadeBy::default(),
        syntaxes: Syntaxes::default(),
        tests,
    };
    translator.names(&mut descriptions);
    translator.syntaxes = Syntaxes::of(&descriptions, &translator.names);
    for described in &descriptions {
        translator.rules(described);
    }
    let bare = descriptions.iter().filter_map(|described| translator.bare(described)).collect();
    let order = translator.link_order(&descriptions);
    let (name, version) = translator.identity(&descriptions);
    let all = |wanted: &str| -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for described in &descriptions {
            let words = described.options.get(wanted).and_then(Value::words).unwrap_or_default();
            found.extend(words.iter().map(|word| word.text.to_string()));
        }
        let mut seen = BTreeSet::new();
        found.retain(|word| seen.insert(word.clone()));
        found
    };
    let synopsis = all("description").into_iter().next().unwrap_or_else(|| name.clone());
    let authors = [all("author"), all("authors")].concat();
    let license = all("license").join(", ");
    // What is described makes room for what it becomes.
    let mut sections = Vec::with_capacity(descriptions.len());
    for described in descriptions {
        translator.sections(&described, &mut sections);
    }
    let variables = oasis::fixed_variables(
        translator.names.machine.environment(),
        choices,
        &name,
        &version,
        debug,
    );
    let features = features.into_iter().map(|(name, default)| Flag {
        description: String::new(),
        value: chosen.get(&name.to_ascii_lowercase()).copied().unwrap_or(default),
        name,
        default,
    });
    let flags = [
        ("tests", "Build and run the tests", false, tests),
        ("debug", "Compile with debugging information", false, debug),
    ];
    let Translator {
        messages: Messages { mut errors, warnings, .. },
        places,
        made,
        generate,
        actions,
        ..
    } = translator;
    if !errors.is_empty() {
        errors.sort_by(|one, two| {
            (&one.file, one.line, one.column).cmp(&(&two.file, two.line, two.column))
        });
        return Err(errors);
    }
    let model = Package {
        synopsis,
        authors,
        license,
        name,
        version,
        sections,
        places,
        flags: flags
            .map(|(name, description, default, value)| Flag {
                name: name.to_owned(),
                description: description.to_owned(),
                default,
                value,
            })
            .into_iter()
            .chain(features)
            .collect(),
        generate,
        actions,
        bare,
        link_order: order.names,
        linked_with: order.linked_with,
        made: made.into_values().map(|(made, _)| made).collect(),
        folders: variables.folders,
        variables: variables.all,
        unknown_variables: variables.unknown,
        ..Package::default()
    };
    Ok((model, warnings))
}

struct Translator<'a> {
    files: Files,
    messages: Messages,
    globals: Globals,
    tree: &'a mut dyn project::Tree,
    names: Names<'a>,
    places: Places,
    /// The file that the sections to come are in.
    begun: Option<u32>,
    /// The files that sections are in, by their numbers among the places.
    manifests: HashMap<u32, usize>,
    /// What the project itself stands for, by path, and where it says so.
    made: BTreeMap<String, (Made, Place)>,
    generate: Vec<Generate>,
    actions: Vec<Action>,
    made_by: rules::MadeBy,
    syntaxes: Syntaxes,
    tests: bool,
}

impl Translator<'_> {
    fn error(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.messages.error(&self.files, place, message, help);
    }

    fn warn(&mut self, place: Place, message: impl Into<String>, help: impl Into<String>) {
        self.messages.warn(&self.files, place, message, help);
    }

    /// The name and version of the project: those of what it installs first.
    fn identity(&self, descriptions: &[Description]) -> (String, String) {
        let installed = |described: &&Description| {
            Options::of(&described.options, &self.globals).flag_or("install", true)
                && matches!(described.kind, Kind::Library | Kind::Program)
        };
        let library = |described: &&Description| described.kind == Kind::Library;
        let first = descriptions
            .iter()
            .filter(installed)
            .find(library)
            .or_else(|| descriptions.iter().find(installed))
            .or(descriptions.first());
        let Some(first) = first else { return ("project".to_owned(), VERSION.to_owned()) };
        let name = first.name.text.split('.').next().unwrap_or_default().to_owned();
        (name, self.version(first))
    }

    fn version(&self, described: &Description) -> String {
        let options = Options::of(&described.options, &self.globals);
        options.text("version").unwrap_or_else(|| VERSION.to_owned())
    }

    /// Adds the sections of one package: itself, and its tests.
    fn sections(&mut self, described: &Description, sections: &mut Vec<Section>) {
        match described.kind {
            // Without sources there is no archive; what it requires holds for those that require it.
            Kind::Library if !self.has_files(described) => sections.push(self.objects(described)),
            Kind::Library => sections.push(self.library(described)),
            Kind::Objects => sections.push(self.objects(described)),
            Kind::Program => sections.push(self.program(described, true)),
            Kind::Test if self.tests && self.has_files(described) => {
                sections.push(self.program(described, false));
            }
            Kind::Test | Kind::Syntax | Kind::Rules => {}
        }
        if self.tests && matches!(described.kind, Kind::Program | Kind::Test) {
            sections.extend(self.tests_of(described));
        }
    }

    fn has_files(&self, described: &Description) -> bool {
        described.options.get("files").is_some_and(Value::holds)
    }

    fn library(&mut self, described: &Description) -> Section {
        let (mut compiled, found) = self.compiled(described);
        let options = Options::of(&described.options, &self.globals);
        compiled.install = options.flag_or("install", true);
        let has_meta = options.flag("install_META");
        let name = described.name.text.to_string();
        let archive = options.text("archive").filter(|archive| *archive != name);
        let description = options.text("description").unwrap_or_else(|| name.clone());
        let no_plugin = !options.flag("cmxs_plugin");
        if let Some(archive) = &archive {
            self.one_name(described.name.place, archive, "archive");
        }
        let version = self.version(described);
        Section::Library(Library {
            modules: found.outside(),
            no_plugin,
            archive,
            containers: containers(&name),
            findlib: name,
            meta: MetaFields {
                enable: has_meta,
                absent: !has_meta,
                version: Some(version),
                description: Some(description),
                syntax: self.syntaxes.loads(&described.name.text),
                ..MetaFields::default()
            },
            compiled,
            ..Library::default()
        })
    }

    fn objects(&mut self, described: &Description) -> Section {
        let (mut compiled, found) = self.compiled(described);
        let options = Options::of(&described.options, &self.globals);
        compiled.install = options.flag_or("install", true) && options.flag("install_META");
        let findlib = described.name.text.to_string();
        Section::Object(Object { compiled, modules: found.outside(), apart: true, findlib })
    }

    fn program(&mut self, described: &Description, install: bool) -> Section {
        let (mut compiled, mut found) = self.compiled(described);
        let options = Options::of(&described.options, &self.globals);
        compiled.install = install && options.flag_or("install", true);
        let bytecode = options.flag("has_byte");
        compiled.link_order = self.own_link_order(described).into();
        let main = found.take_main();
        if let Some(main) = &main {
            let place = main.place;
            let text = Text::new(main.source.clone(), place);
            self.says(described, About::Main, &text);
        }
        if main.is_none() && compiled.build {
            let name = &described.name.text;
            self.error(
                described.name.place,
                format!("program `{name}` has no modules"),
                "list its sources in `files`, the main one last",
            );
        }
        // A program whose only module is the main one links nothing else.
        Section::Executable(Executable {
            compiled,
            main: main.map(|main| main.source.to_string()).unwrap_or_default(),
            modules: found.outside(),
            bytecode,
            ..Executable::default()
        })
    }

    /// What libraries, objects and programs share.
    fn compiled(&mut self, described: &Description) -> (Compiled, modules::Found) {
        let name = described.name.text.to_string();
        self.begin(described);
        let place = described.name.place;
        self.one_name(place, &name, described.kind.keyword());
        let path = self.folder(described);
        let mut found = self.modules(described, &path);
        let options = Options::of(&described.options, &self.globals);
        let code = match (options.flag("has_byte"), options.flag("has_asm")) {
            (_, false) => Code::Byte,
            (false, true) => Code::Native,
            (true, true) => Code::Best,
        };
        let listed = !options.flag("sort");
        let mut compiled = Compiled {
            name,
            path: if path.is_empty() { ".".to_owned() } else { path.clone() },
            build: true,
            code,
            closed: true,
            order: if listed { Order::Listed } else { Order::Ready },
            ..Compiled::default()
        };
        compiled.c_sources = std::mem::take(&mut found.c_sources);
        compiled.packs = std::mem::take(&mut found.packs).finish();
        self.depends(described, &mut compiled);
        self.needed_before(described, &mut compiled);
        self.flags(described, &found, &mut compiled);
        self.inputs(described, &found, &mut compiled);
        self.ignored(described, &found, &mut compiled);
        self.standing(described, &mut compiled);
        self.unserved(described, &found);
        self.generators(described, &found);
        self.data(described, &mut compiled);
        (compiled, found)
    }

    /// Files that are installed as they are.
    fn data(&mut self, described: &Description, compiled: &mut Compiled) {
        let targets = [
            ("data_files", "${datadir}", true),
            ("lib_files", "${libdir}", true),
            ("bin_files", "${bindir}", false),
        ];
        for (option, folder, is_own) in targets {
            let Some(files) = described.options.get(option).and_then(Value::words) else {
                continue;
            };
            let own = [folder, "/", &described.name.text];
            let target = if is_own { own.concat() } else { folder.to_owned() };
            for file in files {
                if project::inside(&compiled.path, &file.text).is_none() {
                    self.leads_out(file.place, &file.text);
                    continue;
                }
                self.says(described, About::Data, &file);
                let target = Some(target.clone());
                compiled.data.push(Data { glob: file.text.to_string(), target });
            }
        }
    }

    /// Begins the section of a package in the places.
    fn begin(&mut self, described: &Description) {
        let file = described.file;
        if self.begun != Some(file) {
            match self.manifests.get(&file) {
                Some(known) => self.places.again(*known),
                None => {
                    let (path, content) = (self.files.path(file), self.files.content(file));
                    self.manifests.insert(file, self.places.file(path.as_bytes(), content));
                }
            }
            self.begun = Some(file);
        }
        let place = described.name.place;
        self.places.section(if place.file == file { place.at as usize } else { 0 });
    }

    /// The section that was begun says this at its place, where that is in its own file.
    fn says(&mut self, described: &Description, about: About, text: &Text) {
        self.says_of(described, about, &text.text, text.place);
    }

    /// The same of a text at a place.
    fn says_of(&mut self, described: &Description, about: About, text: &str, place: Place) {
        if place.file == described.file {
            self.places.says(about, text, place.at as usize);
        }
    }

    fn leads_out(&mut self, place: Place, path: &str) {
        self.error(
            place,
            format!("`{path}` leads out of the project"),
            "name a file below the folder that the project is built in",
        );
    }

    /// Names of what is made become names of files.
    fn one_name(&mut self, place: Place, name: &str, what: &str) {
        let plain = |c: char| c.is_ascii_alphanumeric() || "_.+-".contains(c);
        if name.is_empty()
            || !name.chars().all(plain)
            || name.starts_with(['.', '-'])
            || name.contains("..")
        {
            self.error(
                place,
                format!("`{name}` cannot be the name of a {what}"),
                "use letters, digits, `_`, `-`, `+` and `.`, and begin with a letter",
            );
        }
    }

    /// The folder of a package, relative to the project's.
    fn folder(&mut self, described: &Description) -> String {
        let place = described.name.place;
        let written = project::dirname(&described.options);
        let written = self.names.expanded(&written);
        match project::inside("", &written) {
            Some(folder) => folder,
            None => {
                self.leads_out(place, &written);
                String::new()
            }
        }
    }
}

/// The findlib names above one.
fn containers(name: &str) -> Vec<String> {
    name.match_indices('.').map(|(at, _)| name[..at].to_owned()).collect()
}
