//! What `mbuild run` adds to the start of a guest that is built already.
//!
//! `cargo bench -p mbuild-tests --bench boot [-- ROUNDS]`; see the README beside this file.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use mbuild_tests::{Space, program};

const TARGET: &str = "solo5-spt";

fn main() {
    let rounds = std::env::args().filter_map(|word| word.parse().ok()).next().unwrap_or(50);
    let space = Space::new();
    let hello = space.example("hello");
    hello.mbuild_with_toolchain(&["build", "-q", "--target", TARGET]).ok();
    let toolchains = program::toolchains().join("mbuild/toolchains");
    let made = std::fs::read_dir(toolchains).expect("the toolchains").flatten();
    let tender = made.map(|it| it.path().join("bin/solo5-spt")).find(|it| it.is_file());
    let tender = tender.expect("a tender");

    let unikernel = hello.path("_mbuild/solo5-x86_64/bin/hello.spt");
    let by_hand = || {
        let mut command = Command::new(&tender);
        command.arg("--mem=128").arg("--").arg(&unikernel).arg("--solo5:quiet");
        command
    };
    let by_mbuild = || {
        let mut command = Command::new(program::mbuild());
        command.arg("-C").arg(hello.dir()).args(["run", "--target", TARGET]);
        command.env("XDG_DATA_HOME", program::toolchains());
        command.env("MBUILD_CACHE_DIR", space.store());
        command
    };
    let (mut hand, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        hand.push(first_line(by_hand()));
        ours.push(first_line(by_mbuild()));
    }
    let (hand, ours) = (median(&mut hand), median(&mut ours));
    println!("from the start to the first line of the guest, {rounds} rounds, medians");
    println!("  the tender by hand  {:>7}", show(hand));
    println!("  mbuild run          {:>7}", show(ours));
    println!("  mbuild adds         {:>7}", show(ours.saturating_sub(hand)));
}

/// How long a command takes until it has printed a line.
fn first_line(mut command: Command) -> Duration {
    let begin = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    let time = begin.elapsed();
    assert!(line.starts_with("+--"), "the guest said `{line}`");
    std::io::copy(&mut out, &mut std::io::sink()).expect("the rest");
    assert!(child.wait().expect("it ends").success(), "the guest failed");
    time
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn show(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}
