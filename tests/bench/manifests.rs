//! Manifests of 10 MB, of each format in several shapes: how long it takes to parse one and to read it to
//! the package model, and the memory.
//!
//! `cargo bench -p mbuild-tests --bench manifests [-- (FORMAT | FORMAT/SHAPE)... [MEGABYTES [ROUNDS]]]`; see the
//! README beside this file.

#[path = "manifests/commands.rs"]
mod commands;
#[path = "manifests/meta.rs"]
mod meta;
#[path = "manifests/oasis.rs"]
mod oasis;
#[path = "manifests/obuild.rs"]
mod obuild;
#[path = "manifests/ocp.rs"]
mod ocp;
#[path = "manifests/parsing.rs"]
mod parsing;
#[path = "manifests/reading.rs"]
mod reading;
#[path = "manifests/shape.rs"]
mod shape;
#[path = "manifests/tags.rs"]
mod tags;

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::time::Duration;

use mbuild_tests::Space;
use shape::Shape;
use wait4::Wait4 as _;

/// That of the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What begins the command line of the process that reads one shape.
const READ: &str = "--read";

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [read, format, shape, folder, rounds] = words.as_slice()
        && read == READ
    {
        let shape = find(format, shape);
        return reading::times(&shape, folder.as_ref(), rounds.parse().expect("a number"));
    }
    let mut numbers = words.iter().filter_map(|word| word.parse::<f64>().ok());
    let megabytes = numbers.next().unwrap_or(10.0);
    let rounds = numbers.next().unwrap_or(3.0) as usize;
    let wanted: Vec<&String> = words.iter().filter(|word| word.parse::<f64>().is_err()).collect();
    println!("manifests of {megabytes:.1} MB, the median of {rounds} readings of each");
    println!(
        "{:<10} {:<34} {:>6} {:>10} {:>8} {:>8}",
        "format", "shape", "MB", "parsed, ms", "read, ms", "peak MB"
    );
    for shape in all() {
        if wanted.is_empty() || wanted.iter().any(|word| shape.is(word)) {
            measure(&shape, (megabytes * 1e6) as usize, rounds);
        }
    }
}

/// Every shape of every format.
fn all() -> Vec<Shape> {
    let formats: [fn() -> Vec<Shape>; 6] =
        [oasis::shapes, tags::shapes, obuild::shapes, ocp::shapes, meta::shapes, commands::shapes];
    formats.iter().flat_map(|shapes| shapes()).collect()
}

fn find(format: &str, name: &str) -> Shape {
    all().into_iter().find(|shape| shape.format == format && shape.name == name).expect("a shape")
}

/// Writes the files and reads them in a process of its own, whose memory then is that of the reading.
fn measure(shape: &Shape, size: usize, rounds: usize) {
    let space = Space::new();
    let project = space.project("package");
    let mut written = 0;
    for (path, content) in (shape.files)(size) {
        written += content.len();
        project.write(&path, content);
    }
    let program = std::env::current_exe().expect("this program");
    let mut reader = Command::new(program)
        .args([READ, shape.format, shape.name])
        .arg(project.dir())
        .arg(rounds.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program starts");
    let mut said = String::new();
    reader.stdout.take().expect("a pipe").read_to_string(&mut said).expect("numbers");
    let ended = reader.wait4().expect("it ends");
    let numbers: Vec<u64> =
        said.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    let column = |at: usize| {
        let mut times: Vec<u64> = numbers.iter().skip(at).step_by(2).copied().collect();
        times.sort_unstable();
        times.get(times.len() / 2).map(|median| Duration::from_micros(*median).as_millis())
    };
    let (Some(read), Some(parsed), true) = (column(0), column(1), ended.status.success()) else {
        println!("{:<10} {:<34} {:?}", shape.format, shape.name, ended.status);
        return;
    };
    println!(
        "{:<10} {:<34} {:>6.1} {:>10} {:>8} {:>8}",
        shape.format,
        shape.name,
        written as f64 / 1e6,
        parsed,
        read,
        ended.rusage.maxrss / 1_000_000,
    );
}
