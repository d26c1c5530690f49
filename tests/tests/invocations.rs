//! Several invocations in one folder: one after the other, or one from a command of the other.

use std::time::Duration;

use mbuild_tests::{Project, Space, program};

/// Runs `then` while a build of `out` is under way for another second.
fn during_a_build(project: &Project<'_>, then: impl FnOnce()) {
    project.write(
        "build.ninja",
        "rule slow\n  command = touch started; sleep 1; touch $out\nbuild out: slow\n",
    );
    let mut invocation = project.mbuild(&["ninja"]);
    let mut build = invocation.start();
    while !project.path("started").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    then();
    assert!(build.wait().expect("it ends").success());
}

#[test]
fn cleaning_waits_for_a_build_that_is_under_way() {
    let space = Space::new();
    for tool in [["ninja", "-t", "clean"], ["clean", "-v", "--color=never"]] {
        let project = space.project(tool[0]);
        during_a_build(&project, || {
            let cleaned = project.mbuild(&tool).ok();
            assert!(cleaned.stderr.contains("waiting for "), "{cleaned:?}");
            assert!(!project.path("out").exists());
        });
    }
}

#[test]
fn configuring_waits_for_whoever_builds() {
    let space = Space::new();
    let project = space.example("hello");
    project.mbuild(&["configure"]).ok();
    let lock = std::fs::File::create(project.path("_mbuild/native/lock")).expect("a lock file");
    lock.lock().expect("a lock");
    std::thread::scope(|scope| {
        let configure = || project.mbuild(&["configure", "--enable", "tests"]).ok();
        let configured = scope.spawn(configure);
        std::thread::sleep(Duration::from_millis(300));
        assert!(!configured.is_finished());
        lock.unlock().expect("no lock");
        let said = configured.join().expect("it is configured").stderr;
        assert!(said.contains("waiting for the lock held by another mbuild"), "{said}");
    });
}

#[test]
fn a_command_may_build_in_its_own_folder_through_the_ninja_face() {
    let space = Space::new();
    let project = space.project("project");
    let mbuild = program::mbuild().display().to_string();
    project.write(
        "build.ninja",
        format!(
            "rule touch\n  command = touch $out\nrule nested\n  command = {mbuild} ninja inner && \
             {mbuild} ninja -t cleandead && touch $out\nbuild inner: touch\nbuild outer: nested\n"
        ),
    );
    assert_eq!(project.mbuild(&["ninja", "outer"]).ok().ran(), ["outer"]);
    assert!(project.path("inner").exists());
    assert_eq!(project.mbuild(&["ninja", "outer"]).ok().ran(), [""; 0]);
    project.mbuild(&["ninja", "inner"]).ok();
}

#[test]
fn a_command_that_builds_its_own_folder_through_mbuild_fails_at_once() {
    let space = Space::new();
    let project = space.project("project");
    let mbuild = program::mbuild().display().to_string();
    project.write(
        "build.ninja",
        format!("rule nested\n  command = {mbuild} build; test $$? = 0\nbuild outer: nested\n"),
    );
    let failed = project.mbuild(&["ninja"]).fails(1);
    assert!(failed.stdout.contains("waits for it"), "{failed:?}");
}
