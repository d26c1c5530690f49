//! The package model: what every manifest is translated to, and the only thing the generator sees.
//!
//! All conditionals are decided before: a model is one configuration of a package. Paths are
//! relative to the package root, with `/`; module paths (`dir/Foo`) keep their directory.
//!
//! Commands and target folders may still hold variables, always written `${name}`: a name from
//! [`Package::folders`], or the [`variable_name`] of an executable section (its built path). Both
//! are settled by whoever runs the command; everything else was expanded before.

mod action;
mod below;
mod environment;
mod generate;
mod made;
mod places;
mod steps;
mod syntax;
pub mod tree;

use std::collections::BTreeMap;

pub use action::{Action, Command, OwnBuild, Run};
pub use environment::{Change, How};
pub use generate::{Generate, Reads};
pub use made::{Made, MadeFrom};
pub use places::{About, Places};
pub use steps::{Order, StepFlags};

use crate::target::DeviceKind;

/// One package in one configuration.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Name, as findlib and opam know it.
    pub name: String,
    /// Version, as written.
    pub version: String,
    /// One line on what it is.
    pub synopsis: String,
    /// More lines.
    pub description: String,
    /// Who wrote it.
    pub authors: Vec<String>,
    /// Who keeps it.
    pub maintainers: Vec<String>,
    /// Its licence, as written.
    pub license: String,
    /// Its home page.
    pub homepage: Option<String>,
    /// Where its sources are published: an address and its mirrors.
    pub published: Vec<String>,
    /// Sections in the order of the manifest.
    pub sections: Vec<Section>,
    /// Where the manifest says what it says of them.
    pub places: Places,
    /// Shell commands around the steps, such as `PostConfCommand`.
    pub hooks: BTreeMap<Hook, Vec<String>>,
    /// The switches the manifest declares, with the value chosen.
    pub flags: Vec<Flag>,
    /// Files made at configure time from a template, with every `$(name)` expanded
    /// (`oasis::expand_template` does it).
    pub templates: Vec<Template>,
    /// How sources that are not OCaml become OCaml, by ending; where two fit a file the later holds.
    pub generate: Vec<Generate>,
    /// Sources that the manifest itself stands for.
    pub made: Vec<Made>,
    /// Files that commands of the package's own make.
    pub actions: Vec<Action>,
    /// Who builds the package, where that is a tool of its own; its sections then only say what there is.
    pub own_build: Option<OwnBuild>,
    /// Every variable that templates may use, fully expanded, [`Package::folders`] among them.
    pub variables: BTreeMap<String, String>,
    /// Variables that the user set and that mean something only if a template names them: the manifest has
    /// no such variable.
    pub unknown_variables: Vec<String>,
    /// Installation folders (`prefix`, `bindir`, `docdir`, ...), fully expanded.
    pub folders: BTreeMap<String, String>,
    /// Which OCaml it needs (`>= 4.01`).
    pub ocaml: Option<String>,
    /// Which findlib it needs.
    pub findlib: Option<String>,
    /// The opam packages that it says what it needs is in.
    pub opam: Vec<String>,
    /// What its users have in their environment once it is installed.
    pub exports: Vec<Change>,
    /// The file beside the manifest that said what the manifest does not say of the package.
    pub completed_by: Option<String>,
    /// META lists what is in the package's libraries even where this configuration leaves it out,
    /// and `exists_if` says what is there.
    pub meta_of_all: bool,
    /// The packages that it is made of, where it stands for all those of a tree.
    pub members: Vec<tree::Member>,
}

impl Package {
    /// The libraries, in the order of the manifest.
    pub fn libraries(&self) -> impl Iterator<Item = &Library> {
        self.sections.iter().filter_map(|section| match section {
            Section::Library(library) => Some(library),
            _ => None,
        })
    }

    /// The programs, in the order of the manifest.
    pub fn executables(&self) -> impl Iterator<Item = &Executable> {
        self.sections.iter().filter_map(|section| match section {
            Section::Executable(executable) => Some(executable),
            _ => None,
        })
    }

    /// What libraries, objects and programs share, in the order of the manifest.
    pub fn compiled(&self) -> impl Iterator<Item = &Compiled> {
        self.sections.iter().filter_map(Section::compiled)
    }
}

