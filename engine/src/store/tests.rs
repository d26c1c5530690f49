//! What the store promises to builds, tested through its own interface.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// A store, and a folder to build in.
struct Place {
    root: tempfile::TempDir,
}

impl Place {
    fn new() -> Place {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("build")).unwrap();
        Place { root }
    }

    fn build(&self) -> PathBuf {
        self.root.path().join("build")
    }

    fn file(&self, path: &str) -> PathBuf {
        self.build().join(path)
    }

    fn store_dir(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    fn open(&self) -> Store {
        Store::open(&StoreSettings { dir: self.store_dir(), max_bytes: 1 << 30 }).unwrap()
    }

    /// Writes the outputs and stores them under `key`.
    fn put(&self, store: &Store, key: &str, outputs: &[(&str, &[u8])]) -> bool {
        let mut made = Vec::new();
        for (path, content) in outputs {
            fs::create_dir_all(self.file(path).parent().unwrap()).unwrap();
            fs::write(self.file(path), content).unwrap();
            made.push((path.as_bytes(), Digest::of(content)));
        }
        let stored = self.put_made(store, key, &made);
        store.flush();
        stored
    }

    fn put_made(&self, store: &Store, key: &str, outputs: &[(&[u8], Digest)]) -> bool {
        let k2 = k(key);
        let (dependencies, printed) = (None, &b"printed"[..]);
        let made = Made { k1: &k("k1"), dependencies, k2: &k2, outputs, printed, cost_ms: 7 };
        store.put(&self.build(), &made)
    }

    /// Removes the folder of the build and restores what is stored under `key`.
    fn restore(&self, store: &Store, key: &str) -> Option<Result<Vec<Signature>, RestoreError>> {
        fs::remove_dir_all(self.build()).unwrap();
        fs::create_dir(self.build()).unwrap();
        store
            .get(&k(key))
            .map(|entry| store.restore(&entry, &self.build(), &self.file("../scratch")))
    }

    fn blob(&self, content: &[u8]) -> PathBuf {
        let digits = Digest::of(content).to_string();
        self.store_dir().join("v1/blobs").join(&digits[..2]).join(&digits[2..])
    }

    fn is_empty(&self) -> bool {
        fs::read_dir(self.build()).unwrap().next().is_none()
    }
}

fn k(key: &str) -> Digest {
    Digest::of(key.as_bytes())
}

fn large(byte: u8) -> Vec<u8> {
    vec![byte; INLINE + 1]
}

fn overwrite(path: &Path, content: &[u8]) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(path, content).unwrap();
}

#[test]
fn small_and_large_outputs_come_back_with_content_and_permissions() {
    let place = Place::new();
    let store = place.open();
    let outputs: [(&str, &[u8]); 4] =
        [("a.o", b"small"), ("sub/program", &large(1)), ("empty", b""), ("limit", &large(2)[1..])];
    for (path, mode) in [("sub/program", 0o755), ("a.o", 0o444)] {
        fs::create_dir_all(place.file("sub")).unwrap();
        fs::write(place.file(path), "").unwrap();
        fs::set_permissions(place.file(path), fs::Permissions::from_mode(mode | 0o200)).unwrap();
    }
    assert!(place.put(&store, "key", &outputs));
    fs::set_permissions(place.file("a.o"), fs::Permissions::from_mode(0o444)).unwrap();
    assert!(place.put_made(
        &store,
        "key",
        &outputs.map(|(path, content)| (path.as_bytes(), Digest::of(content)))
    ));
    store.flush();

    let entry = store.get(&k("key")).unwrap();
    assert_eq!((entry.cost_ms, entry.printed.as_slice()), (7, &b"printed"[..]));
    let signatures = place.restore(&store, "key").unwrap().unwrap();
    for ((path, content), signature) in outputs.iter().zip(signatures) {
        assert_eq!(fs::read(place.file(path)).unwrap(), *content);
        assert_eq!(Signature::of(&place.file(path)).unwrap(), Some(signature));
    }
    let mode = |path| fs::metadata(place.file(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("sub/program"), mode("a.o")), (0o755, 0o444));
    let names: Vec<_> =
        fs::read_dir(place.build()).unwrap().map(|name| name.unwrap().file_name()).collect();
    assert_eq!(names.len(), 4, "nothing else is left: {names:?}");
}

#[test]
fn another_session_finds_what_one_stored() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("a", b"1"), ("b", &large(1))]));
    assert_eq!(store.finish(), []);
    let store = place.open();
    assert!(place.restore(&store, "key").unwrap().is_ok());
    assert!(store.get(&k("other key")).is_none());
    let stats = store.stats().unwrap();
    assert_eq!((stats.entries, stats.blobs, stats.stored), (1, 1, 1));
    assert_eq!((stats.hits, stats.misses, stats.damaged), (1, 1, 0));
}

