//! Which blocks and keys a `*.obuild` file has, by every name they go by.

/// A kind of block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The file itself.
    Project,
    /// `library`, also inside another one.
    Library,
    /// `executable`.
    Executable,
    /// `test`.
    Test,
    /// `bench`.
    Bench,
    /// `example`.
    Example,
    /// `flag`.
    Flag,
    /// `generator`.
    Generator,
    /// `per`: what holds for some modules.
    Per,
    /// `cstubs`.
    Cstubs,
    /// `generate`.
    Generate,
    /// A block that nobody knows; what is in it is passed over.
    Unknown,
}

use Kind::{
    Bench, Cstubs, Example, Executable, Flag, Generate, Generator, Library, Per, Project, Test,
};

/// How a block begins, its kind, and the blocks that it stands in.
const BLOCKS: [(&str, Kind, &[Kind]); 14] = [
    ("library", Library, &[Project, Library]),
    ("sub", Library, &[Library]),
    ("sublib", Library, &[Library]),
    ("executable", Executable, &[Project]),
    ("test", Test, &[Project]),
    ("bench", Bench, &[Project]),
    ("benchmark", Bench, &[Project]),
    ("example", Example, &[Project]),
    ("flag", Flag, &[Project]),
    ("generator", Generator, &[Project]),
    ("per", Per, TARGETS),
    ("generate", Generate, TARGETS),
    ("cstubs", Cstubs, &[Library]),
    ("subdir", Library, &[Library]),
];

const TARGETS: &[Kind] = &[Library, Executable, Test, Bench, Example];
const PROGRAMS: &[Kind] = &[Executable, Test, Bench, Example];

impl Kind {
    /// The kind of block that a word begins inside this one.
    pub(super) fn inside(self, word: &str) -> Option<Self> {
        BLOCKS
            .iter()
            .find(|(name, _, parents)| parents.contains(&self) && name.eq_ignore_ascii_case(word))
            .map(|(_, kind, _)| *kind)
    }

    /// Whether the value of a key of this block is several lines of text, where a colon means nothing.
    pub(super) fn is_text(self, key: Key) -> bool {
        key == Key::Description && self != Flag
    }

    /// The words that begin blocks inside this one.
    pub(super) fn blocks(self) -> impl Iterator<Item = &'static str> {
        BLOCKS.iter().filter(move |(.., parents)| parents.contains(&self)).map(|(name, ..)| *name)
    }

    /// The key that goes by this name in this block.
    pub(super) fn key(self, word: &str) -> Option<Key> {
        KEYS.iter()
            .filter(|(.., kinds)| kinds.contains(&self))
            .find(|(_, names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(word)))
            .map(|(key, ..)| *key)
    }

    /// Every name of a key of this block.
    pub(super) fn keys(self) -> impl Iterator<Item = &'static str> {
        KEYS.iter()
            .filter(move |(.., kinds)| kinds.contains(&self))
            .flat_map(|(_, names, _)| names.iter().copied())
    }

    /// The first name of each of its keys.
    pub(super) fn first_keys(self) -> impl Iterator<Item = &'static str> {
        KEYS.iter().filter(move |(.., kinds)| kinds.contains(&self)).map(|(_, names, _)| names[0])
    }

    /// What messages call it at the beginning of a sentence.
    pub(super) fn label(self) -> String {
        match self {
            Project => "the file itself".to_owned(),
            other => format!("a block `{}`", other.name()),
        }
    }

    /// The word that it begins with.
    pub(super) fn name(self) -> &'static str {
        BLOCKS.iter().find(|(_, kind, _)| *kind == self).map_or("file", |(name, ..)| name)
    }
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Key {
    Name,
    Version,
    ObuildVer,
    Synopsis,
    Description,
    License,
    LicenseFile,
    Homepage,
    Authors,
    Author,
    Tools,
    ExtraSrcs,
    ConfigureScript,
    OcamlVersion,
    OcamlExtraArgs,
    VendorDirs,
    Buildable,
    Installable,
    BuildDeps,
    SrcDir,
    Pp,
    ExtraDeps,
    Oflags,
    Stdlib,
    CDir,
    CSources,
    CFlags,
    CLibpaths,
    CLibs,
    CPkgs,
    Modules,
    Pack,
    Syntax,
    MainIs,
    RunDir,
    RunParams,
    RunOpt,
    Default,
    Suffix,
    Command,
    Outputs,
    ModuleName,
    From,
    Using,
    Args,
    ExternalLibraryName,
    TypeDescription,
    FunctionDescription,
    GeneratedTypes,
    GeneratedEntryPoint,
    Headers,
    Concurrency,
    Errno,
}

