//! `kill -9` at any moment: the next build ends as a clean build does.
//!
//! `MBUILD_TEST_KILLS` says how many moments; `MBUILD_TEST_SEED` repeats a run.
#![cfg(target_os = "linux")]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use mbuild_tests::random::Random;
use mbuild_tests::{Project, Space, conformance, program, tree};

/// How many moments there are when nobody says.
const MOMENTS: u64 = 50;

fn moments() -> u64 {
    let given = std::env::var("MBUILD_TEST_KILLS").ok();
    given.map_or(MOMENTS, |given| given.parse().expect("a number of moments"))
}

/// Compiling mbuild is no part of how long a build takes.
fn compile_first() {
    program::mbuild();
}

/// Builds, and kills that after a random time below `longest`; true when it was still under way.
fn kill_a_build(
    project: &Project<'_>,
    arguments: &[&str],
    longest: Duration,
    random: &mut Random,
) -> bool {
    let mut invocation = project.mbuild(arguments);
    let mut build = invocation.start();
    let delay = random.below(longest.as_micros() as u64);
    std::thread::sleep(Duration::from_micros(delay));
    build.kill().expect("kill -9");
    build.wait().expect("it ends").code().is_none()
}

#[test]
fn a_killed_build_is_finished_by_the_next() {
    let space = Space::new();
    let project = space.copy(&program::debian_source("ocaml-expect"), "package");

    compile_first();
    let started = Instant::now();
    let clean = conformance::outputs_of_mbuild(&project);
    let whole = started.elapsed();

    let mut random = Random::new();
    let mut interrupted = 0;
    for moment in 0..moments() {
        project.remove_dir("_mbuild");
        // An empty store makes every command run; a full one makes everything come from it.
        if moment % 2 == 0 {
            std::fs::remove_dir_all(space.store()).expect("the store goes");
        }
        let length = if moment % 2 == 0 { whole } else { whole / 4 };
        interrupted += u64::from(kill_a_build(&project, &["build"], length, &mut random));

        project.mbuild(&["build"]).ok();
        println!("moment {moment}");
        let mut outputs = conformance::outputs(&project);
        outputs.retain(|name, _| !is_left_over(name));
        tree::assert_same(&clean, &outputs);
        let again = project.mbuild(&["build"]).ok();
        assert_eq!(again.ran(), [""; 0]);
    }
    println!("{interrupted} builds were interrupted");
    assert!(interrupted > moments() / 4);
}

/// What a killed process was about to give its name: `ar` its archive, the OCaml compiler an interface,
/// `configure` a file for the build. Nobody ever reads these.
fn is_left_over(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let of_ar = name.len() == 8 && name.starts_with("st") && !name.contains('.');
    of_ar || name.ends_with(".tmp") || name.starts_with(".mbuild-")
}

/// Many short commands with depfiles: state, store and snapshot are written all the time.
struct Small {
    sources: Vec<String>,
    header: String,
}

impl Small {
    const SOURCES: usize = 40;
    /// How many objects are joined.
    const JOINED: usize = 8;
    const RULES: &'static str = "rule compile\n  \
        command = cat $in h > $out && echo $out: $in h > $out.d\n  depfile = $out.d\n  deps = gcc\n\
        rule join\n  command = cat $in > $out\n";

    fn rules() -> String {
        let mut rules = Self::RULES.to_owned();
        for at in 0..Self::SOURCES {
            writeln!(rules, "build o/{at}: compile s/{at}").expect("a string takes all");
        }
        for first in (0..Self::SOURCES).step_by(Self::JOINED) {
            write!(rules, "build l/{first}: join").expect("a string takes all");
            for at in first..first + Self::JOINED {
                write!(rules, " o/{at}").expect("a string takes all");
            }
            rules += "\n";
        }
        rules
    }

    /// Gives some sources, or what they all include, another text.
    fn change(&mut self, project: &Project<'_>, random: &mut Random) -> u64 {
        let text = format!("text {}\n", random.below(4));
        if random.below(8) == 0 {
            project.write("h", &text);
            self.header = text;
            return Self::SOURCES as u64;
        }
        let count = [0, 1, 3, 20][random.below(4) as usize];
        for _ in 0..count {
            let at = random.below(Self::SOURCES as u64) as usize;
            project.write(&format!("s/{at}"), &text);
            self.sources[at].clone_from(&text);
        }
        count
    }

    /// Everything below the project but what mbuild and Ninja keep for themselves.
    fn expected(&self) -> tree::Tree {
        let mut tree = tree::Tree::new();
        let mut joined = String::new();
        for (at, source) in self.sources.iter().enumerate() {
            let object = source.clone() + &self.header;
            joined += &object;
            tree.insert(format!("s/{at}"), source.clone().into());
            tree.insert(format!("o/{at}"), object.into());
            if (at + 1) % Self::JOINED == 0 {
                let name = format!("l/{}", at + 1 - Self::JOINED);
                tree.insert(name, std::mem::take(&mut joined).into());
            }
        }
        tree.insert("h".to_owned(), self.header.clone().into());
        tree.insert("build.ninja".to_owned(), Self::rules().into());
        tree
    }
}

#[test]
fn killed_builds_of_many_short_commands_are_finished_by_the_next() {
    let space = Space::new();
    let project = space.project("small");
    let mut small =
        Small { sources: vec!["text\n".to_owned(); Small::SOURCES], header: String::new() };
    project.write("build.ninja", Small::rules()).write("h", "");
    for (at, text) in small.sources.iter().enumerate() {
        project.write(&format!("s/{at}"), text);
    }
    compile_first();
    let started = Instant::now();
    project.mbuild(&["ninja"]).ok();
    let whole = started.elapsed();
    let started = Instant::now();
    project.mbuild(&["ninja"]).ok();
    let nothing = started.elapsed();

    let mut random = Random::new();
    let mut interrupted = 0;
    for moment in 0..moments() {
        match random.below(12) {
            0 => drop(std::fs::remove_dir_all(project.path(".mbuild"))),
            1 => drop(std::fs::remove_dir_all(space.store())),
            _ => {}
        }
        // Sometimes the build after a killed one is killed as well.
        for _ in 0..=random.below(3) {
            let changed = small.change(&project, &mut random);
            let longest = nothing + whole * (changed as u32) / (Small::SOURCES as u32);
            interrupted += u64::from(kill_a_build(&project, &["ninja"], longest, &mut random));
        }
        let next = project.mbuild(&["ninja"]).ok();
        // A depfile of a killed command stays when the next build has its outputs from the store.
        let kept_apart = |name: &str| name.starts_with(".mbuild/") || name.starts_with(".ninja_");
        let keep = |name: &str| !kept_apart(name) && !name.ends_with(".d");
        let outputs = tree::read(project.dir(), keep);
        println!("moment {moment}: then ran {}", next.summary("ran"));
        tree::assert_same(&small.expected(), &outputs);
        let again = project.mbuild(&["ninja"]).ok();
        assert_eq!(again.ran(), [""; 0], "{:?}", again.reasons());
        assert_eq!(again.restored(), [""; 0], "{:?}", again.reasons());
    }
    println!("{interrupted} builds were interrupted");
    assert!(interrupted > moments() / 4);
    let verified = project.mbuild(&["cache", "verify"]).run();
    assert_eq!(verified.code, 0, "{}", verified.said());
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
