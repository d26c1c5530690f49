//! Paths: escapes, canonical form, quotes, ids.

use mbuild_rules::ActionId;

use crate::{CAT, binding, command, names, read};

#[test]
fn blanks_and_colons_are_escaped_in_paths() {
    let manifest = read(
        "rule spaces\n  command = something\nbuild foo$ bar: spaces $$one two$$$ three\nbuild c$:/x: phony $ a\n",
    );
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["foo bar"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["$one", "two$ three"]);
    assert_eq!(names(&manifest, manifest.outputs(ActionId(1))), ["c:/x"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(1))), [" a"]);
}

#[test]
fn paths_for_the_shell_are_quoted_and_those_for_files_are_not() {
    let manifest = read("rule r\n  command = r $in $out\n  depfile = $out.d\nbuild a$ b: r it's\n");
    assert_eq!(command(&manifest, 0), "r 'it'\\''s' 'a b'");
    assert_eq!(manifest.path_binding(ActionId(0), b"depfile"), b"a b.d");
    assert_eq!(binding(&manifest, 0, "depfile"), "'a b'.d");
}

#[test]
fn paths_are_canonical() {
    let manifest = read(&format!(
        "{CAT}build ./out.o: cat ./bar/baz/../foo.cc\nbuild in/1: cat in//2\nbuild last: cat ./out.o\n"
    ));
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["out.o"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["bar/foo.cc"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(1))), ["in/2"]);
    assert_eq!(manifest.producer(manifest.inputs(ActionId(2))[0]), Some(ActionId(0)));
    assert!(manifest.find(b"in//2").is_none());
}

#[test]
fn paths_from_variables_are_canonical() {
    let manifest = read(&format!("{CAT}dir = out\nbuild ./$dir/exe: cat src\n"));
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["out/exe"]);
}

#[test]
fn files_that_are_discovered_later_have_ids_as_well() {
    let mut manifest = read(&format!("{CAT}build a: cat b\n"));
    let before = manifest.file_count();
    let header = manifest.intern(b"h.h");
    assert_eq!(
        (manifest.intern(b"a"), manifest.file_count()),
        (manifest.outputs(ActionId(0))[0], before + 1)
    );
    assert_eq!(manifest.path(header), b"h.h");
    assert_eq!(manifest.producer(header), None);
}