/// Each key with its names, the first of which messages use, and the blocks that it stands in.
const KEYS: [(Key, &[&str], &[Kind]); 56] = [
    (Key::Name, &["name"], &[Project]),
    (Key::Version, &["version"], &[Project]),
    (Key::ObuildVer, &["obuild-ver"], &[Project]),
    (Key::Synopsis, &["synopsis"], &[Project]),
    (Key::Description, &["description"], &[Project, Library, Flag]),
    (Key::License, &["license", "licence"], &[Project]),
    (Key::LicenseFile, &["license-file", "licence-file"], &[Project]),
    (Key::Homepage, &["homepage"], &[Project]),
    (Key::Authors, &["authors"], &[Project]),
    (Key::Author, &["author"], &[Project]),
    (Key::Tools, &["tools"], &[Project]),
    (Key::ExtraSrcs, &["extra-srcs"], &[Project]),
    (Key::ConfigureScript, &["configure-script"], &[Project]),
    (Key::OcamlVersion, &["ocaml-version", "ocamlversion"], &[Project]),
    (Key::OcamlExtraArgs, &["ocaml-extra-args", "ocamlextraargs"], &[Project]),
    (Key::VendorDirs, &["vendor-dirs"], &[Project]),
    (Key::Buildable, &["buildable"], TARGETS),
    (Key::Installable, &["installable"], TARGETS),
    (Key::BuildDeps, &["build-deps", "builddeps", "builddepends"], TARGETS),
    (Key::SrcDir, &["src-dir", "srcdir", "path"], TARGETS),
    (Key::Pp, &["pp", "preprocessor"], TARGETS),
    (Key::ExtraDeps, &["extra-deps"], TARGETS),
    (Key::Oflags, &["oflags"], TARGETS),
    (Key::Stdlib, &["stdlib"], TARGETS),
    (Key::CDir, &["c-dir", "cdir"], TARGETS),
    (Key::CSources, &["c-sources", "csources"], TARGETS),
    (Key::CFlags, &["c-flags", "cflags", "c-opts", "ccopts", "ccopt"], TARGETS),
    (Key::CLibpaths, &["c-libpaths"], TARGETS),
    (Key::CLibs, &["c-libs"], TARGETS),
    (Key::CPkgs, &["c-pkgs"], TARGETS),
    (Key::Modules, &["modules"], &[Library]),
    (Key::Pack, &["pack"], &[Library]),
    (Key::Syntax, &["syntax"], &[Library]),
    (Key::MainIs, &["main-is", "mainis", "main"], PROGRAMS),
    (Key::RunDir, &["run-dir", "rundir"], &[Test]),
    (Key::RunParams, &["run-params", "runparams"], &[Test]),
    (Key::RunOpt, &["runopt"], &[Test]),
    (Key::Default, &["default"], &[Flag]),
    (Key::Suffix, &["suffix"], &[Generator]),
    (Key::Command, &["command"], &[Generator]),
    (Key::Outputs, &["outputs"], &[Generator]),
    (Key::ModuleName, &["module-name"], &[Generator]),
    (Key::From, &["from"], &[Generate]),
    (Key::Using, &["using"], &[Generate]),
    (Key::Args, &["args", "arguments", "command-args"], &[Generate]),
    (Key::BuildDeps, &["build-deps", "builddeps", "builddepends"], &[Per]),
    (Key::Oflags, &["oflags"], &[Per]),
    (Key::Pp, &["pp"], &[Per]),
    (Key::ExternalLibraryName, &["external-library-name"], &[Cstubs]),
    (Key::TypeDescription, &["type-description"], &[Cstubs]),
    (Key::FunctionDescription, &["function-description"], &[Cstubs]),
    (Key::GeneratedTypes, &["generated-types"], &[Cstubs]),
    (Key::GeneratedEntryPoint, &["generated-entry-point"], &[Cstubs]),
    (Key::Headers, &["headers"], &[Cstubs]),
    (Key::Concurrency, &["concurrency"], &[Cstubs]),
    (Key::Errno, &["errno"], &[Cstubs]),
];

impl Key {
    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        KEYS.iter().find(|(key, ..)| *key == self).map_or("", |(_, names, _)| names[0])
    }

    /// Whether some block has a key of this name.
    pub(super) fn is_name(word: &str) -> bool {
        KEYS.iter().any(|(_, names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(word)))
    }

    /// Where it stands twice, both values count; obuild takes the last of the others.
    pub(super) fn adds(self) -> bool {
        use Key::{
            BuildDeps, CFlags, CLibpaths, CLibs, CPkgs, CSources, ExtraDeps, ExtraSrcs, From,
            Headers, Modules, Oflags, Outputs, RunOpt, SrcDir, Tools, VendorDirs,
        };
        matches!(
            self,
            BuildDeps
                | CFlags
                | CLibpaths
                | CLibs
                | CPkgs
                | CSources
                | ExtraDeps
                | ExtraSrcs
                | From
                | Headers
                | Modules
                | Oflags
                | Outputs
                | RunOpt
                | SrcDir
                | Tools
                | VendorDirs
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_one_key_of_its_block_whatever_the_case() {
        for kind in [Project, Library, Executable, Test, Flag, Generator, Per, Cstubs, Generate] {
            let mut names: Vec<_> = kind.keys().collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{kind:?}");
        }
        assert_eq!(Executable.key("BuildDepends"), Some(Key::BuildDeps));
        assert_eq!(Library.key("MAIN"), None);
        assert_eq!(Library.inside("SubLib"), Some(Library));
        assert_eq!(Executable.inside("sub"), None);
        assert_eq!(Cstubs.key("errno"), Some(Key::Errno));
    }
}
