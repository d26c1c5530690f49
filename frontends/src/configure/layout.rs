//! Which packages there are in a folder: one whose manifest stands there, or those of a tree.

use std::path::{Path, PathBuf};

use mbuild_rules::Diagnostic;

use super::configuration::OtherManifest;
use super::error::ConfigureError;
use super::format::{self, FORMATS, Format};
use crate::ocaml::sources::{Sources, clean, join};
use crate::target::project::{self, PROJECT_FILE, ProjectSettings};

/// A rule file that somebody else wrote: then folders without a word are no packages.
const RULE_FILE: &str = "build.ninja";

/// A package that is there.
pub(super) struct Found {
    /// Its folder; empty where that is the root.
    pub(super) folder: String,
    pub(super) format: &'static Format,
    /// Its manifests, relative to its folder.
    pub(super) manifests: Vec<String>,
    /// The user has chosen the format.
    pub(super) chosen: Option<String>,
    /// Manifests of other formats beside them.
    pub(super) others: Vec<OtherManifest>,
    /// What was looked at, from its folder.
    pub(super) sources: Sources,
}

/// Whether a folder is that of a package, or of a tree of packages.
pub fn is_package(root: &Path) -> bool {
    let settings = project::settings(root).unwrap_or_default();
    let mut sources = Sources::new(root);
    !settings.packages.is_empty()
        || FORMATS.iter().any(|format| !format.find(&mut sources).is_empty())
        || !folders(root, &mut sources).is_empty()
}

/// The packages in a folder, each with the format that is wanted, else the preferred one.
pub(super) fn find(
    root: &Path,
    wanted: Option<&str>,
    sources: &mut Sources,
) -> Result<Vec<Found>, ConfigureError> {
    let settings = project::settings(root).map_err(ConfigureError::Wrong)?;
    let chosen = match (&settings.frontend, wanted) {
        (_, Some(name)) => Some(name.to_owned()),
        (Some((name, at)), None) => {
            if !FORMATS.iter().any(|format| format.name == name) {
                let names = FORMATS.iter().map(|format| format.name);
                let help = format!("there are {}", crate::suggest::list(names));
                let message = format!("there is no format `{name}`");
                let wrong = settings.wrong(*at, message).with_help(help);
                return Err(ConfigureError::Wrong(vec![wrong]));
            }
            Some(name.clone())
        }
        (None, None) => None,
    };
    let chosen = chosen.as_deref();
    if !settings.packages.is_empty() {
        return listed(root, &settings, chosen);
    }
    let folders = folders(root, sources);
    if folders.is_empty() {
        let (format, manifests) = format::find(root, chosen, sources)?;
        return Ok(vec![Found::new(root, "", format, manifests, chosen, None)]);
    }
    let mut found = Vec::new();
    for folder in &folders {
        found.extend(in_folder(root, folder, chosen));
    }
    has_wanted(root, chosen, found)
}

/// The packages that `mbuild.toml` names, after the one of the root itself.
fn listed(
    root: &Path,
    settings: &ProjectSettings,
    chosen: Option<&str>,
) -> Result<Vec<Found>, ConfigureError> {
    let mut found: Vec<Found> = in_folder(root, "", chosen).into_iter().collect();
    let mut wrong = Vec::<Diagnostic>::new();
    for (name, at) in &settings.packages {
        let folder = clean(name);
        if name.starts_with('/') || folder.starts_with("..") {
            let message = format!("`{name}` is not below the folder of `{PROJECT_FILE}`");
            let help = "name folders relative to it";
            wrong.push(settings.wrong(*at, message).with_help(help));
        } else if found.iter().any(|known| known.folder == folder) {
            if !folder.is_empty() {
                wrong.push(settings.wrong(*at, format!("`{name}` is named twice")));
            }
        } else if let Some(package) = in_folder(root, &folder, chosen) {
            found.push(package);
        } else {
            let looked_for = format::manifests(FORMATS.iter()).join("`, `");
            let message = format!("`{name}` has no manifest: looked for `{looked_for}`");
            wrong.push(settings.wrong(*at, message).with_help("name the folders of packages"));
        }
    }
    if wrong.is_empty() {
        has_wanted(root, chosen, found)
    } else {
        Err(ConfigureError::Wrong(wrong))
    }
}

