//! People go from Ninja to mbuild and back in one build directory: nothing is made again without need,
//! and nothing is missed.

mod builds;
mod damage;
mod tools;

use std::thread::sleep;
use std::time::Duration;

use mbuild_tests::{Finished, Project, Space};

const RULES: &str = "\
rule cat
  command = cat $in > $out
rule cc
  command = printf '%s: %s first.h second.h\\n' $out $in > $out.d && cp $in $out
  depfile = $out.d
  deps = gcc
rule cc_with_depfile
  command = printf '%s: %s first.h\\n' $out $in > $out.d && cp $in $out
  depfile = $out.d
rule listed
  command = cat $out.rsp > $out
  rspfile = $out.rsp
  rspfile_content = $in_newline
rule same
  command = test -e $out || touch $out
  restat = 1
rule two
  command = cat $in > $out && cp $out $out.map
rule make_dyndep
  command = cp $in $out
rule dynamic
  command = cat $in late > $out
  dyndep = dd
build joined: cat one two
build o.o: cc one
build with$ blank: cat one
build plain.o: cc_with_depfile two
build list: listed one two
build kept: same one
build after: cat kept two
build pair | pair.map: two one
build dd: make_dyndep dd.in
build dyn: dynamic one || dd
build all: phony joined o.o with$ blank plain.o list after pair dyn
build last: cat all joined || plain.o
default last
";

fn project(space: &Space) -> Project<'_> {
    let project = space.project("project");
    project.write("build.ninja", RULES);
    for file in ["one", "two", "first.h", "second.h", "late"] {
        project.write(file, format!("{file}\n"));
    }
    project.write("dd.in", "ninja_dyndep_version = 1\nbuild dyn: dyndep | late\n");
    // Phony names without a file would make what is behind them run always.
    project.edit("build.ninja", "cat all joined", "cat joined");
    project.edit("build.ninja", "default last", "default last all");
    project
}

/// One build by Ninja: the commands it ran.
fn ninja(project: &Project<'_>) -> Vec<String> {
    commands(&project.reference_ninja(&["-v", "-j1"]).ok())
}

/// One build by mbuild: the commands it ran.
fn mbuild(project: &Project<'_>) -> Vec<String> {
    commands(&project.mbuild(&["ninja", "-v", "-j1"]).env("MBUILD_CACHE", "off").ok())
}

fn commands(finished: &Finished) -> Vec<String> {
    let command = |line: &str| Some(line.strip_prefix('[')?.split_once("] ")?.1.to_owned());
    let mut commands: Vec<String> = finished.stdout.lines().filter_map(command).collect();
    commands.sort();
    commands
}

/// Changes a file so that time stamps see it as well.
fn change(project: &Project<'_>, file: &str) {
    sleep(Duration::from_millis(20));
    let text = project.read(file);
    project.write(file, format!("{text}more\n"));
    sleep(Duration::from_millis(20));
}

const NOTHING: [String; 0] = [];
