//! OASIS packages side by side with their own `setup.ml`: clean builds, builds with nothing to do, and
//! builds from a warm store.
//!
//! `cargo bench -p mbuild-tests --bench packages -- FOLDER... [ROUNDS]`; see the README beside this
//! file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use mbuild_tests::timing::{median, show};
use mbuild_tests::{Invocation, Project, Space};

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).filter(|it| !it.starts_with('-')).collect();
    let rounds = words.iter().find_map(|word| word.parse().ok()).unwrap_or(5);
    let folders: Vec<PathBuf> = words
        .iter()
        .filter(|word| word.parse::<usize>().is_err())
        .map(PathBuf::from)
        .filter(|folder| folder.join("_oasis").is_file())
        .collect();
    if folders.is_empty() {
        println!("name the folders of packages with an `_oasis`");
        return ExitCode::FAILURE;
    }
    println!(
        "medians of {rounds} rounds; each ratio is to `ocaml setup.ml -build`, or to the clean build"
    );
    println!(
        "{:14} {:>22} {:>30} {:>30} {:>16}",
        "", "configure", "clean build", "nothing to do", "from the store"
    );
    for folder in folders {
        one(&folder, rounds);
    }
    ExitCode::SUCCESS
}

fn one(folder: &Path, rounds: usize) {
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let space = Space::new();
    let own = space.copy(folder, "own");
    if !own.path("setup.ml").exists() {
        own.program("oasis").arguments(&["setup"]).ok();
    }
    let ours = space.copy(folder, "ours");
    let setup = |step: &str| {
        let mut ocaml = own.program("ocaml");
        ocaml.arguments(&["setup.ml", step]).env_remove("MBUILD_EVENTS");
        ocaml
    };
    let mbuild = |step: &str, cache: &str| {
        let mut mbuild = ours.mbuild(&["--quiet", step]);
        mbuild.env_remove("MBUILD_EVENTS").env("MBUILD_CACHE", cache);
        mbuild
    };
    // Another configuration would be other work: both leave the tests out.
    let mut times: [Vec<Duration>; 7] = Default::default();
    for round in 0..=rounds {
        without(&own, "_build");
        let [configure, clean, no_op] =
            [time(setup("-configure")), time(setup("-build")), time(setup("-build"))];
        without(&ours, "_mbuild");
        let [ours_configure, ours_clean, ours_no_op] = [
            time(mbuild("configure", "off")),
            time(mbuild("build", "off")),
            time(mbuild("build", "off")),
        ];
        without(&ours, "_mbuild");
        time(mbuild("configure", "on"));
        let from_store = time(mbuild("build", "on"));
        // The first round fills the store and warms the machine's memory.
        if round > 0 {
            let all = [configure, ours_configure, clean, ours_clean, no_op, ours_no_op, from_store];
            for (times, time) in times.iter_mut().zip(all) {
                times.push(time);
            }
        }
    }
    let [configure, ours_configure, clean, ours_clean, no_op, ours_no_op, store] =
        times.each_mut().map(|times| median(times));
    let pair = |own: Duration, ours: Duration| {
        format!("{:>10} {:>10} {:>8.3}", show(own), show(ours), ratio(ours, own))
    };
    println!(
        "{name:14} {:>10} {:>11} {} {} {:>8} {:>7.3}",
        show(configure),
        show(ours_configure),
        pair(clean, ours_clean),
        pair(no_op, ours_no_op),
        show(store),
        ratio(store, ours_clean)
    );
}

fn ratio(part: Duration, whole: Duration) -> f64 {
    part.as_secs_f64() / whole.as_secs_f64()
}

fn without(project: &Project, folder: &str) {
    if project.path(folder).exists() {
        project.remove_dir(folder);
    }
}

fn time(mut invocation: Invocation) -> Duration {
    let start = Instant::now();
    let finished = invocation.run();
    let time = start.elapsed();
    assert_eq!(finished.code, 0, "{}", finished.said());
    time
}
