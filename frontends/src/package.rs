//! The package model: what every manifest is translated to, and the only thing the generator sees.
//!
//! All conditionals are decided before: a model is one configuration of a package. Paths are
//! relative to the package root, with `/`; module paths (`dir/Foo`) keep their directory.
//!
//! Commands and target folders may still hold variables, always written `${name}`: a name from
//! [`Package::folders`], or the [`variable_name`] of an executable section (its built path). Both
//! are settled by whoever runs the command; everything else was expanded before. A package of a tree may also
//! name folders of others of the tree, by [`elsewhere`].

mod action;
mod below;
mod compiled;
mod document;
mod elsewhere;
mod environment;
mod executable;
mod generate;
mod hook;
mod inputs;
mod inside;
mod library;
mod made;
mod places;
mod rare;
mod rewriters;
mod shared;
mod steps;
mod syntax;
mod test;
pub mod tree;
mod variable;

use std::collections::BTreeMap;

pub use action::{Action, Command, OwnBuild, Run};
pub use compiled::{Code, Compiled, Data, Depend, Preprocess, Tool};
pub use document::{Document, DocumentKind};
pub use elsewhere::{elsewhere, of_elsewhere};
pub use environment::{Change, How};
pub use executable::{Device, Executable};
pub use generate::{Generate, INFER, Reads};
pub use hook::{Hook, Step};
pub use inputs::Inputs;
pub use inside::{Inside, Packs};
pub use library::{Bare, Library, MetaFields, Object};
pub use made::{Made, MadeFrom};
pub use places::{About, Places};
pub use rare::{Empty, Rare};
pub use rewriters::Rewriter;
pub use shared::Shared;
pub use steps::{Order, StepFlags};
pub use test::Test;
pub use variable::{expand, variable_name};

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
    /// Where a stock tool would leave what it builds, for those of the shell commands that look there.
    pub mirrors: Vec<String>,
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
    /// Findlib packages without a library.
    pub bare: Vec<Bare>,
    /// Its sections and the installed packages that they need, by name, in the order in which they are linked
    /// and named in META; empty where that follows from what each section says.
    pub link_order: Vec<String>,
    /// What the installed packages among these are linked with.
    pub linked_with: BTreeMap<String, Vec<String>>,
    /// The packages that it is made of, where it stands for all those of a tree.
    pub members: Vec<tree::Member>,
    /// What those of them have that others use as they are installed.
    pub awaited: tree::Awaited,
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

    /// The programs that building it runs.
    pub fn tools_mut(&mut self) -> Vec<&mut Tool> {
        let mut tools: Vec<&mut Tool> = Vec::new();
        tools.extend(self.sections.iter_mut().flat_map(Section::tools_mut));
        tools.extend(self.generate.iter_mut().map(|generate| &mut generate.tool));
        tools.extend(self.actions.iter_mut().flat_map(|action| &mut action.tools));
        tools
    }

    /// What libraries, objects and programs share, in the order of the manifest.
    pub fn compiled(&self) -> impl Iterator<Item = &Compiled> {
        self.sections.iter().filter_map(Section::compiled)
    }
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

    /// The programs that building, running or making it runs.
    pub fn tools_mut(&mut self) -> Vec<&mut Tool> {
        match self {
            Self::Test(test) => test.tools.iter_mut().collect(),
            Self::Document(document) => document.tools.iter_mut().collect(),
            _ => self.compiled_mut().map(Compiled::tools_mut).unwrap_or_default(),
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
