//! One invocation at a time changes a folder: an advisory lock that names its owner.

mod folders;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::error::Error;
use crate::event::{Event, Sink};
use crate::run::processes::descends_from;

pub use folders::{HOLDER, HeldFolders, hold_folders};

/// Between two looks at a lock: a blocking `flock` is restarted after a signal.
const POLL: Duration = Duration::from_millis(20);

/// The right to change a folder, held until dropped.
///
/// The kernel gives the lock back when its holder dies, however it dies; the file itself stays then.
pub(crate) struct Lock {
    file: File,
}

/// What came of the wish for the lock.
pub(crate) enum Taken {
    /// It is ours.
    Held(Lock),
    /// One of the holder's commands started us: it waits for us, so we must not wait for it.
    ByAncestor(u32),
    /// `stop` said so during the wait.
    Stopped,
}

impl Lock {
    /// Takes the lock, saying who is waited for when somebody has it.
    ///
    /// # Errors
    /// When the lock file cannot be made or the file system has no locks.
    pub(crate) fn take(
        path: &Path,
        command_line: &[String],
        sink: &mut dyn Sink,
        stop: &dyn Fn() -> bool,
    ) -> std::io::Result<Taken> {
        let mut file = open(path)?;
        let mut waiting = Waiting::new(sink, stop);
        loop {
            match waiting.lock(&file, FlockOperation::NonBlockingLockExclusive, &owner)? {
                Answer::Ours if is_at(&file, path) => break,
                // It was removed while we waited; others lock the one that is there now.
                Answer::Ours => file = open(path)?,
                Answer::ByAncestor(pid) => return Ok(Taken::ByAncestor(pid)),
                Answer::Stopped => return Ok(Taken::Stopped),
            }
        }
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(format!("{}\n{}\n", std::process::id(), command_line.join(" ")).as_bytes())?;
        Ok(Taken::Held(Self { file }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Nobody shall take us for the next holder, who has not yet said who it is.
        let _ = self.file.set_len(0);
    }
}

/// Who has a lock: process ids, and the command line where there is one holder that says it.
type Holders = (Vec<u32>, Option<String>);

/// What came of the wish for the lock of an open file.
enum Answer {
    Ours,
    ByAncestor(u32),
    Stopped,
}

/// A wish for locks, of which it is told once that somebody else is waited for.
struct Waiting<'a> {
    sink: &'a mut dyn Sink,
    stop: &'a dyn Fn() -> bool,
    told: bool,
    /// Whoever started none of our ancestors.
    strangers: Vec<u32>,
}

impl<'a> Waiting<'a> {
    fn new(sink: &'a mut dyn Sink, stop: &'a dyn Fn() -> bool) -> Self {
        Self { sink, stop, told: false, strangers: Vec::new() }
    }

    fn lock(
        &mut self,
        file: &File,
        how: FlockOperation,
        holders: &dyn Fn(&File) -> Holders,
    ) -> std::io::Result<Answer> {
        loop {
            match flock(file, how) {
                Ok(()) => return Ok(Answer::Ours),
                Err(Errno::WOULDBLOCK) => {
                    let (pids, command_line) = holders(file);
                    for pid in &pids {
                        if self.strangers.contains(pid) {
                            continue;
                        }
                        if descends_from(*pid) {
                            return Ok(Answer::ByAncestor(*pid));
                        }
                        self.strangers.push(*pid);
                    }
                    if !self.told {
                        self.told = true;
                        self.sink
                            .event(&Event::Waiting { pid: pids.first().copied(), command_line });
                    }
                    if (self.stop)() {
                        return Ok(Answer::Stopped);
                    }
                    std::thread::sleep(POLL);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// The right to change what is in a folder, held until dropped; or nobody to wait for.
pub struct Held {
    lock: Option<Lock>,
}

impl Held {
    /// Where nobody else is.
    pub(crate) const NOBODY: Self = Self { lock: None };

    /// The lock was to be had, and it is ours.
    pub(crate) fn is_ours(&self) -> bool {
        self.lock.is_some()
    }
}

/// Waits until nobody holds the lock `path`, and keeps others waiting until dropped. Who was started by a command
/// of the holder does not wait, for the holder waits for it; and nobody does where nothing can be locked.
///
/// # Errors
/// When an interrupt ends the waiting.
pub(crate) fn hold(
    path: &Path,
    command_line: &[String],
    sink: &mut dyn Sink,
    stop: &dyn Fn() -> bool,
) -> Result<Held, Error> {
    match Lock::take(path, command_line, sink, stop) {
        Ok(Taken::Held(lock)) => Ok(Held { lock: Some(lock) }),
        Ok(Taken::Stopped) => Err(Error::Interrupted),
        Ok(Taken::ByAncestor(_)) | Err(_) => Ok(Held::NOBODY),
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    File::options().read(true).write(true).create(true).truncate(false).open(path)
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(theirs)) => ours.dev() == theirs.dev() && ours.ino() == theirs.ino(),
        _ => false,
    }
}

/// What the holder wrote of itself: process id and command line, one per line.
fn owner(mut file: &File) -> Holders {
    let mut text = Vec::new();
    if file.seek(SeekFrom::Start(0)).is_err() || file.read_to_end(&mut text).is_err() {
        return Holders::default();
    }
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse().ok());
    let line = lines.next().filter(|line| !line.is_empty()).map(str::to_owned);
    (pid.into_iter().collect(), line)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Waits(Vec<(Option<u32>, Option<String>)>);

    impl Sink for Waits {
        fn event(&mut self, event: &Event<'_>) {
            if let Event::Waiting { pid, command_line } = event {
                self.0.push((*pid, command_line.clone()));
            }
        }
    }

    #[test]
    fn a_second_invocation_is_told_who_holds_the_lock_and_gets_it_afterwards() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let mut sink = Waits(Vec::new());
        let line = ["mbuild".to_owned(), "-j2".to_owned()];
        let take = |sink: &mut Waits| Lock::take(&path, &line, sink, &|| true).unwrap();
        let Taken::Held(first) = take(&mut sink) else { panic!() };
        assert!(sink.0.is_empty());
        assert!(matches!(take(&mut sink), Taken::Stopped));
        assert_eq!(sink.0, [(Some(std::process::id()), Some("mbuild -j2".to_owned()))]);
        drop(first);
        assert!(matches!(take(&mut sink), Taken::Held(_)));
    }

    #[test]
    fn a_lock_file_that_was_removed_meanwhile_is_not_held() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("folder/lock");
        let mut sink = Waits(Vec::new());
        let Ok(Taken::Held(first)) = Lock::take(&path, &[], &mut sink, &|| true) else { panic!() };
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| {
                let Ok(Taken::Held(lock)) =
                    Lock::take(&path, &[], &mut Waits(Vec::new()), &|| false)
                else {
                    panic!()
                };
                assert!(is_at(&lock.file, &path));
            });
            std::thread::sleep(POLL * 3);
            std::fs::remove_dir_all(path.parent().unwrap()).unwrap();
            drop(first);
            waiter.join().unwrap();
        });
    }
}
