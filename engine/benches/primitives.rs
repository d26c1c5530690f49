//! What the engine's primitives cost beside the bare system calls: `cargo bench -p mbuild-engine`.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use mbuild_engine::digest::Digest;
use mbuild_engine::run::environment::Environment;
use mbuild_engine::run::interrupt::Interrupt;
use mbuild_engine::run::outputs::Outputs;
use mbuild_engine::run::process::{Command, execute};
use mbuild_engine::scan::stat_all;
use mbuild_engine::settings::{self, StoreSettings};
use mbuild_engine::signature::Signature;
use mbuild_engine::store::{Made, Store};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

fn main() {
    spawn();
    scan();
    store();
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
    let (interrupt, outputs) = (Interrupt::new(), Outputs::new().unwrap());
    let (mut bare, mut ours, mut shell) = (Vec::new(), Vec::new(), Vec::new());
    let run = |line: &[u8]| {
        let command = Command {
            line,
            dir: Path::new("."),
            environment: &environment,
            console: false,
            make_flags: None,
        };
        assert!(execute(&command, &interrupt, &outputs).unwrap().success());
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

/// Ten thousand actions with one output each, put and restored by two threads, as two workers do.
fn store() {
    const ACTIONS: usize = 10_000;
    for size in [1_000, 4_000, 40_000] {
        let root = tempfile::tempdir().unwrap();
        let settings = StoreSettings { dir: root.path().join("cache"), max_bytes: 1 << 40 };
        let (build, restored) = (root.path().join("build"), root.path().join("restored"));
        fs::create_dir(&build).unwrap();
        fs::create_dir(&restored).unwrap();
        let path = |action: usize| format!("output_{action}.o").into_bytes();
        let key = |action: usize| Digest::of(&path(action));
        let digests: Vec<_> = (0..ACTIONS)
            .map(|action| {
                let content = action.to_string().into_bytes().repeat(size)[..size].to_vec();
                fs::write(build.join(format!("output_{action}.o")), &content).unwrap();
                Digest::of(&content)
            })
            .collect();
        let dependencies: Vec<_> =
            (0..20).map(|at| format!("include/header_{at}.h").into()).collect();
        let halves = |work: &(dyn Fn(usize) + Sync)| {
            std::thread::scope(|scope| {
                for half in 0..2 {
                    scope.spawn(move || (half..ACTIONS).step_by(2).for_each(work));
                }
            });
        };
        let mut opened = None;
        let open = timed(|| opened = Some(Store::open(&settings).unwrap()));
        let store = opened.unwrap();
        let put = timed(|| {
            halves(&|action| {
                let (k1, k2) = (&key(action), &key(action));
                let outputs = [(&path(action)[..], digests[action])];
                let dependencies = Some(&dependencies[..]);
                let made =
                    Made { k1, dependencies, k2, outputs: &outputs, printed: b"", cost_ms: 100 };
                assert!(store.put(&build, &made));
            });
            store.flush();
        });
        let finish = timed(|| assert!(store.finish().is_empty()));
        let mut opened = None;
        let again = timed(|| opened = Some(Store::open(&settings).unwrap()));
        let store = opened.unwrap();
        let restore = timed(|| {
            halves(&|action| {
                assert_eq!(store.dependency_sets(&key(action)).len(), 1);
                let entry = store.get(&key(action)).unwrap();
                store.restore(&entry, &restored, &restored).unwrap();
            });
        });
        let each = |time: Duration| time / ACTIONS as u32;
        let (put, restore) = (each(put), each(restore));
        println!(
            "store, {size} bytes: open {open:?}, then {again:?}, put {put:?}, end {finish:?}, \
             restore {restore:?}"
        );
    }
}
