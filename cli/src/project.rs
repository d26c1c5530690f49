//! What stands in a folder: a package with a manifest, or a rule file that somebody else wrote.

use std::path::{Path, PathBuf};

use mbuild_frontends::configure::{FORMATS, is_package, manifests, misnamed};

use crate::building::{RULE_FILE, Rules};
use crate::configuring::{self, Purpose};
use crate::failure::{Failure, Result};
use crate::package::Package;
use crate::session::Session;
use crate::suggest::list;
use crate::surroundings::current_folder;
use crate::targets;

/// What is to be built.
pub(crate) enum Project {
    /// A package.
    Package(Box<Package>),
    /// A rule file that CMake or somebody else wrote.
    Foreign(Rules),
}

impl Project {
    /// What stands in the current folder; a package is configured when that is needed.
    pub(crate) fn open(purpose: Purpose<'_>, session: &mut Session<'_>) -> Result<Self> {
        let root = current_folder()?;
        // A rule file is for whatever it is for; a name that nobody knows is a mistake all the same.
        targets::find(purpose.target())?;
        if has_manifest(&root) {
            let package = configuring::current(root, purpose, session)?;
            return Ok(Self::Package(Box::new(package)));
        }
        if root.join(RULE_FILE).is_file() {
            return Ok(Self::Foreign(Rules {
                dir: PathBuf::from("."),
                file: RULE_FILE.into(),
                state_dir: None,
                names: Vec::new(),
            }));
        }
        Err(nothing_here(&root, true))
    }

    /// The same where only a package will do.
    pub(crate) fn package(purpose: Purpose<'_>, session: &mut Session<'_>) -> Result<Package> {
        let root = current_folder()?;
        if !has_manifest(&root) {
            return Err(nothing_here(&root, false));
        }
        configuring::current(root, purpose, session)
    }

    /// The rule file.
    pub(crate) fn rules(&self) -> Rules {
        match self {
            Self::Package(package) => package.rules(),
            Self::Foreign(rules) => rules.clone(),
        }
    }

    /// Goals as the rule file names them.
    pub(crate) fn goals(&self, words: &[String]) -> Result<Vec<Vec<u8>>> {
        match self {
            Self::Package(package) if words.is_empty() => Ok(package.everything()),
            Self::Package(package) => package.goals(words),
            Self::Foreign(_) => Ok(words.iter().map(|word| word.clone().into_bytes()).collect()),
        }
    }
}

/// A manifest of some format stands in the folder.
pub(crate) fn has_manifest(root: &Path) -> bool {
    is_package(root)
}

/// There is nothing to build.
pub(crate) fn nothing_here(root: &Path, foreign: bool) -> Failure {
    if let Some(first) = misnamed(root).into_iter().next() {
        return first.into();
    }
    let mut looked_for = manifests(FORMATS.iter());
    if foreign {
        looked_for.push(RULE_FILE);
    }
    let looked_for = list(looked_for.into_iter()).unwrap_or_default();
    Failure::wrong(format!("there is nothing to build here: looked for {looked_for}"))
        .with_help("go to the folder of a package, or name it with `-C DIR`")
}
