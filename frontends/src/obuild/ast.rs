//! What a `*.obuild` file says, with the place of whatever can turn out wrong later.

use mbuild_rules::Diagnostic;

pub use super::tree::Word;

/// A `*.obuild` file.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// `name`.
    pub name: Word,
    /// `version`.
    pub version: Word,
    /// `synopsis`.
    pub synopsis: String,
    /// `description`.
    pub description: String,
    /// `license`.
    pub license: String,
    /// `license-file`.
    pub license_file: Option<Word>,
    /// `homepage`.
    pub homepage: Option<String>,
    /// `authors` and `author`.
    pub authors: Vec<String>,
    /// `tools`: programs that have to be there.
    pub tools: Vec<Word>,
    /// `extra-srcs`: files that go into a source archive.
    pub extra_sources: Vec<Word>,
    /// `configure-script`: a program in OCaml that runs before the package is configured.
    pub configure_script: Option<Word>,
    /// `ocaml-version`: a constraint as the package model writes it.
    pub ocaml: Option<String>,
    /// `ocaml-extra-args`: flags for every compilation.
    pub extra_arguments: Vec<Word>,
    /// `vendor-dirs`: folders with packages that this one takes libraries from.
    pub vendor_folders: Vec<Word>,
    /// `flag` blocks.
    pub flags: Vec<Flag>,
    /// `generator` blocks.
    pub generators: Vec<Generator>,
    /// Everything that is built, in the order of the file; a library before those inside it.
    pub targets: Vec<Target>,
    /// What is strange, but not wrong.
    pub warnings: Vec<Diagnostic>,
}

/// A switch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flag {
    /// Its name.
    pub name: Word,
    /// What it does.
    pub description: String,
    /// What holds when the user says nothing.
    pub default: bool,
}

/// A command that makes sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generator {
    /// Its name.
    pub name: Word,
    /// The ending of what it makes sources from, without the dot; one without works for `generate` only.
    pub suffix: Option<Word>,
    /// The command, with `${src}` and the like.
    pub command: Word,
    /// What it makes, with `${base}`.
    pub outputs: Vec<Word>,
    /// The module that it makes, with `${base}`, where that is not named as the source.
    pub module_name: Option<Word>,
}

/// What is built.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    /// What it is.
    pub kind: TargetKind,
    /// Its name; that of a library inside another one has the other's name and a dot before it.
    pub name: Word,
    /// `buildable`.
    pub buildable: Switch,
    /// `installable`.
    pub installable: Switch,
    /// `src-dir`; the package root where there is none.
    pub folders: Vec<Word>,
    /// `build-deps`.
    pub depends: Vec<Dependency>,
    /// `pp`.
    pub preprocessor: Option<Word>,
    /// `extra-deps`: modules that come before others.
    pub order: Vec<(Word, Word)>,
    /// `oflags`.
    pub flags: Vec<Word>,
    /// `stdlib`.
    pub stdlib: Stdlib,
    /// `c-dir`.
    pub c_folder: Option<Word>,
    /// `c-sources`.
    pub c_sources: Vec<Word>,
    /// `c-flags`.
    pub c_flags: Vec<Word>,
    /// `c-libpaths`.
    pub c_library_folders: Vec<Word>,
    /// `c-libs`, without `-l`.
    pub c_libraries: Vec<Word>,
    /// `c-pkgs`: packages of pkg-config.
    pub c_packages: Vec<Dependency>,
    /// `per` blocks.
    pub per: Vec<Per>,
    /// `generate` blocks.
    pub generate: Vec<Generate>,
    /// `modules` of a library.
    pub modules: Vec<Word>,
    /// `pack` of a library.
    pub pack: bool,
    /// `syntax` of a library.
    pub syntax: bool,
    /// `description` of a library.
    pub description: String,
    /// `cstubs` of a library.
    pub stubs: Option<Box<Stubs>>,
    /// `main-is` of a program.
    pub main: Word,
    /// `run-dir` of a test.
    pub run_folder: Option<Word>,
    /// `run-params` and `runopt` of a test.
    pub run_arguments: Vec<Word>,
}

/// What a target is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum TargetKind {
    #[default]
    Library,
    Executable,
    Test,
    Bench,
    Example,
}

/// Yes, no, or what a flag says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switch {
    /// Always the same.
    Fixed(bool),
    /// The value of a flag.
    Flag(Word),
}

impl Default for Switch {
    fn default() -> Self {
        Self::Fixed(true)
    }
}

/// A package with the versions that do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dependency {
    /// Its name.
    pub name: Word,
    /// The versions that do, as the package model writes them.
    pub constraint: Option<String>,
}

/// Which standard library; obuild makes nothing of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Stdlib {
    None,
    #[default]
    Standard,
    Core,
}

/// What holds for some modules only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Per {
    /// The modules.
    pub modules: Vec<Word>,
    /// `build-deps`.
    pub depends: Vec<Dependency>,
    /// `oflags`.
    pub flags: Vec<Word>,
    /// `pp`.
    pub preprocessor: Option<Word>,
}

/// A module that a generator makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generate {
    /// The module.
    pub module: Word,
    /// What it is made from: paths, whose last parts may have `*`.
    pub from: Vec<Word>,
    /// The generator.
    pub using: Word,
    /// What the command is told besides.
    pub arguments: Option<Word>,
}

/// Bindings of C that ctypes makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stubs {
    /// `external-library-name`.
    pub library: Word,
    /// `type-description`: a functor and the name of what it is applied to.
    pub types: Option<(Word, Word)>,
    /// `function-description`, likewise.
    pub functions: Option<(Word, Word)>,
    /// `generated-types`.
    pub generated_types: Option<Word>,
    /// `generated-entry-point`.
    pub entry_point: Option<Word>,
    /// `headers`.
    pub headers: Vec<Word>,
    /// `concurrency`.
    pub concurrency: Option<Word>,
    /// `errno`.
    pub errno: Option<Word>,
}
