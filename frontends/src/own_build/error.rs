//! Why a package's own tool does not build it.

use std::io;
use std::path::{Path, PathBuf};

use mbuild_rules::reason;

/// Why a package's own tool does not build it.
#[derive(Debug, thiserror::Error)]
pub enum OwnBuildError {
    /// Something cannot be read or written.
    #[error("cannot {verb} `{}`: {}", path.display(), reason(.source))]
    File {
        /// `read`, `write`, ...
        verb: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What went wrong.
        source: io::Error,
    },
    /// A command of the package's own failed; it has said why.
    #[error("the package's own commands failed ({status}); what they left is in `{tree}`")]
    Failed {
        /// How the first that failed ended.
        status: std::process::ExitStatus,
        /// The folder in which they ran.
        tree: String,
    },
    /// What they left can be no part of an archive.
    #[error("`{}` is neither a file nor a folder nor a link: the package's own commands must not leave it", .0.display())]
    Odd(PathBuf),
    /// The words of the step make no sense: another version of mbuild wrote them.
    #[error("unknown words for the step `{0}`")]
    Words(String),
    /// An archive that no step wrote.
    #[error("`{}` is not what the step before left", .0.display())]
    Archive(PathBuf),
}

/// An error about a file.
pub(super) fn file<P: AsRef<Path>>(
    verb: &'static str,
    path: P,
) -> impl FnOnce(io::Error) -> OwnBuildError {
    move |source| OwnBuildError::File { verb, path: path.as_ref().to_owned(), source }
}
