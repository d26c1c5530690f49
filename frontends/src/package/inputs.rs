//! What the steps of a section read that neither its sources nor the words of commands name.

use super::compiled::Tool;
use super::rare::Empty;

/// What preprocessing, compiling and linking a section reads beside its sources, such as what a preprocessor
/// includes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inputs {
    /// Files, relative to the package root; actions may make them.
    pub files: Vec<String>,
    /// Programs. Flags for compiling, and arguments of preprocessors, may name those of this package by their
    /// variables.
    pub tools: Vec<Tool>,
}

impl Inputs {
    /// Adds a file that is not there yet.
    pub fn file(&mut self, path: String) {
        if !self.files.contains(&path) {
            self.files.push(path);
        }
    }

    /// Adds a program that is not there yet.
    pub fn tool(&mut self, tool: Tool) {
        if !self.tools.contains(&tool) {
            self.tools.push(tool);
        }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.tools.is_empty()
    }
}

impl Empty for Inputs {
    const EMPTY: &'static Self = &Self { files: Vec::new(), tools: Vec::new() };

    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}
