//! What building a package makes: the generator says it, installation and the commands read it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// What the generator makes of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Generated {
    /// The rule file.
    pub rule_file: Vec<u8>,
    /// Files that its commands read, by path relative to the package root; written before it.
    pub files: Vec<(String, Vec<u8>)>,
    /// What building makes, in the order of the manifest's sections.
    pub products: Vec<Product>,
    /// What installed packages say that their users should know.
    pub warnings: BTreeSet<String>,
}

/// A file (or, for documentation, a folder) that building makes, or a source that is installed
/// with what is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The index of its section in [`crate::package::Package::sections`].
    pub section: usize,
    /// What it is.
    pub kind: ProductKind,
    /// Its path relative to the package root.
    pub path: String,
    /// The module it belongs to, without folder; a pack's own files have the pack's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// Others may use the module: the manifest lists it among those, or it is a pack.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exported: bool,
    /// The module is inside a pack, so nobody can name it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub packed: bool,
    /// It belongs to the section only where modules of it turn out to name its module.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Taken>,
    /// The target that it is for, of several that share the build directory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

impl Product {
    /// A product of a section as a whole.
    pub fn of(section: usize, kind: ProductKind, path: impl Into<String>) -> Self {
        Self {
            section,
            kind,
            path: path.into(),
            module: None,
            exported: false,
            packed: false,
            taken: None,
            target: None,
        }
    }
}

/// How it is known, after building, whether a module belongs to a section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The order in which the section is linked, a file with an object on each line.
    pub order: String,
    /// The object of the module, which is in it then.
    pub object: String,
}

/// Most products are neither exported nor packed, and `configure.json` need not say so.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}

/// What a product is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProductKind {
    /// The source that says what a module offers: its `.mli`, or its `.ml` when it has none. In
    /// the build directory when it is made from another file.
    Interface,
    /// `.cmi`.
    Cmi,
    /// `.cmti`.
    Cmti,
    /// `.cmt`.
    Cmt,
    /// `.annot`.
    Annot,
    /// `.cmo`; of object sections only, others have it in their archive.
    Cmo,
    /// `.cmx`.
    Cmx,
    /// The machine code beside a `.cmx`; of object sections only.
    Object,
    /// `.cma`.
    Cma,
    /// `.cmxa`.
    Cmxa,
    /// The machine code beside a `.cmxa`.
    Archive,
    /// `.cmxs`.
    Cmxs,
    /// The C parts, to link into programs (`libx_stubs.a`).
    StubArchive,
    /// The C parts, to load (`dllx_stubs.so`).
    StubShared,
    /// A program; native code where the section has it.
    Program,
    /// The bytecode of a program beside the native one, as a program.
    Bytecode,
    /// What a machine boots, made of a program.
    Image,
    /// The folder with a document's pages.
    DocFolder,
    /// What a test leaves when it has passed.
    Test,
}

/// The phony goal of a section: `lib:x`, `obj:x`, `exe:x`, `test:x` or `doc:x`.
pub fn goal(section: &crate::package::Section) -> String {
    use crate::package::Section;
    match section {
        Section::Library(library) => format!("lib:{}", library.compiled.name),
        Section::Object(object) => format!("obj:{}", object.compiled.name),
        Section::Executable(executable) => format!("exe:{}", executable.compiled.name),
        Section::Test(test) => format!("test:{}", test.name),
        Section::Document(document) => format!("doc:{}", document.name),
    }
}

/// The phony goal that builds a package of a tree.
pub fn package_goal(name: &str) -> String {
    format!("pkg:{name}")
}
