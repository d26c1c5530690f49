//! Builds by one tool after builds by the other.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use mbuild_tests::Space;

use crate::{NOTHING, change, mbuild, ninja, project};

#[test]
fn what_ninja_built_is_not_built_again() {
    let space = Space::new();
    let project = project(&space);
    assert_eq!(ninja(&project).len(), 11);
    assert_eq!(mbuild(&project), NOTHING);
    assert_eq!(mbuild(&project), NOTHING);
    project.remove(".ninja_log").remove(".ninja_deps");
    assert_eq!(mbuild(&project), NOTHING);
}

#[test]
fn what_mbuild_built_is_not_built_again() {
    let space = Space::new();
    let project = project(&space);
    assert_eq!(mbuild(&project).len(), 11);
    assert_eq!(ninja(&project), NOTHING);
    project.remove_dir(".mbuild");
    assert_eq!(mbuild(&project), NOTHING);
}

#[test]
fn each_change_is_built_once_by_whoever_comes_first() {
    let space = Space::new();
    let project = project(&space);
    mbuild(&project);
    let changes: [(&str, usize); 6] =
        [("second.h", 1), ("first.h", 2), ("late", 1), ("two", 5), ("one", 8), ("dd.in", 1)];
    let tools = [ninja, mbuild];
    for round in 0..4 {
        for (index, (file, count)) in changes.iter().enumerate() {
            if *file == "dd.in" && round > 0 {
                continue;
            }
            match *file {
                "dd.in" => {
                    sleep(Duration::from_millis(20));
                    project
                        .write("dd.in", "ninja_dyndep_version = 1.0\nbuild dyn: dyndep | late\n");
                }
                file => change(&project, file),
            }
            let first = (round + index) % 2;
            let ran = tools[first](&project);
            let expected = if *file == "dd.in" { ran.len() } else { *count };
            assert_eq!(ran.len(), expected, "{file} in round {round}: {ran:?}");
            for after in [1 - first, first, 1 - first] {
                assert_eq!(tools[after](&project), NOTHING, "{file} in round {round}");
            }
        }
    }
}

#[test]
fn a_changed_command_and_a_lost_output_are_noticed_by_both() {
    let space = Space::new();
    let project = project(&space);
    ninja(&project);
    project.edit(
        "build.ninja",
        "rule cat\n  command = cat $in",
        "rule cat\n  command = cat -u $in",
    );
    assert_eq!(mbuild(&project).len(), 4);
    assert_eq!(ninja(&project), NOTHING);
    project.edit("build.ninja", "content = $in_newline", "content = $in");
    assert_eq!(ninja(&project).len(), 1);
    assert_eq!(mbuild(&project), NOTHING);
    project.remove("pair.map");
    assert_eq!(ninja(&project).len(), 1);
    assert_eq!(mbuild(&project), NOTHING);
    assert_eq!(ninja(&project), NOTHING);
}

#[test]
fn what_ninja_would_build_is_not_taken_over() {
    let space = Space::new();
    for spoil in ["input", "header", "command", "output", "depfile", "log", "deps"] {
        let project = project(&space);
        ninja(&project);
        match spoil {
            "input" => change(&project, "two"),
            "header" => change(&project, "second.h"),
            "command" => {
                project.edit("build.ninja", "$out && cp $out", "$out  && cp $out");
            }
            "output" => {
                project.remove("list");
            }
            "depfile" => {
                project.remove("plain.o.d");
            }
            "log" => {
                project.remove(".ninja_log");
            }
            _ => {
                project.remove(".ninja_deps");
            }
        }
        let theirs = space.copy(project.dir(), "theirs");
        let ours = mbuild(&project);
        assert_eq!(ours, ninja(&theirs), "{spoil}");
        assert!(!ours.is_empty(), "{spoil}");
        assert_eq!(ninja(&project), NOTHING, "{spoil}");
        fs::remove_dir_all(project.dir()).expect("the project goes");
        fs::remove_dir_all(theirs.dir()).expect("the copy goes");
    }
}

