//! Phony actions that name themselves.

use mbuild_rules::ActionId;
use mbuild_rules::parse::Options;

use crate::{names, read, try_files};

#[test]
fn a_phony_action_that_names_itself_is_warned_of() {
    let manifest = read("build a: phony a\nbuild b: phony c b || b\n");
    assert!(manifest.inputs(ActionId(0)).is_empty());
    assert_eq!(names(&manifest, manifest.inputs(ActionId(1))), ["c"]);
    assert_eq!(
        manifest.warnings(),
        [
            "phony target 'a' names itself as an input; ignoring [-w phonycycle=warn]",
            "phony target 'b' names itself as an input; ignoring [-w phonycycle=warn]",
        ]
    );
}

#[test]
fn a_phony_action_that_names_itself_is_kept_when_asked_for_or_not_simple() {
    let strict = Options { phony_cycle_is_error: true, ..Options::default() };
    let manifest = try_files(&[("input", "build a: phony a\n")], strict).unwrap();
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["a"]);
    assert!(manifest.warnings().is_empty());
    for kept in ["build a: phony | a\n", "build a b: phony a\n", "build a | b: phony a\n"] {
        let manifest = read(kept);
        assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["a"], "of {kept:?}");
    }
}
