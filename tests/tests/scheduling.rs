//! What runs when: load, memory, recorded times, failures.

use std::time::{Duration, Instant};

use mbuild_tests::{Finished, Invocation, Space};

/// The invocation without the store: what is built again is really built.
fn built_again(mut invocation: Invocation) -> Finished {
    invocation.env("MBUILD_CACHE", "off").ok()
}

#[test]
fn above_the_load_limit_one_command_runs() {
    let space = Space::new();
    let project = space.project("load");
    let rules = "rule wait\n  command = sleep 0.1; echo > $out\n";
    let rules = rules.to_owned() + "build a: wait\nbuild b: wait\nbuild c: wait\nbuild d: wait\n";
    project.write("build.ninja", rules);
    for face in ["ninja", "build"] {
        let finished = built_again(project.mbuild(&[face, "-j4", "-l", "0.0001"]));
        let expected = if cfg!(target_os = "linux") { 1 } else { 4 };
        assert_eq!(finished.most_at_once(), expected);
        project.mbuild(&["ninja", "-t", "clean"]).ok();
    }
    let unlimited = built_again(project.mbuild(&["build", "-j4", "-l", "0"]));
    assert_eq!(unlimited.most_at_once(), 4);
}

#[test]
fn commands_that_need_more_memory_than_there_is_wait_for_each_other() {
    let space = Space::new();
    let project = space.project("memory");
    let large = "dd if=/dev/zero of=/dev/null bs=125829120 count=1 2>/dev/null";
    let rules = format!("rule large\n  command = {large}; sleep 0.2; echo > $out\n");
    project.write("build.ninja", rules + "build a: large\nbuild b: large\nbuild c: large\n");
    let run = |memory: &str| {
        let finished = built_again(project.mbuild(&["build", "-j3", "--memory", memory]));
        project.mbuild(&["ninja", "-t", "clean"]).ok();
        finished.most_at_once()
    };
    // Nothing is known yet.
    assert_eq!(run("200M"), 3);
    assert_eq!(run("200M"), 1);
    assert_eq!(run("off"), 3);
    assert_eq!(run("100M"), 1);
    let mut ninja = project.mbuild(&["ninja", "-j3"]);
    let finished = ninja.env("MBUILD_MEMORY", "300M").env("MBUILD_CACHE", "off").ok();
    assert_eq!(finished.most_at_once(), 2);
}

const DURATIONS: &str = "\
rule slow
  command = sleep $time; cat $in > $out
build fast1: slow source
  time = 0
build slow1: slow source
  time = 0.3
build fast2: slow source
  time = 0
build slow2: slow source
  time = 0.6
";

#[test]
fn what_took_long_starts_first_after_every_kind_of_clean() {
    let space = Space::new();
    let project = space.project("times");
    project.write("build.ninja", DURATIONS).write("source", "1");
    let first = built_again(project.mbuild(&["build", "-j1"]));
    assert_eq!(first.started(), ["fast1", "slow1", "fast2", "slow2"]);
    let outputs = ["fast1", "slow1", "fast2", "slow2"];
    let cleans: [&dyn Fn(); 3] = [
        &|| {
            for output in outputs {
                project.remove(output);
            }
        },
        &|| drop(project.mbuild(&["ninja", "-t", "clean"]).ok()),
        &|| drop(project.mbuild(&["clean"]).ok()),
    ];
    for clean in cleans {
        clean();
        let finished = built_again(project.mbuild(&["build", "-j1"]));
        assert_eq!(finished.started()[..2], ["slow2", "slow1"], "{}", finished.said());
    }
}

#[test]
fn cleaning_a_package_forgets_no_times() {
    let space = Space::new();
    let project = space.example("hello");
    let first = built_again(project.mbuild(&["build"]));
    project.mbuild(&["clean"]).ok();
    assert!(!project.path("_mbuild/native/build.ninja").exists());
    let again = built_again(project.mbuild(&["build"]));
    assert_eq!(again.ran(), first.ran());
    assert!(again.reasons().iter().all(|(_, why)| why.contains("output_missing")));
    project.mbuild(&["clean", "--all"]).ok();
    assert!(!project.path("_mbuild").exists());
}