#[test]
fn the_newest_sets_of_dependencies_come_first_and_are_bounded() {
    let place = Place::new();
    let store = place.open();
    let put = |name: &str| {
        let set = vec![b"common.h".to_vec(), name.into()];
        let dependencies = Some(set.as_slice());
        let made = Made {
            k1: &k("k1"),
            dependencies,
            k2: &k(name),
            outputs: &[],
            printed: b"",
            cost_ms: 0,
        };
        assert!(store.put(&place.build(), &made));
        store.flush();
    };
    for number in 0..20 {
        put(&format!("{number}.h"));
    }
    put("10.h");
    let sets = store.dependency_sets(&k("k1"));
    assert_eq!(sets.len(), 16);
    assert_eq!(sets[0], [b"common.h".to_vec(), b"10.h".to_vec()]);
    assert_eq!(sets[1], [b"common.h".to_vec(), b"19.h".to_vec()]);
    assert_eq!(sets.iter().filter(|set| set[1] == b"10.h").count(), 1);
    assert!(store.dependency_sets(&k("other")).is_empty());
}

#[test]
fn what_is_not_a_file_with_the_right_content_is_not_stored() {
    let place = Place::new();
    let store = place.open();
    fs::write(place.file("small"), "1").unwrap();
    fs::write(place.file("large"), large(1)).unwrap();
    fs::create_dir(place.file("folder")).unwrap();
    std::os::unix::fs::symlink("small", place.file("link")).unwrap();
    for path in ["small", "large", "folder", "link", "missing"] {
        assert!(!place.put_made(&store, "key", &[(path.as_bytes(), k("other content"))]), "{path}");
    }
    assert!(!place.put_made(&store, "key", &[(b"link", Digest::of(b"1"))]));
    store.flush();
    assert!(store.get(&k("key")).is_none());
    assert_eq!(store.take_notices(), [], "none of this is the store's trouble");
    assert_eq!(fs::read_dir(place.store_dir().join("v1/temporary")).unwrap().count(), 0);
}

#[test]
fn a_damaged_blob_is_dropped_and_a_later_put_repairs_it() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("a", b"1"), ("b", &large(1))]));
    overwrite(&place.blob(&large(1)), &large(2));
    let error = place.restore(&store, "key").unwrap().unwrap_err();
    assert!(matches!(error, RestoreError::Damaged { .. }), "{error}");
    assert!(place.is_empty(), "no output is visible");
    let notices = store.take_notices();
    assert!(
        matches!(&notices[..], [Notice::Repaired { detail, .. }] if detail.contains("`b`")),
        "{notices:?}"
    );
    store.flush();
    assert!(store.get(&k("key")).is_none());
    assert!(place.put(&store, "key", &[("a", b"1"), ("b", &large(1))]));
    assert!(place.restore(&store, "key").unwrap().is_ok());
    assert_eq!(fs::read(place.file("b")).unwrap(), large(1));
}

#[test]
fn a_removed_blob_is_a_miss() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("a", b"1"), ("b", &large(1))]));
    fs::remove_file(place.blob(&large(1))).unwrap();
    let error = place.restore(&store, "key").unwrap().unwrap_err();
    assert!(matches!(error, RestoreError::Missing { .. }), "{error}");
    assert!(place.is_empty());
    store.flush();
    assert!(store.get(&k("key")).is_none());
    assert_eq!(store.take_notices(), []);
}

#[test]
fn an_output_that_cannot_be_written_leaves_the_others_unseen() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("a", b"1"), ("sub/b", &large(1))]));
    fs::remove_dir_all(place.build()).unwrap();
    fs::create_dir(place.build()).unwrap();
    fs::write(place.file("sub"), "a file where a folder should be").unwrap();
    let entry = store.get(&k("key")).unwrap();
    let error = store.restore(&entry, &place.build(), &place.file("../scratch")).unwrap_err();
    assert!(matches!(error, RestoreError::Io { .. }), "{error}");
    assert!(!place.file("a").exists());
    assert_eq!(fs::read_dir(place.build()).unwrap().count(), 1);
    assert!(store.get(&k("key")).is_some(), "the entry is good");
}

