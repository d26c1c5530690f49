//! What the engine's primitives cost beside the bare system calls: `cargo bench -p mbuild-engine`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use mbuild_engine::run::environment::Environment;
use mbuild_engine::run::interrupt::Interrupt;
use mbuild_engine::run::process::{Command, execute};
use mbuild_engine::scan::stat_all;
use mbuild_engine::settings;
use mbuild_engine::signature::Signature;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

fn main() {
    spawn();
    scan();
}

fn timed(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Bare spawns and executions alternate, so that the noise of the machine falls on both.
fn spawn() {
    const ROUNDS: usize = 1_000;
    let environment = Environment::new::<&[u8]>(settings::Environment::Minimal, &[]);
    let interrupt = Interrupt::new();
    let (mut bare, mut ours, mut shell) = (Vec::new(), Vec::new(), Vec::new());
    let run = |line: &[u8]| {
        let command =
            Command { line, dir: Path::new("."), environment: &environment, console: false };
        assert!(execute(&command, &interrupt).unwrap().success());
    };
    for _ in 0..ROUNDS {
        bare.push(timed(|| {
            let mut command = std::process::Command::new("/bin/true");
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            assert!(command.status().unwrap().success());
        }));
        ours.push(timed(|| run(b"/bin/true x")));
        shell.push(timed(|| run(b"/bin/true x;")));
    }
    let (bare, ours, shell) = (median(bare), median(ours), median(shell));
    println!("spawn: bare {bare:?}, executed {ours:?}, through the shell {shell:?}");
}

fn scan() {
    let dir = tempfile::tempdir().unwrap();
    let mut paths = Vec::new();
    for folder in 0..2_000 {
        let folder = format!("project/sources/folder{folder}");
        fs::create_dir_all(dir.path().join(&folder)).unwrap();
        for file in 0..50 {
            paths.push(format!("{folder}/some_module_{file}.ml").into_bytes());
        }
    }
    for path in &paths {
        fs::write(dir.path().join(std::str::from_utf8(path).unwrap()), "").unwrap();
    }
    let scattered: Vec<_> = (0..50).flat_map(|file| paths.iter().skip(file).step_by(50)).collect();
    std::env::set_current_dir(dir.path()).unwrap();
    let whole = |paths: &[&Vec<u8>]| paths.iter().filter(|path| plain(path).is_some()).count();
    let (mut one, mut grouped, mut mixed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        one.push(timed(|| assert_eq!(whole(&scattered), paths.len())));
        grouped.push(timed(|| assert!(stat_all(dir.path(), &paths).iter().all(Option::is_some))));
        mixed.push(timed(|| assert!(stat_all(dir.path(), &scattered).iter().all(Option::is_some))));
    }
    let (one, grouped, mixed) = (median(one), median(grouped), median(mixed));
    let count = paths.len();
    println!("scan of {count}: one by one {one:?}, by folder {grouped:?}, scattered {mixed:?}");
}

fn plain(path: &[u8]) -> Option<Signature> {
    Signature::of(Path::new(std::str::from_utf8(path).unwrap())).unwrap()
}
