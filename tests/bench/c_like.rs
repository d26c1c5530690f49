//! A large project of C-like actions with discovered headers: no-ops, and the way to the first command
//! after one change, by mbuild and Ninja in turns.
//!
//! `cargo bench -p mbuild-tests --bench c_like [-- ACTIONS [ROUNDS]] [alone]`; see the README beside this
//! file.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mbuild_tests::timing::{Pair, Tool, median, show};
use mbuild_tests::{Project, Space, program};

/// Sources of a folder; each folder is linked into one file.
const FOLDER: usize = 50;
/// Headers that a source names.
const INCLUDES: usize = 9;

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse().ok());
    let actions: usize = numbers.next().unwrap_or(100_000);
    let rounds = numbers.next().unwrap_or(7);
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{actions} C-like actions, -j {jobs}, {rounds} rounds");

    let space = Space::new();
    let project = space.project("graph");
    write_project(&project, actions);
    let tools = [Tool::mbuild(jobs), Tool::ninja(jobs)];
    if std::env::args().any(|word| word == "alone") {
        return alone(&tools[0], &project, rounds);
    }
    let mut first = Pair::default();
    for (tool, times) in tools.iter().zip(&mut first.times) {
        times.push(tool.time(&project));
        fs::remove_dir_all(project.path("out")).expect("the outputs go");
    }
    // Each tool believes only in what it has made itself.
    for tool in &tools {
        tool.time(&project);
    }
    let (mut no_op, mut change) = (Pair::default(), Pair::default());
    let mut peaks = [0; 2];
    for round in 0..rounds {
        // Who comes second finds warmer caches: take turns.
        for turn in 0..2 {
            let side = (round + turn) % 2;
            tools[side].time(&project);
            let (time, peak) = tools[side].measure(&project);
            no_op.times[side].push(time);
            peaks[side] = peak.max(peaks[side]);
            let source = source((round * 7919 + 13) % actions);
            change.times[side].push(time_to_command(&tools[side], &project, &source));
            // The other one is not to find that this one has built.
            tools[1 - side].time(&project);
        }
    }
    Pair::head();
    first.report("clean build");
    no_op.report("no-op");
    change.report("one change");
    let [ours, theirs] = peaks.map(|bytes| bytes as f64 / 1e6);
    println!("{:12} {ours:>7.1} MB {theirs:>7.1} MB {:>7.2}", "no-op, peak", ours / theirs);
    if let Some(n2) = std::env::var_os("N2") {
        beside(&Tool::other(n2.as_ref(), jobs), &tools[0], &project, rounds);
    }
}

/// One clean build and no-ops of mbuild only: what other tools take is too long to wait for.
fn alone(mbuild: &Tool, project: &Project, rounds: usize) {
    println!("clean build {}", show(mbuild.time(project)));
    let (mut times, peaks): (Vec<_>, Vec<_>) = (0..rounds).map(|_| mbuild.measure(project)).unzip();
    let peak = peaks.into_iter().max().unwrap_or(0) as f64 / 1e6;
    println!("no-op {}, at most {peak:.1} MB", show(median(&mut times)));
}

/// No-ops of mbuild and of n2 in turns.
fn beside(n2: &Tool, mbuild: &Tool, project: &Project, rounds: usize) {
    let mut no_op = Pair::default();
    for tool in [n2, mbuild] {
        tool.time(project);
    }
    for round in 0..rounds {
        for turn in 0..2 {
            let side = (round + turn) % 2;
            no_op.times[side].push([mbuild, n2][side].time(project));
        }
    }
    Pair::head_beside("n2");
    no_op.report("no-op");
}

fn source(index: usize) -> String {
    format!("src/d{}/f{index}.c", index / FOLDER)
}

fn write_project(project: &Project, actions: usize) {
    let compiler = program::repository("tests/bench/compiler.c");
    let mut cc = Command::new("cc");
    cc.args(["-O2", "-o"]).arg(project.path("compiler")).arg(compiler);
    assert!(cc.status().is_ok_and(|status| status.success()), "no C compiler");
    let headers = (actions / 10).max(1);
    for index in 0..headers {
        project.write(&format!("include/i{}/h{index}.h", index / FOLDER), format!("{index}\n"));
    }
    let mut rules = String::from(
        "rule cc\n  command = ./compiler $out $in\n  depfile = $out.d\n  deps = gcc\n\
         rule link\n  command = cp $last $out\n",
    );
    let mut objects = String::new();
    for index in 0..actions {
        let mut text = format!("source {index}\n");
        for include in 0..INCLUDES {
            let header = (index / 10 + include * 37) % headers;
            writeln!(text, "#include \"include/i{}/h{header}.h\"", header / FOLDER)
                .expect("text grows");
        }
        project.write(&source(index), text);
        let object = format!("out/d{}/f{index}.o", index / FOLDER);
        writeln!(rules, "build {object}: cc {}", source(index)).expect("text grows");
        objects += " ";
        objects += &object;
        if index % FOLDER == FOLDER - 1 || index == actions - 1 {
            let link = format!("build out/l{}.a: link{objects}\n  last ={}", index / FOLDER, {
                let last = objects.rfind(' ').unwrap_or(0);
                &objects[last..]
            });
            writeln!(rules, "{link}").expect("text grows");
            objects.clear();
        }
    }
    project.write("build.ninja", rules);
}

/// From the start of the tool to the start of the one command that a changed source needs.
fn time_to_command(tool: &Tool, project: &Project, source: &str) -> Duration {
    let mut text = project.read(source);
    text += "more\n";
    project.write(source, text).write("started", "");
    let start = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock");
    tool.time(project);
    let started = project.read("started");
    project.remove("started");
    let started: Vec<u64> =
        started.lines().map(|line| line.parse().expect("nanoseconds")).collect();
    assert_eq!(started.len(), 1, "one command for one change");
    Duration::from_nanos(started[0]) - start
}
