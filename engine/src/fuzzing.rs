//! For the fuzzer alone: readers that no other crate can call.

use crate::snapshot::Snapshot;
use crate::snapshot::links::{Links, seal};

/// Reads a snapshot with this body behind the right digest; what can be read can be written and looked
/// through.
pub fn snapshot(body: &[u8]) {
    let Some(snapshot) = Snapshot::decode(Snapshot::seal(body)) else { return };
    assert_eq!(snapshot.encode(), Snapshot::seal(body), "it is written as it was read");
    assert_eq!(snapshot.files.rows().count(), snapshot.files.len(), "every row has its fields");
    snapshot.look(std::path::Path::new("/nonexistent"));
    assert_eq!(snapshot.files.names().count(), snapshot.files.len(), "every row has its name");
}

/// Reads bytes that may be no snapshot at all.
pub fn not_a_snapshot(bytes: &[u8]) {
    Snapshot::decode(bytes.to_vec());
}

/// Reads links with this body behind the right digest; what can be read can be looked through, and written
/// again.
pub fn links(body: &[u8]) {
    if let Some(links) = Links::decode(seal(body).0) {
        links.look_through();
    }
}

/// Reads bytes that may be no links at all.
pub fn not_links(bytes: &[u8]) {
    Links::decode(bytes.to_vec());
}
