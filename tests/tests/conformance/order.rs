//! Order-only inputs.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, Trio};

#[test]
fn inputs_are_explicit_then_implicit_then_discovered_then_order_only() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n\
        build foo.o: cc foo.c | lib.h || otherfile\n";
    let trio = Trio::new(&space, rules, &["foo.c", "lib.h", "otherfile", "blah.h"]);
    trio.write("dep", "foo.o: blah.h\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["lib.h"]).builds("", &[command]);
    trio.change(&["blah.h"]).builds("", &[command]);
    trio.change(&["otherfile"]).builds("", &NOTHING);
    trio.look(|project| {
        let inputs = project.mbuild(&["ninja", "-t", "inputs", "-d", "foo.o"]).ok().stdout;
        assert_eq!(inputs, "foo.c\nlib.h\notherfile\n");
    });
}

#[test]
fn a_missing_implicit_input_is_made_and_the_output_with_it() {
    let space = Space::new();
    let rules = format!("{CAT}build mid.h: cat in\nbuild out: cat src | mid.h\n");
    let trio = Trio::new(&space, &rules, &["in", "src"]);
    trio.builds("out", &["cat in > mid.h", "cat src > out"]).builds("out", &NOTHING);
    trio.remove(&["mid.h"]);
    // It comes out the same: by content that is the end of it.
    trio.builds_apart("out", &["cat in > mid.h", "cat src > out"], &["cat in > mid.h"]);
}

#[test]
fn an_order_only_input_is_made_when_it_has_to_be_and_dirties_nothing() {
    let space = Space::new();
    let rules = format!("{CAT}build oo.h: cat oo.h.in\nbuild foo.o: cat foo.c || oo.h\n");
    let trio = Trio::new(&space, &rules, &["oo.h.in", "foo.c"]);
    trio.builds("foo.o", &["cat oo.h.in > oo.h", "cat foo.c > foo.o"]).builds("foo.o", &NOTHING);
    trio.remove(&["oo.h"]).builds("foo.o", &["cat oo.h.in > oo.h"]).builds("foo.o", &NOTHING);
    trio.change(&["oo.h.in"]).builds("foo.o", &["cat oo.h.in > oo.h"]).builds("foo.o", &NOTHING);
}

#[test]
fn what_gets_ready_in_two_ways_is_started_once() {
    let space = Space::new();
    let rules = "rule touch\n  command = touch $out\nbuild c: touch\nbuild b: touch || c\nbuild a: touch | b || c\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.builds("a", &["touch c", "touch b", "touch a"]).builds("a", &NOTHING);
    trio.remove(&["b"]);
    // The new `b` is the old one by content.
    trio.builds_apart("a", &["touch b", "touch a"], &["touch b"]).builds("a", &NOTHING);
}
