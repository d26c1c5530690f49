//! The scan: signatures of all files at once, and the file system's own clock.

use crate::signature::Signature;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::fs::{CWD, Mode, OFlags, Timespec, Timestamps, UTIME_NOW};
use rustix::io::Errno;
use std::io;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Below this many files the start of the threads costs more than they save.
const PARALLEL_FROM: usize = 2_000;
/// How many files one thread takes at a time.
const CHUNK: usize = 1_024;
/// The coarsest tick of a file system in use (FAT).
const COARSE_TICK_NS: i64 = 2_000_000_000;
/// From this many files of one folder on, opening it pays.
const OPEN_FROM: usize = 3;

#[cfg(target_os = "linux")]
const FOLDER: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(target_os = "linux"))]
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::CLOEXEC);

/// The signatures of `paths`, relative to `dir`, in their order.
///
/// What cannot be looked at for whatever reason is `None`, as if missing: a command or a reader that
/// needs it then meets the reason and names it. Paths that come folder by folder are a little faster.
pub fn stat_all<P: AsRef<[u8]> + Sync>(dir: &Path, paths: &[P]) -> Vec<Option<Signature>> {
    let mut signatures = vec![None; paths.len()];
    let Ok(dir) = open_folder(dir) else { return signatures };
    let dir = dir.as_fd();
    if paths.len() < PARALLEL_FROM {
        stat_chunk(dir, paths, &mut signatures);
    } else if let Some(order) = order_by_folder(paths) {
        let ordered: Vec<&[u8]> = order.iter().map(|&at| paths[at as usize].as_ref()).collect();
        let mut results = vec![None; paths.len()];
        stat_parallel(dir, &ordered, &mut results);
        for (at, result) in order.into_iter().zip(results) {
            signatures[at as usize] = result;
        }
    } else {
        stat_parallel(dir, paths, &mut signatures);
    }
    signatures
}

fn stat_parallel<P: AsRef<[u8]> + Sync>(
    dir: BorrowedFd<'_>,
    paths: &[P],
    signatures: &mut [Option<Signature>],
) {
    let chunks = signatures.par_chunks_mut(CHUNK).zip(paths.par_chunks(CHUNK));
    chunks.for_each(|(signatures, paths)| stat_chunk(dir, paths, signatures));
}

/// The folder of a path, without the slash, and the name in it. Empty when it has none or only `/`.
pub(crate) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&byte| byte == b'/') {
        Some(at) if 0 < at && at + 1 < path.len() => (&path[..at], &path[at + 1..]),
        _ => (b"", path),
    }
}

/// The places of `paths` such that those of a folder follow each other; `None` when they do already.
pub(crate) fn order_by_folder<P: AsRef<[u8]>>(paths: &[P]) -> Option<Vec<u32>> {
    let mut numbers: FxHashMap<&[u8], u32> = FxHashMap::default();
    let mut group_of = Vec::with_capacity(paths.len());
    let mut sizes: Vec<u32> = Vec::new();
    let mut runs = 0;
    let mut last = (&b""[..], u32::MAX);
    for path in paths {
        let (folder, _) = split(path.as_ref());
        if last.1 == u32::MAX || folder != last.0 {
            runs += 1;
            let number = *numbers.entry(folder).or_insert(sizes.len() as u32);
            if number as usize == sizes.len() {
                sizes.push(0);
            }
            last = (folder, number);
        }
        sizes[last.1 as usize] += 1;
        group_of.push(last.1);
    }
    if runs == sizes.len() {
        return None;
    }
    let mut next = 0;
    let mut starts: Vec<u32> = Vec::with_capacity(sizes.len());
    for size in sizes {
        starts.push(next);
        next += size;
    }
    let mut order = vec![0; paths.len()];
    for (at, group) in group_of.into_iter().enumerate() {
        let start = &mut starts[group as usize];
        order[*start as usize] = at as u32;
        *start += 1;
    }
    Some(order)
}

/// Files are looked up by name in their open folder: the kernel then walks one name instead of a path.
fn stat_chunk<P: AsRef<[u8]>>(
    dir: BorrowedFd<'_>,
    paths: &[P],
    signatures: &mut [Option<Signature>],
) {
    let mut at = 0;
    while at < paths.len() {
        let (folder, _) = split(paths[at].as_ref());
        let rest = &paths[at..];
        let run = rest.iter().take_while(|path| split(path.as_ref()).0 == folder).count();
        let names = rest[..run].iter().map(|path| split(path.as_ref()).1);
        let mut results = signatures[at..at + run].iter_mut();
        stat_folder(dir, folder, names, |found| {
            if let Some(signature) = results.next() {
                *signature = found;
            }
        });
        at += run;
    }
}

