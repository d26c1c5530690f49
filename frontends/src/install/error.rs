//! Why a package cannot be installed or removed.

use std::io;
use std::path::PathBuf;

use mbuild_rules::{Diagnostic, reason};

use crate::choices::NotText;
use crate::configure::{ConfigureError, Stale};

/// Why a package cannot be installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The manifest cannot be read.
    #[error(transparent)]
    Configure(#[from] ConfigureError),
    /// A prefix that cannot be one.
    #[error(transparent)]
    Prefix(#[from] NotText),
    /// There is no configuration to tell what was built.
    #[error("the package is not configured: {0}")]
    NotConfigured(Stale),
    /// Something that should be installed was not built.
    #[error("`{path}` is not built: run `mbuild build` first")]
    NotBuilt {
        /// The file, relative to the package root.
        path: String,
    },
    /// What the manifest says is not so.
    #[error(transparent)]
    Wrong(#[from] Diagnostic),
    /// Two files of the package would be the same installed file.
    #[error("both `{first}` and `{second}` would be installed as `{}`", to.display())]
    Twice {
        /// Where to.
        to: PathBuf,
        /// The one.
        first: String,
        /// The other.
        second: String,
    },
    /// A folder that is not known.
    #[error("cannot tell where `{target}` is: no folder is called `{name}`")]
    NoFolder {
        /// What the manifest says.
        target: String,
        /// The name that is not known.
        name: String,
    },
    /// Files that were there before and that mbuild did not put there for this package.
    #[error("{}", foreign(.package, .files, .owner.as_deref()))]
    Foreign {
        /// The package to install.
        package: String,
        /// The files.
        files: Vec<PathBuf>,
        /// The package that the first one belongs to, where that is known.
        owner: Option<String>,
    },
    /// Files of the package that were changed since they were installed.
    #[error("{}", changed(.package, .files))]
    Changed {
        /// The package to install.
        package: String,
        /// The files.
        files: Vec<PathBuf>,
    },
    /// Where a folder has to be, there is something else.
    #[error("cannot install below `{}`: {what}", path.display())]
    NoPlace {
        /// What is there.
        path: PathBuf,
        /// What it is.
        what: String,
    },
    /// Nothing says what was installed.
    #[error("`{package}` is not installed here by mbuild: no `{}`", looked_for.display())]
    NotInstalled {
        /// The package.
        package: String,
        /// The receipt looked for.
        looked_for: PathBuf,
    },
    /// A list for opam that stands among the sources.
    #[error("`{}` is one of the sources: mbuild writes over no list but its own, unless `--force` says so", path.display())]
    OwnList {
        /// The list.
        path: PathBuf,
    },
    /// A receipt that cannot be read.
    #[error("`{}` is no receipt of mbuild: {reason}; once it is removed, `--force` installs again", path.display())]
    Receipt {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file or folder that cannot be read, made or removed.
    #[error("cannot {what} `{}`: {}", path.display(), reason(.source))]
    Io {
        /// `read`, `write`, `remove`.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
}

impl InstallError {
    /// For `map_err`.
    pub(super) fn io(what: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { what, path, source }
    }
}

fn changed(package: &str, files: &[PathBuf]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let more = and_others(files.len());
    format!(
        "cannot install `{package}`: `{}` was changed since it was installed{more}; keep it under another name, or pass `--force` to have it written over",
        first.display()
    )
}

/// That what is said of a file is so of more.
fn and_others(count: usize) -> String {
    match count {
        0 | 1 => String::new(),
        2 => ", and so it is with 1 other file".to_owned(),
        count => format!(", and so it is with {} other files", count - 1),
    }
}

fn foreign(package: &str, files: &[PathBuf], owner: Option<&str>) -> String {
    let Some(first) = files.first() else { return String::new() };
    let whose = match owner {
        Some(owner) => format!("belongs to package `{owner}`"),
        None => "was not installed by mbuild".to_owned(),
    };
    let more = and_others(files.len());
    let directory = first.parent().and_then(|parent| parent.file_name());
    let help = if first.file_name().is_some_and(|name| name == "META") {
        let name = directory.unwrap_or_default().to_string_lossy();
        format!("remove the installed one first (`ocamlfind remove {name}`)")
    } else {
        "remove it first".to_owned()
    };
    format!(
        "cannot install `{package}`: `{}` {whose}{more}; {help}, or pass `--force`",
        first.display()
    )
}
