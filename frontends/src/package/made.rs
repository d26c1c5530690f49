//! Sources that stand in no folder: a manifest says what they are made of.

use std::sync::Arc;

/// A source that is made, and goes before a file of the same name in the source tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The path that it would have in the source tree, relative to the package root.
    pub path: String,
    /// How it comes into being.
    pub from: MadeFrom,
}

/// How a source comes into being.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MadeFrom {
    /// It is this text, which follows from the manifest.
    Text {
        /// The manifest, relative to the package root.
        manifest: String,
        /// The text.
        text: Arc<str>,
    },
    /// A step of mbuild's own makes it while building: `mbuild internal STEP ARGUMENTS FOLDER OUTPUT`.
    /// The step writes `OUTPUT.d` as well, a depfile with everything that it has looked at.
    Step {
        /// The step's name.
        step: &'static str,
        /// Another number means other output from the same input.
        version: u32,
        /// What the step is told before the two paths.
        arguments: Vec<String>,
        /// The folder that it is made from, relative to the package root.
        folder: String,
    },
}

impl MadeFrom {
    /// What a source is made from, as a path relative to the package root.
    pub fn source(&self) -> &str {
        match self {
            Self::Text { manifest, .. } => manifest,
            Self::Step { folder, .. } => folder,
        }
    }
}
