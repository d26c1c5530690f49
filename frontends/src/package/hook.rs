//! The steps of a package's life, and the commands that a manifest wants around them.

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hook {
    /// The step.
    pub step: Step,
    /// After the step, not before it.
    pub after: bool,
}

impl Hook {
    /// Whether what is built is there when it runs, so that its commands may look for it.
    pub fn follows_build(self) -> bool {
        match self.step {
            Step::Build => self.after,
            Step::Install => true,
            _ => false,
        }
    }
}

/// A step of a package's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Step {
    Configure,
    Build,
    Test,
    Document,
    Install,
    Uninstall,
    Clean,
    Distclean,
}
