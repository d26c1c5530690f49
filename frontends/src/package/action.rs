//! What a package makes with commands of its own: single actions whose files are known, and a whole build
//! of which only its commands know what comes out.

use std::collections::BTreeMap;

use super::{Change, Tool};

/// Commands that make files from others, as a rule of the package says.
///
/// They run in the build directory, in a folder that holds copies of the inputs at the places that these
/// have in the source tree, and what they make stands there as well. Where an output is a source of a
/// section, it goes before a file of the same name in the source tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// What messages say that it does; `None` is the names of its outputs.
    pub description: Option<String>,
    /// The commands, in order; the first that fails is the last.
    pub commands: Vec<Command>,
    /// Where they run, relative to the package root.
    pub folder: String,
    /// The files that they read, relative to the package root; sources or outputs of other actions.
    pub inputs: Vec<String>,
    /// The files that they make, relative to the package root; never none.
    pub outputs: Vec<String>,
    /// The programs that they run, beside those of the package that commands name.
    pub tools: Vec<Tool>,
    /// Its outputs are part of what is built when nothing else is asked for.
    pub wanted: bool,
}

/// One command of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is run; texts may hold variables as [`super::Package`] says.
    pub run: Run,
    /// Where it runs when not where the action does, relative to the package root.
    pub folder: Option<String>,
    /// The file that it reads as its input, relative to where it runs; one of the action's inputs.
    pub stdin: Option<String>,
    /// The file that takes what it prints, relative to where it runs.
    pub stdout: Option<String>,
    /// The file that takes what it says is wrong, relative to where it runs.
    pub stderr: Option<String>,
}

/// How a command is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Run {
    /// For the shell.
    Shell(String),
    /// A program and its arguments; one that is nothing but a variable may be a program of the package.
    Words(Vec<String>),
}

impl Command {
    /// A command for the shell.
    pub fn shell(text: impl Into<String>) -> Self {
        Self::run(Run::Shell(text.into()))
    }

    /// A program and its arguments.
    pub fn words<S: Into<String>>(words: impl IntoIterator<Item = S>) -> Self {
        let words = words.into_iter().map(Into::into).collect();
        Self::run(Run::Words(words))
    }

    fn run(run: Run) -> Self {
        Self { run, folder: None, stdin: None, stdout: None, stderr: None }
    }
}

/// A build that is done by the package's own tool: its commands run in a copy of the source tree, which
/// they may read and change at will, and whatever they leave there is what was built.
///
/// All commands are for the shell and may hold variables as [`super::Package`] says; programs of sections
/// are then those of [`OwnBuild::programs`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnBuild {
    /// What messages call the tool (`omake`, `setup.ml`).
    pub tool: String,
    /// Why it has to be that one, where that is not in the manifest.
    pub why: Option<String>,
    /// What the user may choose to have mbuild build the package.
    pub instead: Option<String>,
    /// What changes in the environment that all its commands see, in order.
    pub environment: Vec<Change>,
    /// The commands that configure and build, in order.
    pub build: Vec<String>,
    /// The commands that install; where there are none, the files of the sections are installed.
    pub install: Vec<String>,
    /// Files in the tree that list what is installed, as opam's `.install` does; one that is not there lists
    /// nothing.
    pub lists: Vec<String>,
    /// Files in the tree with variables for other packages, as opam's `.config` has them; one that is not there
    /// has none.
    pub configs: Vec<String>,
    /// The commands that take back what those that install have put elsewhere than below `DESTDIR`.
    pub uninstall: Vec<String>,
    /// The commands that clean up; the copy of the source tree goes in any case.
    pub clean: Vec<String>,
    /// The programs that the commands run.
    pub tools: Vec<Tool>,
    /// Where in the tree it leaves programs, by the name of their section.
    pub programs: BTreeMap<String, String>,
    /// More findlib packages that it uses than those that the sections depend on.
    pub packages: Vec<String>,
}
