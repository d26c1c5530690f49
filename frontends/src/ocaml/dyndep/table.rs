//! What the ordering step of a library leaves for the sections that use it.

use serde::{Deserialize, Serialize};

/// What other sections see of a library: its modules and what these need.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Table {
    pub(super) units: Vec<Row>,
}

/// A module in a table. Modules are told apart by the path of their compiled interface.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) module: String,
    pub(super) cmi: String,
    pub(super) native: Vec<String>,
    pub(super) types: Vec<String>,
    pub(super) code: Vec<String>,
}
