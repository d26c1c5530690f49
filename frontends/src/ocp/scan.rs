//! Finds the manifests of a project: those in its folder and in every folder below.

use std::path::Path;

use crate::ocaml::sources::{Sources, join, name_of};

/// More folders than these are not looked at.
const FOLDERS: usize = 20_000;

/// To find out whether a folder is a project at all, no more are looked at, and none deeper.
const FIRST_FOLDERS: usize = 500;
const FIRST_LEVELS: usize = 2;

/// What marks the root of a project.
const ROOTS: [&str; 2] = ["ocp-build.root", "ocp-build.root2"];

/// What a folder is closed by, or says of its manifests.
const SETTINGS: &str = ".ocp-build";

/// The files that were read to find the manifests.
pub fn settings_of(sources: &Sources) -> Vec<String> {
    sources.files().filter(|path| name_of(path) == SETTINGS).map(str::to_owned).collect()
}

/// Whether the name of a file is that of a manifest.
pub fn is_one(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && (name.ends_with(".ocp") || name.ends_with(".ocp2"))
}

/// The manifests of a project, each folder's before those of the folders below it; what was looked at is
/// recorded. Folders that begin with `.` or `_`, or that a `.ocpstop` or `.ocp-build` closes, are left out.
///
/// A folder whose first manifest is further below is no project, unless it is marked as one.
pub fn manifests(sources: &mut Sources) -> Vec<String> {
    // What is looked at in vain is not recorded.
    let mut first = Sources::new(sources.root());
    if !is_root(&mut first) && below(&mut first, FIRST_FOLDERS, FIRST_LEVELS).is_empty() {
        return Vec::new();
    }
    below(sources, FOLDERS, usize::MAX)
}

/// The manifests in so many folders, and so many levels below the first.
fn below(sources: &mut Sources, folders: usize, levels: usize) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![String::new()];
    let mut seen = 0;
    while let Some(folder) = left.pop() {
        seen += 1;
        let names: Vec<String> = sources.list(&folder).iter().cloned().collect();
        let settings = settings(sources, &folder, &names);
        if settings.skip {
            continue;
        }
        let newer = settings.newer && names.iter().any(|name| name == "build.ocp2");
        for name in &names {
            let path = join(&folder, name);
            if is_one(name) {
                let other = if newer { "build.ocp" } else { "build.ocp2" };
                let replaced = name == other && (newer || !settings.newer);
                if !replaced && sources.root().join(&path).is_file() {
                    found.push(path);
                }
                continue;
            }
            let closed = name.starts_with(['.', '_']);
            if !closed
                && seen + left.len() < folders
                && path.matches('/').count() < levels
                && is_folder(&sources.root().join(&path))
            {
                let stops = sources.root().join(&path).join(".ocpstop").exists();
                left.extend((!stops).then_some(path));
            }
        }
    }
    found
}

/// Whether a folder is marked as the root of a project.
fn is_root(sources: &mut Sources) -> bool {
    let names = sources.list("");
    ROOTS.iter().any(|name| names.contains(*name))
        || sources.root().join("_obuild/ocp-build.root").is_file()
}

/// A folder, and no link to one, which could lead in a circle.
fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|data| data.is_dir())
}

/// What the file `.ocp-build` of a folder says.
struct Settings {
    skip: bool,
    newer: bool,
}

fn settings(sources: &mut Sources, folder: &str, names: &[String]) -> Settings {
    let mut settings = Settings { skip: false, newer: true };
    if names.iter().any(|name| name == SETTINGS)
        && let Ok(content) = sources.read(&join(folder, SETTINGS))
    {
        for line in String::from_utf8_lossy(&content).lines() {
            match line.trim() {
                "skip=true" => settings.skip = true,
                "skip=false" => settings.skip = false,
                "maxversion=1" => settings.newer = false,
                "maxversion=2" => settings.newer = true,
                _ => {}
            }
        }
    }
    settings
}