#[test]
fn what_the_store_restores_brings_its_time_along() {
    let space = Space::new();
    let project = space.project("times");
    project.write("build.ninja", DURATIONS).write("source", "1");
    project.mbuild(&["build", "-j1"]).ok();
    project.remove_dir(".mbuild");
    project.mbuild(&["ninja", "-t", "clean"]).ok();
    assert_eq!(project.mbuild(&["build", "-j1"]).ok().restored().len(), 4);
    project.write("source", "2");
    let finished = project.mbuild(&["build", "-j1"]).ok();
    assert_eq!(finished.started()[..2], ["slow2", "slow1"], "{}", finished.said());
}

#[test]
fn what_failed_last_time_starts_first() {
    let space = Space::new();
    let project = space.project("failed");
    let check = "rule check\n  command = grep -q good $in && touch $out\n";
    let rules = format!("{DURATIONS}{check}build zchecked: check zsource\n");
    project.write("build.ninja", &rules).write("source", "1").write("zsource", "bad");
    project.mbuild(&["build", "-j1", "-k0"]).fails(1);
    project.write("source", "2").write("zsource", "good");
    let finished = project.mbuild(&["build", "-j1"]).ok();
    assert_eq!(finished.started()[..2], ["zchecked", "slow2"], "{}", finished.said());
}

#[test]
fn a_failure_stops_what_runs_when_that_is_wanted() {
    let space = Space::new();
    let project = space.project("fast");
    let rules = "rule fail\n  command = while ! test -e hung; do sleep 0.05; done; exit 7\n";
    let hang = "rule hang\n  command = echo half > hung; touch $out; sleep 100; sleep 100\n";
    project.write("build.ninja", format!("{rules}{hang}build bad: fail\nbuild hangs: hang\n"));
    let begin = Instant::now();
    let finished = project.mbuild(&["build", "-j2", "--fail-fast"]).fails(1);
    assert!(begin.elapsed() < Duration::from_secs(20));
    assert!(!project.path("hangs").exists(), "a half-written output stays");
    assert_eq!(finished.summary("failed"), 1);
    let ended = finished.events.iter().find(|event| event["event"] == "ended");
    assert_eq!(ended.expect("an end")["summary"]["interrupted"], false);
    project.mbuild(&["build", "--fail-fast", "-k2"]).fails(2);
}

/// Commands of a moment follow each other without the planner in between.
const SHORT: usize = 120;

#[test]
fn short_commands_start_in_order_until_one_fails() {
    let space = Space::new();
    let project = space.project("short");
    let mut rules = "rule short\n  command = touch $out\nrule bad\n  command = false\n".to_owned();
    for number in 0..SHORT {
        let rule = if number == SHORT / 2 { "bad" } else { "short" };
        rules += &format!("build out{number:03}: {rule}\n");
    }
    project.write("build.ninja", rules);
    let all: Vec<String> = (0..SHORT).map(|number| format!("out{number:03}")).collect();
    let finished = project.mbuild(&["build", "-j1"]).env("MBUILD_CACHE", "off").fails(1);
    assert_eq!(finished.started(), all[..=SHORT / 2]);
    assert!(!project.path(&all[SHORT / 2 + 1]).exists());
    let finished = project.mbuild(&["build", "-j1", "-k0"]).env("MBUILD_CACHE", "off").fails(1);
    assert_eq!(finished.started(), all[SHORT / 2..]);
    assert_eq!(finished.most_at_once(), 1);
}

#[test]
fn short_commands_keep_to_jobs_and_pools() {
    let space = Space::new();
    let project = space.project("pools");
    let mut rules = "\
pool one
  depth = 1
rule alone
  command = mkdir busy && echo > $out && rmdir busy
  pool = one
rule free
  command = touch $out
rule last
  command = mkdir busy && echo > $out && rmdir busy
  pool = console
"
    .to_owned();
    for number in 0..SHORT {
        let rule = if number % 3 == 0 { "free" } else { "alone" };
        rules += &format!("build out{number:03}: {rule}\n");
        rules += &format!("build next{number:03}: free out{number:03}\n");
    }
    let outputs: String = (0..SHORT).map(|number| format!(" next{number:03}")).collect();
    rules += &format!("build last: last{outputs}\n");
    project.write("build.ninja", rules);
    for jobs in [2, 5] {
        let finished = built_again(project.mbuild(&["build", &format!("-j{jobs}")]));
        assert_eq!(finished.started().len(), 2 * SHORT + 1);
        assert_eq!(finished.started().last().map(String::as_str), Some("last"));
        assert!(finished.most_at_once() <= jobs, "{}", finished.said());
        project.is_built();
        project.mbuild(&["ninja", "-t", "clean"]).ok();
    }
}
