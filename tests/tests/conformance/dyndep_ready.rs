//! Dyndep files that are there when the build begins.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, TOUCH, Trio};

const BOTH: &str = "rule both\n  command = touch $out $out.map\n";

#[test]
fn one_that_is_missing_and_that_nothing_makes_is_named() {
    let space = Space::new();
    let trio = Trio::new(&space, &format!("{TOUCH}build out: touch || dd\n  dyndep = dd\n"), &[]);
    trio.says("out", 1, &NOTHING, &["ninja: error: loading 'dd': No such file or directory"]);
}

#[test]
fn one_that_says_nothing_new_changes_nothing() {
    let space = Space::new();
    let trio =
        Trio::new(&space, &format!("{TOUCH}build out: touch in || dd\n  dyndep = dd\n"), &["in"]);
    trio.write("dd", "ninja_dyndep_version = 1\nbuild out: dyndep\n");
    trio.builds("", &["touch out"]).builds("", &NOTHING);
    trio.change(&["in"]).builds("", &["touch out"]).builds("", &NOTHING);
}

#[test]
fn it_connects_an_output_with_the_input_of_another_action() {
    let space = Space::new();
    let rules = format!(
        "{BOTH}build user: both || dd\n  dyndep = dd\nbuild maker: both || dd\n  dyndep = dd\n"
    );
    let trio = Trio::new(&space, &rules, &[]);
    trio.write(
        "dd",
        "ninja_dyndep_version = 1\nbuild user | user.map: dyndep | maker.map\nbuild maker | maker.map: dyndep\n",
    );
    trio.builds("user", &["touch maker maker.map", "touch user user.map"]).builds("user", &NOTHING);
    trio.remove(&["maker.map"]);
    let both = ["touch maker maker.map", "touch user user.map"];
    trio.builds_apart("user", &both, &both[..1]).builds("user", &NOTHING);
}

#[test]
fn a_mistake_in_it_is_told_before_anything_runs() {
    let space = Space::new();
    let trio = Trio::new(&space, &format!("{TOUCH}build out: touch || dd\n  dyndep = dd\n"), &[]);
    trio.write("dd", "build out: dyndep\n");
    trio.says(
        "out",
        1,
        &NOTHING,
        &["ninja: error: dd:1: expected 'ninja_dyndep_version = ...'", ""],
    );
}

#[test]
fn a_cycle_that_it_closes_is_named() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in || dd\n  dyndep = dd\nbuild in: cat round\n");
    let trio = Trio::new(&space, &rules, &[]);
    trio.write("dd", "ninja_dyndep_version = 1\nbuild out | round: dyndep\n");
    trio.says("out", 1, &NOTHING, &["ninja: error: dependency cycle: round -> in -> round"]);
}

#[test]
fn a_newer_implicit_input_that_it_tells_of_counts() {
    let space = Space::new();
    let rules = format!("{TOUCH}build out: touch in || dd\n  dyndep = dd\n");
    let trio = Trio::new(&space, &rules, &["in", "more"]);
    trio.write("dd", "ninja_dyndep_version = 1\nbuild out: dyndep | more\n");
    trio.builds("", &["touch out"]).builds("", &NOTHING);
    trio.change(&["more"]).builds("", &["touch out"]).builds("", &NOTHING);
}

#[test]
fn an_output_that_it_tells_of_is_made_for_who_declares_it_as_input() {
    let space = Space::new();
    let rules = format!(
        "{BOTH}{CAT}build first: both in || dd\n  dyndep = dd\nbuild second: cat first first.map\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.write("dd", "ninja_dyndep_version = 1\nbuild first | first.map: dyndep\n");
    trio.builds("second", &["touch first first.map", "cat first first.map > second"]);
    trio.builds("second", &NOTHING);
}

#[test]
fn it_and_the_statements_that_name_it_have_to_agree() {
    let space = Space::new();
    let rules = format!("{TOUCH}build out: touch || dd\n  dyndep = dd\nbuild other: touch || dd\n");
    let trio = Trio::new(&space, &rules, &[]);
    trio.write("dd", "ninja_dyndep_version = 1\n");
    trio.says("out", 1, &NOTHING, &["ninja: error: 'out' not mentioned in its dyndep file 'dd'"]);
    trio.write("dd", "ninja_dyndep_version = 1\nbuild out: dyndep\nbuild other: dyndep\n");
    trio.says(
        "out",
        1,
        &NOTHING,
        &["ninja: error: dyndep file 'dd' mentions output 'other' whose build statement does not have a dyndep binding for the file"],
    );
}

#[test]
fn an_output_that_another_statement_makes_is_refused() {
    let space = Space::new();
    let rules = format!("{TOUCH}build a | twice: touch\nbuild b: touch || dd\n  dyndep = dd\n");
    let trio = Trio::new(&space, &rules, &[]);
    trio.write("dd", "ninja_dyndep_version = 1\nbuild b | twice: dyndep\n");
    trio.says("b", 1, &NOTHING, &["ninja: error: multiple rules generate twice"]);
}

#[test]
fn an_output_that_two_statements_make_by_it_is_refused() {
    let space = Space::new();
    let rules = format!(
        "{TOUCH}build a: touch || dd\n  dyndep = dd\nbuild b: touch || dd\n  dyndep = dd\n"
    );
    let trio = Trio::new(&space, &rules, &[]);
    trio.write(
        "dd",
        "ninja_dyndep_version = 1\nbuild a | twice: dyndep\nbuild b | twice: dyndep\n",
    );
    trio.says("b", 1, &NOTHING, &["ninja: error: multiple rules generate twice"]);
}

#[test]
fn it_may_say_restat_of_one_of_its_statements() {
    let space = Space::new();
    let rules = format!(
        "rule keep\n  command = test -e $out || touch $out\n{CAT}build kept: keep in || dd\n  dyndep = dd\n\
         build made: keep in || dd\n  dyndep = dd\nbuild a: cat kept\nbuild b: cat made\n"
    );
    let trio = Trio::by_time(&space, &rules, &["in"]);
    trio.write(
        "dd",
        "ninja_dyndep_version = 1\nbuild made: dyndep\nbuild kept: dyndep\n  restat = 1\n",
    );
    let (keep, make) = ("test -e kept || touch kept", "test -e made || touch made");
    trio.builds("", &[keep, make, "cat kept > a", "cat made > b"]).builds("", &NOTHING);
    trio.change(&["in"]).builds("", &[keep, make, "cat made > b"]);
}

#[test]
fn one_of_many_that_it_knows_is_read_though_it_is_out_of_date_itself() {
    let space = Space::new();
    let rules =
        format!("{TOUCH}{CAT}build dd: cat dd.in\nbuild out: touch in || dd\n  dyndep = dd\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.write("dd.in", "ninja_dyndep_version = 1\nbuild out: dyndep\n");
    trio.builds("out", &["cat dd.in > dd", "touch out"]).builds("out", &NOTHING);
    // What the old one says is of no interest: it is not read.
    trio.write("dd", "not a dyndep file\n")
        .write("dd.in", "ninja_dyndep_version = 1.0\nbuild out: dyndep\n");
    trio.builds("out", &["cat dd.in > dd"]).builds("out", &NOTHING);
}
