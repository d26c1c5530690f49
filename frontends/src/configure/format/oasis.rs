//! Reads a package whose manifest is `_oasis`, with the `_tags` beside it.

use super::{Read, Reading, apply_tags, read};
use crate::configure::error::ConfigureError;
use crate::environment::Installed;
use crate::oasis;
use crate::ocaml::sources::Sources;

/// The manifest.
const MANIFEST: &str = "_oasis";

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