impl Section {
    /// What it shares with other sections that are compiled; `None` for tests and documentation.
    pub fn compiled(&self) -> Option<&Compiled> {
        match self {
            Self::Library(library) => Some(&library.compiled),
            Self::Object(object) => Some(&object.compiled),
            Self::Executable(executable) => Some(&executable.compiled),
            Self::Test(_) | Self::Document(_) => None,
        }
    }

    /// The same, to change.
    pub fn compiled_mut(&mut self) -> Option<&mut Compiled> {
        match self {
            Self::Library(library) => Some(&mut library.compiled),
            Self::Object(object) => Some(&mut object.compiled),
            Self::Executable(executable) => Some(&mut executable.compiled),
            Self::Test(_) | Self::Document(_) => None,
        }
    }
}

/// The variable that stands for a section or package of this name: in small letters, and whatever
/// is no letter or digit becomes `_`.
pub fn variable_name(name: &str) -> String {
    let start = if name.starts_with(|first: char| first.is_ascii_digit()) { "_" } else { "" };
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    start.chars().chain(name.chars().map(word)).collect()
}

/// Expands every `${name}` that `value` knows; the others stay as they are.
pub fn expand(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, from) = rest.split_at(start);
        result.push_str(before);
        let Some(end) = from.find('}') else {
            rest = from;
            break;
        };
        match value(&from[2..end]) {
            Some(known) => result.push_str(&known),
            None => result.push_str(&from[..=end]),
        }
        rest = &from[end + 1..];
    }
    result.push_str(rest);
    result
}

/// A part of a package.
#[derive(Clone, Debug)]
pub enum Section {
    /// A library.
    Library(Library),
    /// Modules that are compiled and installed without an archive.
    Object(Object),
    /// A program.
    Executable(Executable),
    /// A test.
    Test(Test),
    /// Documentation.
    Document(Document),
}

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hook {
    /// The step.
    pub step: Step,
    /// After the step, not before it.
    pub after: bool,
}

/// A step of a package's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Step {
    Configure,
    Build,
    Test,
    Document,
    Install,
    Uninstall,
    Clean,
    Distclean,
}

/// A switch a manifest declares.
#[derive(Clone, Debug)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// What the manifest says when the user says nothing.
    pub default: bool,
    /// What holds in this configuration.
    pub value: bool,
}

/// A file made at configure time (`FilesAB`).
#[derive(Clone, Debug)]
pub struct Template {
    /// The template, in the source tree.
    pub from: String,
    /// The file to make.
    pub to: String,
}

/// What libraries, objects and executables share.
#[derive(Clone, Debug, Default)]
pub struct Compiled {
    /// The section's name in the manifest.
    pub name: String,
    /// The folder with its sources, relative to the package root ("" is the root).
    pub path: String,
    /// Built at all.
    pub build: bool,
    /// Installed.
    pub install: bool,
    /// Which kinds of code.
    pub code: Code,
    /// What it needs, in the order of the manifest.
    pub depends: Vec<Depend>,
    /// Programs that building it needs.
    pub tools: Vec<Tool>,
    /// C sources and headers, relative to `path`, or to `c_path` where there is one.
    pub c_sources: Vec<String>,
    /// The folder of its C sources, relative to the package root, where that is another one.
    pub c_path: Option<String>,
    /// Flags for the C compiler.
    pub c_flags: Vec<String>,
    /// Flags for linking with C libraries (`-lz`).
    pub c_libraries: Vec<String>,
    /// `-dllib` arguments.
    pub dll_libraries: Vec<String>,
    /// `-dllpath` arguments.
    pub dll_paths: Vec<String>,
    /// Flags for every bytecode command.
    pub byte_flags: Vec<String>,
    /// Flags for every native command.
    pub native_flags: Vec<String>,
    /// Flags for every OCaml command, both kinds (from `_tags` and the like).
    pub ocaml_flags: Vec<String>,
    /// Flags for the link of an archive or program only.
    pub link_flags: Vec<String>,
    /// Flags for single steps.
    pub steps: StepFlags,
    /// In which order its modules are linked.
    pub order: Order,
    /// Other sources in its folders are none of its modules.
    pub closed: bool,
    /// Flags of single modules, by module path.
    pub module_flags: BTreeMap<String, Vec<String>>,
    /// Flags of single modules for native code alone, by module path.
    pub module_native_flags: BTreeMap<String, Vec<String>>,
    /// Flags of single modules for bytecode and interfaces alone, by module path.
    pub module_byte_flags: BTreeMap<String, Vec<String>>,
    /// How sources are preprocessed.
    pub preprocess: Preprocess,
    /// How single modules are preprocessed, by module path, where that differs from the section.
    pub module_preprocess: BTreeMap<String, Preprocess>,
    /// More folders to look for modules in, relative to the package root.
    pub include: Vec<String>,
    /// A folder among its sources is a module, which holds the modules inside the folder.
    pub folders: bool,
    /// Modules that come before others when it is built and linked, though these do not name them.
    pub before: Vec<(String, String)>,
    /// Data to install: (glob relative to `path`, target folder).
    pub data: Vec<Data>,
    /// More files for the folder of its findlib package, relative to `path`.
    pub findlib_files: Vec<String>,
    /// The folder that it is installed in, below that of the findlib package around it; `None` is the same.
    pub findlib_folder: Option<String>,
}

