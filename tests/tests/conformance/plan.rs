//! In which order, and how many at once.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, Trio};

/// A command that fails when another one of its kind runs at the same time.
const ALONE: &str = "mkdir $lock && sleep 0.03 && rmdir $lock && touch $out";

#[test]
fn two_outputs_of_one_command_feed_another_one_that_runs_once() {
    let space = Space::new();
    let rules = "rule two\n  command = cp in m1 && cp in m2\nrule cat\n  command = cat $in > $out\n\
        build m1 m2: two in\nbuild out: cat m1 m2\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.builds("out", &["cp in m1 && cp in m2", "cat m1 m2 > out"]);
}

#[test]
fn two_outputs_of_one_command_feed_two_that_feed_a_third() {
    let space = Space::new();
    let rules = "rule two\n  command = cp in a1 && cp in a2\nrule cat\n  command = cat $in > $out\n\
        build a1 a2: two in\nbuild b1: cat a1\nbuild b2: cat a2\nbuild out: cat b1 b2\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.builds("out", &["cp in a1 && cp in a2", "cat a1 > b1", "cat a2 > b2", "cat b1 b2 > out"]);
}

#[test]
fn two_that_depend_on_one_output_both_run() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build mid: cat in\nbuild a1: cat mid\nbuild a2: cat mid\nbuild out: cat a1 a2\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("out", &["cat in > mid", "cat mid > a1", "cat mid > a2", "cat a1 a2 > out"]);
    trio.change(&["in"]);
    trio.builds("out", &["cat in > mid", "cat mid > a1", "cat mid > a2", "cat a1 a2 > out"]);
}

#[test]
fn what_two_ways_lead_to_runs_once() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build a: cat in\nbuild b: cat in || a\nbuild c: cat a || b\nbuild out: cat a b c a\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("out", &["cat in > a", "cat in > b", "cat a > c", "cat a b c a > out"]);
}

#[test]
fn a_pool_of_depth_one_and_the_console_run_one_at_a_time() {
    let space = Space::new();
    for pool in ["narrow", "console"] {
        let rules = format!(
            "pool narrow\n  depth = 1\nrule alone\n  command = {ALONE}\n  pool = {pool}\n\
             build {pool}1: alone\nbuild {pool}2: alone\nbuild {pool}3: alone\n"
        );
        let rules = rules.replace("$lock", &format!("lock-{pool}"));
        let trio = Trio::new(&space, &rules, &[]);
        let command = |n| {
            let command = ALONE.replace("$lock", &format!("lock-{pool}"));
            command.replace("$out", &format!("{pool}{n}"))
        };
        trio.builds("-j8", &[&command(1), &command(2), &command(3)]);
    }
}

#[test]
fn pools_are_apart_and_an_empty_pool_is_none() {
    let space = Space::new();
    // Two in the pool and one out of it have to run at once, or the first waits for ever.
    let rules = "pool two\n  depth = 2\n\
        rule wait\n  command = touch $out; n=0; until test -e a2 && test -e free; do n=$$((n+1)); test $$n -lt 200; sleep 0.01; done; sleep 0.2\n  pool = two\n\
        rule touch\n  command = touch $out\n  pool = two\n\
        build a1: wait\nbuild a2: touch\nbuild free: touch\n  pool =\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.each(|_| {});
    let wait = "touch a1; n=0; until test -e a2 && test -e free; do n=$((n+1)); test $n -lt 200; sleep 0.01; done; sleep 0.2";
    trio.builds("-j3", &["touch a2", "touch free", wait]);
}

#[test]
fn what_two_ways_lead_to_takes_one_place_in_its_pool() {
    let space = Space::new();
    let rules = format!(
        "pool one\n  depth = 1\nrule compile\n  command = cat $in > $out\n  pool = one\n{CAT}\
         build a.cc: cat a.ml\nbuild a.o: compile a.cc || lib\nbuild lib: compile a.cc\nbuild prog: compile a.o lib\n"
    );
    let trio = Trio::new(&space, &rules, &["a.ml"]);
    trio.builds(
        "-j4 prog",
        &["cat a.ml > a.cc", "cat a.cc > lib", "cat a.cc > a.o", "cat a.o lib > prog"],
    );
}

#[test]
fn a_failure_gives_its_place_in_the_pool_back() {
    let space = Space::new();
    let rules = "pool one\n  depth = 1\nrule fail\n  command = false\n  pool = one\n\
        rule touch\n  command = touch $out\n  pool = one\n\
        build out1: fail\nbuild out2: touch\nbuild out3: touch out1 out2\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.says(
        "-k0 out3",
        1,
        &["false", "touch out2"],
        &[
            "FAILED: [code=1] out1 ",
            "false",
            "ninja: build stopped: cannot make progress due to previous errors.",
        ],
    );
}

#[test]
fn ready_commands_that_nobody_wants_take_no_place_in_a_pool() {
    let space = Space::new();
    let rules = "pool one\n  depth = 1\nrule touch\n  command = touch $out\n  pool = one\nrule cp\n  command = cp $in $out\n  pool = one\n\
        build a: touch\nbuild b: touch\nbuild c: cp a\nbuild unwanted: cp b\nbuild out: cp c | b\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.builds("-j4 out", &["touch a", "touch b", "cp a c", "cp c out"]);
    trio.builds("-j4 out", &NOTHING);
}

#[test]
fn the_longest_way_to_the_end_starts_first_and_then_the_file_order_counts() {
    let space = Space::new();
    let rules = format!(
        "{CAT}build short1: cat in\nbuild long1: cat in\nbuild long2: cat long1\nbuild long3: cat long2\n\
         build short2: cat in\nbuild out: cat short1 long3 short2\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds(
        "out",
        &[
            "cat in > long1",
            "cat long1 > long2",
            "cat in > short1",
            "cat long2 > long3",
            "cat in > short2",
            "cat short1 long3 short2 > out",
        ],
    );
}
