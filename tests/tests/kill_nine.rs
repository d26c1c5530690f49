//! `kill -9` at any moment: the next build ends as a clean build does.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use mbuild_tests::random::Random;
use mbuild_tests::{Space, conformance, program, tree};

const MOMENTS: usize = 50;

#[test]
fn a_killed_build_is_finished_by_the_next() {
    let space = Space::new();
    let project = space.copy(&program::debian_source("ocaml-expect"), "package");

    let started = Instant::now();
    let clean = conformance::outputs_of_mbuild(&project);
    let whole = started.elapsed();

    let mut random = Random::new();
    let mut interrupted = 0;
    for moment in 0..MOMENTS {
        project.remove_dir("_mbuild");
        // An empty store makes every command run; a full one makes everything come from it.
        if moment % 2 == 0 {
            std::fs::remove_dir_all(space.store()).expect("the store goes");
        }
        let mut invocation = project.mbuild(&["build"]);
        let mut build = invocation.start();
        let length = if moment % 2 == 0 { whole } else { whole / 4 };
        let delay = random.below(length.as_micros() as u64);
        std::thread::sleep(Duration::from_micros(delay));
        build.kill().expect("kill -9");
        interrupted += usize::from(build.wait().expect("it ends").code().is_none());

        project.mbuild(&["build"]).ok();
        println!("moment {moment}: after {delay} µs");
        let mut outputs = conformance::outputs(&project);
        outputs.retain(|name, _| !is_left_over(name));
        tree::assert_same(&clean, &outputs);
        let again = project.mbuild(&["build"]).ok();
        assert_eq!(again.ran(), [""; 0]);
    }
    assert!(interrupted > MOMENTS / 4, "only {interrupted} builds were interrupted");
}

/// What a killed process was about to give its name: `ar` its archive, `configure` a file for the
/// build. Nobody ever reads these.
fn is_left_over(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let of_ar = name.len() == 8 && name.starts_with("st") && !name.contains('.');
    of_ar || name.starts_with(".mbuild-")
}

#[test]
fn commands_of_a_killed_build_do_not_write_into_the_outputs_of_the_next() {
    let space = Space::new();
    let project = space.project("project");
    project.write(
        "build.ninja",
        "rule slow\n  command = touch started; (echo part1 > $out; sleep 1; echo part2 >> $out)\n\
         build out: slow\n",
    );
    let mut invocation = project.mbuild(&["ninja"]);
    let mut build = invocation.start();
    while !project.path("started").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(300));
    build.kill().expect("kill -9");
    build.wait().expect("it ends");

    let next = project.mbuild(&["ninja"]).ok();
    assert_eq!(next.ran(), ["out"]);
    assert_eq!(project.read("out"), "part1\npart2\n");
    std::thread::sleep(Duration::from_secs(1));
    assert_eq!(project.read("out"), "part1\npart2\n");
}
