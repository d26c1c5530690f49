//! What every mistake in a manifest must say.

use std::collections::HashMap;

use mbuild_rules::Diagnostic;

/// Each has help and a place; only one that follows a hundred others of its file may speak of the whole file, for
/// it counts those of one kind that are left out.
pub fn check(mistakes: &[Diagnostic]) {
    let mut told: HashMap<&[u8], isize> = HashMap::new();
    for mistake in mistakes {
        assert!(mistake.help.is_some(), "{mistake}");
        let told = told.entry(&mistake.file).or_default();
        if mistake.line > 0 && mistake.column > 0 {
            *told += 1;
        } else {
            *told -= 100;
            assert!(*told >= 0, "{mistake}");
        }
    }
}
