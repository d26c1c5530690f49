//! Commands that fail.

use mbuild_tests::Space;

use crate::harness::{NOTHING, Trio};

const FAIL: &str = "rule fail\n  command = false $out\nrule touch\n  command = touch $out\n";

#[test]
fn the_first_failure_ends_the_build() {
    let space = Space::new();
    let trio = Trio::new(&space, &format!("{FAIL}build a: fail\nbuild b: touch a\n"), &[]);
    trio.says(
        "b",
        1,
        &["false a"],
        &["FAILED: [code=1] a ", "false a", "ninja: build stopped: subcommand failed."],
    );
}

#[test]
fn as_many_failures_as_allowed_end_the_build() {
    let space = Space::new();
    let rules = format!(
        "{FAIL}build a: fail\nbuild b: fail\nbuild c: fail\nbuild d: fail\nbuild all: phony a b c d\n"
    );
    let trio = Trio::new(&space, &rules, &[]);
    let mut said = Vec::new();
    let failed: Vec<String> = ["a", "b", "c"]
        .iter()
        .flat_map(|it| [format!("FAILED: [code=1] {it} "), format!("false {it}")])
        .collect();
    said.extend(failed.iter().map(String::as_str));
    said.push("ninja: build stopped: subcommands failed.");
    trio.says("-k3 all", 1, &["false a", "false b", "false c"], &said);
}

#[test]
fn more_failures_allowed_than_there_are_leave_what_depends_on_them() {
    let space = Space::new();
    let rules = format!("{FAIL}build a: fail\nbuild b: touch\nbuild final: touch a b\n");
    let trio = Trio::new(&space, &rules, &[]);
    trio.says(
        "-k11 final",
        1,
        &["false a", "touch b"],
        &[
            "FAILED: [code=1] a ",
            "false a",
            "ninja: build stopped: cannot make progress due to previous errors.",
        ],
    );
}

#[test]
fn failures_in_a_pool_leave_what_depends_on_them() {
    let space = Space::new();
    let rules = "pool two\n  depth = 2\nrule fail\n  command = false $out\n  pool = two\n\
        build a: fail\nbuild b: fail\nbuild c: fail\nbuild final: fail a b c\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.says(
        "-k11 final",
        1,
        &["false a", "false b", "false c"],
        &[
            "FAILED: [code=1] a ",
            "false a",
            "FAILED: [code=1] b ",
            "false b",
            "FAILED: [code=1] c ",
            "false c",
            "ninja: build stopped: cannot make progress due to previous errors.",
        ],
    );
}

#[test]
fn a_command_that_fails_after_it_wrote_its_output_runs_again() {
    let space = Space::new();
    let rules = "rule r\n  command = cp $in $out; test ! -e stop\nbuild out: r in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    let command = "cp in out; test ! -e stop";
    trio.builds("", &[command]);
    trio.change(&["in"]).write("stop", "");
    let failed = ["FAILED: [code=1] out ", command, "ninja: build stopped: subcommand failed."];
    trio.says("", 1, &[command], &failed);
    trio.says("", 1, &[command], &failed);
    trio.remove(&["stop"]).builds("", &[command]).builds("", &NOTHING);
}

#[test]
fn the_code_of_the_command_that_failed_is_the_code_of_the_build() {
    let space = Space::new();
    for code in [2, 7, 127, 255] {
        let rules = format!("rule r\n  command = exit {code}\nbuild out{code}: r\n");
        let trio = Trio::new(&space, &rules, &[]);
        let failed = format!("FAILED: [code={code}] out{code} ");
        let command = format!("exit {code}");
        let stopped = "ninja: build stopped: subcommand failed.";
        trio.says("", code, &[&command], &[&failed, &command, stopped]);
    }
}

#[test]
fn what_is_ready_is_finished_while_failures_are_allowed() {
    let space = Space::new();
    let rules =
        format!("{FAIL}build a: fail\nbuild b: touch\nbuild c: touch b\nbuild d: touch a\n");
    let trio = Trio::new(&space, &rules, &[]);
    let stopped = "ninja: build stopped: cannot make progress due to previous errors.";
    trio.says(
        "-k0",
        1,
        &["false a", "touch b", "touch c"],
        &["FAILED: [code=1] a ", "false a", stopped],
    );
}
