//! Signals, and what else commands get from whoever runs them.

use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use mbuild_tests::{Invocation, Project, Space};

use crate::harness::{NOTHING, Trio};

/// Sends a signal to a build as soon as its command has started; the exit code.
fn interrupt(project: &Project<'_>, invocation: &mut Invocation, signal: &str) -> i32 {
    let mut build = invocation.start();
    while !project.path("started").exists() {
        sleep(Duration::from_millis(5));
    }
    let pid = build.id().to_string();
    let sent = Command::new("kill").arg(format!("-{signal}")).arg(pid).status();
    assert!(sent.is_ok_and(|status| status.success()), "`kill` works");
    let status = build.wait().expect("it ends");
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[test]
fn an_interrupt_removes_what_its_command_touched_and_keeps_what_it_did_not() {
    for signal in ["INT", "TERM", "HUP"] {
        for (touch, depfile, kept) in
            [("", "", true), ("touch $out; ", "", false), ("", "  depfile = $out.d\n", false)]
        {
            for ours in [false, true] {
                let space = Space::new();
                let project = space.project("project");
                let rules = format!(
                    "rule r\n  command = {touch}touch started; sleep 9\n{depfile}build out: r in\n"
                );
                project.write("build.ninja", rules).write("in", "").write("out", "before\n");
                sleep(Duration::from_millis(20));
                let mut invocation =
                    if ours { project.mbuild(&["ninja"]) } else { project.reference_ninja(&[]) };
                let code = interrupt(&project, &mut invocation, signal);
                let case = format!("{signal} {touch} {depfile} {ours}");
                assert_eq!(code, 130, "{case}");
                assert_eq!(project.path("out").exists(), kept, "{case}");
            }
        }
    }
}

#[test]
fn commands_read_nothing_from_the_terminal() {
    let space = Space::new();
    let trio = Trio::new(&space, "rule r\n  command = cat > $out\nbuild out: r\n", &[]);
    trio.builds("", &["cat > out"]).builds("", &NOTHING);
    trio.look(|project| assert_eq!(project.read("out"), ""));
}

#[test]
fn what_commands_print_is_shown_in_one_piece() {
    let space = Space::new();
    let rules = "rule r\n  command = echo $out; sleep 0.02; echo $out >&2; sleep 0.02; echo $out; touch $out\n\
        build a: r\nbuild b: r\nbuild c: r\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.look(|project| {
        let said = project.mbuild(&["ninja", "-j3"]).ok().stdout;
        for name in ["a", "b", "c"] {
            assert!(said.contains(&format!("\n{name}\n{name}\n{name}\n")), "{said}");
        }
    });
}

#[test]
fn many_commands_at_once_are_no_trouble() {
    let space = Space::new();
    let mut rules = "rule r\n  command = touch $out\n".to_owned();
    for number in 0..300 {
        rules.push_str(&format!("build dir/{number}: r\n"));
    }
    let project = space.project("project");
    project.write("build.ninja", rules);
    project.mbuild(&["ninja", "-j0", "--quiet"]).env("MBUILD_CACHE", "off").ok();
    let made = std::fs::read_dir(project.path("dir")).expect("a folder").count();
    assert_eq!(made, 300);
}
