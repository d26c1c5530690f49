//! What every section that is compiled says: where its sources are, what it needs, with which flags.

use std::collections::BTreeMap;

use super::inputs::Inputs;
use super::inside::Packs;
use super::rare::Rare;
use super::rewriters::Rewriter;
use super::shared::Shared;
use super::steps::{Order, StepFlags};

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
    pub depends: Shared<Depend>,
    /// Programs that building it needs.
    pub tools: Vec<Tool>,
    /// C sources and headers, relative to `path`, or to `c_path` where there is one.
    pub c_sources: Vec<String>,
    /// The folder of its C sources, relative to the package root, where that is another one.
    pub c_path: Option<String>,
    /// The library that its C sources become, which is only linked into programs and never loaded; `None` is
    /// the section's name with `_stubs`, which is loaded as well where it can be.
    pub c_archive: Option<String>,
    /// Flags for the C compiler.
    pub c_flags: Vec<String>,
    /// Flags for linking with C libraries (`-lz`).
    pub c_libraries: Vec<String>,
    /// `-dllib` arguments.
    pub dll_libraries: Rare<Vec<String>>,
    /// `-dllpath` arguments.
    pub dll_paths: Rare<Vec<String>>,
    /// Flags for every bytecode command.
    pub byte_flags: Vec<String>,
    /// Flags for every native command.
    pub native_flags: Shared<String>,
    /// Flags for every OCaml command, both kinds (from `_tags` and the like).
    pub ocaml_flags: Shared<String>,
    /// Flags for the link of an archive or program only.
    pub link_flags: Vec<String>,
    /// Flags for single steps.
    pub steps: Rare<StepFlags>,
    /// What it says for linking holds for the programs that it is linked into as well.
    pub spreads: bool,
    /// The sections of this package that it is linked with, in this order, where that is not the package's.
    pub link_order: Rare<Vec<String>>,
    /// In which order its modules are linked.
    pub order: Order,
    /// Compiling leaves `.annot` files as well, which editors read before there were `.cmt` files; OCaml 5 makes
    /// none.
    pub annot: bool,
    /// Compilers are told its sources as seen from the working folder (`./a.ml`), which is what compiled
    /// interfaces remember of them.
    pub dotted: bool,
    /// Of a module, a source is installed only where it is called as the manifest lists the module, its first
    /// letter (of `dir/Foo` that of the folder) large or small.
    pub sources_as_listed: bool,
    /// Other sources in its folders are none of its modules.
    pub closed: bool,
    /// Flags of single modules, by module path.
    pub module_flags: Rare<BTreeMap<String, Vec<String>>>,
    /// Flags of single modules for native code alone, by module path.
    pub module_native_flags: Rare<BTreeMap<String, Vec<String>>>,
    /// Flags of single modules for bytecode and interfaces alone, by module path.
    pub module_byte_flags: Rare<BTreeMap<String, Vec<String>>>,
    /// How sources are preprocessed.
    pub preprocess: Preprocess,
    /// How single modules are preprocessed, by module path, where that differs from the section.
    pub module_preprocess: Rare<BTreeMap<String, Preprocess>>,
    /// Programs of the package that rewrite the syntax tree of its sources, in this order.
    pub rewriters: Rare<Vec<Rewriter>>,
    /// What its steps read beside its sources.
    pub inputs: Rare<Inputs>,
    /// Modules that its own do not wait for, though these name them.
    pub ignores: Rare<Vec<String>>,
    /// The same of single modules, by module path, in the place of what holds for the section.
    pub module_ignores: Rare<BTreeMap<String, Vec<String>>>,
    /// More folders to look for modules in, relative to the package root.
    pub include: Vec<String>,
    /// Its modules may also name those in the folders of the libraries that it uses which are in none of
    /// these libraries.
    pub around: bool,
    /// A folder among its sources is a module, which holds the modules inside the folder.
    pub folders: bool,
    /// Modules that are made of others.
    pub packs: Packs,
    /// Modules that come before others when it is built and linked, though these do not name them.
    pub before: Rare<Vec<(String, String)>>,
    /// Data to install: (glob relative to `path`, target folder).
    pub data: Vec<Data>,
    /// More files for the folder of its findlib package, relative to `path`.
    pub findlib_files: Rare<Vec<String>>,
    /// The folder that it is installed in, below that of the findlib package around it; `None` is the same.
    pub findlib_folder: Option<String>,
    /// The folder that it has to itself, below that of all libraries: compiled files alone, with a META that
    /// speaks of nothing else.
    pub own_folder: Option<String>,
}

impl Compiled {
    /// Whether camlp4 reads any of its sources.
    pub fn uses_camlp4(&self) -> bool {
        let mut all = self.module_preprocess.values().chain([&self.preprocess]);
        all.any(|how| matches!(how, Preprocess::Camlp4(_)))
    }

    /// The programs that building it runs.
    pub fn tools_mut(&mut self) -> Vec<&mut Tool> {
        let more = self.module_preprocess.held().into_iter().flat_map(BTreeMap::values_mut);
        let more = more.chain([&mut self.preprocess]).filter_map(|how| match how {
            Preprocess::Program(tool, _) => Some(tool),
            _ => None,
        });
        let rewriters = self.rewriters.held().into_iter().flatten();
        let rewriters = rewriters.map(|rewriter| &mut rewriter.program);
        let inputs = self.inputs.held().into_iter().flat_map(|inputs| &mut inputs.tools);
        let others = rewriters.chain(inputs);
        self.tools.iter_mut().chain(more).chain(others).collect()
    }

    /// Whether it says anything of this module alone, by its path.
    pub fn speaks_of(&self, module: &str) -> bool {
        let flags = [&self.module_flags, &self.module_native_flags, &self.module_byte_flags];
        flags.iter().any(|flags| flags.contains_key(module))
            || self.module_preprocess.contains_key(module)
            || self.module_ignores.contains_key(module)
    }

    /// The words of its commands that may name programs of the package, which its inputs list.
    pub fn words_with_programs(&mut self) -> Vec<&mut String> {
        let steps = self.steps.held().into_iter().flat_map(|steps| {
            [&mut steps.scan, &mut steps.byte_compile, &mut steps.native_compile]
        });
        let modules = [&mut self.module_native_flags, &mut self.module_byte_flags];
        let modules = modules.into_iter().filter_map(Rare::held);
        let arguments = self.module_preprocess.held().into_iter().flat_map(BTreeMap::values_mut);
        let arguments = arguments.chain([&mut self.preprocess]);
        let arguments = arguments.filter_map(|how| match how {
            Preprocess::Program(_, arguments) => Some(arguments),
            _ => None,
        });
        steps.chain(modules.flat_map(BTreeMap::values_mut)).chain(arguments).flatten().collect()
    }

    /// The folder of its C sources.
    pub fn c_folder(&self) -> &str {
        self.c_path.as_deref().unwrap_or(&self.path)
    }
}

// There may be hundreds of thousands of them.
const _: () = assert!(size_of::<Compiled>() <= 640);

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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
