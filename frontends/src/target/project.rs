//! What a project's `mbuild.toml` says of its manifests: which folders are packages, and which format is read.

use std::ops::Range;
use std::path::Path;

use mbuild_rules::Diagnostic;

use super::spec::File;

/// A project's own file.
pub(crate) const PROJECT_FILE: &str = "mbuild.toml";

/// What the file says; each text with its place in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProjectSettings {
    /// The folders of packages.
    pub(crate) packages: Vec<(String, usize)>,
    /// The format of manifests to read where a folder has several.
    pub(crate) frontend: Option<(String, usize)>,
    content: Vec<u8>,
}

impl ProjectSettings {
    /// A message about a place in the file.
    pub(crate) fn wrong(&self, at: usize, message: impl Into<String>) -> Diagnostic {
        Diagnostic::at(PROJECT_FILE.as_bytes(), &self.content, at, message)
    }
}

/// Reads the file in `root`; where there is none it says nothing.
pub(crate) fn settings(root: &Path) -> Result<ProjectSettings, Vec<Diagnostic>> {
    let Ok(content) = std::fs::read(root.join(PROJECT_FILE)) else {
        return Ok(ProjectSettings::default());
    };
    let mut settings = ProjectSettings { content, ..ProjectSettings::default() };
    let text = String::from_utf8_lossy(&settings.content).into_owned();
    let found: File = toml::from_str(&text).map_err(|error| {
        let at = error.span().map_or(0, |span: Range<usize>| span.start);
        vec![settings.wrong(at, error.message().lines().collect::<Vec<_>>().join(", "))]
    })?;
    let placed = |text: &toml::Spanned<String>| (text.get_ref().clone(), text.span().start);
    settings.packages = found.packages.iter().map(placed).collect();
    settings.frontend = found.frontend.as_ref().map(placed);
    Ok(settings)
}
