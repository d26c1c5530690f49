//! What every mistake in a manifest must say.

use mbuild_rules::Diagnostic;

/// Each has help and a place; only the last one may speak of the whole file, for it counts those left out.
pub fn check(mistakes: &[Diagnostic]) {
    for (at, mistake) in mistakes.iter().enumerate() {
        assert!(mistake.help.is_some(), "{mistake}");
        let placed = mistake.line > 0 && mistake.column > 0;
        let counts = at + 1 == mistakes.len() && at >= 100;
        assert!(placed || counts, "{mistake}");
    }
}
