//! Dyndep files that the build makes.

use mbuild_tests::Space;

use crate::harness::{NOTHING, Trio};

const RULES: &str = "rule both\n  command = touch $out $out.map\nrule touch\n  command = touch $out\n\
    rule cp\n  command = cp $in $out\nbuild dd: cp dd.in\n";

fn trio<'a>(space: &'a Space, statements: &str, dyndep: &str, files: &[&str]) -> Trio<'a> {
    let trio = Trio::new(space, &format!("{RULES}{statements}"), files);
    trio.write("dd.in", &format!("ninja_dyndep_version = 1\n{dyndep}"));
    trio
}

const DD: &str = "cp dd.in dd";

#[test]
fn it_may_say_nothing_new() {
    let space = Space::new();
    let trio = trio(&space, "build out: touch || dd\n  dyndep = dd\n", "build out: dyndep\n", &[]);
    trio.builds("out", &[DD, "touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_mistake_in_it_ends_the_build() {
    let space = Space::new();
    let trio = Trio::new(&space, &format!("{RULES}build out: touch || dd\n  dyndep = dd\n"), &[]);
    trio.write("dd.in", "build out: dyndep\n");
    let stopped = "ninja: build stopped: dd:1: expected 'ninja_dyndep_version = ...'";
    trio.says("out", 1, &[DD], &[stopped, "."]);
}

#[test]
fn what_needs_it_without_being_told_of_by_it_waits_as_well() {
    let space = Space::new();
    let statements = "build other: touch || dd\nbuild out: touch other || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep\n", &[]);
    trio.builds("out", &[DD, "touch other", "touch out"]).builds("out", &NOTHING);
}

#[test]
fn it_may_tell_of_a_new_output() {
    let space = Space::new();
    let statements = "build out: both in || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out | out.map: dyndep\n", &["in"]);
    trio.builds("out", &[DD, "touch out out.map"]).builds("out", &NOTHING);
    trio.remove(&["out.map"]).builds("out", &["touch out out.map"]).builds("out", &NOTHING);
}

#[test]
fn an_output_that_a_statement_makes_already_ends_the_build() {
    let space = Space::new();
    let statements = "build out2: both in || dd\n  dyndep = dd\nbuild out1 | twice.map: both late\n\
        build late: touch out2\n";
    let trio = trio(&space, statements, "build out2 | twice.map: dyndep\n", &["in"]);
    trio.says("out2", 1, &[DD], &["ninja: build stopped: multiple rules generate twice.map."]);
}

#[test]
fn an_output_that_another_dyndep_file_told_of_ends_the_build() {
    let space = Space::new();
    let statements = "build dd2: cp dd2.in || out1\nbuild out1: both || dd\n  dyndep = dd\n\
        build out2: both || dd2\n  dyndep = dd2\n";
    // Ninja 1.13.2 takes the output from the one that had it first.
    let trio = Trio::ours(&space, &format!("{RULES}{statements}"), &[]);
    trio.write("dd.in", "ninja_dyndep_version = 1\nbuild out1 | twice.map: dyndep\n");
    trio.write("dd2.in", "ninja_dyndep_version = 1\nbuild out2 | twice.map: dyndep\n");
    let stopped = "ninja: build stopped: multiple rules generate twice.map.";
    trio.says("out2", 1, &[DD, "touch out1 out1.map", "cp dd2.in dd2"], &[stopped]);
}

#[test]
fn it_may_tell_of_a_new_input_that_has_to_be_made() {
    let space = Space::new();
    let statements = "build in: touch\nbuild out: touch || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep | in\n", &[]);
    trio.builds("out", &[DD, "touch in", "touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_validation_in_it_is_refused() {
    let space = Space::new();
    let statements = "build out: touch || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep |@ check\n", &[]);
    trio.says(
        "out",
        1,
        &[DD],
        &[
            "ninja: build stopped: dd:2: expected newline, got '|@'",
            "build out: dyndep |@ check",
            "                  ^ near here.",
        ],
    );
}

