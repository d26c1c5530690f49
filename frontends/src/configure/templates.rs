//! Files made at configure time from a template beside them (`FilesAB`): `x.ml.ab` gives `x.ml`.

use std::path::Path;

use super::error::ConfigureError;
use super::format;
use crate::files;
use crate::oasis;
use crate::ocaml::sources::Sources;
use crate::package::Package;

/// Expands every template, and when all of them are right writes the files that are not so yet.
/// Gives the paths of all of them, relative to the package root.
pub(super) fn make(
    root: &Path,
    package: &Package,
    sources: &mut Sources,
) -> Result<Vec<String>, ConfigureError> {
    let mut made = Vec::new();
    let mut wrong = Vec::new();
    for template in &package.templates {
        let content = format::read(sources, &template.from)?;
        match oasis::expand_template(template.from.as_bytes(), &content, &package.variables) {
            Ok(text) => made.push((template.to.clone(), text)),
            Err(diagnostic) => wrong.push(diagnostic),
        }
    }
    if !wrong.is_empty() {
        return Err(ConfigureError::Wrong(wrong));
    }
    for (path, text) in &made {
        let full = root.join(path);
        files::write_if_changed(&full, text)
            .map_err(|source| ConfigureError::Write { path: full, source })?;
    }
    Ok(made.into_iter().map(|(path, _)| path).collect())
}
