//! The formats of manifests that can be read, the preferred first: one table.

mod mirari;
mod oasis;
mod obuild;
mod ocp;
mod opam;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use mbuild_rules::Diagnostic;

use super::error::ConfigureError;
use super::misnamed::misnamed;
use super::receipts::Receipts;
use crate::choices::Choices;
use crate::encoding;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::ocaml::sources::Sources;
use crate::opam::Messages;
use crate::package::Package;
use crate::tags;

/// The file that tells ocamlbuild of single files.
const TAGS: &str = "_tags";

/// The format whose file says what a package is beside the manifest of any other.
const OPAM: &str = "opam";

/// What has to be known before a manifest is read, of the other packages of its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// Nothing.
    First,
    /// The libraries that they provide: sections that need something else are left out.
    AfterLibraries,
    /// Those, and the names of all packages.
    AfterNames,
}

/// A format of manifests.
pub struct Format {
    /// Its name, as the user chooses it.
    pub name: &'static str,
    /// How its manifests are called, as messages say it.
    pub manifest: &'static str,
    /// When packages of a tree are read: its reader asks what those before it are.
    pub(super) order: Order,
    /// Its manifests in the package's folder.
    find: fn(&mut Sources) -> Vec<String>,
    /// Reads the manifests and translates them.
    read: fn(&mut Reading<'_>) -> Result<Read, ConfigureError>,
}

/// What a reader may ask.
pub(super) struct Reading<'a> {
    /// The manifests, relative to the package root.
    pub(super) manifests: &'a [String],
    /// The machine; a reader adds the packages that its manifest asks for.
    pub(super) environment: &'a mut Environment,
    /// What the user chose.
    pub(super) choices: &'a Choices,
    /// What is installed.
    pub(super) findlib: &'a mut Findlib,
    /// What is installed for opam.
    pub(super) receipts: &'a mut Receipts,
    /// The source tree; what is read through it is recorded.
    pub(super) sources: &'a mut Sources,
    /// The findlib packages that other packages of the tree provide.
    pub(super) provided: &'a BTreeMap<String, Installed>,
    /// The packages of the tree by the names that opam has for them, with their versions; an empty one is not
    /// known.
    pub(super) tree: &'a BTreeMap<String, String>,
}

/// What a reader gives.
pub(super) struct Read {
    /// The package.
    pub(super) package: Package,
    /// What is strange in the manifests, but not wrong.
    pub(super) warnings: Vec<Diagnostic>,
    /// What its files of opam have to say to those who build and install it.
    pub(super) messages: Vec<Messages>,
}

/// Every format, in the order of preference: where a folder has manifests of several formats, the first
/// here is taken, unless the user chose.
///
/// First those that say what is built, the more widely used before the others: a folder has two of them
/// while it moves from one to the other, or for a tool that few have. Mirari's come after them, for they
/// describe a program around a package, and other programs have files that end so. A format whose own
/// tool is as common as all of these, such as dune's, has its place before `opam`. opam's file is beside
/// nearly every other one and knows nothing but commands, so it is the last.
pub const FORMATS: [Format; 6] = [
    Format {
        name: "oasis",
        manifest: "_oasis",
        order: Order::First,
        find: oasis::find,
        read: oasis::package,
    },
    Format {
        name: "obuild",
        manifest: "*.obuild",
        order: Order::First,
        find: obuild::find,
        read: obuild::package,
    },
    Format {
        name: "ocp",
        manifest: "*.ocp",
        order: Order::AfterLibraries,
        find: ocp::find,
        read: ocp::package,
    },
    Format {
        name: "mirari",
        manifest: "*.conf",
        order: Order::First,
        find: mirari::find,
        read: mirari::package,
    },
    Format {
        name: OPAM,
        manifest: "*.opam",
        order: Order::AfterNames,
        find: opam::find,
        read: opam::package,
    },
    // The same manifest, for those who want its own `setup.ml` to build: never found by itself.
    Format {
        name: "setup",
        manifest: "_oasis",
        order: Order::First,
        find: oasis::find_setup,
        read: oasis::package_by_setup,
    },
];

