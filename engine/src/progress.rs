//! How far the actions of a build have come.

/// How far an action has come in this build.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Progress {
    /// Nothing happened yet.
    #[default]
    Idle,
    /// It is in the queue or runs.
    Busy,
    /// It ran, was restored, or turned out to be up to date.
    Done,
    /// It failed; what needs it cannot be built.
    Failed,
}
