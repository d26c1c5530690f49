//! The package model: what every manifest is translated to, and the only thing the generator sees.
//!
//! All conditionals are decided before: a model is one configuration of a package. Paths are
//! relative to the package root, with `/`; module paths (`dir/Foo`) keep their directory.

use std::collections::BTreeMap;

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
    /// Sections in the order of the manifest.
    pub sections: Vec<Section>,
    /// Shell commands around the steps, such as `PostConfCommand`.
    pub hooks: BTreeMap<Hook, Vec<String>>,
    /// The switches the manifest declares, with the value chosen.
    pub flags: Vec<Flag>,
    /// Files made at configure time from a template: (template, file), with substituted variables.
    pub templates: Vec<Template>,
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
    /// C sources and headers, relative to `path`.
    pub c_sources: Vec<String>,
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
    /// Flags of single modules, by module path.
    pub module_flags: BTreeMap<String, Vec<String>>,
    /// How sources are preprocessed.
    pub preprocess: Preprocess,
    /// More folders to look for modules in, relative to the package root.
    pub include: Vec<String>,
    /// Data to install: (glob relative to `path`, target folder).
    pub data: Vec<Data>,
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
    /// Where to; may hold `$datadir` and the like. `None` is the package's own data folder.
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
    /// All modules become one, named as the section.
    pub pack: bool,
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
    /// Write META at all.
    pub enable: bool,
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
    /// The findlib name in full.
    pub findlib: String,
}

/// A program.
#[derive(Clone, Debug, Default)]
pub struct Executable {
    /// What it shares with other sections.
    pub compiled: Compiled,
    /// The main source, relative to the section's path.
    pub main: String,
    /// Bytecode linked with its C parts (`-custom`).
    pub custom: bool,
}

/// A test.
#[derive(Clone, Debug, Default)]
pub struct Test {
    /// The section's name.
    pub name: String,
    /// It runs in this configuration.
    pub run: bool,
    /// A shell command; `$name` of an executable section is its path.
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
    /// Where to; may hold `$docdir` and the like.
    pub target: Option<String>,
    /// Data to install.
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
    },
    /// Shell commands.
    Command(String),
}