#[test]
fn the_validation_of_a_new_input_is_built() {
    let space = Space::new();
    let statements = "build in: touch |@ check\nbuild check: touch in out\nbuild out: touch || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep | in\n", &[]);
    trio.builds("out", &[DD, "touch in", "touch out", "touch check"]).builds("out", &NOTHING);
}

#[test]
fn it_may_connect_an_output_with_an_input() {
    let space = Space::new();
    let statements =
        "build first: both || dd\n  dyndep = dd\nbuild second: both || dd\n  dyndep = dd\n";
    let dyndep = "build second | second.map: dyndep | first.map\nbuild first | first.map: dyndep\n";
    let trio = trio(&space, statements, dyndep, &[]);
    trio.builds("second", &[DD, "touch first first.map", "touch second second.map"]);
    trio.builds("second", &NOTHING);
}

#[test]
fn an_output_that_it_tells_of_may_be_known_from_a_depfile() {
    let space = Space::new();
    let statements = "rule cc\n  command = echo '$out: first.map' > $out.d; cp $in $out\n  depfile = $out.d\n\
        build first: both || dd\n  dyndep = dd\nbuild out: cc first\n";
    let trio = trio(&space, statements, "build first | first.map: dyndep\n", &[]);
    let cc = "echo 'out: first.map' > out.d; cp first out";
    trio.builds("out", &[DD, "touch first first.map", cc]).builds("out", &NOTHING);
    trio.remove(&["first.map"]);
    trio.builds_apart("out", &["touch first first.map", cc], &["touch first first.map"]);
}

#[test]
fn what_was_up_to_date_may_be_wanted_for_a_new_output() {
    let space = Space::new();
    let statements =
        "build mid: both || dd\n  dyndep = dd\nbuild out: both mid || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep\nbuild mid: dyndep\n", &[]);
    trio.builds("out", &[DD, "touch mid mid.map", "touch out out.map"]).builds("out", &NOTHING);
    trio.remove(&["mid.map"]).write(
        "dd.in",
        "ninja_dyndep_version = 1\nbuild out: dyndep\nbuild mid | mid.map: dyndep\n",
    );
    let all = [DD, "touch mid mid.map", "touch out out.map"];
    trio.builds_apart("out", &all, &all[..2]).builds("out", &NOTHING);
}

#[test]
fn what_was_up_to_date_may_be_wanted_and_its_user_with_it() {
    let space = Space::new();
    let statements = "build mid: both || dd\n  dyndep = dd\nbuild out: both mid\n";
    let trio = trio(&space, statements, "build mid: dyndep\n", &[]);
    trio.builds("out", &[DD, "touch mid mid.map", "touch out out.map"]).builds("out", &NOTHING);
    trio.remove(&["mid.map"])
        .write("dd.in", "ninja_dyndep_version = 1\nbuild mid | mid.map: dyndep\n");
    let all = [DD, "touch mid mid.map", "touch out out.map"];
    trio.builds_apart("out", &all, &all[..2]).builds("out", &NOTHING);
}

#[test]
fn a_cycle_that_it_closes_ends_the_build() {
    let space = Space::new();
    let statements =
        "build out: cp in || dd\n  dyndep = dd\nbuild in: touch || dd\n  dyndep = dd\n";
    let trio =
        trio(&space, statements, "build out | round: dyndep\nbuild in: dyndep | round\n", &[]);
    // Which of the two ways round is found first does not matter.
    trio.look(|project| {
        let said = project.mbuild(&["ninja", "out"]).fails(1).stdout;
        let cycles = ["round -> in -> round", "in -> round -> in"];
        let stopped = |cycle| format!("ninja: build stopped: dependency cycle: {cycle}.\n");
        assert!(cycles.iter().any(|cycle| said.ends_with(&stopped(cycle))), "{said}");
    });
}

#[test]
fn it_may_say_restat() {
    let space = Space::new();
    let statements = "rule keep\n  command = test -e $out || touch $out\n\
        build mid: keep in || dd\n  dyndep = dd\nbuild out: cp mid\n";
    let trio = trio(&space, statements, "build mid: dyndep\n  restat = 1\n", &["in"]);
    let keep = "test -e mid || touch mid";
    trio.builds("out", &[DD, keep, "cp mid out"]).builds("out", &NOTHING);
    trio.change(&["in"]).builds("out", &[keep]).builds("out", &NOTHING);
}

