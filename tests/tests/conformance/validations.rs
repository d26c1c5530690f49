//! `|@`: what is built along.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, Trio};

#[test]
fn a_validation_is_built_with_what_it_validates_and_dirties_nothing() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in |@ check\nbuild check: cat in2\n");
    let trio = Trio::new(&space, &rules, &["in", "in2"]);
    trio.builds("out", &["cat in > out", "cat in2 > check"]).builds("out", &NOTHING);
    trio.change(&["in"]).builds("out", &["cat in > out"]);
    trio.change(&["in2"]).builds("out", &["cat in2 > check"]).builds("out", &NOTHING);
}

#[test]
fn a_validation_may_need_what_it_validates() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in |@ check\nbuild check: cat in2 | out\n");
    let trio = Trio::new(&space, &rules, &["in", "in2"]);
    trio.builds("out", &["cat in > out", "cat in2 > check"]).builds("out", &NOTHING);
    trio.change(&["in"]).builds("out", &["cat in > out", "cat in2 > check"]);
    trio.change(&["in2"]).builds("out", &["cat in2 > check"]).builds("out", &NOTHING);
}

#[test]
fn a_validation_of_what_was_discovered_is_built() {
    let space = Space::new();
    let rules = format!(
        "{CAT}rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\n\
         build out: cat in |@ check\nbuild check: cat in2 | out\nbuild out2: cc in3\n"
    );
    let trio = Trio::new(&space, &rules, &["in", "in2", "in3"]);
    trio.write("dep", "out2: out\n").write("out", "before\n");
    // Nobody knows yet that `out2` reads `out`.
    trio.builds("out2", &["cp dep out2.d; cp in3 out2"]);
    trio.change(&["in", "in2"]);
    trio.builds("out2", &["cat in > out", "cat in2 > check", "cp dep out2.d; cp in3 out2"]);
    trio.builds("out2", &NOTHING);
}

#[test]
fn validations_may_validate_each_other() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in |@ out2\nbuild out2: cat in2 |@ out\n");
    let trio = Trio::new(&space, &rules, &["in", "in2"]);
    trio.builds("out", &["cat in > out", "cat in2 > out2"]).builds("out", &NOTHING);
    trio.change(&["in2"]).builds("out", &["cat in2 > out2"]).builds("out", &NOTHING);
}

#[test]
fn a_cycle_in_a_validation_is_named() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build out: cat in |@ check\nbuild check: cat check_in | out\nbuild check_in: cat check\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    let error = "ninja: error: dependency cycle: check -> check_in -> check";
    trio.says("out", 1, &NOTHING, &[error]);
}