#[test]
fn verification_drops_what_is_damaged_and_keeps_the_rest() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "good", &[("a", b"1"), ("b", &large(1))]));
    assert!(place.put(&store, "bad blob", &[("b", &large(2))]));
    assert!(place.put(&store, "no blob", &[("b", &large(3))]));
    assert!(place.put(&store, "bad content", &[("a", b"2")]));
    assert!(place.put(&store, "bad record", &[("a", b"3")]));
    overwrite(&place.blob(&large(2)), b"truncated");
    fs::remove_file(place.blob(&large(3))).unwrap();
    let index = rusqlite::Connection::open(place.store_dir().join("v1/index.db")).unwrap();
    let update = |column, key| {
        let sql = format!("UPDATE entry SET {column} = x'ff' WHERE k2 = ?");
        assert_eq!(index.execute(&sql, [k(key).as_bytes()]).unwrap(), 1);
    };
    update("content", "bad content");
    update("record", "bad record");

    let expected = Verified {
        entries: 1,
        blobs: 1,
        dropped_entries: 3,
        dropped_blobs: 1,
        incomplete_entries: 1,
        orphans: 0,
    };
    assert_eq!(store.verify().unwrap(), expected);
    let clean = Verified { entries: 1, blobs: 1, ..Verified::default() };
    assert_eq!(store.verify().unwrap(), clean);
    assert!(place.restore(&store, "good").unwrap().is_ok());
}

#[test]
fn what_killed_processes_left_goes_when_it_is_old() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("b", &large(1))]));
    let strangers = [place.blob(b"unknown"), place.store_dir().join("v1/temporary/1-1")];
    fs::create_dir_all(strangers[0].parent().unwrap()).unwrap();
    for path in &strangers {
        fs::write(path, "unknown").unwrap();
    }
    assert_eq!(store.verify().unwrap().orphans, 0, "their process may still be at work");
    for path in &strangers {
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
    }
    assert_eq!(store.verify().unwrap().orphans, 2);
    assert!(strangers.iter().all(|path| !path.exists()));
    assert!(place.restore(&store, "key").unwrap().is_ok());
}

#[test]
fn a_damaged_record_is_a_miss() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("a", b"1")]));
    let index = rusqlite::Connection::open(place.store_dir().join("v1/index.db")).unwrap();
    index.execute("UPDATE entry SET record = substr(record, 2)", ()).unwrap();
    assert!(store.get(&k("key")).is_none());
    assert!(matches!(&store.take_notices()[..], [Notice::Repaired { .. }]));
    assert_eq!(store.stats().unwrap().damaged, 1);
}

#[test]
fn eviction_prefers_what_is_large_and_cheap_and_keeps_shared_blobs() {
    let place = Place::new();
    let store = place.open();
    let put = |key: &str, content: &[u8], cost_ms| {
        fs::write(place.file("a"), content).unwrap();
        let outputs = [(&b"a"[..], Digest::of(content))];
        let set = vec![key.as_bytes().to_vec()];
        let dependencies = Some(set.as_slice());
        let made = Made {
            k1: &k(key),
            dependencies,
            k2: &k(key),
            outputs: &outputs,
            printed: b"",
            cost_ms,
        };
        assert!(store.put(&place.build(), &made));
    };
    put("cheap", &vec![1; 100_000], 1);
    put("dear", &vec![2; 100_000], 100_000);
    put("dear too", &vec![2; 100_000], 100_000);
    put("small", b"1", 1);
    let before = store.stats().unwrap();
    assert_eq!((before.entries, before.blobs), (4, 2));
    assert!((200_000..210_000).contains(&before.bytes), "{before:?}");

    let freed = store.gc(150_000).unwrap();
    let after = store.stats().unwrap();
    assert_eq!((after.entries, after.blobs, after.evicted), (3, 1, 1));
    assert_eq!(after.bytes, before.bytes - freed);
    assert!(store.get(&k("cheap")).is_none());
    assert!(store.dependency_sets(&k("cheap")).is_empty());
    assert_eq!(store.dependency_sets(&k("dear")).len(), 1);
    assert!(!place.blob(&vec![1; 100_000]).exists());
    assert!(place.restore(&store, "dear").unwrap().is_ok());
    assert_eq!(store.verify().unwrap().entries, 3);
    assert_eq!(store.stats().unwrap().bytes, after.bytes, "the count was right");

    store.gc(0).unwrap();
    let empty = store.stats().unwrap();
    assert_eq!((empty.entries, empty.blobs, empty.bytes), (0, 0, 0));
}

#[test]
fn a_session_leaves_the_store_within_its_size() {
    let place = Place::new();
    let settings = StoreSettings { dir: place.store_dir(), max_bytes: 200_000 };
    let store = Store::open(&settings).unwrap();
    assert!(!place.put(&store, "too large", &[("a", &vec![0; 60_000])]));
    for number in 0..20 {
        assert!(place.put(&store, &number.to_string(), &[("a", &vec![number; 40_000])]));
    }
    assert_eq!(store.finish(), []);
    let stats = Store::open(&settings).unwrap().stats().unwrap();
    assert!((100_000..=180_000).contains(&stats.bytes), "{stats:?}");
}

