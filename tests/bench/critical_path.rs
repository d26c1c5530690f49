//! One long chain beside many short ones: how near mbuild and Ninja come to the length of the long one.
//!
//! `cargo bench -p mbuild-tests --bench critical_path [-- ROUNDS]`; see the README beside this file.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use mbuild_tests::{Project, Space, program};

const JOBS: u32 = 4;
/// The long chain: few actions that take long.
const LONG: u32 = 4;
const LONG_TIME: Duration = Duration::from_millis(1000);
/// The short ones: more actions in a row, so that who counts actions takes them for the longer way.
const SHORT: u32 = 9;
const SHORT_CHAINS: u32 = 12;
const SHORT_TIME: Duration = Duration::from_millis(100);

fn main() {
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(5);
    let space = Space::new();
    let project = space.project("chains");
    write_graph(&project);
    let work = LONG_TIME * LONG + SHORT_TIME * SHORT * SHORT_CHAINS;
    let bound = (LONG_TIME * LONG).max(work / JOBS);
    println!("the critical path takes {}, -j {JOBS}, {rounds} rounds", show(bound));

    let mbuild = Tool { program: program::mbuild(), arguments: &["ninja"] };
    let ninja = Tool { program: program::reference_ninja(), arguments: &[] };
    let (mut first, mut known, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        forget(&project);
        first.push(mbuild.time(&project));
        clean(&project);
        known.push(mbuild.time(&project));
        clean(&project);
        // Its log is there as well from the second round on.
        theirs.push(ninja.time(&project));
        clean(&project);
    }
    println!("{:24} {:>9} {:>12}", "", "median", "over bound");
    report("mbuild, nothing known", &mut first, bound);
    report("mbuild, times recorded", &mut known, bound);
    report("ninja", &mut theirs, bound);
}

fn write_graph(project: &Project) {
    let mut rules = String::from("rule wait\n  command = sleep $time; echo > $out\n");
    let mut chain = |name: String, length: u32, time: Duration| {
        for index in 0..length {
            let before = if index == 0 { String::new() } else { format!("{name}{}", index - 1) };
            let line =
                format!("build {name}{index}: wait {before}\n  time = {}", time.as_secs_f64());
            writeln!(rules, "{line}").expect("text grows");
        }
    };
    for index in 0..SHORT_CHAINS {
        chain(format!("out/short{index}-"), SHORT, SHORT_TIME);
    }
    chain("out/long".to_owned(), LONG, LONG_TIME);
    project.write("build.ninja", rules);
}

/// Nothing built; times stay known.
fn clean(project: &Project) {
    fs::remove_dir_all(project.path("out")).expect("outputs go");
}

/// mbuild knows nothing.
fn forget(project: &Project) {
    let state = project.path(".mbuild");
    if state.exists() {
        fs::remove_dir_all(state).expect("the state goes");
    }
}

struct Tool<'a> {
    program: &'a Path,
    arguments: &'a [&'a str],
}

impl Tool<'_> {
    fn time(&self, project: &Project) -> Duration {
        let mut command = project.program(self.program);
        command.arguments(self.arguments).arguments(&["--quiet", "-j", &JOBS.to_string()]);
        command.env_remove("MBUILD_EVENTS").env("MBUILD_CACHE", "off");
        let start = Instant::now();
        let status = command.start().wait().expect("it ends");
        let time = start.elapsed();
        assert!(status.success(), "{}", self.program.display());
        time
    }
}

fn report(what: &str, times: &mut [Duration], bound: Duration) {
    times.sort_unstable();
    let median = times[times.len() / 2];
    let over = (median.as_secs_f64() / bound.as_secs_f64() - 1.0) * 100.0;
    println!("{what:24} {:>9} {over:>10.1} %", show(median));
}

fn show(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
