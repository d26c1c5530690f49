//! Dependencies that are recorded, `deps = gcc` and `deps = msvc`.

use mbuild_tests::Space;

use crate::harness::{NOTHING, Trio};

/// Two outputs; the dependencies come as `dep` says.
fn two(deps: &str) -> String {
    format!(
        "rule cp\n  command = cat dep > out.d; cp in1 out1 && cp in1 out2\n  depfile = out.d\n{deps}build out1 out2: cp in1\n"
    )
}

const TWO: &str = "cat dep > out.d; cp in1 out1 && cp in1 out2";

#[test]
fn every_way_to_write_two_outputs_records_their_dependencies() {
    for dep in [
        "out1 out2: in1 in2\n",
        "out1 out2: in1\nout1 out2: in2\n",
        "out1: in1 in2\nout2: in1 in2\n",
        "out1: in1 in2\n",
        "out2: in1 in2\n",
    ] {
        let space = Space::new();
        let trio = Trio::new(&space, &two("  deps = gcc\n"), &["in1", "in2"]);
        trio.write("dep", dep).builds("", &[TWO]).builds("", &NOTHING);
        trio.look(|project| {
            assert!(!project.path("out.d").exists(), "it is read and removed");
            let deps = project.mbuild(&["ninja", "-t", "deps", "out1"]).ok().stdout;
            assert!(deps.starts_with("out1: #deps 2, "), "{dep}: {deps}");
        });
        trio.change(&["in2"]).builds("", &[TWO]).builds("", &NOTHING);
    }
}

#[test]
fn lines_of_includes_are_dependencies_of_every_output() {
    let space = Space::new();
    let rules = "rule cl\n  command = echo 'using $in2'; cp in1 out1; cp in1 out2\n  deps = msvc\n  msvc_deps_prefix = using \n\
        build out1 out2: cl in1\n";
    let rules = rules.replace("prefix = using ", "prefix = using").replace("$in2", "in2");
    let trio = Trio::new(&space, &rules, &["in1", "in2"]);
    let command = "echo 'using in2'; cp in1 out1; cp in1 out2";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["in2"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn a_depfile_is_consumed_and_its_headers_count_from_then_on() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\nbuild out: cc in1\n";
    let trio = Trio::new(&space, rules, &["in1", "in2"]);
    trio.write("dep", "out: in2\n");
    let command = "cp dep out.d; cp in1 out";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.look(|project| assert!(!project.path("out.d").exists()));
    trio.change(&["in2"]).builds("", &[command]).builds("", &NOTHING);
    trio.touch(&["in2"]).builds_apart("", &[command], &NOTHING);
}

#[test]
fn an_output_that_is_newer_than_its_dependencies_is_made_again() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\nbuild out: cc in1\n";
    let trio = Trio::new(&space, rules, &["in1", "in2"]);
    trio.write("dep", "out: in2\n");
    let command = "cp dep out.d; cp in1 out";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.touch(&["out"]).builds_apart("", &[command], &NOTHING);
    trio.change(&["out"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn an_input_that_is_written_while_its_command_runs_means_one_more_run() {
    let space = Space::new();
    for depfile in ["", "  depfile = $out.d\n  deps = gcc\n"] {
        let rules = format!(
            "rule r\n  command = echo '$out: in2' > $out.d; cp $in $out; sleep 0.03; test ! -e late || {{ cat late >> $edited; rm late; }}\n{depfile}\
             build out{}: r in\n  edited = {}\n",
            depfile.len(),
            if depfile.is_empty() { "in" } else { "in2" }
        );
        let rules = rules.replace("$edited", if depfile.is_empty() { "in" } else { "in2" });
        let rules = rules.replace(
            &format!("  edited = {}\n", if depfile.is_empty() { "in" } else { "in2" }),
            "",
        );
        let trio = Trio::by_time(&space, &rules, &["in", "in2"]);
        let out = format!("out{}", depfile.len());
        let command = format!(
            "echo '{out}: in2' > {out}.d; cp in {out}; sleep 0.03; test ! -e late || {{ cat late >> {}; rm late; }}",
            if depfile.is_empty() { "in" } else { "in2" }
        );
        trio.write("late", "late\n");
        trio.builds(&out, &[&command]).builds(&out, &[&command]).builds(&out, &NOTHING);
    }
}

#[test]
fn blanks_in_the_outputs_of_a_depfile_are_escaped() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep '$out.d'; cp foo.c 'fo o.o'\n  depfile = fo o.o.d\n  deps = gcc\nbuild fo$ o.o: cc foo.c\n";
    let rules = rules.replace("'$out.d'", "'fo o.o.d'");
    let trio = Trio::new(&space, &rules, &["foo.c", "bar.h"]);
    trio.write("dep", "fo\\ o.o: blah.h bar.h\n").write("blah.h", "");
    let command = "cp dep 'fo o.o.d'; cp foo.c 'fo o.o'";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["bar.h"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn paths_are_recorded_in_their_canonical_form() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\nbuild a/b.o: cc x/y/z/foo.c\n";
    let trio = Trio::new(&space, rules, &["x/y/z/foo.c", "blah.h", "bar.h"]);
    trio.write("dep", "a/b.o: x/y/z/../../../blah.h ./bar.h\n");
    let command = "cp dep a/b.o.d; cp x/y/z/foo.c a/b.o";
    trio.builds("", &[command]).builds("", &NOTHING);
    trio.change(&["blah.h"]).builds("", &[command]);
    trio.look(|project| {
        let deps = project.mbuild(&["ninja", "-t", "deps", "a/b.o"]).ok().stdout;
        assert!(deps.contains("\n    blah.h\n    bar.h\n"), "{deps}");
    });
}

#[test]
fn a_discovered_file_that_another_action_writes_settles_in_one_build() {
    let space = Space::new();
    let rules = "rule cp\n  command = cp $in $out\nrule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\n\
        build h: cp h.in\nbuild out: cc in || h\nbuild last: cp out\n";
    let trio = Trio::new(&space, rules, &["in", "h.in"]);
    trio.write("dep", "out: h\n");
    let command = "cp dep out.d; cp in out";
    trio.builds("last", &["cp h.in h", command, "cp out last"]).builds("last", &NOTHING);
    trio.change(&["h.in"]);
    // By content the last one is spared: `out` came out the same.
    trio.builds_apart("last", &["cp h.in h", command, "cp out last"], &["cp h.in h", command]);
    trio.builds("last", &NOTHING);
}

#[test]
fn a_depfile_with_a_mistake_fails_the_command_that_wrote_it() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp dep $out.d; cp $in $out\n  depfile = $out.d\n  deps = gcc\nbuild bad.o: cc in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.write("dep", "AAA BBB");
    let command = "cp dep bad.o.d; cp in bad.o";
    let stopped = "ninja: build stopped: subcommand failed.";
    trio.says_apart(
        "",
        1,
        &[command],
        &["FAILED: [code=1] bad.o ", command, "expected ':' in depfile", stopped],
        // Which depfile is good to know.
        &["FAILED: [code=1] bad.o ", command, "bad.o.d: expected ':' in depfile", stopped],
    );
}

#[test]
fn recorded_dependencies_need_a_depfile() {
    let space = Space::new();
    let rules = "rule cc\n  command = cp $in $out\n  deps = gcc\nbuild out: cc in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.says(
        "",
        1,
        &["cp in out"],
        &[
            "FAILED: [code=1] out ",
            "cp in out",
            "edge with deps=gcc but no depfile makes no sense",
            "ninja: build stopped: subcommand failed.",
        ],
    );
}