/// What opam calls the packages of a folder, with their versions.
pub(super) fn opam_names(sources: &mut Sources) -> Vec<(String, Option<String>)> {
    opam::names(sources)
}

impl Format {
    /// Its manifests in the folder of these sources.
    pub(super) fn find(&self, sources: &mut Sources) -> Vec<String> {
        (self.find)(sources)
    }

    /// Reads manifests of this format.
    pub(super) fn read(&self, reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
        let mut read = (self.read)(reading)?;
        if self.name != OPAM {
            opam::complete(reading, &mut read);
        }
        Ok(read)
    }
}

/// The manifests of a package's folder and their format: the one that is wanted, else the preferred one.
pub(super) fn find(
    root: &Path,
    wanted: Option<&str>,
    sources: &mut Sources,
) -> Result<(&'static Format, Vec<String>), ConfigureError> {
    let formats = || FORMATS.iter().filter(|format| wanted.is_none_or(|name| format.name == name));
    for format in formats() {
        let manifests = (format.find)(sources);
        if !manifests.is_empty() {
            return Ok((format, manifests));
        }
    }
    let misnamed = misnamed(sources.root());
    if !misnamed.is_empty() {
        return Err(ConfigureError::Wrong(misnamed));
    }
    Err(ConfigureError::NoManifest { root: root.to_owned(), looked_for: manifests(formats()) })
}

/// The preferred format of the manifest of this name in a package's folder.
pub(super) fn of_manifest(
    root: &Path,
    name: &str,
    sources: &mut Sources,
) -> Result<&'static Format, ConfigureError> {
    let mut formats = FORMATS.iter();
    let found = formats.find(|format| (format.find)(sources).iter().any(|path| path == name));
    found.ok_or_else(|| ConfigureError::NoManifest {
        root: root.join(name),
        looked_for: manifests(FORMATS.iter()),
    })
}

/// How manifests of these formats are called, each once.
pub fn manifests<'a>(formats: impl Iterator<Item = &'a Format>) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for format in formats {
        if !names.contains(&format.manifest) {
            names.push(format.manifest);
        }
    }
    names
}

/// Applies the `_tags` beside the manifest, where there is one.
fn apply_tags(
    sources: &mut Sources,
    package: &mut Package,
) -> Result<Vec<Diagnostic>, ConfigureError> {
    if !sources.has("", TAGS) {
        return Ok(Vec::new());
    }
    let content = read(sources, TAGS)?;
    let tags = tags::read(TAGS.as_bytes(), &content).map_err(ConfigureError::Wrong)?;
    let sources = RefCell::new(sources);
    let list = |folder: &str| sources.borrow_mut().list(folder).iter().cloned().collect();
    Ok(tags::apply(&tags, package, &list))
}

/// Each manifest with its content and what `parse` makes of it; else everything that is wrong with any.
fn each<T>(
    reading: &mut Reading<'_>,
    parse: impl Fn(&[u8], &[u8]) -> Result<T, Vec<Diagnostic>>,
) -> Result<Vec<(String, Vec<u8>, T)>, ConfigureError> {
    let (mut all, mut wrong) = (Vec::new(), Vec::new());
    for path in reading.manifests {
        let content = read(reading.sources, path)?;
        match parse(path.as_bytes(), &content) {
            Ok(said) => all.push((path.clone(), content, said)),
            Err(errors) => wrong.extend(errors),
        }
    }
    if wrong.is_empty() { Ok(all) } else { Err(ConfigureError::Wrong(wrong)) }
}

/// The name of the package's folder, for manifests that give none.
fn folder_name(sources: &Sources) -> String {
    let root = sources.root();
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    root.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// A file of the package; a manifest that is no text is refused.
pub(super) fn read(sources: &mut Sources, path: &str) -> Result<Vec<u8>, ConfigureError> {
    let full = sources.root().join(path);
    let content =
        sources.read(path).map_err(|source| ConfigureError::Read { path: full, source })?;
    match encoding::strange(path.as_bytes(), &content) {
        Some(wrong) => Err(ConfigureError::Wrong(vec![wrong])),
        None => Ok(content),
    }
}
