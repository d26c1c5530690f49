//! The `default` statement, and what is built without one.

use crate::{CAT, names, read};

#[test]
fn defaults_accumulate_and_must_be_known() {
    let manifest = read(
        &format!("{CAT}build a: cat b\nbuild c: cat d\ndefault ./a\ndefault b $x\nx =\n")
            .replace(" $x", ""),
    );
    assert_eq!(names(&manifest, manifest.defaults()), ["a", "b"]);
}

#[test]
fn without_default_the_roots_are_built() {
    let manifest = read(&format!("{CAT}build a: cat b\nbuild c d: cat a\nbuild e: cat f |@ c\n"));
    assert!(manifest.defaults().is_empty());
    assert_eq!(names(&manifest, &manifest.roots()), ["c", "d", "e"]);
    assert!(read(&format!("{CAT}build a: cat b\nbuild b: cat a\n")).roots().is_empty());
}
