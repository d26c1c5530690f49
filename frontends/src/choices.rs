//! What the user chose when configuring: switches of the manifest, variables and installation folders.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What the user said; everything else has the manifest's or the machine's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The format of manifests to read, where the folder has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frontend: Option<String>,
    /// `--enable-NAME` and `--disable-NAME`.
    #[serde(default)]
    pub flags: BTreeMap<String, bool>,
    /// `--override NAME=VALUE`, and `--prefix`, `--docdir` and the like by their variable names.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
}

/// A prefix that no variable can hold.
#[derive(Debug, thiserror::Error)]
#[error("the prefix `{}` is not UTF-8, as variables of manifests are: choose another one; `mbuild install --destdir` takes any", .0.display())]
pub struct NotText(PathBuf);

impl Choices {
    /// Turns a switch on or off.
    pub fn flag(&mut self, name: &str, on: bool) -> &mut Self {
        self.flags.insert(name.to_ascii_lowercase(), on);
        self
    }

    /// Has everything installed below this folder, in full.
    ///
    /// # Errors
    /// When its name is no text, as the values of variables are.
    pub fn prefix(&mut self, prefix: &Path) -> Result<&mut Self, NotText> {
        let text = prefix.to_str().ok_or_else(|| NotText(prefix.to_owned()))?;
        Ok(self.variable("prefix", text))
    }

    /// Sets a variable.
    pub fn variable(&mut self, name: &str, value: &str) -> &mut Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }
}
