//! The steps of a package's life, and the commands that a manifest wants around them.

/// When a hook runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hook {
    /// The step.
    pub step: Step,
    /// After the step, not before it.
    pub after: bool,
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
