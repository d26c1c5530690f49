//! Dependencies from a depfile that stays.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, Trio};

/// Copies its input; its depfile is as `dep` says.
fn rules(dep: &str) -> String {
    format!(
        "{CAT}rule cc\n  command = cp {dep} $out.d; cp $in $out\n  depfile = $out.d\n\
         build foo.o: cc foo.c\n"
    )
}

#[test]
fn a_depfile_that_is_missing_runs_the_command_again() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep 'a file.d'; cp $in 'a file'\n  depfile = $out.d\n\
        build a$ file: cc foo.c\n  depfile = a file.d\n";
    let trio = Trio::new(&space, rules, &["foo.c", "h1"]);
    trio.write("dep", "a\\ file: h1\n");
    let command = "cp dep 'a file.d'; cp foo.c 'a file'";
    trio.builds("", &[command]).builds("", &NOTHING);
    // The state knows what was read, so content needs no depfile.
    trio.remove(&["a file.d"]).builds_apart("", &[command], &NOTHING).builds("", &NOTHING);
}

#[test]
fn headers_are_inputs_that_the_command_line_does_not_name() {
    let space = Space::new();
    let trio = Trio::new(&space, &rules("dep"), &["foo.c", "blah.h", "bar.h"]);
    trio.write("dep", "foo.o: blah.h bar.h\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["bar.h"]).builds("", &[command]).builds("", &NOTHING);
    // One that is gone is no mistake: the command runs and says what it needs now.
    trio.remove(&["bar.h"]).write("dep", "foo.o: blah.h\n");
    trio.builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn a_mistake_in_a_depfile_is_told_with_its_place() {
    let space = Space::new();
    let trio = Trio::new(&space, &rules("dep"), &["foo.c"]);
    trio.write("dep", "foo.o blah.h\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    trio.look(|project| {
        let finished = project.mbuild(&["ninja", "-v"]).fails(1);
        let said = format!(
            "[1/1] {command}\nFAILED: [code=1] foo.o \n{command}\n\
             foo.o.d:1: expected ':' in depfile\nninja: build stopped: subcommand failed.\n"
        );
        let said = said.replace("foo.o.d:1: ", "foo.o.d: ");
        assert_eq!(finished.stdout, said);
    });
}

#[test]
fn a_depfile_of_another_output_runs_the_command_again() {
    let space = Space::new();
    let trio = Trio::new(&space, &rules("dep"), &["foo.c", "h1"]);
    trio.write("dep", "bar.o: h1\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    let warning = "ninja: warning: expected depfile 'foo.o.d' to mention 'foo.o', got 'bar.o'";
    for _ in 0..2 {
        trio.says_apart("", 0, &[command], &[], &[warning]);
    }
    trio.write("dep", "./foo.o: h1\n").builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn paths_in_a_depfile_are_made_canonical() {
    let space = Space::new();
    let trio = Trio::new(&space, &rules("dep"), &["foo.c", "implicit.h", "bar/x"]);
    trio.write("dep", "foo.o: ./bar/../implicit.h bar/./../foo.c\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["implicit.h"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn a_discovered_file_counts_though_it_is_order_only_as_well() {
    let space = Space::new();
    let rules = rules("dep").replace("cc foo.c", "cc foo.c || data");
    let trio = Trio::new(&space, &rules, &["foo.c", "data"]);
    trio.write("dep", "foo.o: data\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["data"]).builds("", &[command]);
}

#[test]
fn an_old_depfile_that_would_close_a_cycle_is_ignored_when_the_command_runs_anyway() {
    let space = Space::new();
    let rules = rules("dep") + "build made.h: cat made.in\n";
    let trio = Trio::ours(&space, &rules, &["foo.c", "made.in", "made.h"]);
    trio.write("dep", "foo.o: made.h\n");
    let command = "cp dep foo.o.d; cp foo.c foo.o";
    trio.builds("made.h", &["cat made.in > made.h"]).builds("foo.o", &[command]);
    // The header is made from the object now.
    trio.edit("cat made.in", "cat foo.o").write("dep", "foo.o: foo.c\n").change(&["foo.c"]);
    trio.builds("made.h", &[command, "cat foo.o > made.h"]).builds("made.h", &NOTHING);
}

#[test]
fn a_depfile_that_was_copied_to_its_place_may_be_old() {
    let space = Space::new();
    let trio = Trio::new(&space, &rules("-p dep"), &["foo.c", "h1"]);
    trio.write("dep", "foo.o: h1\n").touch(&["foo.c"]);
    let command = "cp -p dep foo.o.d; cp foo.c foo.o";
    trio.builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn a_depfile_that_closes_a_cycle_is_no_mistake() {
    // Ninja ends with the cycle; here nothing waits for a file because it was discovered.
    let space = Space::new();
    let rules = format!(
        "{CAT}rule cc\n  command = cp dep $out.d; cp $in a; cp $in b\n  depfile = $out.d\nbuild a b: cc in\nbuild c: cat b\nbuild d: cat a c\n"
    );
    let rules = rules.replace("$out.d", "a.d");
    let trio = Trio::ours(&space, &rules, &["in"]);
    trio.write("dep", "a: b c\n");
    let (cc, c, d) = ("cp dep a.d; cp in a; cp in b", "cat b > c", "cat a c > d");
    trio.builds("d", &[cc, c, d]);
    // By content it settles; by time stamps the one is always newer than the other.
    trio.builds_apart("d", &[cc, c, d], &[cc]).builds_apart("d", &[cc, c, d], &NOTHING);
}