/// Opens a folder to look for files in it.
pub(crate) fn open_folder(dir: &Path) -> Result<OwnedFd, Errno> {
    rustix::fs::openat(CWD, dir, FOLDER, Mode::empty())
}

/// Tells the signatures of files of one folder by their `names`, in their order. With an empty `folder` the
/// names are whole paths.
pub(crate) fn stat_folder<'a>(
    dir: BorrowedFd<'_>,
    folder: &[u8],
    names: impl ExactSizeIterator<Item = &'a [u8]>,
    mut each: impl FnMut(Option<Signature>),
) {
    if folder.is_empty() {
        names.for_each(|name| each(Signature::at(dir, name).unwrap_or(None)));
        return;
    }
    if names.len() >= OPEN_FROM {
        match rustix::fs::openat(dir, folder, FOLDER, Mode::empty()) {
            Ok(opened) => {
                names.for_each(|name| each(Signature::at(&opened, name).unwrap_or(None)));
                return;
            }
            Err(Errno::NOENT | Errno::NOTDIR) => {
                names.for_each(|_| each(None));
                return;
            }
            // Each file by its own path may still work.
            Err(_) => {}
        }
    }
    let mut path = Vec::new();
    for name in names {
        path.clear();
        path.extend_from_slice(folder);
        path.push(b'/');
        path.extend_from_slice(name);
        each(Signature::at(dir, path.as_slice()).unwrap_or(None));
    }
}

/// The clock that the file system stamps files with: coarser than the system's, and another machine's
/// on a network file system.
#[derive(Debug)]
pub struct Clock {
    probe: OwnedFd,
    /// The device of the probe, when each write there that follows a look gets a stamp of its own; found out when a
    /// file is first read, which no build does that has nothing to do.
    exact_on: OnceLock<Option<u64>>,
}

/// No clock that file systems take coarse stamps from ticks faster.
const FASTEST_TICK: Duration = Duration::from_millis(1);
/// How often a machine that is busy may interrupt the writes that tell an exact file system.
const TRIES: u32 = 3;

impl Clock {
    /// Opens the probe file `clock` in `dir`, the state folder.
    pub fn open(dir: &Path) -> io::Result<Clock> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC;
        let probe = rustix::fs::openat(CWD, dir.join("clock"), flags, Mode::from_raw_mode(0o644))?;
        Ok(Clock { probe, exact_on: OnceLock::new() })
    }

    /// What a file written now is stamped with, in nanoseconds since 1970.
    pub fn now(&self) -> io::Result<i64> {
        let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
        rustix::fs::futimens(
            &self.probe,
            &Timestamps { last_access: now, last_modification: now },
        )?;
        Ok(Signature::of_open(&self.probe)?.mtime_ns)
    }

    /// The signature of an open file that is about to be read, and whether it is [racy].
    pub(crate) fn sign(&self, file: impl AsFd) -> io::Result<(Signature, bool)> {
        // Without an answer, a full disk for one, the file system is taken for a coarse one.
        if let Some(exact) = self.exact_on.get_or_init(|| exact(&self.probe).unwrap_or(None)) {
            let stat = rustix::fs::fstat(file.as_fd())?;
            if device(&stat) == *exact {
                return Ok((Signature::from_stat(&stat), false));
            }
        }
        let now = self.now().unwrap_or(i64::MIN);
        let signature = Signature::of_open(file)?;
        Ok((signature, racy(&signature, now)))
    }
}

/// The device of this file, when the file system stamps each write that follows a look with a time of its
/// own, so that nothing there is [racy]. Linux does so since 6.13 on those in common use ("multigrain
/// timestamps", its `Documentation/filesystems/multigrain-ts.rst`); where each stamp is read from a fine
/// clock, it is so as well.
///
/// Three writes within less than a tick of any coarse clock cannot have three stamps of it.
fn exact(probe: &OwnedFd) -> io::Result<Option<u64>> {
    for _ in 0..TRIES {
        let begin = Instant::now();
        let mut stamps = [0; 3];
        for stamp in &mut stamps {
            rustix::io::pwrite(probe, b"\n", 0)?;
            *stamp = Signature::of_open(probe)?.ctime_ns;
        }
        if begin.elapsed() < FASTEST_TICK {
            let all_differ = stamps.is_sorted_by(|before, after| before < after);
            let stat = rustix::fs::fstat(probe)?;
            return Ok(all_differ.then(|| device(&stat)));
        }
    }
    Ok(None)
}

// The field has other types on other systems.
#[allow(clippy::unnecessary_cast)]
fn device(stat: &rustix::fs::Stat) -> u64 {
    stat.st_dev as u64
}