#[test]
fn a_new_input_whose_command_runs_already_is_not_started_again() {
    let space = Space::new();
    let statements = "rule slow\n  command = until test -e dd; do sleep 0.01; done; sleep 0.1; touch $out $out.map\n\
        build slow | slow.map: slow\nbuild out: cp slow || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep | slow.map\n", &[]);
    let slow = "until test -e dd; do sleep 0.01; done; sleep 0.1; touch slow slow.map";
    trio.builds("-j2 out", &[DD, slow, "cp slow out"]).builds("out", &NOTHING);
}

#[test]
fn one_that_is_up_to_date_may_wait_for_one_that_is_not() {
    for order in ["dd", "one"] {
        let space = Space::new();
        let statements = format!(
            "build one | one.map: both || dd\n  dyndep = dd\nbuild dd2: cp dd2.in || {order}\n\
             build two: both || dd2\n  dyndep = dd2\n"
        );
        let trio = trio(&space, &statements, "build one: dyndep\n", &[]);
        trio.write("dd2.in", "ninja_dyndep_version = 1\nbuild two | two.map: dyndep | one.map\n");
        let first = trio_order(order);
        trio.builds("two", &first).builds("two", &NOTHING);
        trio.remove(&["one.map"]).write("dd.in", "ninja_dyndep_version = 1.0\nbuild one: dyndep\n");
        let again = [DD, "touch one one.map", "touch two two.map"];
        trio.builds_apart("two", &again, &again[..2]).builds("two", &NOTHING);
    }
}

fn trio_order(order: &str) -> [&'static str; 4] {
    match order {
        "dd" => [DD, "cp dd2.in dd2", "touch one one.map", "touch two two.map"],
        _ => [DD, "touch one one.map", "cp dd2.in dd2", "touch two two.map"],
    }
}

#[test]
fn a_new_input_may_have_a_dyndep_file_that_is_there() {
    let space = Space::new();
    let statements = "build in: touch\nbuild mid: touch || dd0\n  dyndep = dd0\nbuild out: touch || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep | mid\n", &[]);
    trio.write("dd0", "ninja_dyndep_version = 1\nbuild mid: dyndep | in\n");
    trio.builds("out", &[DD, "touch in", "touch mid", "touch out"]).builds("out", &NOTHING);
}

#[test]
fn a_new_input_may_have_a_dyndep_file_that_has_to_be_made() {
    let space = Space::new();
    let statements = "build dd0: cp dd0.in\nbuild in: touch\nbuild mid: touch || dd0\n  dyndep = dd0\n\
        build out: touch || dd\n  dyndep = dd\n";
    let trio = trio(&space, statements, "build out: dyndep | mid\n", &[]);
    trio.write("dd0.in", "ninja_dyndep_version = 1\nbuild mid: dyndep | in\n");
    trio.builds("out", &[DD, "cp dd0.in dd0", "touch in", "touch mid", "touch out"]);
    trio.builds("out", &NOTHING);
}

#[test]
fn several_of_one_command_are_loaded_whatever_the_order_of_their_users() {
    let space = Space::new();
    let rules = "rule touch\n  command = touch $out\nrule two\n  command = cp dd3.in dd3 ; cp dd2.in dd2\n\
        rule cp_one\n  command = cp out1 $out\nbuild dd3 dd2: two dd3.in dd2.in\n\
        build out3: touch in || dd3\n  dyndep = dd3\nbuild out2: cp_one || dd2\n  dyndep = dd2\nbuild out1: touch in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.write("dd3.in", "ninja_dyndep_version = 1\nbuild out3: dyndep | out2\n");
    trio.write("dd2.in", "ninja_dyndep_version = 1\nbuild out2: dyndep | out1\n");
    trio.builds(
        "out3",
        &["cp dd3.in dd3 ; cp dd2.in dd2", "touch out1", "cp out1 out2", "touch out3"],
    );
    trio.builds("out3", &NOTHING);
}
