//! Processes that share a store and are killed in the middle of it leave it whole.
//!
//! The test starts itself as those processes, hence its own `main`.

#![allow(clippy::unwrap_used, clippy::panic)]

use mbuild_engine::digest::Digest;
use mbuild_engine::settings::StoreSettings;
use mbuild_engine::store::{Made, Store};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

const ROUNDS: u64 = 8;
const PROCESSES: u64 = 3;
const KEYS: usize = 200;

fn main() {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match &arguments[..] {
        [_, role, dir] if role == "child" => put_for_ever(Path::new(dir)),
        _ => killed_processes_leave_a_clean_store(),
    }
}

/// The content of a key's outputs: one that is kept in the index, one that becomes a blob.
fn contents(key: usize) -> [Vec<u8>; 2] {
    [vec![key as u8; key], key.to_string().into_bytes().repeat(20_000)]
}

fn open(dir: &Path) -> Store {
    Store::open(&StoreSettings { dir: dir.join("cache"), max_bytes: 1 << 40 }).unwrap()
}

fn put_for_ever(dir: &Path) {
    let store = open(dir);
    let build = dir.join(std::process::id().to_string());
    fs::create_dir(&build).unwrap();
    for key in (0..KEYS).cycle().skip(std::process::id() as usize % KEYS) {
        let contents = contents(key);
        for (path, content) in ["small", "large"].iter().zip(&contents) {
            fs::write(build.join(path), content).unwrap();
        }
        let outputs =
            [(&b"small"[..], Digest::of(&contents[0])), (b"large", Digest::of(&contents[1]))];
        let digest = Digest::of(&key.to_le_bytes());
        let set = vec![key.to_string().into_bytes()];
        let made = Made {
            k1: &digest,
            dependencies: Some(&set),
            k2: &digest,
            outputs: &outputs,
            printed: b"",
            cost_ms: 1,
        };
        assert!(store.put(&build, &made), "{:?}", store.take_notices());
    }
}

fn killed_processes_leave_a_clean_store() {
    let root = tempfile::tempdir().unwrap();
    let dir = root.path();
    let start = || {
        let this = std::env::current_exe().unwrap();
        Command::new(this).arg("child").arg(dir).spawn().unwrap()
    };
    let mut children: Vec<Child> = (0..PROCESSES).map(|_| start()).collect();
    for round in 0..ROUNDS {
        for child in &mut children {
            std::thread::sleep(Duration::from_millis(30 + 7 * round));
            assert!(child.try_wait().unwrap().is_none(), "nothing but the kill ends a process");
            child.kill().unwrap();
            child.wait().unwrap();
            *child = start();
        }
        check(dir, &format!("round {round}"));
    }
    for mut child in children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let restored = check(dir, "the end");
    assert!(restored > 10, "the processes got somewhere: {restored} entries");
}

/// The store opens, holds nothing damaged, and what it gives is right.
fn check(dir: &Path, when: &str) -> usize {
    let store = open(dir);
    let verified = store.verify().unwrap();
    assert_eq!(verified.dropped_blobs, 0, "{when}: {verified:?}");
    assert_eq!(verified.dropped_entries, 0, "{when}: {verified:?}");
    assert_eq!(verified.incomplete_entries, 0, "{when}: {verified:?}");
    let mut restored = 0;
    for key in 0..KEYS {
        let digest = Digest::of(&key.to_le_bytes());
        let Some(entry) = store.get(&digest) else { continue };
        let place = dir.join("restored");
        store.restore(&entry, &place, &dir.join("scratch")).unwrap();
        for (path, content) in ["small", "large"].iter().zip(contents(key)) {
            assert_eq!(fs::read(place.join(path)).unwrap(), content, "{when}: {path} of {key}");
        }
        let set = vec![key.to_string().into_bytes()];
        assert_eq!(store.dependency_sets(&digest), [set], "{when}");
        restored += 1;
    }
    assert_eq!(store.take_notices(), [], "{when}");
    restored
}