/// Whether a file with this signature could change without getting another one.
///
/// The rule: take `fs_now` *before* the signature and the signature before the content is read. When
/// both times of the signature lie before `fs_now`, every later write gets a later stamp, and the digest
/// holds as long as the signature does. Else a write within the same tick of the file system's clock
/// could leave the signature as it is: the digest serves the build at hand and must not be trusted by a
/// later one, which reads the file again (and then finds it old enough).
///
/// Where the file system stamps [each write](Clock::sign) nothing is racy.
///
/// A file system that only counts seconds, or every second one, stamps with whole seconds, while its clock
/// may have been read from a finer one in memory: such a stamp is trusted when it is old enough for both.
pub fn racy(signature: &Signature, fs_now: i64) -> bool {
    let stamp = signature.latest_ns();
    let coarse = stamp % 1_000_000_000 == 0;
    stamp >= fs_now || coarse && fs_now - stamp < COARSE_TICK_NS
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    #[test]
    fn few_and_many_files_get_the_signatures_that_stat_gives() {
        let dir = tempfile::tempdir().unwrap();
        let mut paths = Vec::new();
        for folder in 0..100 {
            let folder = format!("some/folder{folder}");
            fs::create_dir_all(dir.path().join(&folder)).unwrap();
            for file in 0..25 {
                let path = format!("{folder}/file{file}");
                if file % 3 != 0 {
                    fs::write(dir.path().join(&path), path.as_bytes()).unwrap();
                }
                paths.push(path);
            }
        }
        paths.push("some/folder1".to_owned());
        paths.push("some/folder1/".to_owned());
        paths.push("some/folder1/file1/under".to_owned());
        paths.push("missing/folder/file".to_owned());
        paths.push("top".to_owned());
        paths.push("/".to_owned());
        paths.push(String::new());
        fs::write(dir.path().join("top"), "").unwrap();
        let expected: Vec<_> = paths
            .iter()
            .map(|path| Signature::at(open_folder(dir.path()).unwrap(), path.as_bytes()).unwrap())
            .collect();
        assert!(paths.len() > PARALLEL_FROM);
        assert_eq!(stat_all(dir.path(), &paths), expected);
        let last = paths.len() - 40;
        assert_eq!(stat_all(dir.path(), &paths[last..]), expected[last..]);

        let scattered = |count: usize| (0..count).map(move |at| at * 7 % count);
        let paths: Vec<_> = scattered(paths.len()).map(|at| &paths[at]).collect();
        let expected: Vec<_> = scattered(paths.len()).map(|at| expected[at]).collect();
        assert!(order_by_folder(&paths).is_some());
        assert_eq!(stat_all(dir.path(), &paths), expected);
    }

    #[test]
    fn in_a_missing_folder_all_is_missing() {
        assert_eq!(stat_all(Path::new("/nonexistent"), &["a", "b"]), [None, None]);
    }

    #[test]
    fn a_file_written_in_this_tick_is_racy_and_an_older_one_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        let path = dir.path().join("file");
        let before = clock.now().unwrap();
        fs::write(&path, "1").unwrap();
        let signature = Signature::of(&path).unwrap().unwrap();
        assert!(racy(&signature, before));
        std::thread::sleep(Duration::from_millis(30));
        assert!(!racy(&signature, clock.now().unwrap()));
    }

    #[test]
    fn a_signature_that_is_not_racy_is_gone_with_the_next_write() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        let path = dir.path().join("file");
        for round in 0..1_000 {
            fs::write(&path, format!("{round:4}")).unwrap();
            let (signature, racy) = clock.sign(fs::File::open(&path).unwrap()).unwrap();
            fs::write(&path, format!("{:4}", round + 1)).unwrap();
            assert!(racy || Signature::of(&path).unwrap() != Some(signature), "round {round}");
        }
    }

    #[test]
    fn what_is_written_after_a_look_at_the_clock_has_no_earlier_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        let path = dir.path().join("file");
        for round in 0..1_000 {
            let before = clock.now().unwrap();
            fs::write(&path, format!("{round}")).unwrap();
            let signature = Signature::of(&path).unwrap().unwrap();
            assert!(signature.mtime_ns >= before, "round {round}");
        }
    }

    #[test]
    fn a_stamp_in_whole_seconds_is_trusted_later() {
        let of = |ns| Signature { mtime_ns: ns, ctime_ns: ns, size: 1, inode: 1, mode: 0o100_644 };
        let second = 1_000_000_000;
        assert!(racy(&of(5 * second), 6 * second + second / 2));
        assert!(!racy(&of(5 * second), 7 * second));
        assert!(!racy(&of(5 * second + 1), 6 * second));
    }

    #[test]
    fn a_time_set_back_does_not_hide_that_the_file_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::open(dir.path()).unwrap();
        let path = dir.path().join("file");
        let before = clock.now().unwrap();
        fs::write(&path, "1").unwrap();
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH).unwrap();
        assert!(racy(&Signature::of(&path).unwrap().unwrap(), before));
    }
}
