//! Reads a package whose manifest is obuild's: the one `*.obuild` file of its folder, and those of the
//! packages that it says it has inside.

use std::process::Command;

use mbuild_rules::Diagnostic;

use super::{Read, Reading, read};
use crate::configure::error::ConfigureError;
use crate::depends::find_program;
use crate::environment::Environment;
use crate::obuild::{self, CPackage, File, Machine};
use crate::ocaml::sources::{Sources, clean, folder_of, join, name_of};
use crate::words;

/// How manifests end.
const ENDING: &str = ".obuild";

/// Packages inside each other beyond this are led round by a link.
const MAX_DEPTH: usize = 16;

/// All of them, though only one may be there: which others are too many is said when they are read.
pub(super) fn find(sources: &mut Sources) -> Vec<String> {
    manifests(sources, "")
}

/// The manifests in a folder. What is hidden is left alone.
fn manifests(sources: &mut Sources, folder: &str) -> Vec<String> {
    let is_one = |name: &&String| name.ends_with(ENDING) && !name.starts_with('.');
    let names: Vec<String> = sources.list(folder).iter().filter(is_one).cloned().collect();
    let files = names.iter().map(|name| join(folder, name));
    let root = sources.root().to_owned();
    files.filter(|path| root.join(path).is_file()).collect()
}

pub(super) fn package(reading: &mut Reading<'_>) -> Result<Read, ConfigureError> {
    let [manifest] = reading.manifests else {
        let wrong = reading.manifests.iter().skip(1).map(|name| {
            let said =
                format!("there is `{}` too, and a package has one manifest", reading.manifests[0]);
            Diagnostic::about(name.as_bytes(), said).with_help("remove or rename one of the two")
        });
        return Err(ConfigureError::Wrong(wrong.collect()));
    };
    let mut left = vec![(manifest.clone(), 0)];
    let (mut files, mut wrong) = (Vec::new(), Vec::<Diagnostic>::new());
    while let Some((path, depth)) = left.pop() {
        let content = read(reading.sources, &path)?;
        match obuild::read(path.as_bytes(), &content) {
            Ok(project) => {
                let folder = folder_of(&path).to_owned();
                let inside = project.vendor_folders.iter().filter(|_| depth < MAX_DEPTH);
                let mut found: Vec<String> = Vec::new();
                for word in inside {
                    found.extend(packages_in(reading.sources, &clean(&join(&folder, &word.text))));
                }
                found.retain(|it| {
                    !files.iter().any(|file: &File| file.path == *it)
                        && !left.iter().any(|(path, _)| path == it)
                });
                left.extend(found.into_iter().rev().map(|path| (path, depth + 1)));
                files.push(File { path, folder, content, project });
            }
            Err(errors) => wrong.extend(errors),
        }
    }
    if !wrong.is_empty() {
        return Err(ConfigureError::Wrong(wrong));
    }
    let mut looking = Looking { environment: reading.environment, sources: reading.sources };
    let (package, warnings) =
        obuild::package(&files, &mut looking, reading.choices).map_err(ConfigureError::Wrong)?;
    Ok(Read { package, warnings, messages: Vec::new() })
}

/// The manifests of a folder that is a package, or of the folders in it that are.
fn packages_in(sources: &mut Sources, folder: &str) -> Vec<String> {
    let own = manifests(sources, folder);
    if let [one] = own.as_slice() {
        return vec![one.clone()];
    }
    let mut found = Vec::new();
    for name in sources.list(folder).clone() {
        let inside = join(folder, &name);
        if sources.root().join(&inside).is_dir()
            && let [one] = manifests(sources, &inside).as_slice()
        {
            found.push(one.clone());
        }
    }
    found
}

/// The machine and the source tree at hand.
struct Looking<'a> {
    environment: &'a Environment,
    sources: &'a mut Sources,
}

impl Machine for Looking<'_> {
    fn environment(&self) -> &Environment {
        self.environment
    }

    fn names(&mut self, folder: &str) -> Vec<String> {
        self.sources.list(folder).iter().cloned().collect()
    }

    fn is_file(&mut self, path: &str) -> bool {
        self.sources.has(folder_of(path), name_of(path)) && self.sources.root().join(path).is_file()
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let content = self.sources.read(path).ok()?;
        Some(String::from_utf8_lossy(&content).into_owned())
    }

    fn has_program(&self, name: &str) -> bool {
        find_program(name).is_some()
    }

    fn pkg_config(&mut self, package: &str) -> Option<CPackage> {
        let ask = |option: &str| {
            let output = Command::new("pkg-config").args([option, package]).output().ok()?;
            let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            output.status.success().then_some(text)
        };
        let split = |text: String| -> Option<Vec<String>> {
            Some(words::split(&text).ok()?.into_iter().map(|(_, word)| word).collect())
        };
        let version = ask("--modversion")?;
        // Another description of the library asks for a new configuration.
        if let Some(folder) = ask("--variable=pcfiledir") {
            let _ = self.sources.read(&format!("{folder}/{package}.pc"));
        }
        let (flags, libraries) = (split(ask("--cflags")?)?, split(ask("--libs")?)?);
        Some(CPackage { version, flags, libraries })
    }
}
