//! What commands see of the environment, and which part of it makes them run again.

use std::collections::BTreeSet;

use mbuild_tests::{Finished, Project, Space};

/// What every command sees when it is set; the page on rule files documents the same list.
const MINIMAL: &[&str] = &["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SOURCE_DATE_EPOCH"];

fn project(space: &Space) -> Project<'_> {
    let project = space.project("project");
    let rule = "rule env\n  command = env > $out\nbuild out: env in\n";
    project.write("in", "").write("build.ninja", format!("mbuild_env = CFLAGS ABSENT\n{rule}"));
    project
}

/// The names of the variables that the command saw; `PWD`, `_` and `SHLVL` are the shell's own.
fn seen(text: &str) -> BTreeSet<String> {
    let names = text.lines().filter_map(|line| line.split_once('=')).map(|(name, _)| name);
    let own = ["PWD", "OLDPWD", "_", "SHLVL"];
    names.filter(|name| !own.contains(name)).map(String::from).collect()
}

fn names(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_string()).collect()
}

fn build(project: &Project, face: &str, variables: &[(&str, &str)]) -> Finished {
    let mut mbuild = project.mbuild(&[face]);
    for name in MINIMAL.iter().filter(|name| **name != "PATH") {
        mbuild.env_remove(name);
    }
    for (name, value) in variables {
        mbuild.env(name, value);
    }
    mbuild.ok()
}

fn reasons(finished: &Finished) -> String {
    finished.reasons().into_iter().map(|(_, reasons)| reasons).collect()
}

#[test]
fn a_command_sees_the_documented_and_the_declared() {
    let space = Space::new();
    let project = project(&space);
    let given = [("LANG", "C"), ("TZ", "UTC"), ("CFLAGS", "-O9"), ("LD_PRELOAD_X", "x")];
    build(&project, "build", &given);
    assert_eq!(seen(&project.read("out")), names(&["CFLAGS", "LANG", "PATH", "TZ"]));
}

#[test]
fn in_ninjas_place_a_command_sees_everything() {
    let space = Space::new();
    let project = project(&space);
    build(&project, "ninja", &[("CFLAGS", "-O1"), ("OTHER", "1")]);
    assert!(seen(&project.read("out")).is_superset(&names(&["CFLAGS", "HOME", "OTHER", "PATH"])));
}

#[test]
fn only_a_declared_variable_runs_a_command_again() {
    for face in ["build", "ninja"] {
        let space = Space::new();
        let project = project(&space);
        build(&project, face, &[("CFLAGS", "-O1"), ("OTHER", "1")]);

        let other = build(&project, face, &[("CFLAGS", "-O1"), ("OTHER", "2")]);
        assert_eq!(other.ran(), [""; 0]);

        let changed = build(&project, face, &[("CFLAGS", "-O2")]);
        assert_eq!(changed.ran(), ["out"]);
        assert!(reasons(&changed).contains("environment_changed"), "{}", reasons(&changed));
        assert!(reasons(&changed).contains("CFLAGS"), "{}", reasons(&changed));

        let back = build(&project, face, &[("CFLAGS", "-O1")]);
        assert_eq!((back.ran(), back.restored()), (vec![], vec!["out".to_string()]));
    }
}

#[test]
fn another_tool_first_on_the_path_runs_the_command_again() {
    for face in ["build", "ninja"] {
        let space = Space::new();
        let project = space.project("project");
        project.write("build.ninja", "rule r\n  command = my-tool $out\nbuild out: r\n");
        let tools = ["one", "two"].map(|name| space.project(name));
        for (tools, text) in tools.iter().zip(["first", "second"]) {
            tools.write_script("my-tool", &format!("echo {text} > $1\n"));
        }
        let build = |tools: &Project| project.mbuild(&[face]).path_first(tools.dir()).ok();

        assert_eq!(build(&tools[0]).ran(), ["out"]);
        assert_eq!(build(&tools[0]).ran(), [""; 0]);
        assert_eq!(build(&tools[1]).ran(), ["out"]);
        assert_eq!(project.read("out"), "second\n");

        // The same place with other content is another tool as well.
        tools[1].write_script("my-tool", "echo third > $1\n");
        let changed = build(&tools[1]);
        assert_eq!(changed.ran(), ["out"]);
        assert!(reasons(&changed).contains("tool_changed"), "{}", reasons(&changed));
        assert_eq!(project.read("out"), "third\n");
    }
}

/// A link that ends with running the test program that it has made.
#[test]
fn what_a_command_makes_and_then_runs_is_no_tool_of_it() {
    for face in ["build", "ninja"] {
        let space = Space::new();
        let project = space.project("project");
        let absolute = project.path("out/prog");
        let rule = format!(
            "rule r\n  command = cp $in out/prog && cd out && ./prog > log && {}\n\
             build out/prog: r script\n",
            absolute.display()
        );
        project.write("build.ninja", rule).write_script("script", "echo made\n");
        let tools = space.project("tools");
        let build = || project.mbuild(&[face]).path_first(tools.dir()).ok();

        tools.write_script("some", "");
        assert_eq!(build().ran(), ["out/prog"]);
        // Everything that depends on the folders of programs is looked at again.
        tools.write_script("other", "");
        let again = build();
        assert_eq!(again.ran(), [""; 0], "{}", reasons(&again));

        project.write_script("script", "echo changed\n");
        let changed = build();
        assert_eq!(changed.ran(), ["out/prog"]);
        assert!(!changed.said().contains("changed while"), "{}", changed.said());
        assert_eq!(project.read("out/log"), "changed\n");
        assert_eq!(build().ran(), [""; 0]);
    }
}

#[test]
fn an_empty_environment_builds() {
    let space = Space::new();
    let project = space.project("project");
    project.write("build.ninja", "rule r\n  command = /bin/echo x > $out\nbuild out: r\n");
    for face in ["build", "ninja"] {
        let mbuild = mbuild_tests::program::mbuild().to_string_lossy().into_owned();
        let mut env = project.program("env");
        env.arguments(&["-i", &mbuild, face]).ok();
        assert_eq!(project.read("out"), "x\n");
    }
}