/// A format that no package of the tree has is a mistake.
fn has_wanted(
    root: &Path,
    chosen: Option<&str>,
    found: Vec<Found>,
) -> Result<Vec<Found>, ConfigureError> {
    match chosen {
        Some(name) if !found.iter().any(|it| it.chosen.is_some()) => {
            let formats = FORMATS.iter().filter(|format| format.name == name);
            let looked_for = format::manifests(formats);
            Err(ConfigureError::NoManifest { root: root.to_owned(), looked_for })
        }
        _ => Ok(found),
    }
}

/// The package of one folder of a tree: in the chosen format where it has that, else in the preferred one.
fn in_folder(root: &Path, folder: &str, chosen: Option<&str>) -> Option<Found> {
    let mut sources = Sources::new(&below(root, folder));
    let own = format::find(root, chosen, &mut sources).ok().filter(|_| chosen.is_some());
    let (found, chosen) = match own {
        Some(found) => (found, chosen),
        None => (format::find(root, None, &mut sources).ok()?, None),
    };
    let (format, manifests) = found;
    // What stands further below is another package of the tree, or none.
    let above = manifests.iter().any(|path| !path.contains('/')) || format.name == "opam";
    (above || !folder.is_empty())
        .then(|| Found::new(root, folder, format, manifests, chosen, Some(sources)))
}

/// The folders of a tree that nobody has named: those directly in the root that have manifests, where the
/// root has none.
fn folders(root: &Path, sources: &mut Sources) -> Vec<String> {
    let names: Vec<String> = sources.list("").iter().cloned().collect();
    let at_root: Vec<String> =
        FORMATS.iter().flat_map(|format| format.find(&mut Sources::new(root))).collect();
    let is_closed = |name: &String| name == RULE_FILE || name.starts_with("ocp-build.root");
    // The one format that has its manifests anywhere below its root.
    let is_ocp = |path: &String| path.contains('/') && path.contains(".ocp");
    if names.iter().any(is_closed) || !at_root.iter().all(is_ocp) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut others = false;
    for name in names.iter().filter(|name| !name.starts_with(['.', '_'])) {
        let full = root.join(name);
        if !full.is_dir() || full.is_symlink() {
            continue;
        }
        let Ok((format, _)) = format::find(root, None, &mut Sources::new(&full)) else { continue };
        found.push(name.clone());
        let inside = format!("{name}/");
        others |= format.name != "ocp" && !at_root.iter().any(|path| path.starts_with(&inside));
    }
    // Folders that all have manifests of that format are one project of it, as they ever were.
    if at_root.is_empty() || others { found } else { Vec::new() }
}

/// A folder, without a slash at its end where it is the root.
fn below(root: &Path, folder: &str) -> PathBuf {
    if folder.is_empty() { root.to_owned() } else { root.join(folder) }
}

impl Found {
    pub(super) fn new(
        root: &Path,
        folder: &str,
        format: &'static Format,
        manifests: Vec<String>,
        chosen: Option<&str>,
        sources: Option<Sources>,
    ) -> Self {
        let full = below(root, folder);
        let mut others = Vec::new();
        for other in &FORMATS {
            let found = other.find(&mut Sources::new(&full));
            let own = found.iter().filter(|path| !path.contains('/') && !manifests.contains(path));
            for path in own.map(|path| join(folder, path)) {
                // A manifest that two formats read is that of the first.
                if !others.iter().any(|known: &OtherManifest| known.path == path) {
                    others.push(OtherManifest { path, format: other.name.to_owned() });
                }
            }
        }
        let chosen = chosen.map(str::to_owned);
        let sources = sources.unwrap_or_else(|| Sources::new(&full));
        Self { folder: folder.to_owned(), format, manifests, chosen, others, sources }
    }
}
