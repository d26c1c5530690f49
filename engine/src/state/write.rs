//! What is written into the state: one change to the database at a time.

use std::sync::Arc;

use super::record::Short;

/// One change to the database.
pub(super) enum Write {
    NewFile { row: u32, path: Vec<u8>, known: Option<Vec<u8>> },
    File { row: u32, known: Option<Vec<u8>> },
    Action { row: u32, generation: i64, record: Arc<Vec<u8>> },
    Generation { row: u32, generation: i64 },
    Command { row: u32, text: Vec<u8>, response: Option<Vec<u8>> },
    Environment { digest: Short, variables: Vec<u8> },
    Build(BuildRow),
    Run(RunRow),
}

impl Write {
    /// What is known of the file of this row.
    pub(super) fn is_of_file(&self, of: u32) -> bool {
        matches!(self, Self::File { row, .. } if *row == of)
    }

    pub(super) fn known(self) -> Option<Vec<u8>> {
        match self {
            Self::File { known, .. } => known,
            _ => None,
        }
    }
}

/// One row of the table of builds.
pub(super) struct BuildRow {
    pub(super) id: i64,
    pub(super) at: i64,
    pub(super) arguments: String,
    pub(super) outcome: Option<&'static str>,
    pub(super) ran: i64,
    pub(super) restored: i64,
    pub(super) failed: i64,
    pub(super) cut_off: i64,
    pub(super) actions: i64,
    pub(super) wall_ms: i64,
    pub(super) jobs: Option<i64>,
}

/// One row of the table of runs.
pub(super) struct RunRow {
    pub(super) row: u32,
    pub(super) build: i64,
    pub(super) start_ms: i64,
    pub(super) end_ms: i64,
    pub(super) outcome: String,
    pub(super) reasons: String,
    pub(super) ready_ms: i64,
    pub(super) after: Option<u32>,
}
