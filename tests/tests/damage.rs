//! Damaged files, full disks, missing tools, two at once: the result is right or the error is plain.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mbuild_tests::{Finished, Project, Space, tree};

/// Copies and joins: enough to see a wrong byte anywhere.
const RULES: &str = "\
rule copy
  command = cp $in $out
rule join
  command = cat $in > $out
build one: copy a
build two: copy b
build all: join one two
default all
";

fn project(space: &Space) -> Project<'_> {
    let project = space.project("project");
    project.write("build.ninja", RULES).write("a", "a\n").write("b", "b\n");
    project
}

fn build(project: &Project) -> Finished {
    project.mbuild(&["ninja"]).ok()
}

/// Every file below `dir`.
fn files(dir: &Path) -> Vec<PathBuf> {
    tree::names(&tree::read(dir, |_| true)).into_iter().map(|name| dir.join(name)).collect()
}

type Damage = fn(&mut Vec<u8>);

/// Ways a file gets damaged: nothing left, half of it, other bytes in its middle, only noise.
const DAMAGES: &[(&str, Damage)] = &[
    ("empty", Vec::clear),
    ("half", |bytes| bytes.truncate(bytes.len() / 2)),
    ("middle", |bytes| {
        let middle = bytes.len() / 3..bytes.len() * 2 / 3;
        bytes[middle].iter_mut().for_each(|byte| *byte ^= 0x5a);
    }),
    ("noise", |bytes| {
        *bytes = (0..4096u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    }),
];

fn damage(path: &Path, how: Damage) {
    let mut bytes = fs::read(path).expect("a file to damage");
    how(&mut bytes);
    write_over(path, &bytes);
}

fn write_over(path: &Path, bytes: &[u8]) {
    // Blobs may be read-only and share their inode with outputs: the damage is to this name alone.
    fs::remove_file(path).expect("a file to damage");
    fs::write(path, bytes).expect("damage");
}

#[test]
fn damaged_state_is_repaired_and_the_build_is_right() {
    let space = Space::new();
    let project = project(&space);
    build(&project);
    let books = files(&project.path(".mbuild"));
    assert!(books.iter().any(|book| book.ends_with("state.db")), "{books:?}");
    for book in books {
        for (how, change) in DAMAGES {
            let case = format!("{how} {}", book.display());
            project.write("a", format!("a before {case}\n"));
            build(&project);
            if !book.exists() {
                continue;
            }
            damage(&book, *change);
            project.write("b", format!("b after {case}\n"));
            let repaired = build(&project);
            assert_eq!(project.read("all"), project.read("a") + &project.read("b"), "{case}");
            if book.ends_with("state.db") {
                let said = repaired.repaired().join("\n");
                assert!(said.contains("state.db"), "{case}: {}{said}", repaired.said());
            }
            assert_eq!(build(&project).ran(), [""; 0], "{case}");
        }
    }
}

/// As if the machine had stopped after the last build, and had been started again.
#[cfg(target_os = "linux")]
fn start_machine(project: &Project) {
    let seal = project.read(".mbuild/state.db-seal");
    let fields: Vec<&str> = seal.split_whitespace().collect();
    assert_eq!((fields.len(), fields[0]), (4, "seal"), "{seal}");
    project.write(".mbuild/state.db-seal", seal.replace(fields[2], &"0".repeat(fields[2].len())));
}

#[test]
#[cfg(target_os = "linux")]
fn a_database_that_the_disk_did_not_get_all_of_is_not_believed() {
    let space = Space::new();
    let project = project(&space);
    let build = |project: &Project| project.mbuild(&["ninja"]).env("MBUILD_CACHE", "off").ok();
    build(&project);
    let before = fs::read(project.path(".mbuild/state.db")).expect("a database");
    project.write("a", "other\n");
    assert_eq!(build(&project).ran(), ["all", "one"]);

    // The disk has all of it.
    start_machine(&project);
    project.write("b", "other\n");
    let after = build(&project);
    assert_eq!(after.repaired(), [""; 0]);
    assert_eq!(after.ran(), ["all", "two"]);

    // It has what was there before: a sound database, but not the one that was written.
    start_machine(&project);
    fs::write(project.path(".mbuild/state.db"), before).expect("an old database");
    // What Ninja's log says would be taken over.
    project.remove(".ninja_log");
    let after = build(&project);
    assert_eq!(after.repaired().len(), 1, "{:?}", after.repaired());
    assert!(after.repaired()[0].contains("the machine stopped before the disk had all of it"));
    assert_eq!(after.ran(), ["all", "one", "two"]);
    assert_eq!(project.read("all"), "other\nother\n");
    assert_eq!(build(&project).ran(), [""; 0]);
}

#[test]
fn damaged_blobs_are_not_restored() {
    let space = Space::new();
    let project = project(&space);
    build(&project);
    let count = files(&space.store()).len();
    assert!(count > 3, "{:?}", files(&space.store()));
    for nth in 0..count {
        for (how, change) in DAMAGES {
            let Some(path) = files(&space.store()).into_iter().nth(nth) else { continue };
            damage(&path, *change);
            for output in ["one", "two", "all"] {
                project.remove(output);
            }
            project.remove_dir(".mbuild");
            build(&project);
            let outputs = ["one", "two", "all"].map(|output| project.read(output));
            assert_eq!(outputs, ["a\n", "b\n", "a\nb\n"], "{how} {}", path.display());
        }
    }
}

#[test]
fn verify_finds_and_removes_a_damaged_blob() {
    let space = Space::new();
    let project = project(&space);
    project.write("a", vec![b'x'; 100_000]);
    build(&project);
    let is_blob = |path: &PathBuf| fs::read(path).is_ok_and(|bytes| bytes == vec![b'x'; 100_000]);
    let blob = files(&space.store()).into_iter().find(is_blob).expect("a blob for `one`");
    write_over(&blob, b"not x");
    let verify = project.mbuild(&["cache", "verify"]).run();
    assert!(verify.said().contains('1'), "{}", verify.said());
    assert!(!blob.exists());
    project.mbuild(&["cache", "verify"]).ok();
}

#[test]
fn a_missing_tool_is_named() {
    let space = Space::new();
    let project = project(&space);
    project.write("build.ninja", "rule r\n  command = no-such-tool $out\nbuild out: r\n");
    let failed = project.mbuild(&["ninja"]).fails(127);
    assert!(failed.said().contains("no-such-tool"), "{}", failed.said());
    assert_eq!(failed.summary("failed"), 1);
}

#[test]
fn a_deleted_working_folder_is_an_error_and_no_panic() {
    let space = Space::new();
    let project = space.project("project");
    let mbuild = mbuild_tests::program::mbuild().to_string_lossy().into_owned();
    for (face, code) in [("build", 5), ("ninja", 1)] {
        let script = format!("mkdir gone && cd gone && rmdir ../gone && exec '{mbuild}' {face}");
        let finished = project.program("sh").arguments(&["-c", &script]).run();
        assert_eq!(finished.code, code, "{}", finished.said());
        assert!(finished.stderr.contains("No such file or directory"), "{}", finished.said());
        assert!(!finished.said().contains("panicked"), "{}", finished.said());
    }
}

#[test]
fn a_second_invocation_waits_and_says_for_whom() {
    let space = Space::new();
    let project = space.project("project");
    let command = "touch started && sleep 1 && echo done > $out";
    project.write("build.ninja", format!("rule r\n  command = {command}\nbuild out: r\n"));
    let mut first = project.mbuild(&["ninja"]);
    let mut running = first.start();
    wait_for("the first to start its action", || project.path("started").exists());
    let second = build(&project);
    assert!(running.wait().expect("the first ends").success());

    let waiting = second.events.iter().find(|event| event["event"] == "waiting");
    let waiting = waiting.unwrap_or_else(|| panic!("it did not wait\n{}", second.said()));
    assert_eq!(waiting["pid"].as_u64(), Some(u64::from(running.id())));
    let line = waiting["command_line"].as_str().unwrap_or_default();
    assert!(line.ends_with("ninja"), "{waiting}");
    assert!(second.said().contains(&running.id().to_string()), "{}", second.said());
    assert_eq!(second.ran(), [""; 0]);
    assert_eq!(project.read("out"), "done\n");
}

#[test]
fn a_failed_commands_outputs_never_look_fresh() {
    let space = Space::new();
    let project = space.project("project");
    project.write("in", "");
    let rule = "rule r\n  command = echo half > $out && test -s $in\nbuild out: r in\n";
    project.write("build.ninja", rule);
    project.mbuild(&["ninja"]).fails(1);
    let again = project.mbuild(&["ninja"]).fails(1);
    assert_eq!(again.summary("failed"), 1);
    project.write("in", "something");
    assert_eq!(build(&project).ran(), ["out"]);
}

#[cfg(target_os = "linux")]
mod on_linux {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_read_only_build_folder_is_an_error_that_names_it() {
        let space = Space::new();
        let project = project(&space);
        build(&project);
        project.write("a", "changed\n");
        // Modes do not hold root back: root runs it as somebody else, on a copy they can reach.
        let script = format!(
            "chmod -R a+rX,a-w . && chmod a+rx .. && cp '{}' ../mbuild && unset MBUILD_EVENTS
            case $(id -u) in 0) as='setpriv --reuid=65534 --regid=65534 --clear-groups' ;; esac
            exec $as ../mbuild ninja",
            mbuild_tests::program::mbuild().display()
        );
        let failed = project.program("sh").arguments(&["-c", &script]).run();
        assert_eq!(failed.code, 1, "{}", failed.said());
        assert!(!failed.said().contains("panicked"), "{}", failed.said());
        assert!(failed.said().contains("ermission denied"), "{}", failed.said());
        project.program("chmod").arguments(&["-R", "u+w", "."]).ok();
        build(&project);
        assert_eq!(project.read("all"), "changed\nb\n");
    }

    const BIG: &str = "rule big\n  command = head -c 3000000 /dev/zero > $out\nbuild out: big\n";

    #[test]
    fn a_full_disk_fails_the_build_and_a_roomy_one_ends_it() {
        let space = Space::new();
        let project = space.project("project");
        project.write("build.ninja", BIG);
        project.write("../build.ninja", BIG);
        let mbuild = mbuild_tests::program::mbuild().display();
        let failed = if may_mount() {
            let mount = "mount -t tmpfs -o size=1m none . && cd \"$PWD\" && cp ../build.ninja .";
            in_namespace(&project, &format!("{mount} && exec '{mbuild}' ninja"))
        } else {
            let script = format!("trap '' XFSZ; ulimit -f 1024; exec '{mbuild}' ninja");
            project.program("sh").arguments(&["-c", &script]).run()
        };
        assert_eq!(failed.code, 1, "{}", failed.said());
        assert!(!failed.said().contains("panicked"), "{}", failed.said());
        build(&project);
        assert_eq!(project.read("out").len(), 3_000_000);
    }

    #[test]
    fn a_full_store_does_not_fail_the_build() {
        let space = Space::new();
        let project = space.project("project");
        project.write("build.ninja", BIG);
        let finished = if may_mount() {
            let store = space.store();
            fs::create_dir_all(&store).expect("a store");
            let mount = format!("mount -t tmpfs -o size=1m none '{}'", store.display());
            let mbuild = mbuild_tests::program::mbuild().display();
            in_namespace(&project, &format!("{mount} && exec '{mbuild}' ninja"))
        } else {
            // Nobody can make this folder, not even root: the parent is a file.
            project.mbuild(&["ninja"]).env("MBUILD_CACHE_DIR", project.path("build.ninja/x")).run()
        };
        assert_eq!(finished.code, 0, "{}", finished.said());
        assert_eq!(project.read("out").len(), 3_000_000);
    }

    fn may_mount() -> bool {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--map-root-user", "mount", "-t", "tmpfs", "none", "/mnt"]);
        unshare.output().is_ok_and(|output| output.status.success())
    }

    fn in_namespace(project: &Project, script: &str) -> Finished {
        let mut unshare = project.program("unshare");
        unshare.arguments(&["--mount", "--map-root-user", "sh", "-c", script]).run()
    }
}

fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
