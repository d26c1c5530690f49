//! Logs that are torn, old, too long or of a killed build.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use mbuild_tests::Space;

use crate::{NOTHING, commands, ninja, project};

#[test]
fn what_a_killed_build_finished_is_in_the_logs_after_the_next_one() {
    let space = Space::new();
    let project = project(&space);
    let rules = project.read("build.ninja");
    project.write(
        "build.ninja",
        format!("{rules}rule wait\n  command = touch started; sleep 9\nbuild slow: wait || all\n"),
    );
    let mut killed = project.mbuild(&["ninja", "-j1", "slow"]);
    let mut killed = killed.env("MBUILD_CACHE", "off").start();
    while !project.path("started").exists() {
        sleep(Duration::from_millis(5));
    }
    // What was finished in the last moments may not be recorded.
    sleep(Duration::from_millis(200));
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");
    assert!(!project.path(".ninja_log").exists());
    project.mbuild(&["ninja", "joined"]).ok();
    assert_eq!(commands(&project.reference_ninja(&["-v", "all"]).ok()), NOTHING);
}

#[test]
fn a_command_that_failed_here_is_not_good_because_ninja_ran_it_before() {
    let space = Space::new();
    let project = space.project("project");
    project.write("in", "").write(
        "build.ninja",
        "rule r\n  command = echo $$HALF > $out && test ! -e stop\nbuild out: r in\n",
    );
    project.reference_ninja(&[]).ok();
    project.remove("out").write("stop", "");
    project.mbuild(&["ninja"]).fails(1);
    project.remove("stop");
    assert_eq!(project.mbuild(&["ninja"]).ok().ran(), ["out"]);
    assert_eq!(project.mbuild(&["ninja"]).ok().ran(), [""; 0]);
}

#[test]
fn a_killed_command_is_not_good_because_ninja_ran_it_before() {
    let space = Space::new();
    let project = space.project("project");
    let command = "echo half > $out; test ! -e slow || { touch started; sleep 9; }; echo >> $out";
    project
        .write("in", "")
        .write("build.ninja", format!("rule r\n  command = {command}\nbuild out: r in\n"));
    project.reference_ninja(&[]).ok();
    project.remove("out").write("slow", "");
    let mut killed = project.mbuild(&["ninja"]);
    let mut killed = killed.start();
    while !project.path("started").exists() {
        sleep(Duration::from_millis(5));
    }
    sleep(Duration::from_millis(200));
    killed.kill().expect("it can be killed");
    killed.wait().expect("it ends");
    project.remove("slow");
    assert_eq!(project.mbuild(&["ninja"]).ok().ran(), ["out"]);
}

#[test]
fn damaged_logs_cost_work_and_never_a_build() {
    let space = Space::new();
    let original = project(&space);
    ninja(&original);
    let log = fs::read(original.path(".ninja_log")).expect("a log");
    let deps = fs::read(original.path(".ninja_deps")).expect("deps");
    let run = |name: &str, log: &[u8], deps: &[u8]| {
        let project = space.copy(original.dir(), name);
        project.write(".ninja_log", log).write(".ninja_deps", deps);
        let finished = project.mbuild(&["ninja", "-v", "-j1"]).env("MBUILD_CACHE", "off").ok();
        assert_eq!(ninja(&project), NOTHING, "{name}");
        (commands(&finished).len(), finished.stderr)
    };
    let step = |text: &[u8]| text.len() / 7;
    for end in (0..log.len()).step_by(step(&log)) {
        let (ran, said) = run(&format!("log{end}"), &log[..end], &deps);
        assert!(ran <= 11, "{end}");
        let old = "ninja: warning: build log version is too old; starting over\n";
        assert_eq!(said, if (1..14).contains(&end) { old } else { "" }, "{end}");
    }
    for end in (0..deps.len()).step_by(step(&deps)) {
        let (ran, said) = run(&format!("deps{end}"), &log, &deps[..end]);
        assert!(ran <= 1, "{end}");
        assert!(said.is_empty() || said.starts_with("ninja: warning: "), "{end}: {said}");
    }
    let (ran, said) = run("old", b"# ninja log v4\n", &deps);
    assert_eq!(ran, 11);
    assert_eq!(said, "ninja: warning: build log version is too old; starting over\n");
    let (ran, said) = run("bad", &log, b"# ninjadeps\n\x03\0\0\0");
    assert_eq!(ran, 1);
    assert_eq!(said, "ninja: warning: bad deps log signature or version; starting over\n");
    let (ran, said) = run("torn", &log, &[&deps[..], b"\xff\xff"].concat());
    assert_eq!(ran, 0);
    assert_eq!(said, "ninja: warning: premature end of file; recovering\n");
}

#[test]
fn a_log_that_repeats_itself_is_written_anew() {
    let space = Space::new();
    let project = space.project("project");
    project.write(
        "build.ninja",
        "rule r\n  command = touch $out\nbuild out: r in\nbuild gone: r in\n",
    );
    project.write("in", "");
    project.mbuild(&["ninja"]).ok();
    let log = project.read(".ninja_log");
    let line = log.lines().find(|line| line.contains("\tout\t")).expect("a line").to_owned() + "\n";
    project.write(".ninja_log", log + &line.repeat(120));
    project.edit("build.ninja", "build gone: r in\n", "").remove("gone");
    project.edit("build.ninja", "touch $out", "touch -c $out && touch $out");
    assert_eq!(project.mbuild(&["ninja"]).ok().ran(), ["out"]);
    assert_eq!(project.read(".ninja_log").lines().count(), 2);
    assert_eq!(ninja(&project), NOTHING);
}
