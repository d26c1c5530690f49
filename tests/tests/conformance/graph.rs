//! Implicit outputs, cycles, and how paths and commands are spelt.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, TOUCH, Trio};

#[test]
fn a_missing_or_old_implicit_output_makes_all_of_them_again() {
    let space = Space::new();
    let rules = "rule two\n  command = cp in out; cp in out.imp\nbuild out | out.imp: two in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    let command = "cp in out; cp in out.imp";
    trio.builds("out", &[command]).builds("out", &NOTHING);
    trio.remove(&["out.imp"]).builds("out", &[command]);
    trio.touch(&["in"]).touch(&["out"]).builds_apart("out", &[command], &NOTHING);
}

#[test]
fn an_action_may_have_implicit_outputs_alone() {
    let space = Space::new();
    let rules = "rule one\n  command = cp in out.imp\nbuild | out.imp: one in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    let command = "cp in out.imp";
    trio.builds("out.imp", &[command]).builds("", &NOTHING);
    trio.remove(&["out.imp"]).builds("", &[command]);
    trio.change(&["in"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn the_current_folder_in_a_path_does_not_make_it_another_one() {
    let space = Space::new();
    let rules = format!("{CAT}build ./out.o: cat ./foo.c\n");
    let trio = Trio::new(&space, &rules, &["foo.c"]);
    trio.builds("out.o", &["cat foo.c > out.o"]).builds("./out.o", &NOTHING);
}

#[test]
fn outputs_that_nothing_uses_are_the_default() {
    let space = Space::new();
    let rules = format!(
        "{TOUCH}build out1: touch in1\nbuild out2: touch mid1 in2\nbuild mid1: touch in2\nbuild out3 out4: touch mid1\n"
    );
    let trio = Trio::new(&space, &rules.replace("out3 out4", "out3"), &["in1", "in2"]);
    trio.builds("", &["touch mid1", "touch out1", "touch out2", "touch out3"]);
}

#[test]
fn names_are_quoted_for_the_shell_only_when_they_have_to_be() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build a$ b: cat no'space with$ space$$ no\"space2\nbuild plain-1.2: cat a$ b\n"
    );
    let trio = Trio::new(&space, &rules, &["no'space", "with space$", "no\"space2"]);
    trio.builds(
        "",
        &["cat 'no'\\''space' 'with space$' 'no\"space2' > 'a b'", "cat 'a b' > plain-1.2"],
    );
}

#[test]
fn a_statement_sees_its_own_depfile_in_its_command() {
    let space = Space::new();
    let rules = "depfile = x\nrule r\n  depfile = y\n  command = echo '$out: h' > $depfile; cp $in $out\n\
        build out: r in\n  depfile = z\n";
    let trio = Trio::new(&space, rules, &["in", "h"]);
    let command = "echo 'out: h' > z; cp in out";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["h"]).builds("", &[command]);
}

#[test]
fn a_depfile_without_its_statement_is_no_reason() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\nbuild out.o: cc foo.c\n";
    let trio = Trio::new(&space, rules, &["foo.c", "foo.h"]);
    trio.write("dep", "out.o: foo.h\n");
    let command = "cp dep out.o.d; cp foo.c out.o";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.remove(&["out.o.d"]).builds_apart("", &[command], &NOTHING);
    trio.change(&["foo.h"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn a_cycle_is_named_all_the_way_round() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build out: cat mid\nbuild mid: cat in\nbuild in: cat pre\nbuild pre: cat out\n"
    );
    let trio = Trio::new(&space, &rules, &[]);
    let error = "ninja: error: dependency cycle: out -> mid -> in -> pre -> out";
    trio.says("out", 1, &NOTHING, &[error]);
}

#[test]
fn a_cycle_through_one_of_two_outputs_is_named_the_same_whichever_is_asked_for() {
    for (outputs, goal) in [("a b", "b"), ("b a", "b"), ("a b", "a"), ("b a", "a")] {
        let space = Space::new();
        let rules = format!("{CAT}build {outputs}: cat c\nbuild c: cat a\n");
        let trio = Trio::new(&space, &rules, &[]);
        let error = if goal == "b" || outputs == "b a" || goal == "a" {
            "ninja: error: dependency cycle: a -> c -> a"
        } else {
            ""
        };
        trio.says(goal, 1, &NOTHING, &[error]);
    }
    let space = Space::new();
    let rules = format!(
        "{CAT}build a b: cat c\nbuild c: cat d\nbuild d: cat e\nbuild e: cat b\nbuild f: cat e\nbuild g: cat f\nbuild h: cat g\n"
    );
    let trio = Trio::new(&space, &rules, &[]);
    trio.says("h", 1, &NOTHING, &["ninja: error: dependency cycle: e -> b -> c -> d -> e"]);
}

#[test]
fn without_a_root_there_is_nothing_to_build() {
    let space = Space::new();
    let trio = Trio::new(&space, &format!("{CAT}build a: cat b\nbuild b: cat a\n"), &[]);
    trio.says("", 1, &NOTHING, &["ninja: error: could not determine root nodes of build graph"]);
}
