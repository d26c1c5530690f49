//! Why a package cannot be configured.

use std::io;
use std::path::PathBuf;

use mbuild_rules::{Diagnostic, reason};

use super::hooks::HookError;
use crate::depends::Report;
use crate::findlib::FindlibError;
use crate::ocaml::OcamlError;
use crate::package::{About, Package};
use crate::toolchain::ToolchainError;

/// Why a package cannot be configured. Nothing was written to the build directory then.
#[derive(Debug, thiserror::Error)]
pub enum ConfigureError {
    /// The folder holds no manifest of any format.
    #[error("no manifest in `{}`: looked for {}", root.display(), list(looked_for))]
    NoManifest {
        /// The folder.
        root: PathBuf,
        /// The names of manifests.
        looked_for: Vec<&'static str>,
    },
    /// A file that was needed cannot be read.
    #[error("cannot read `{}`: {}", path.display(), reason(.source))]
    Read {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// The manifest, a template, or META of a package that is needed is wrong, in one place or several.
    #[error("{}", lines(.0))]
    Wrong(Vec<Diagnostic>),
    /// The user chose something that the package does not have.
    #[error("the package has no {what}{}\n  help: {help}", again(*kept))]
    Choice {
        /// A flag or variable, with its name.
        what: String,
        /// What to do.
        help: String,
        /// It was chosen for an earlier configuration.
        kept: bool,
    },
    /// There is no compiler.
    #[error(transparent)]
    Toolchain(#[from] ToolchainError),
    /// Packages or programs that are needed are not there.
    #[error("{}", missing(.0))]
    Missing(Box<Report>),
    /// The toolchain has nothing that could be such a package.
    #[error("{by} needs findlib package `{package}`, which toolchain `{toolchain}` does not have")]
    Lacks {
        /// The package.
        package: String,
        /// Who needs it.
        by: String,
        /// The toolchain.
        toolchain: String,
    },
    /// The package cannot be built as it is.
    #[error(transparent)]
    Ocaml(#[from] OcamlError),
    /// A command before or after configuring failed.
    #[error(transparent)]
    Hook(#[from] HookError),
    /// A file cannot be written.
    #[error("cannot write `{}`: {}", path.display(), reason(.source))]
    Write {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

impl ConfigureError {
    /// What the generator says, at its place in the manifest.
    pub(super) fn of_generator(errors: Vec<OcamlError>, package: &Package) -> Self {
        let (mut wrong, mut others) = (Vec::new(), Vec::new());
        for error in errors {
            if let OcamlError::Findlib { error: FindlibError::Broken(found), .. } = &error {
                // Several sections may need the same package.
                let news: Vec<_> =
                    found.iter().filter(|it| !wrong.contains(*it)).cloned().collect();
                wrong.extend(news);
                continue;
            }
            if let OcamlError::Cycle { sections, names } = &error {
                // Of the packages of a tree each has a manifest of its own.
                let shown = if package.members.is_empty() { 1 } else { sections.len() };
                for (pair, needed) in sections.windows(2).zip(&names[1..]).take(shown) {
                    let said = Some((About::Depend, needed.as_str()));
                    let place = package.places.message(pair[0], said, error.to_string());
                    wrong.push(place.with_help("one of these must do without the one after it"));
                }
                continue;
            }
            match error.diagnostic(&package.places) {
                Some(diagnostic) => wrong.push(diagnostic),
                None => others.push(error),
            }
        }
        match others.pop() {
            Some(error) if wrong.is_empty() => Self::Ocaml(error),
            _ => {
                wrong.sort_by_key(|found| (found.line, found.column));
                Self::Wrong(wrong)
            }
        }
    }
}

fn again(kept: bool) -> &'static str {
    if kept { ", which it was configured with; run `mbuild configure` to choose anew" } else { "" }
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn missing(report: &Report) -> String {
    let all: Vec<String> =
        report.missing.iter().map(|missing| format!("{missing} is missing")).collect();
    all.join("\n")
}

fn lines(all: &[Diagnostic]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
