//! `-n`: what would run.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, TOUCH, Trio};

#[test]
fn all_that_could_run_is_listed_and_nothing_is_done() {
    let space = Space::new();
    let rules = format!(
        "rule keep\n  command = test -e $out || touch $out\n  restat = 1\n{CAT}\
         build mid: keep in\nbuild out: cat mid\nbuild last: cat out\n"
    );
    let trio = Trio::new(&space, &rules, &["in"]);
    let all = ["test -e mid || touch mid", "cat mid > out", "cat out > last"];
    trio.builds("-n last", &all);
    trio.look(|project| assert!(!project.path("mid").exists()));
    trio.builds("last", &all).builds("-n last", &NOTHING);
    // That `mid` would come out the same is not known beforehand.
    trio.change(&["in"]).builds("-n last", &all).builds("last", &all[..1]);
}

#[test]
fn a_dyndep_file_that_is_not_made_is_not_waited_for() {
    let space = Space::new();
    let rules = format!(
        "{TOUCH}rule cp\n  command = cp $in $out\nbuild dd: cp dd-in\nbuild out: touch || dd\n  dyndep = dd\nbuild out-copy: cp out\n"
    );
    // Ninja 1.13.2 stops because the file is not there; later ones do not.
    let trio = Trio::ours(&space, &rules, &[]);
    trio.write("dd-in", "ninja_dyndep_version = 1\nbuild out: dyndep\n");
    trio.builds("-n out-copy", &["cp dd-in dd", "touch out", "cp out out-copy"]);
    trio.look(|project| assert!(!project.path("dd").exists()));
    trio.builds("out-copy", &["cp dd-in dd", "touch out", "cp out out-copy"]);
}

#[test]
fn dependencies_are_not_looked_for() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\nbuild out: cc in\n";
    let trio = Trio::new(&space, rules, &["in", "header"]);
    trio.write("dep", "out: header\n");
    let command = "cp dep out.d; cp in out";
    trio.builds("-n", &[command]).builds("", &[command]).builds("-n", &NOTHING);
    trio.change(&["header"]).builds("-n", &[command]).builds("", &[command]).builds("-n", &NOTHING);
}