impl Compiled {
    /// The folder of its C sources.
    pub fn c_folder(&self) -> &str {
        self.c_path.as_deref().unwrap_or(&self.path)
    }
}

/// Which kinds of code a section has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Code {
    /// Bytecode only.
    Byte,
    /// Native (and, for a library, bytecode as well).
    Native,
    /// Native where there is a native compiler, else bytecode.
    #[default]
    Best,
}

/// How sources are preprocessed, beyond what the packages depended on bring with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Preprocess {
    /// Not at all, or through the packages' own ppx.
    #[default]
    None,
    /// Through camlp4 with this syntax (`camlp4o`, `camlp4r`) and the packages' syntax extensions.
    Camlp4(String),
    /// Through a command that prints the source.
    Command(String),
    /// Through a program that prints the source, given its arguments and the file.
    Program(Tool, Vec<String>),
}

/// Something a section needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Depend {
    /// An installed findlib package, with the version constraint as written.
    Findlib {
        /// Its full name.
        name: String,
        /// `>= 1.0 && < 2`.
        constraint: Option<String>,
    },
    /// A library of this package, by section name.
    Internal(String),
}

/// A program that building needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tool {
    /// A program on PATH.
    External(String),
    /// An executable of this package, by section name.
    Internal(String),
}

/// Files to install as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Data {
    /// `dir/*.ext`, relative to the section's path.
    pub glob: String,
    /// Where to; may hold `${datadir}` and the like. `None` is the package's own data folder.
    pub target: Option<String>,
}

/// A library.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// What it shares with other sections.
    pub compiled: Compiled,
    /// Modules others may use, as written (`Foo`, `dir/Foo`), in the order of the manifest.
    pub modules: Vec<String>,
    /// Modules only its own modules may use.
    pub internal_modules: Vec<String>,
    /// Modules beside those listed that these name, from the folders of the library, belong to it as well.
    pub takes: bool,
    /// All modules become one, named as the section.
    pub pack: bool,
    /// Another name for that one module.
    pub pack_name: Option<String>,
    /// The name of its archives without ending; `None` is the section's.
    pub archive: Option<String>,
    /// The findlib name in full (`a.b.c`).
    pub findlib: String,
    /// Findlib containers: prefixes of `findlib` that no library has.
    pub containers: Vec<String>,
    /// What META says beyond what follows from the model.
    pub meta: MetaFields,
}

/// What a manifest says for META.
#[derive(Clone, Debug, Default)]
pub struct MetaFields {
    /// Write META at all; where not, a `META` in the library's folder is installed as it is.
    pub enable: bool,
    /// There is no META at all.
    pub absent: bool,
    /// `version`; `None` is the package's.
    pub version: Option<String>,
    /// `description`; `None` is the synopsis.
    pub description: Option<String>,
    /// A camlp4 syntax extension, not a library.
    pub syntax: bool,
    /// `requires`; `None` is the dependencies.
    pub requires: Option<Vec<String>>,
    /// Lines added as they are.
    pub extra_lines: Vec<String>,
}

