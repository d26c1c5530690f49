//! Which actions run, and in which order.

use mbuild_engine::event::Reason;

use crate::harness::Space;

const NOTHING: [&str; 0] = [];

#[test]
fn a_producer_runs_before_what_uses_it_and_then_nothing_is_to_do() {
    let space = Space::new("build end: cat mid\nbuild mid: cat in\n");
    space.write("in", "1");
    let first = space.build(&[]);
    assert_eq!(first.ran, ["mid", "end"]);
    assert_eq!(first.planned, [2]);
    assert_eq!(first.summary.ran, 2);
    assert_eq!(space.read("end"), "1");
    assert_eq!(first.why("mid"), [Reason::NeverRan]);
    let second = space.build(&[]);
    assert_eq!(second.ran, NOTHING);
    assert_eq!(second.planned, [] as [usize; 0]);
    assert_eq!(second.summary.actions, 2);
}

#[test]
fn a_changed_input_runs_only_what_depends_on_it() {
    let space =
        Space::new("build cat1: cat in1\nbuild cat2: cat in1 in2\nbuild cat12: cat cat1 cat2\n");
    space.write("in1", "1");
    space.write("in2", "2");
    assert_eq!(space.ran(&[]), ["cat1", "cat2", "cat12"]);
    space.write("in2", "3");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["cat2", "cat12"]);
    assert_eq!(happened.why("cat2"), [Reason::InputChanged { path: "in2".into() }]);
    space.write("in1", "4");
    let mut ran = space.ran(&[]);
    assert_eq!(ran.pop().unwrap(), "cat12");
    ran.sort();
    assert_eq!(ran, ["cat1", "cat2"]);
    assert_eq!(space.read("cat12"), "443");
}

#[test]
fn a_touched_input_runs_nothing() {
    let space = Space::new("build out: cat in\n");
    space.write("in", "1");
    assert_eq!(space.ran(&[]), ["out"]);
    space.touch("in");
    space.touch("out");
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn what_comes_out_the_same_runs_nothing_after_it() {
    let space = Space::new(
        "rule head\n  command = head -c1 $in > $out\nbuild h: head in\nbuild end: cat h\n",
    );
    space.write("in", "1a");
    assert_eq!(space.ran(&[]), ["h", "end"]);
    space.write("in", "1b");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["h"]);
    assert_eq!(happened.cut_off, ["end"]);
    assert_eq!(happened.planned, [2, 1]);
    assert_eq!(space.ran(&[]), NOTHING);
    space.write("in", "2b");
    assert_eq!(space.ran(&[]), ["h", "end"]);
}

#[test]
fn a_missing_or_changed_output_is_made_again() {
    let space = Space::new("build out: cat in\nbuild end: cat out\n");
    space.write("in", "1");
    space.build(&[]);
    space.remove("out");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["out"]);
    assert_eq!(happened.why("out"), [Reason::OutputMissing { path: "out".into() }]);
    assert_eq!(happened.cut_off, ["end"]);
    space.write("out", "other");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["out"]);
    assert_eq!(happened.why("out"), [Reason::OutputChanged { path: "out".into() }]);
    assert_eq!(space.read("out"), "1");
}

#[test]
fn a_changed_command_runs_again_and_says_which_words_changed() {
    let space = Space::new("rule r\n  command = cp -f $in $out\nbuild out: r in\n");
    space.write("in", "1");
    assert_eq!(space.ran(&[]), ["out"]);
    space.rules("rule r\n  command = cp -p $in $out\nbuild out: r in\n");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["out"]);
    let reason =
        Reason::CommandChanged { removed: vec!["-f".to_owned()], added: vec!["-p".to_owned()] };
    assert_eq!(happened.why("out"), [reason]);
    space.rules("# no change\nrule r\n  command = cp -p $in $out\nbuild out: r in\n");
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn an_action_with_two_outputs_runs_once() {
    let space = Space::new(
        "rule two\n  command = touch $out $more\nbuild a b: two\nbuild end: cat a b\n\
         build c | d: two\n  more = d\n",
    );
    assert_eq!(space.ran(&["end", "d"]), ["a", "end", "c"]);
    assert_eq!(space.ran(&["a", "b", "end", "c"]), NOTHING);
    space.remove("b");
    assert_eq!(space.ran(&[]), ["a"]);
}

#[test]
fn folders_of_outputs_are_made() {
    let space = Space::new("build sub/dir/out: cat in\n");
    space.write("in", "1");
    assert_eq!(space.ran(&["sub/dir/out"]), ["sub/dir/out"]);
    assert!(space.exists("sub/dir/out"));
}

#[test]
fn missing_sources_and_unknown_goals_have_the_words_of_ninja() {
    let space = Space::new("build cat1: cat in1\nbuild end: cat cat1\n");
    assert_eq!(space.error(&[]), "'in1', needed by 'cat1', missing and no known rule to make it");
    assert_eq!(space.error(&["in1"]), "'in1' missing and no known rule to make it");
    assert_eq!(space.error(&["cot1"]), "unknown target 'cot1', did you mean 'cat1'?");
    assert_eq!(space.error(&["completely else"]), "unknown target 'completely else'");
    assert_eq!(space.error(&["end^"]), "'end' has no out edge");
    space.write("in1", "1");
    assert_eq!(space.ran(&["in1^"]), ["cat1"]);
}

#[test]
fn cycles_are_named_by_their_way_around() {
    let space = Space::new("build a: cat b\nbuild b: cat c\nbuild c: cat a\n");
    assert_eq!(space.error(&["a"]), "dependency cycle: a -> b -> c -> a");
    assert_eq!(space.error(&["b"]), "dependency cycle: b -> c -> a -> b");
    assert_eq!(space.error(&[]), "could not determine root nodes of build graph");
}

#[test]
fn the_longest_way_to_the_end_starts_first() {
    let space = Space::new(
        "build short: cat in\nbuild l1: cat in\nbuild l2: cat l1\nbuild all: phony short l2\n",
    );
    space.write("in", "1");
    assert_eq!(space.ran(&[]), ["l1", "short", "l2"]);
}

#[test]
fn a_failure_stops_the_build_unless_more_are_allowed() {
    let mut space = Space::new("build a: fail\nbuild b: fail\nbuild c: touch\nbuild d: cat a\n");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["!a"]);
    assert_eq!(happened.summary.failed, 1);
    space.settings.keep_going = None;
    assert_eq!(space.ran_sorted(&[]), ["!a", "!b", "c"]);
    assert_eq!(space.ran_sorted(&[]), ["!a", "!b"]);
    let happened = space.build(&["a"]);
    assert_eq!(happened.why("a")[0], Reason::FailedLastTime);
}
