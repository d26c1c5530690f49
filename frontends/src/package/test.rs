//! The tests of a package: commands that run in a folder of it.

use super::compiled::Tool;

/// A test.
#[derive(Clone, Debug, Default)]
pub struct Test {
    /// The section's name.
    pub name: String,
    /// It runs in this configuration.
    pub run: bool,
    /// A shell command; it may hold line ends.
    pub command: String,
    /// Shell commands before and after.
    pub before: Option<String>,
    /// Shell commands before and after.
    pub after: Option<String>,
    /// The folder it runs in, relative to the package root.
    pub dir: String,
    /// The folder, relative to the package root, in which the stock tool leaves what it builds, laid out as
    /// the sources are, with the programs beside the folder: where the commands may look for them there.
    pub mirror: Option<String>,
    /// Programs it needs.
    pub tools: Vec<Tool>,
}
