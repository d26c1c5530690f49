//! The formats of manifests that can be read, the preferred first: one table.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;

use mbuild_rules::Diagnostic;

use super::error::ConfigureError;
use crate::choices::Choices;
use crate::environment::{Environment, Installed};
use crate::findlib::Findlib;
use crate::oasis;
use crate::ocaml::sources::Sources;
use crate::package::Package;
use crate::tags;

const TAGS: &str = "_tags";

/// A format of manifests.
pub struct Format {
    /// Its name, as messages say it.
    pub name: &'static str,
    /// How its manifest is called, as messages say it.
    pub manifest: &'static str,
    /// The manifest among the names in the package's folder.
    pub find: fn(&BTreeSet<String>) -> Option<&str>,
    /// Reads the manifest and translates it.
    pub read: fn(&mut Reading<'_>) -> Result<Read, ConfigureError>,
}

/// What a reader may ask.
pub struct Reading<'a> {
    /// The manifest, relative to the package root.
    pub manifest: &'a str,
    /// The machine; a reader adds the packages that its manifest asks for.
    pub environment: &'a mut Environment,
    /// What the user chose.
    pub choices: &'a Choices,
    /// What is installed.
    pub findlib: &'a mut Findlib,
    /// The source tree; what is read through it is recorded.
    pub sources: &'a mut Sources,
}

/// What a reader gives.
pub struct Read {
    /// The package.
    pub package: Package,
    /// What is strange in the manifest, but not wrong.
    pub warnings: Vec<Diagnostic>,
}

/// Every format, in the order of preference: where a folder has manifests of several formats, the
/// one that says most about building is taken.
pub const FORMATS: [Format; 1] = [Format {
    name: "OASIS",
    manifest: "_oasis",
    find: |names| names.get("_oasis").map(String::as_str),
    read: read_oasis,
}];

/// The manifest of a package's folder and its format.
pub(super) fn find(
    root: &Path,
    sources: &mut Sources,
) -> Result<(&'static Format, String), ConfigureError> {
    let names = sources.list("");
    FORMATS.iter().find_map(|format| Some((format, (format.find)(names)?.to_owned()))).ok_or_else(
        || ConfigureError::NoManifest {
            root: root.to_owned(),
            looked_for: FORMATS.iter().map(|format| format.manifest).collect(),
        },
    )
}

fn read_oasis(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let content = read(reading.sources, reading.manifest)?;
    let manifest = oasis::read(reading.manifest.as_bytes(), &content)
        .map_err(|wrong| ConfigureError::Wrong(vec![wrong]))?;
    let mut names = oasis::packages_named(&manifest);
    // `$findlib_version` is a variable of every package.
    names.push("findlib".to_owned());
    for name in names {
        // What is missing or broken is told when something is built with it.
        if let Ok(Some(found)) = reading.findlib.package(&name) {
            let directory = found.dir.to_string_lossy().into_owned();
            let installed = Installed { version: found.version(), directory };
            reading.environment.packages.insert(name, installed);
        }
    }
    let (mut package, mut warnings) =
        oasis::package(&manifest, reading.environment, reading.choices)
            .map_err(ConfigureError::Wrong)?;
    warnings.extend(apply_tags(reading.sources, &mut package)?);
    Ok(Read { package, warnings })
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
    let tags = tags::read(TAGS.as_bytes(), &content)
        .map_err(|wrong| ConfigureError::Wrong(vec![wrong]))?;
    let sources = RefCell::new(sources);
    let list = |folder: &str| sources.borrow_mut().list(folder).iter().cloned().collect();
    Ok(tags::apply(&tags, package, &list))
}

/// A file of the package.
pub(super) fn read(sources: &mut Sources, path: &str) -> Result<Vec<u8>, ConfigureError> {
    let full = sources.root().join(path);
    sources.read(path).map_err(|source| ConfigureError::Read { path: full, source })
}
