//! Reads a package whose manifest is `_oasis`, with the `_tags` beside it.

use std::cell::RefCell;

use mbuild_rules::Diagnostic;

use super::{Read, Reading, read};
use crate::configure::error::ConfigureError;
use crate::environment::Installed;
use crate::oasis;
use crate::ocaml::sources::Sources;
use crate::package::Package;
use crate::tags;

/// The manifest.
const MANIFEST: &str = "_oasis";

const TAGS: &str = "_tags";

pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    sources.list("").get(MANIFEST).cloned().into_iter().collect()
}

pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let content = read(reading.sources, MANIFEST)?;
    let manifest = oasis::read(MANIFEST.as_bytes(), &content)
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
