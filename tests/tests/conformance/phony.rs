//! Phony actions.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, TOUCH, Trio};

#[test]
fn a_phony_action_runs_nothing() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in\nbuild all: phony out\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("all", &["cat in > out"]).builds("all", &NOTHING);
}

#[test]
fn a_phony_action_that_names_itself_is_warned_of() {
    let space = Space::new();
    let trio = Trio::new(&space, "build a: phony a\n", &[]);
    let warning =
        "ninja: warning: phony target 'a' names itself as an input; ignoring [-w phonycycle=warn]";
    trio.says("a", 0, &NOTHING, &[warning, "ninja: no work to do."]);
    trio.says(
        "-w phonycycle=err a",
        1,
        &NOTHING,
        &["ninja: error: dependency cycle: a -> a [-w phonycycle=err]"],
    );
}

/// A file `out` behind a phony name, whose inputs are `inputs`.
fn behind(inputs: &str) -> String {
    format!("{TOUCH}build alias: phony {inputs}\nbuild out: touch alias\n")
}

#[test]
fn a_phony_name_of_a_source_passes_its_change_on() {
    let space = Space::new();
    let trio = Trio::new(&space, &behind("real"), &["real"]);
    trio.builds("out", &["touch out"]).builds("out", &NOTHING);
    trio.change(&["real"]).builds("out", &["touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_phony_name_without_inputs_or_file_makes_its_users_run_always() {
    let space = Space::new();
    let trio = Trio::new(&space, &behind(""), &[]);
    trio.builds("out", &["touch out"]).builds("out", &["touch out"]);
}

#[test]
fn a_phony_name_without_inputs_that_is_a_file_does_not() {
    let space = Space::new();
    let trio = Trio::new(&space, &behind(""), &["alias"]);
    trio.builds("out", &["touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_phony_name_of_an_output_passes_its_change_on() {
    let space = Space::new();
    let rules =
        format!("{CAT}build mid: cat in\nbuild alias: phony mid\nbuild out: cat in | alias\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("out", &["cat in > mid", "cat in > out"]).builds("out", &NOTHING);
    trio.change(&["in"]).builds("out", &["cat in > mid", "cat in > out"]).builds("out", &NOTHING);
}

#[test]
fn a_phony_name_of_what_always_runs_passes_that_on() {
    let space = Space::new();
    let rules = format!(
        "{TOUCH}build nothing: phony\nbuild more: phony nothing\nbuild alias: phony more real\nbuild out: touch alias\n"
    );
    let trio = Trio::new(&space, &rules, &["real"]);
    trio.builds("out", &["touch out"]).builds("out", &["touch out"]);
}

#[test]
fn a_phony_name_that_is_a_file_too_is_as_new_as_that_file() {
    let space = Space::new();
    let trio = Trio::new(&space, &behind("real"), &["real", "alias"]);
    trio.builds("out", &["touch out"]).builds("out", &NOTHING);
    // By content it stands for all that is behind it as well.
    trio.change(&["real"]).builds_apart("out", &NOTHING, &["touch out"]).builds("out", &NOTHING);
    trio.change(&["alias"]).builds("out", &["touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_phony_name_that_is_a_file_too_still_runs_after_the_output_behind_it() {
    let space = Space::new();
    let rules = format!(
        "{CAT}{TOUCH}build real: cat in\nbuild alias: phony real\nbuild out: touch alias\n"
    );
    let trio = Trio::new(&space, &rules, &["in", "alias"]);
    trio.builds("out", &["cat in > real", "touch out"]).builds("out", &NOTHING);
    trio.change(&["in"]).builds("out", &["cat in > real", "touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_chain_of_phony_names_passes_a_change_on() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build mid: cat in\nbuild p1: phony mid\nbuild p2: phony p1\nbuild p3: phony p2\nbuild out: cat other | p3\n"
    );
    let trio = Trio::new(&space, &rules, &["in", "other"]);
    trio.builds("out", &["cat in > mid", "cat other > out"]).builds("p3 out", &NOTHING);
    trio.change(&["in"]).builds("out", &["cat in > mid", "cat other > out"]);
}

#[test]
fn a_phony_name_without_inputs_counts_as_input_and_not_as_order_only() {
    let space = Space::new();
    let rules = format!(
        "{TOUCH}build nothing: phony\nbuild out1: touch || nothing\nbuild out2: touch nothing\n\
         build out3: touch | nothing\nbuild out4: touch in || nothing\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("", &["touch out1", "touch out2", "touch out3", "touch out4"]);
    trio.builds("", &["touch out2", "touch out3"]);
    trio.builds("out1 out4", &NOTHING);
}

#[test]
fn empty_phony_names_in_one_another_are_nothing_to_do() {
    let space = Space::new();
    let trio = Trio::new(&space, "build n1: phony\nbuild n2: phony n1\n", &[]);
    trio.builds("n2", &NOTHING);
}

#[test]
fn a_phony_name_that_validates_something_is_no_reason_to_run() {
    let space = Space::new();
    let rules = format!(
        "{TOUCH}build check: touch in\nbuild alias: phony |@ check\nbuild out: touch alias\n"
    );
    // Ninja 1.13.2 runs `out` each time.
    let trio = Trio::ours(&space, &rules, &["in"]);
    trio.builds("out", &["touch check", "touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_source_that_is_missing_behind_a_phony_name_is_named() {
    let space = Space::new();
    let rules = format!("{TOUCH}build alias: phony gone\nbuild out: touch alias\n");
    let trio = Trio::new(&space, &rules, &[]);
    let error = "ninja: error: 'gone', needed by 'alias', missing and no known rule to make it";
    trio.says("out", 1, &NOTHING, &[error]);
}

#[test]
fn one_of_several_names_of_a_phony_action_changes_by_itself() {
    let space = Space::new();
    let rules = format!("{TOUCH}build one two: phony\nbuild a: touch one\nbuild b: touch two\n");
    let trio = Trio::new(&space, &rules, &["one", "two"]);
    trio.builds("", &["touch a", "touch b"]).builds("", &NOTHING);
    trio.change(&["two"]).builds("", &["touch b"]).builds("", &NOTHING);
}
