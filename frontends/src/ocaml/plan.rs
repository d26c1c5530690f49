//! Decides for each section what it is made of, before any of its rules are written.

mod found;
mod needs;
mod planner;
mod shown;

use std::collections::{BTreeMap, BTreeSet};

use crate::findlib::Findlib;
use crate::findlib::expand::{Mode, Use};
use crate::package::{Compiled, Library, Package, Section};
use crate::target;
use crate::toolchain::Toolchain;

use super::error::{OcamlError, Subject};
use super::modules::{Finder, Module};
use super::rules::{plain, quote};
use super::standing::Standing;

/// A section that is compiled, with everything settled.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    /// The section.
    pub(super) section: &'a Section,
    /// Its index in the package.
    pub(super) index: usize,
    /// What it shares with others.
    pub(super) compiled: &'a Compiled,
    /// Its name in paths and rules: `library-re`.
    pub(super) id: String,
    /// Its name in messages.
    pub(super) label: String,
    /// The folder of its objects.
    pub(super) obj: String,
    /// The folder of its modules' objects; another one where these are packed.
    pub(super) unit_dir: String,
    /// The unit that its modules are packed into.
    pub(super) pack: Option<String>,
    /// Its modules.
    pub(super) members: Vec<Module>,
    /// Modules that its own may name although it does not list them.
    pub(super) others: Vec<Module>,
    /// How many of these, the last ones, stand beside the modules of libraries that it uses.
    pub(super) beside: usize,
    /// Its main module, for a program.
    pub(super) main: Option<String>,
    /// It has bytecode.
    pub(super) byte: bool,
    /// It has native code.
    pub(super) native: bool,
    /// Its native code is only there for programs of this package: the manifest wants bytecode.
    pub(super) native_inside: bool,
    /// It is there for documents alone: the manifest does not want it built.
    pub(super) only_shown: bool,
    /// The plans of the sections it uses, each after those that it uses.
    pub(super) uses: Vec<usize>,
    /// It is a library that camlp4 loads.
    pub(super) is_extension: bool,
    /// The installed packages in use, for each kind of code.
    pub(super) packages: BTreeMap<Mode, Use>,
    /// The names of installed packages asked for, through the sections it uses as well.
    pub(super) externals: Vec<String>,
    /// Options of the preprocessor, in Ninja syntax.
    pub(super) preprocess: String,
    /// The same for modules where they differ, by module as written.
    pub(super) module_preprocess: BTreeMap<String, String>,
    /// Files that the preprocessors consist of, and that they and the compilers read beside sources.
    pub(super) preprocess_files: BTreeSet<String>,
    /// These, and the archives of the installed packages in use.
    pub(super) package_files: BTreeSet<String>,
}

impl Plan<'_> {
    /// The preprocessor's options for a module.
    pub(super) fn preprocess(&self, module: &str) -> &str {
        self.module_preprocess.get(module).unwrap_or(&self.preprocess)
    }

    /// The modules that one of its own does not wait for.
    pub(super) fn ignores(&self, module: &str) -> &[String] {
        self.compiled.module_ignores.get(module).unwrap_or(&self.compiled.ignores)
    }

    /// What its preprocessors consist of and read, as one goal, where there is anything.
    pub(super) fn inputs_goal(&self, dir: &str) -> Option<String> {
        (!self.preprocess_files.is_empty()).then(|| format!("{dir}/inputs/{}", self.id))
    }

    /// The files of the installed packages it uses, as one goal, where there are any: a goal of
    /// nothing is never up to date.
    pub(super) fn packages_goal(&self, dir: &str) -> Option<String> {
        (!self.package_files.is_empty()).then(|| format!("{dir}/packages/{}", self.id))
    }

    /// `-I` for folders of its own, for those of the sections it uses, for packages.
    pub(super) fn includes(
        &self,
        plans: &[Plan<'_>],
        own: &[String],
        mode: Mode,
        standing: &Standing,
    ) -> String {
        let mut dirs = own.to_vec();
        dirs.extend(self.uses.iter().rev().map(|at| plans[*at].obj.clone()));
        if let Some(packages) = self.packages.get(&mode) {
            let include = packages.include_dirs();
            dirs.extend(include.iter().map(|dir| dir.to_string_lossy().into_owned()));
        }
        let dirs = dirs.iter().map(|dir| format!("-I {}", quote(&standing.path(dir))));
        dirs.collect::<Vec<_>>().join(" ")
    }

    /// The files of the unit that the modules are packed into, without ending.
    pub(super) fn pack_base(&self) -> String {
        // The compilers take the module's name from the file's.
        let name = match self.section {
            Section::Library(Library { pack_name: Some(name), .. }) => {
                super::modules::spellings(name)[0].clone()
            }
            _ => self.compiled.name.clone(),
        };
        format!("{}/{}", self.obj, plain(&name))
    }

    /// Its archives without ending.
    pub(super) fn archive_base(&self) -> String {
        let name = match self.section {
            Section::Library(library) => library.archive(),
            _ => &self.compiled.name,
        };
        format!("{}/{name}", self.obj)
    }

    /// Its modules are linked whether something needs them or not.
    pub(super) fn links_all(&self) -> bool {
        match self.section {
            Section::Executable(executable) => !executable.modules.is_empty(),
            _ => true,
        }
    }

    /// It is a program without OCaml.
    pub(super) fn is_in_c(&self) -> bool {
        matches!(self.section, Section::Executable(executable) if executable.is_in_c())
    }

    /// It has C sources, which become a library of stubs.
    pub(super) fn c_files(&self) -> Vec<&str> {
        c_files(self.compiled).collect()
    }
}

/// What the plans are made from.
pub(super) struct Planner<'a, 'b> {
    pub(super) package: &'a Package,
    pub(super) toolchain: &'b Toolchain,
    pub(super) findlib: &'b mut Findlib,
    pub(super) finder: Finder<'b>,
    pub(super) dir: &'b str,
    /// Sources that are not there.
    pub(super) missing: Vec<OcamlError>,
    /// Which kinds of code there are, whatever the manifest says.
    pub(super) code: target::Code,
}

/// The name of a section as messages and paths use it: (kind, name).
pub(super) fn kind(section: &Section) -> (&'static str, &str) {
    match section {
        Section::Library(library) => ("library", &library.compiled.name),
        Section::Object(object) => ("object", &object.compiled.name),
        Section::Executable(executable) => ("executable", &executable.compiled.name),
        Section::Test(test) => ("test", &test.name),
        Section::Document(document) => ("document", &document.name),
    }
}

/// The C sources of a section without the headers among them.
fn c_files(compiled: &Compiled) -> impl Iterator<Item = &str> {
    let c = compiled.c_sources.iter().map(String::as_str);
    c.filter(|file| !file.ends_with(".h") && !file.ends_with(".H"))
}

/// A section as messages name it.
fn subject(index: usize, section: &Section) -> Subject {
    let (kind, name) = kind(section);
    Subject { index, label: format!("{kind} `{name}`") }
}