/// Modules that are compiled and installed without an archive.
#[derive(Clone, Debug, Default)]
pub struct Object {
    /// What it shares with other sections.
    pub compiled: Compiled,
    /// Its modules.
    pub modules: Vec<String>,
    /// Several modules stay apart; otherwise they become one.
    pub apart: bool,
    /// The findlib name in full.
    pub findlib: String,
}

/// A program.
#[derive(Clone, Debug, Default)]
pub struct Executable {
    /// What it shares with other sections.
    pub compiled: Compiled,
    /// The main source, relative to the section's path; where it is in C, so is the whole program, and
    /// it is among the C sources as well.
    pub main: String,
    /// Modules that are linked whether something needs them or not, as libraries list theirs, the main
    /// one not among them; where there are none, those are linked that the main one needs.
    pub modules: Vec<String>,
    /// Bytecode linked with its C parts (`-custom`).
    pub custom: bool,
    /// No program is made but an object with the whole of it, for somebody else's `main` (`-output-obj`).
    pub as_object: bool,
    /// Whether targets that are no ordinary system have it: without a word it is so when the program
    /// is installed and no tool of the build.
    pub unikernel: Option<bool>,
    /// No other targets have it.
    pub only_unikernel: bool,
    /// The devices that it asks of such a target.
    pub devices: Vec<Device>,
    /// What a hypervisor is told of it besides, as names and values in the hypervisor's own language.
    pub guest: Vec<(String, String)>,
}

impl Library {
    /// The name of its archives without ending.
    pub fn archive(&self) -> &str {
        self.archive.as_deref().unwrap_or(&self.compiled.name)
    }
}

impl Executable {
    /// There is no OCaml in it.
    pub fn is_in_c(&self) -> bool {
        self.main.ends_with(".c")
    }
}

/// A device that a program asks for.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Device {
    /// Its name in the program.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
}

/// A test.
#[derive(Clone, Debug, Default)]
pub struct Test {
    /// The section's name.
    pub name: String,
    /// It runs in this configuration.
    pub run: bool,
    /// A shell command; it may hold line ends.
    pub command: String,
    /// Shell commands before and after.
    pub before: Option<String>,
    /// Shell commands before and after.
    pub after: Option<String>,
    /// The folder it runs in, relative to the package root.
    pub dir: String,
    /// Programs it needs.
    pub tools: Vec<Tool>,
}

/// Documentation.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// The section's name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Built in this configuration.
    pub build: bool,
    /// Installed.
    pub install: bool,
    /// How it is made.
    pub kind: DocumentKind,
    /// Where to; may hold `${docdir}` and the like.
    pub target: Option<String>,
    /// Programs it needs.
    pub tools: Vec<Tool>,
    /// Shell commands before and after it is made.
    pub before: Option<String>,
    /// Shell commands before and after it is made.
    pub after: Option<String>,
    /// A shell command that removes what was made in the source tree.
    pub clean: Option<String>,
    /// Data to install, relative to the package root.
    pub data: Vec<Data>,
}

/// How documentation is made.
#[derive(Clone, Debug, Default)]
pub enum DocumentKind {
    /// Nothing is made; only data is installed.
    #[default]
    None,
    /// ocamldoc's HTML, in `path`.
    Ocamldoc {
        /// The folder it is made in.
        path: String,
        /// Modules shown.
        modules: Vec<String>,
        /// Libraries (findlib names in full) whose modules are all shown.
        libraries: Vec<String>,
        /// Flags for ocamldoc.
        flags: Vec<String>,
        /// A text shown first, relative to the package root.
        intro: Option<String>,
    },
    /// Shell commands.
    Command(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_variables_stay_when_text_is_expanded() {
        let known = |name: &str| (name == "test").then(|| "out/test.exe".to_owned());
        assert_eq!(expand("${test} -d ${docdir} $x ${", known), "out/test.exe -d ${docdir} $x ${");
    }

    #[test]
    fn variable_names_have_small_letters_and_no_dashes() {
        assert_eq!(variable_name("test-Rlp.a"), "test_rlp_a");
        assert_eq!(variable_name("3d"), "_3d");
    }
}
