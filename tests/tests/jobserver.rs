//! Slots shared with Make above and with builds below.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use mbuild_tests::{Invocation, Project, Space, program};

/// Actions that take a moment, and one name for all of them.
fn sleepers(count: usize, seconds: &str) -> String {
    let mut rules = format!("rule wait\n  command = sleep {seconds}; echo > $out\n");
    for index in 0..count {
        rules += &format!("build out{index}: wait\n");
    }
    rules
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.is_ok_and(|sent| sent.success()));
}

fn wait_for(path: &Path) {
    let begin = Instant::now();
    while !path.exists() {
        assert!(begin.elapsed() < Duration::from_secs(60), "no `{}`", path.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A jobserver in a fifo, with slots that can be told apart.
struct Fifo {
    path: PathBuf,
    both_ends: File,
}

impl Fifo {
    fn new(project: &Project, slots: &str) -> Self {
        let path = project.path("slots");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.is_ok_and(|made| made.success()));
        let mut both_ends = File::options().read(true).write(true).open(&path).expect("a fifo");
        both_ends.write_all(slots.as_bytes()).expect("room for slots");
        Self { path, both_ends }
    }

    fn flags(&self) -> String {
        format!(" -j --jobserver-auth=fifo:{}", self.path.display())
    }

    /// The slots that are in it, sorted.
    fn slots(&mut self) -> String {
        self.both_ends.write_all(b".").expect("room for an end");
        let mut slots = Vec::new();
        let mut byte = [0];
        loop {
            self.both_ends.read_exact(&mut byte).expect("the end at least");
            if byte[0] == b'.' {
                break;
            }
            slots.push(byte[0]);
        }
        self.both_ends.write_all(&slots).expect("the room that was there");
        slots.sort_unstable();
        String::from_utf8(slots).expect("what was put in")
    }
}

#[test]
fn make_lends_as_many_slots_as_it_has() {
    let space = Space::new();
    let project = space.project("made");
    project.write("build.ninja", sleepers(8, "0.3"));
    let mbuild = program::mbuild().display();
    project.write("Makefile", format!("all:\n\t+{mbuild} ninja\n"));
    for jobs in [2, 5] {
        let finished = project.program("make").arguments(&[format!("-j{jobs}")]).ok();
        assert_eq!(finished.most_at_once(), jobs, "{}", finished.said());
        assert!(finished.stdout.contains("ninja: Jobserver mode detected: "));
        for index in 0..8 {
            project.remove(&format!("out{index}"));
        }
        project.remove_dir(".mbuild");
        fs::remove_dir_all(space.store()).expect("a store");
    }
}

#[test]
fn the_native_face_takes_slots_of_make_and_passes_them_on() {
    let space = Space::new();
    let project = space.project("made");
    let rules = sleepers(4, "0.3") + "rule flags\n  command = echo \"$$MAKEFLAGS\" > $out\n";
    project.write("build.ninja", rules + "build flags: flags\n");
    let mbuild = program::mbuild().display();
    project.write("Makefile", format!("all:\n\t+{mbuild} build\n"));
    let finished = project.program("make").arguments(&["-j2", "-k", "CC=other"]).ok();
    assert_eq!(finished.most_at_once(), 2, "{}", finished.said());
    let flags = project.read("flags");
    assert!(flags.starts_with(" -j --jobserver-"), "{flags}");
    assert!(!flags.contains("CC="), "{flags}");
}

#[test]
fn slots_go_back_as_they_were_however_the_build_ends() {
    let space = Space::new();
    let project = space.project("slots");
    let mut fifo = Fifo::new(&project, "abc");
    let flags = fifo.flags();
    let mbuild = |arguments: &[&str]| {
        let mut mbuild = project.mbuild(&["ninja"]);
        mbuild.arguments(arguments).env("MAKEFLAGS", &flags);
        mbuild
    };
    project.write("build.ninja", sleepers(6, "0.2"));
    let finished = mbuild(&[]).ok();
    assert_eq!(finished.most_at_once(), 4, "{}", finished.said());
    assert_eq!(fifo.slots(), "abc");

    let rules = "rule fail\n  command = sleep 0.$in; exit 3\nbuild a: fail 1\nbuild b: fail 2\n";
    project.write("build.ninja", rules).write("1", "").write("2", "");
    mbuild(&["-k0"]).fails(3);
    mbuild(&[]).fails(3);
    assert_eq!(fifo.slots(), "abc");

    project.write(
        "build.ninja",
        "rule hang\n  command = touch $out; sleep 100\nbuild x: hang\nbuild y: hang\n",
    );
    for name in ["-INT", "-TERM", "-HUP"] {
        let mut hanging = mbuild(&[]);
        let mut child = hanging.start();
        wait_for(&project.path("x"));
        wait_for(&project.path("y"));
        signal(&child, name);
        assert_eq!(child.wait().expect("it ends").code(), Some(130));
        assert!(!project.path("x").exists());
        assert_eq!(fifo.slots(), "abc");
    }
}

#[test]
fn a_number_of_jobs_or_a_dry_run_leaves_the_jobserver_alone() {
    let space = Space::new();
    let project = space.project("alone");
    let mut fifo = Fifo::new(&project, "abc");
    project.write("build.ninja", sleepers(4, "0.1"));
    for face in ["ninja", "build"] {
        let mut dry = project.mbuild(&[face, "-n"]);
        assert!(!dry.env("MAKEFLAGS", fifo.flags()).ok().stdout.contains("Jobserver"));
        let mut single = project.mbuild(&[face, "-j1"]);
        single.env("MAKEFLAGS", fifo.flags());
        let finished = single.env("MBUILD_CACHE", "off").ok();
        assert_eq!(finished.most_at_once(), 1);
        assert!(!finished.stdout.contains("Jobserver"));
        project.mbuild(&["ninja", "-t", "clean"]).ok();
    }
    assert_eq!(fifo.slots(), "abc");
}

#[test]
fn an_inherited_pipe_by_its_old_name_does_as_well() {
    let space = Space::new();
    let project = space.project("pipe");
    let mut fifo = Fifo::new(&project, "ab");
    project.write("build.ninja", sleepers(5, "0.2"));
    let mbuild = program::mbuild().display();
    let script = format!("exec 7<>slots; MAKEFLAGS=' -j --jobserver-fds=7,7' {mbuild} ninja");
    let finished = project.program("bash").arguments(&["-c", &script]).ok();
    assert_eq!(finished.most_at_once(), 3, "{}", finished.said());
    assert_eq!(fifo.slots(), "ab");
}

#[test]
fn a_jobserver_that_is_of_no_use_is_told_in_words_of_ninja() {
    let space = Space::new();
    let project = space.project("useless");
    project.write("build.ninja", "rule r\n  command = touch $out\nbuild a: r\n");
    for flags in [" -j --jobserver-fds=x", " -j --jobserver-auth=semaphore"] {
        let warning = |mut invocation: Invocation| {
            let finished = invocation.env("MAKEFLAGS", flags).ok();
            finished.stderr
        };
        let theirs = warning(project.reference_ninja(&["a"]));
        assert!(theirs.contains("ninja: warning: Ignoring jobserver: "), "{theirs}");
        assert_eq!(warning(project.mbuild(&["ninja", "a"])), theirs);
    }
    let mut gone = project.mbuild(&["build", "a"]);
    gone.env("MAKEFLAGS", " -j --jobserver-auth=fifo:/no/such/fifo").env("MBUILD_CACHE", "off");
    project.remove("a");
    let said = gone.ok().stderr;
    assert!(said.contains("building without the jobserver of MAKEFLAGS: No such file"), "{said}");
}

#[test]
fn a_pipe_that_make_has_closed_is_told_with_what_to_do() {
    let space = Space::new();
    let project = space.project("closed");
    project.write("build.ninja", "rule r\n  command = touch $out\nbuild a: r\n");
    let mbuild = program::mbuild().display();
    let flags = "MAKEFLAGS=' -j2 --jobserver-auth=7,8'";
    let script = format!("exec 7>&- 8>&-; {flags} {mbuild} build");
    let said = project.program("bash").arguments(&["-c", &script]).ok().stderr;
    assert!(
        said.contains("building without the jobserver of MAKEFLAGS: its pipe is not"),
        "{said}"
    );
    assert!(said.contains("needs a `+` in front"), "{said}");
}

/// The most of what a log says has begun and not yet ended.
fn most_in_log(log: &str) -> usize {
    let (mut now, mut most) = (0, 0);
    for line in log.lines() {
        now = if line == "+" { now + 1 } else { now - 1 };
        most = most.max(now);
    }
    most
}

#[test]
fn builds_below_share_the_jobs() {
    let space = Space::new();
    let project = space.project("shared");
    let leaf = "echo + >> log; sleep 0.2; echo - >> log";
    let mbuild = program::mbuild().display();
    let makefile = format!("all: 1 2 3 4\n1 2 3 4:\n\t@{leaf}\n");
    let below = format!("rule leaf\n  command = {leaf}; echo > $out\n");
    let below = below + "build b1: leaf\nbuild b2: leaf\nbuild b3: leaf\nbuild b4: leaf\n";
    project.write("sub.mk", makefile).write("sub.ninja", below);
    let leaves = format!("rule leaf\n  command = {leaf}; echo > $out\n");
    let leaves = leaves + "build o1: leaf\nbuild o2: leaf\nbuild o3: leaf\nbuild o4: leaf\n";
    let rules =
        |command: &str| format!("{leaves}rule sub\n  command = {command}\nbuild sub: sub\n");
    let tmp = project.path("tmp");
    fs::create_dir(&tmp).expect("a folder");
    let ninja = program::reference_ninja().display();
    for (style, below) in [
        ("pipe", "make -s -f sub.mk".to_owned()),
        ("fifo", format!("{ninja} -f sub.ninja")),
        ("fifo", format!("rm b?; {mbuild} ninja -f sub.ninja")),
    ] {
        let command = format!("{below} && touch sub");
        project.write("build.ninja", rules(&command)).write("log", "");
        let mut shared =
            project.mbuild(&["build", "-j3", "--jobserver", "--jobserver-style", style]);
        shared.env("TMPDIR", &tmp).env("MBUILD_CACHE", "off").ok();
        let log = project.read("log");
        assert_eq!(log.lines().count(), 16, "{style}\n{log}");
        assert_eq!(most_in_log(&log), 3, "{style}\n{log}");
        assert_eq!(fs::read_dir(&tmp).expect("a folder").count(), 0);
        project.mbuild(&["ninja", "-t", "clean"]).ok();
    }
}

#[test]
fn the_fifo_is_gone_after_a_signal() {
    let space = Space::new();
    let project = space.project("gone");
    let hang = "rule hang\n  command = echo \"$$MAKEFLAGS\" > flags; touch $out; sleep 100\n";
    project.write("build.ninja", format!("{hang}build out: hang\n"));
    let tmp = project.path("tmp");
    fs::create_dir(&tmp).expect("a folder");
    let mut serving = project.mbuild(&["ninja"]);
    let mut child = serving.env("MBUILD_JOBSERVER", "fifo").env("TMPDIR", &tmp).start();
    wait_for(&project.path("out"));
    assert_eq!(fs::read_dir(&tmp).expect("a folder").count(), 1);
    assert!(project.read("flags").contains("--jobserver-auth=fifo:"));
    signal(&child, "-TERM");
    assert_eq!(child.wait().expect("it ends").code(), Some(130));
    assert_eq!(fs::read_dir(&tmp).expect("a folder").count(), 0);
}

#[test]
fn without_a_jobserver_commands_see_no_flags_of_make() {
    let space = Space::new();
    let project = space.project("plain");
    let rules = "rule flags\n  command = echo \"[$$MAKEFLAGS]\" > $out\nbuild out: flags\n";
    project.write("build.ninja", rules);
    project.mbuild(&["build", "-j2"]).env("MAKEFLAGS", "k -- CC=cc").ok();
    assert_eq!(project.read("out"), "[]\n");
}
