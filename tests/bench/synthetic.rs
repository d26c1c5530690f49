//! A graph of 10,000 short actions: mbuild and Ninja in turns, medians of both.
//!
//! `cargo bench -p mbuild-tests --bench synthetic [-- ROUNDS]`; see the README beside this file.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mbuild_tests::timing::{Pair, Tool, median, show};
use mbuild_tests::{Project, Space};

const LAYERS: usize = 20;
const WIDTH: usize = 500;

/// Each action copies a file of the layer before, and depends on two more of that layer.
fn write_graph(project: &Project) {
    let mut rules = String::from("rule copy\n  command = cp $in $out\n");
    for index in 0..WIDTH {
        project.write(&format!("src/{index}"), format!("source {index}\n"));
    }
    for layer in 0..LAYERS {
        for index in 0..WIDTH {
            let (from, left, right) = (before(layer), (index + 1) % WIDTH, (index * 7) % WIDTH);
            let implicit = format!("{from}/{left} {from}/{right}");
            let line = format!("build out/{layer}/{index}: copy {from}/{index} | {implicit}");
            writeln!(rules, "{line}").expect("text grows");
        }
    }
    project.write("build.ninja", rules);
}

fn before(layer: usize) -> String {
    if layer == 0 { "src".to_string() } else { format!("out/{}", layer - 1) }
}

fn main() {
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(7);
    let jobs = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("{} actions, -j {jobs}, {rounds} rounds", LAYERS * WIDTH);

    let space = Space::new();
    let project = space.project("graph");
    write_graph(&project);
    let (mbuild, ninja) = (Tool::mbuild(jobs), Tool::ninja(jobs));

    let without_store = Tool::mbuild(jobs).with_env("MBUILD_CACHE", "off");
    let (mut clean, mut no_op) = (Pair::default(), Pair::default());
    let (mut spawns, mut bare, mut restored) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        start_over(&space, &project);
        spawns.push(spawn_everything(&project, jobs));
        start_over(&space, &project);
        bare.push(without_store.time(&project));
        // Who comes second finds warmer caches: take turns.
        for turn in 0..2 {
            let ours = (round + turn) % 2 == 0;
            let (tool, side) = if ours { (&mbuild, 0) } else { (&ninja, 1) };
            start_over(&space, &project);
            clean.times[side].push(tool.time(&project));
            for _ in 0..5 {
                no_op.times[side].push(tool.time(&project));
            }
            if ours {
                put_away(&space, &project, &["out", ".mbuild"]);
                restored.push(tool.time(&project));
            }
        }
    }
    Pair::head();
    clean.report("clean build");
    let mut off = Pair { times: [bare, clean.times[1].clone()] };
    off.report("store off");
    no_op.report("no-op");
    let spawn = median(&mut spawns);
    println!("{:12} {:>10}", "bare spawn", show(spawn));
    let each = |time: Duration| time.as_secs_f64() * 1000.0 / (LAYERS * WIDTH) as f64;
    let over = |time: Duration| each(time) - each(spawn);
    println!("over bare spawn, an action: {:.3} ms", over(median(&mut clean.times[0])));
    println!("  with the store off:       {:.3} ms", over(median(&mut off.times[0])));
    println!("restored, an action:        {:.3} ms", each(median(&mut restored)));
}

/// Nothing built, nothing in the store.
fn start_over(space: &Space, project: &Project) {
    put_away(space, project, &["out", ".mbuild", ".ninja_log", ".ninja_deps", "../store"]);
}

/// Moves these out of the way. Files that were removed a moment ago would make it slow to create others: ext4
/// does not use their inodes again so soon, and looks at each of them for every new file.
fn put_away(space: &Space, project: &Project, names: &[&str]) {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    for name in names.iter().filter(|name| project.path(name).exists()) {
        let place = space.path(&format!("away-{}", COUNT.fetch_add(1, Ordering::Relaxed)));
        fs::rename(project.path(name), place).expect("it goes");
    }
}

/// What the machine needs to start the same commands with no build tool at all.
fn spawn_everything(project: &Project, jobs: usize) -> Duration {
    let start = Instant::now();
    for layer in 0..LAYERS {
        fs::create_dir_all(project.path(&format!("out/{layer}"))).expect("a folder");
        std::thread::scope(|scope| {
            for job in 0..jobs {
                scope.spawn(move || {
                    for index in (job..WIDTH).step_by(jobs) {
                        let mut copy = Command::new("cp");
                        copy.arg(format!("{}/{index}", before(layer)));
                        copy.arg(format!("out/{layer}/{index}"));
                        copy.current_dir(project.dir()).stdin(Stdio::null());
                        assert!(copy.status().expect("cp runs").success());
                    }
                });
            }
        });
    }
    start.elapsed()
}
