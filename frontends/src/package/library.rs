//! What others may link: libraries, with what META says of them, and objects without an archive.

use super::compiled::Compiled;

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
    /// There is no plugin of it (`.cmxs`).
    pub no_plugin: bool,
    /// The name of its archives without ending; `None` is the section's.
    pub archive: Option<String>,
    /// The findlib name in full (`a.b.c`).
    pub findlib: String,
    /// Findlib containers: prefixes of `findlib` that no library has.
    pub containers: Vec<String>,
    /// What META says beyond what follows from the model.
    pub meta: MetaFields,
}

impl Library {
    /// The name of its archives without ending.
    pub fn archive(&self) -> &str {
        self.archive.as_deref().unwrap_or(&self.compiled.name)
    }
}

/// A findlib package without a library: a META and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bare {
    /// The findlib name in full.
    pub findlib: String,
    /// Its folder, below that of all libraries.
    pub folder: String,
    /// `version`.
    pub version: String,
    /// `description`.
    pub description: String,
}

/// What a manifest says for META.
#[derive(Clone, Debug, Default)]
pub struct MetaFields {
    /// Write META at all; where not, a `META` in the library's folder is installed as it is.
    pub enable: bool,
    /// There is no META at all.
    pub absent: bool,
    /// A `META` in the library's folder goes before one that is written: it is the author's, but for what
    /// stands between OASIS's marks.
    pub by_hand: bool,
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
