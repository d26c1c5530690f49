//! At the limits of the system: the right result, or a plain error with its exit code, and nothing lost.
#![cfg(target_os = "linux")]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use mbuild_tests::{Finished, Project, Space, program};

/// The exit code of `mbuild build` when a command failed or could not be run.
const FAILED: i32 = 1;
/// Its exit code for a rule file that is wrong.
const WRONG: i32 = 3;

/// `mbuild build` as a shell runs it that has set limits before.
fn limited(project: &Project<'_>, limits: &str, arguments: &str) -> Finished {
    let mbuild = program::mbuild().display();
    let script = format!("{limits} && exec '{mbuild}' build {arguments}");
    project.program("sh").arguments(&["-c", &script]).run()
}

/// Many actions, each with a pipe of its own.
fn many(project: &Project<'_>, actions: usize) {
    let mut rules = String::from("rule say\n  command = echo $out && sleep 0.05 && cp in $out\n");
    for at in 0..actions {
        writeln!(rules, "build out/{at}: say in").expect("a string takes all");
    }
    project.write("build.ninja", rules).write("in", "in\n");
}

#[test]
fn few_open_files_are_enough_for_many_jobs() {
    let space = Space::new();
    let project = space.project("project");
    many(&project, 150);
    for limit in [40, 24] {
        let _ = fs::remove_dir_all(project.path("out"));
        let _ = fs::remove_dir_all(space.store());
        let built = limited(&project, &format!("ulimit -n {limit}"), "-j 100");
        assert_eq!(built.code, 0, "{limit}: {}", built.said());
        assert_eq!(built.ran().len(), 150);
        for at in 0..150 {
            assert_eq!(project.read(&format!("out/{at}")), "in\n");
        }
    }
}

#[test]
fn thousands_of_open_files_are_used_when_there_are_so_many_jobs() {
    let space = Space::new();
    let project = space.project("project");
    many(&project, 600);
    let built = limited(&project, "ulimit -n 10000", "-j 600");
    assert_eq!(built.code, 0, "{}", built.said());
    assert_eq!(built.ran().len(), 600);
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
}

#[test]
fn a_response_file_of_five_megabytes_reaches_the_command() {
    let space = Space::new();
    let project = space.project("project");
    let text = "0123456789abcde ".repeat(5 << 16);
    let rule = "rule copy\n  command = cp $out.rsp $out\n  rspfile = $out.rsp\n  rspfile_content = $text\n";
    project.write("build.ninja", format!("{rule}text = {text}\nbuild out: copy\n"));
    assert_eq!(project.mbuild(&["build"]).ok().ran(), ["out"]);
    assert_eq!(project.read("out").trim_end(), text.trim_end());
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
}

#[test]
fn a_command_that_is_too_long_for_the_system_is_an_error_that_says_so() {
    let space = Space::new();
    let project = space.project("project");
    let text = "0123456789abcde ".repeat(5 << 16);
    let rule = "rule echo\n  command = echo $text > $out\nrule ok\n  command = touch $out\n";
    let build = "build out: echo\nbuild other: ok\n";
    project.write("build.ninja", format!("{rule}text = {text}\n{build}"));
    let failed = project.mbuild(&["build", "-k", "0"]).fails(FAILED);
    assert!(failed.said().contains("rgument list too long"), "{}", &failed.said()[..1000]);
    assert_eq!(failed.ran(), ["other"]);
    assert_eq!(project.mbuild(&["build", "other"]).ok().ran(), [""; 0]);
}

#[test]
fn a_chain_of_two_hundred_thousand_actions_is_built_checked_and_cut_off() {
    const LENGTH: usize = 200_000;
    let space = Space::new();
    let project = space.project("project");
    // Who writes a rule file has run its generators: each gets a record without a run. Inputs come first.
    let mut rules = String::from("rule keep\n  command = true\n  generator = 1\n");
    let first = format!("f{LENGTH}");
    project.write(&first, "");
    for at in (0..LENGTH).rev() {
        writeln!(rules, "build f{at}: keep f{}", at + 1).expect("a string takes all");
        fs::write(project.path(&format!("f{at}")), "").expect("an output");
    }
    rules += "default f0\n";
    project.write("build.ninja", &rules);
    let nothing = |what: &str| {
        let built = project.mbuild(&["build"]).ok();
        assert_eq!((built.summary("ran"), built.summary("actions")), (0, LENGTH as u64), "{what}");
    };
    nothing("adopted");
    nothing("by the snapshot");
    fs::remove_dir_all(project.path(".mbuild/snapshot")).expect("a snapshot");
    nothing("by a plan");

    project.write(&first, "changed\n");
    let built = project.mbuild(&["build"]).ok();
    assert_eq!((built.summary("ran"), built.summary("cut_off")), (1, LENGTH as u64 - 1));
    nothing("after the change");

    project.write("build.ninja", format!("{rules}build {first}: keep f0\n"));
    let failed = project.mbuild(&["build"]).fails(WRONG);
    assert!(failed.stderr.contains("dependency cycle"), "{}", failed.stderr);
    assert!(failed.stderr.len() < 10_000, "a message that can be read: {}", failed.stderr.len());
}

/// A rule file that copies each of these files; names with bytes that have a meaning are escaped.
fn copies(names: &[Vec<u8>]) -> Vec<u8> {
    let mut rules = b"rule copy\n  command = cp -- $in $out\n".to_vec();
    for name in names {
        let mut escaped = Vec::new();
        for byte in name {
            if matches!(byte, b'$' | b' ' | b':') {
                escaped.push(b'$');
            }
            escaped.push(*byte);
        }
        rules.extend([b"build out/", &*escaped, b": copy ", &*escaped, b"\n"].concat());
    }
    rules
}