#[test]
fn after_taking_over_content_decides() {
    let space = Space::new();
    let project = project(&space);
    ninja(&project);
    mbuild(&project);
    project.touch("one").touch("first.h");
    assert_eq!(mbuild(&project), NOTHING);
    project.write("joined", "by hand\n");
    assert_eq!(mbuild(&project).len(), 1);
}

#[test]
fn what_content_let_pass_ninja_makes_once() {
    let space = Space::new();
    let project = project(&space);
    mbuild(&project);
    sleep(Duration::from_millis(20));
    project.remove("joined");
    assert_eq!(mbuild(&project), ["cat one two > joined"]);
    // It has the content that it had, and a time stamp that it had not.
    assert_eq!(ninja(&project), ["cat joined > last"]);
    assert_eq!(mbuild(&project), NOTHING);
    assert_eq!(ninja(&project), NOTHING);
}

#[test]
fn a_build_without_work_writes_nothing() {
    let space = Space::new();
    let project = project(&space);
    mbuild(&project);
    let files = [".ninja_log", ".ninja_deps"];
    let times = || files.map(|file| fs::metadata(project.path(file)).expect(file).modified().ok());
    let before = times();
    assert_eq!(mbuild(&project), NOTHING);
    project.mbuild(&["ninja", "-n"]).ok();
    assert_eq!(times(), before);
}

#[test]
fn without_recorded_dependencies_there_is_one_log_and_nothing_to_compare() {
    let space = Space::new();
    let project = space.project("project");
    project.write("build.ninja", "rule r\n  command = cp $in $out\nbuild out: r in\n");
    project.write("in", "");
    mbuild(&project);
    assert!(project.path(".ninja_log").exists() && !project.path(".ninja_deps").exists());
    let state = || fs::metadata(project.path(".mbuild/state.db")).expect("a state").modified().ok();
    // Digests of young files are taken again once.
    sleep(Duration::from_millis(20));
    assert_eq!(mbuild(&project), NOTHING);
    let before = state();
    sleep(Duration::from_millis(20));
    assert_eq!(mbuild(&project), NOTHING);
    assert_eq!(state(), before, "nothing had to be remembered");
}

#[test]
fn logs_live_in_the_builddir() {
    let space = Space::new();
    let project = project(&space);
    let rules = project.read("build.ninja");
    project.write("build.ninja", format!("builddir = deep/er\n{rules}"));
    mbuild(&project);
    assert!(project.path("deep/er/.ninja_log").exists());
    assert!(project.path("deep/er/.ninja_deps").exists());
    assert!(!project.path(".ninja_log").exists());
    assert_eq!(ninja(&project), NOTHING);
    project.remove_dir("deep/er/.mbuild");
    assert_eq!(mbuild(&project), NOTHING);
}

#[test]
fn what_is_edited_while_ninjas_files_are_taken_over_is_made_again() {
    const FILES: usize = 30;
    let space = Space::new();
    let project = space.project("project");
    let mut rules = String::from("rule copy\n  command = cp $in $out\n");
    for at in 0..FILES {
        rules += &format!("build out/{at}: copy {at}\n");
        project.write(&at.to_string(), "first");
    }
    project.write("build.ninja", rules);
    project.mbuild(&["ninja"]).ok();
    for round in 0_u64..20 {
        project.remove_dir(".mbuild");
        let mut invocation = project.mbuild(&["ninja"]);
        let mut build = invocation.start();
        // Some time while files are looked at, read and compared.
        sleep(Duration::from_micros(round * 1_700 % 13_000));
        for at in 0..FILES {
            project.write(&at.to_string(), format!("round {round}"));
        }
        build.wait().expect("it ends");
        project.mbuild(&["ninja"]).ok();
        for at in 0..FILES {
            assert_eq!(project.read(&format!("out/{at}")), project.read(&at.to_string()), "{at}");
        }
    }
}
