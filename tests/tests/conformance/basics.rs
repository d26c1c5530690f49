//! What is built, and what is not.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, TOUCH, Trio};

#[test]
fn a_chain_is_built_from_its_start_and_then_nothing_is_to_do() {
    let space = Space::new();
    let rules = format!("{CAT}build c: cat b\nbuild b: cat a\n");
    let trio = Trio::new(&space, &rules, &["a"]);
    trio.builds("", &["cat a > b", "cat b > c"]).builds("", &NOTHING);
    trio.remove(&["b"]).builds_apart("", &["cat a > b", "cat b > c"], &["cat a > b"]);
}

#[test]
fn a_changed_input_is_built_once() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat one two\n");
    let trio = Trio::new(&space, &rules, &["one", "two"]);
    trio.builds("", &["cat one two > out"]);
    trio.change(&["two"]).builds("out", &["cat one two > out"]).builds("out", &NOTHING);
    trio.touch(&["one"]).builds_apart("out", &["cat one two > out"], &NOTHING);
}

#[test]
fn a_changed_input_runs_its_branch_and_what_joins_it() {
    let space = Space::new();
    let rules = format!("{CAT}build left: cat a\nbuild right: cat b\nbuild both: cat left right\n");
    let trio = Trio::new(&space, &rules, &["a", "b"]);
    trio.builds("both", &["cat a > left", "cat b > right", "cat left right > both"]);
    trio.change(&["b"]).builds("both", &["cat b > right", "cat left right > both"]);
    trio.builds("left", &NOTHING);
}

#[test]
fn a_command_with_two_outputs_runs_once_for_either() {
    let space = Space::new();
    let rules = "rule two\n  command = touch x y\nbuild x y: two in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.builds("y", &["touch x y"]).builds("x", &NOTHING).builds("x y", &NOTHING);
    trio.remove(&["x"]).builds("y", &["touch x y"]);
}

#[test]
fn an_implicit_output_is_a_goal() {
    let space = Space::new();
    let rules = "rule two\n  command = touch out map\nbuild out | map: two in\n";
    Trio::new(&space, rules, &["in"]).builds("map", &["touch out map"]).builds("out", &NOTHING);
}

#[test]
fn an_output_may_be_the_implicit_input_of_another_one() {
    let space = Space::new();
    let rules = "rule copy\n  command = cp in.h lib.h && cp in.h lib\nrule cat\n  command = cat $in > $out\n\
        build lib lib.h: copy in.h\nbuild prog: cat main | lib.h\n";
    let trio = Trio::new(&space, rules, &["in.h", "main"]);
    trio.builds("prog", &["cp in.h lib.h && cp in.h lib", "cat main > prog"]);
    trio.builds("prog", &NOTHING);
    trio.change(&["in.h"]).builds("prog", &["cp in.h lib.h && cp in.h lib", "cat main > prog"]);
}

#[test]
fn a_change_in_the_middle_of_a_chain_runs_the_rest_of_it() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build c2: cat c1\nbuild c3: cat c2\nbuild c4: cat c3\nbuild c5: cat c4 | extra\n"
    );
    let trio = Trio::new(&space, &rules, &["c1", "extra"]);
    trio.builds("c5", &["cat c1 > c2", "cat c2 > c3", "cat c3 > c4", "cat c4 > c5"]);
    trio.builds("c5", &NOTHING);
    // By content it is no change of the chain but of an output, which its command makes again.
    trio.change(&["c3"]).builds_apart("c5", &["cat c3 > c4", "cat c4 > c5"], &["cat c2 > c3"]);
    trio.change(&["extra"]).builds("c5", &["cat c4 > c5"]);
}

#[test]
fn what_is_missing_or_unknown_is_named() {
    let space = Space::new();
    let rules = format!("{CAT}build mid: cat in\nbuild out: cat mid\n");
    let trio = Trio::new(&space, &rules, &[]);
    let missing = "ninja: error: 'in', needed by 'mid', missing and no known rule to make it";
    trio.says("out", 1, &NOTHING, &[missing]);
    trio.says("in", 1, &NOTHING, &["ninja: error: 'in' missing and no known rule to make it"]);
    trio.says("moww", 1, &NOTHING, &["ninja: error: unknown target 'moww', did you mean 'mid'?"]);
    trio.says("other/thing", 1, &NOTHING, &["ninja: error: unknown target 'other/thing'"]);
}

#[test]
fn folders_of_outputs_are_made() {
    let space = Space::new();
    let rules = format!("{CAT}build deep/er/file: cat in\nbuild ./other//x: cat deep/er/file\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("", &["cat in > deep/er/file", "cat deep/er/file > other/x"]);
    trio.builds("deep/../deep/er/./file", &NOTHING);
}

#[test]
fn a_command_without_inputs_runs_once() {
    let space = Space::new();
    let rules = format!("{TOUCH}build out1: touch\nbuild out2: touch in\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("", &["touch out1", "touch out2"]);
    trio.change(&["in"]).builds("", &["touch out2"]).builds("", &NOTHING);
}

#[test]
fn odd_names_of_outputs_are_kept() {
    let space = Space::new();
    let rules = format!("{TOUCH}build odd.sha256-%2F?k=v&x=y: touch\n");
    let trio = Trio::new(&space, &rules, &[]);
    trio.builds("odd.sha256-%2F?k=v&x=y", &["touch 'odd.sha256-%2F?k=v&x=y'"]);
    trio.builds("odd.sha256-%2F?k=v&x=y", &NOTHING);
}

#[test]
fn a_path_that_cannot_be_looked_at_ends_the_build() {
    let space = Space::new();
    let long = "x".repeat(300);
    let rules = format!("{CAT}build out: cat {long}\n");
    let trio = Trio::new(&space, &rules, &[]);
    let error = format!("ninja: error: stat({long}): File name too long");
    trio.says("out", 1, &NOTHING, &[&error]);
}