#[test]
fn a_cleared_store_is_empty_and_works() {
    let place = Place::new();
    let store = place.open();
    assert!(place.put(&store, "key", &[("a", b"1"), ("b", &large(1))]));
    assert!(store.clear().unwrap() > INLINE as u64);
    assert_eq!(store.stats().unwrap(), Stats::default());
    assert!(!place.blob(&large(1)).exists());
    assert!(store.get(&k("key")).is_none());
    assert!(place.put(&store, "key", &[("a", b"1"), ("b", &large(1))]));
    assert!(place.restore(&store, "key").unwrap().is_ok());
}

#[test]
fn a_damaged_index_is_moved_aside_for_an_empty_one() {
    for damage in
        ["no database at all, and longer than a header of SQLite has to be", "SQLite format 3\0"]
    {
        let place = Place::new();
        let store = place.open();
        assert!(place.put(&store, "key", &[("a", b"1")]));
        drop(store);
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(place.store_dir().join(format!("v1/index.db{suffix}")));
        }
        fs::write(place.store_dir().join("v1/index.db"), damage.repeat(200)).unwrap();
        let store = place.open();
        assert!(matches!(&store.take_notices()[..], [Notice::Repaired { .. }]));
        assert!(store.get(&k("key")).is_none());
        assert!(place.put(&store, "key", &[("a", b"1")]));
        assert!(place.restore(&store, "key").unwrap().is_ok());
        drop(store);
        assert_eq!(place.open().take_notices(), []);
    }
}

#[test]
fn an_index_that_breaks_in_use_switches_the_store_off_until_the_next_session() {
    let place = Place::new();
    let store = place.open();
    let index = rusqlite::Connection::open(place.store_dir().join("v1/index.db")).unwrap();
    index.execute("DROP TABLE entry", ()).unwrap();
    assert!(store.get(&k("key")).is_none());
    assert!(matches!(&store.take_notices()[..], [Notice::Disabled { .. }]));
    assert!(!place.put(&store, "key", &[("a", b"1")]));
    assert!(store.get(&k("key")).is_none());
    assert_eq!(store.take_notices(), [], "it is said once");
    drop((store, index));
    let store = place.open();
    assert!(matches!(&store.take_notices()[..], [Notice::Repaired { .. }]));
    assert!(place.put(&store, "key", &[("a", b"1")]));
    assert!(place.restore(&store, "key").unwrap().is_ok());
}

#[test]
fn a_store_that_cannot_be_written_never_fails_a_build() {
    let place = Place::new();
    let store = place.open();
    fs::remove_dir_all(place.store_dir().join("v1/temporary")).unwrap();
    assert!(!place.put(&store, "key", &[("b", &large(1))]));
    assert!(matches!(&store.take_notices()[..], [Notice::Disabled { .. }]));
    assert!(!place.put(&store, "key", &[("a", b"1")]));
    assert_eq!(store.take_notices(), []);

    let file = place.file("file");
    fs::write(&file, "").unwrap();
    let error = Store::open(&StoreSettings { dir: file, max_bytes: 1 }).unwrap_err();
    assert!(error.to_string().contains("cannot open the store in"), "{error}");
}

#[test]
fn threads_and_sessions_share_the_keys() {
    let place = Place::new();
    let stores = [place.open(), place.open()];
    std::thread::scope(|scope| {
        for (number, store) in stores.iter().chain(&stores).enumerate() {
            let place = &place;
            scope.spawn(move || {
                for round in 0..200 {
                    let name = format!("{number}-a");
                    let content = if round % 4 == 0 { large(round) } else { vec![round; 10] };
                    let outputs: [(&str, &[u8]); 1] = [(&name, &content)];
                    fs::write(place.file(&name), &content).unwrap();
                    let made = [(outputs[0].0.as_bytes(), Digest::of(&content))];
                    assert!(place.put_made(store, &format!("key {round}"), &made));
                    if let Some(entry) = store.get(&k(&format!("key {}", round / 2))) {
                        let own = place.file(&format!("restored {number}"));
                        store.restore(&entry, &own, &place.file("../scratch")).unwrap();
                    }
                }
            });
        }
    });
    let verified = stores[0].verify().unwrap();
    assert_eq!(verified, Verified { entries: 200, blobs: 50, ..Verified::default() });
    assert!(stores.iter().all(|store| store.take_notices().is_empty()));
}
