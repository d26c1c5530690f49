//! `restat`: outputs that their command did not touch stop what follows.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, TOUCH, Trio};

/// Writes its output only when it would be another one.
const KEEP: &str = "rule keep\n  command = cmp -s $in $out || cp $in $out\n  restat = 1\n";

#[test]
fn an_untouched_output_stops_the_chain_and_a_later_change_goes_through() {
    let space = Space::new();
    let rules =
        format!("{KEEP}{CAT}build mid: keep in | stamp\nbuild out: cat mid\nbuild last: cat out\n");
    let trio = Trio::new(&space, &rules, &["in", "stamp"]);
    let keep = "cmp -s in mid || cp in mid";
    trio.builds("last", &[keep, "cat mid > out", "cat out > last"]).builds("last", &NOTHING);
    trio.change(&["stamp"]).builds("last", &[keep]).builds("last", &NOTHING);
    trio.change(&["in"]).builds("last", &[keep, "cat mid > out", "cat out > last"]);
    trio.builds("last", &NOTHING);
}

#[test]
fn an_output_that_is_never_made_counts_as_untouched() {
    let space = Space::new();
    let rules = format!(
        "rule nothing\n  command = true\n  restat = 1\n{CAT}build ghost: nothing in\nbuild out: cat other | ghost\n"
    );
    let trio = Trio::new(&space, &rules, &["in", "other"]);
    trio.builds("out", &["true", "cat other > out"]);
    // It is missing, so its command runs each time, and that alone.
    trio.builds("out", &["true"]).change(&["in"]).builds("out", &["true"]);
}

#[test]
fn an_action_with_another_reason_runs_though_one_input_came_out_the_same() {
    let space = Space::new();
    let rules = format!(
        "rule nothing\n  command = true $out\n  restat = 1\n{TOUCH}build out1: nothing in\nbuild out2: nothing in\n\
         build out3: touch out1 out2\nbuild out4: touch out3\n"
    );
    let trio = Trio::new(&space, &rules, &["in", "out1", "out2", "out3", "out4"]);
    trio.remove(&["out4"]);
    let all = ["true out1", "true out2", "touch out3", "touch out4"];
    trio.builds("out4", &all).builds("out4", &NOTHING);
    trio.change(&["in"]).remove(&["out4"]);
    trio.builds("out4", &["true out1", "true out2", "touch out4"]).builds("out4", &NOTHING);
}

#[test]
fn a_discovered_file_that_is_gone_runs_its_action_alone() {
    let space = Space::new();
    let rules = "rule keep\n  command = cp dep $out.d; test -e $out || touch $out\n  depfile = $out.d\n  restat = 1\n\
        rule touch\n  command = touch $out\nbuild out1: keep in\nbuild out2: touch out1\n";
    let trio = Trio::new(&space, rules, &["in", "header"]);
    trio.write("dep", "out1: header\n");
    let keep = "cp dep out1.d; test -e out1 || touch out1";
    trio.builds("out2", &[keep, "touch out2"]).builds("out2", &NOTHING);
    trio.remove(&["header"]).write("dep", "out1:\n");
    trio.builds("out2", &[keep]).builds("out2", &NOTHING);
}

#[test]
fn an_action_that_touches_what_it_discovers_is_up_to_date() {
    let space = Space::new();
    let rules = "rule keep\n  command = touch header; cp dep $out.d; cp $in $out\n  depfile = $out.d\n  restat = 1\n\
        build out1: keep in\n";
    let trio = Trio::by_time(&space, rules, &["in", "header"]);
    trio.write("dep", "out1: header\n");
    let command = "touch header; cp dep out1.d; cp in out1";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["in"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn a_header_that_came_out_the_same_stops_what_discovered_it() {
    let space = Space::new();
    for deps in ["", "  deps = gcc\n"] {
        let rules = format!(
            "rule nothing\n  command = true\n  restat = 1\n\
             rule cc\n  command = cp dep{} $out.d; cp $in $out\n  depfile = $out.d\n{deps}\
             build header.h: nothing header.in\nbuild out: cc in || header.h\n",
            deps.len()
        );
        let trio = Trio::new(&space, &rules, &["header.in", "header.h", "in"]);
        trio.write(&format!("dep{}", deps.len()), "out: header.h\n");
        let command = format!("cp dep{} out.d; cp in out", deps.len());
        trio.each(|project| {
            let _ = std::fs::remove_file(project.path("out"));
            let _ = std::fs::remove_dir_all(project.path(".mbuild"));
            let _ = std::fs::remove_file(project.path(".ninja_log"));
        });
        trio.builds("out", &["true", &command]).builds("out", &NOTHING);
        trio.change(&["header.in"]).builds("out", &["true"]).builds("out", &NOTHING);
        trio.change(&["header.h"]);
        // By content the header is not what its command left; it does not make it any better.
        trio.builds_apart("out", &[&command], &["true", &command]).builds("out", &NOTHING);
    }
}

#[test]
fn without_its_dependencies_an_action_runs_though_its_inputs_came_out_the_same() {
    let space = Space::new();
    let rules = format!(
        "rule nothing\n  command = true\n  restat = 1\n\
         rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n{TOUCH}\
         build header.h: nothing header.in\nbuild out: cc header.h\nbuild last: touch out\n"
    );
    let trio = Trio::by_time(&space, &rules, &["header.in", "header.h"]);
    trio.write("dep", "out: header.h\n");
    trio.builds("last", &["true", "cp dep out.d; cp header.h out", "touch last"]);
    trio.remove(&["out.d"]).change(&["header.in"]);
    trio.builds("last", &["true", "cp dep out.d; cp header.h out", "touch last"]);
    trio.builds("last", &NOTHING);
}

#[test]
fn without_its_recorded_dependencies_an_action_runs() {
    let space = Space::new();
    let rules = "rule nothing\n  command = true\n  restat = 1\n\
         rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n\
         build header.h: nothing header.in\nbuild out: cc header.h\n";
    let trio = Trio::by_time(&space, rules, &["header.in", "header.h"]);
    trio.write("dep", "out: header.h\n");
    trio.builds("out", &["true", "cp dep out.d; cp header.h out"]).builds("out", &NOTHING);
    // Nothing was recorded while the dependencies stayed in a file.
    trio.edit("  depfile = $out.d\n", "  depfile = $out.d\n  deps = gcc\n");
    trio.change(&["header.in"]);
    trio.builds("out", &["true", "cp dep out.d; cp header.h out"]).builds("out", &NOTHING);
}

#[test]
fn only_what_uses_the_touched_output_runs() {
    let space = Space::new();
    let rules = format!(
        "rule two\n  command = cmp -s in kept || cp in kept; touch changed\n  restat = 1\n{TOUCH}\
         build kept changed: two in | stamp\nbuild a: touch kept\nbuild b: touch changed\n"
    );
    let trio = Trio::by_time(&space, &rules, &["in", "stamp"]);
    let two = "cmp -s in kept || cp in kept; touch changed";
    trio.builds("", &[two, "touch a", "touch b"]).builds("", &NOTHING);
    trio.change(&["stamp"]).builds("", &[two, "touch b"]).builds("", &NOTHING);
}