#[test]
fn file_names_may_have_every_byte_that_the_language_can_write() {
    let space = Space::new();
    let project = space.project("project");
    let may_be = |byte: &u8| !matches!(byte, 0 | b'\n' | b'\r' | b'/' | b'|');
    let mut names: Vec<Vec<u8>> =
        (0..=255).filter(may_be).map(|byte| vec![b'x', byte, b'y']).collect();
    let odd: [&[u8]; 8] = [
        b"-rf",
        b"--",
        b" leading and trailing ",
        b"it's \"quoted\" `twice` \\ and $HOME",
        b"*?[a]{b,c}~!#&;()<>",
        b"\xff\xfe not UTF-8 \xc3(",
        b"tab\tand bell\x07 and escape \x1b[31m",
        "ünïcödé".as_bytes(),
    ];
    names.extend(odd.iter().map(|name| name.to_vec()));
    for name in &names {
        let path = project.dir().join(OsStr::from_bytes(name));
        fs::write(path, [&**name, b"\n"].concat()).expect("a source");
    }
    project.write("build.ninja", copies(&names));
    let built = project.mbuild(&["build"]).ok();
    assert_eq!(built.summary("ran"), names.len() as u64);
    for name in &names {
        let path = project.path("out").join(OsStr::from_bytes(name));
        assert_eq!(fs::read(path).expect("an output"), [&**name, b"\n"].concat());
    }
    assert_eq!(project.mbuild(&["build"]).ok().summary("ran"), 0);
    fs::remove_dir_all(project.path("out")).expect("outputs");
    assert_eq!(project.mbuild(&["build"]).ok().summary("restored"), names.len() as u64);
    project.mbuild(&["explain", "out/-rf"]).ok();
    project.mbuild(&["clean"]).ok();
    let left = fs::read_dir(project.path("out")).map_or(0, |left| left.count());
    assert_eq!(left, 0);
}

#[test]
fn a_byte_that_the_language_cannot_write_is_pointed_at() {
    let space = Space::new();
    let project = space.project("project");
    for byte in [b"\r".as_slice(), b"\0"] {
        let rules = [b"rule copy\n  command = cp $in $out\nbuild out: copy a", byte, b"b\n"];
        project.write("build.ninja", rules.concat());
        let failed = project.mbuild(&["build"]).fails(WRONG);
        assert!(failed.stderr.contains("build.ninja:3:"), "{}", failed.stderr);
    }
}

#[test]
fn long_paths_are_built_and_those_that_the_system_refuses_are_named() {
    let space = Space::new();
    let project = space.project("project");
    let deep = |folders: usize| vec!["d".repeat(200); folders].join("/");
    // Paths that a command gets are relative, so a whole path may be longer.
    let long = format!("{}/{}", deep(18), "f".repeat(255));
    let rules = "rule copy\n  command = cp $in $out\nbuild ";
    project.write("in", "in\n").write("build.ninja", format!("{rules}{long}: copy in\n"));
    assert_eq!(project.mbuild(&["build"]).ok().summary("ran"), 1);
    assert_eq!(fs::read(project.path(&long)).expect("an output"), b"in\n");
    assert_eq!(project.mbuild(&["build"]).ok().summary("ran"), 0);
    for too_long in [format!("{}/f", deep(30)), "f".repeat(256)] {
        project.write("build.ninja", format!("{rules}{too_long}: copy in\n"));
        let failed = project.mbuild(&["build"]).fails(FAILED);
        assert!(failed.said().contains("ile name too long"), "{}", failed.said());
    }
}

#[test]
fn an_action_may_have_a_hundred_thousand_inputs() {
    const INPUTS: usize = 100_000;
    let space = Space::new();
    let project = space.project("project");
    let mut rules = String::from(
        "rule join\n  command = xargs cat < $out.rsp > $out\n  rspfile = $out.rsp\n  \
         rspfile_content = $in_newline\nbuild out: join",
    );
    fs::create_dir(project.path("in")).expect("a folder");
    for at in 0..INPUTS {
        fs::write(project.path(&format!("in/{at}")), "x").expect("a source");
        write!(rules, " in/{at}").expect("a string takes all");
    }
    project.write("build.ninja", rules + "\n");
    assert_eq!(project.mbuild(&["build"]).ok().summary("ran"), 1);
    assert_eq!(project.read("out").len(), INPUTS);
    assert_eq!(project.mbuild(&["build"]).ok().summary("ran"), 0);
    project.write("in/77777", "yy");
    let built = project.mbuild(&["build"]).ok();
    assert!(built.reasons()[0].1.contains("in/77777"), "{:?}", built.reasons());
    assert_eq!(project.read("out").len(), INPUTS + 1);
}

#[test]
fn a_state_that_cannot_grow_is_told_and_the_build_goes_on() {
    let space = Space::new();
    let project = space.project("project");
    many(&project, 20);
    // Files of 16 blocks of 512 bytes: enough for each output and too little for the state.
    let built = limited(&project, "unset MBUILD_EVENTS; trap '' XFSZ; ulimit -f 16", "");
    assert_eq!(built.code, 0, "{}", built.said());
    assert!(built.said().contains("will be built again next time"), "{}", built.said());
    for at in 0..20 {
        assert_eq!(project.read(&format!("out/{at}")), "in\n");
    }
    project.mbuild(&["build"]).ok();
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);
}
