//! One invocation per build directory: an advisory lock that names its owner.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::event::{Event, Sink};
use crate::run::processes::descends_from;

const POLL: Duration = Duration::from_millis(20);

/// The right to change a build directory, held until dropped.
///
/// The kernel gives the lock back when its holder dies, however it dies; the file itself stays.
pub(crate) struct Lock {
    file: File,
}

/// What came of the wish for the lock.
pub(crate) enum Taken {
    /// It is ours.
    Held(Lock),
    /// A build has it, and one of its commands started us: it waits for us, so we must not wait for it.
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
        let mut told = false;
        let mut stranger = None;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) if is_at(&file, path) => break,
                // It was removed while we waited; others lock the one that is there now.
                Ok(()) => file = open(path)?,
                Err(Errno::WOULDBLOCK) => {
                    let (pid, command_line) = owner(&mut file);
                    if let Some(pid) = pid.filter(|_| pid != stranger) {
                        if descends_from(pid) {
                            return Ok(Taken::ByAncestor(pid));
                        }
                        stranger = Some(pid);
                    }
                    if !told {
                        told = true;
                        sink.event(&Event::Waiting { pid, command_line });
                    }
                    if stop() {
                        return Ok(Taken::Stopped);
                    }
                    // Polling, because a blocking `flock` is restarted after a signal.
                    std::thread::sleep(POLL);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
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
fn owner(file: &mut File) -> (Option<u32>, Option<String>) {
    let mut text = Vec::new();
    if file.seek(SeekFrom::Start(0)).is_err() || file.read_to_end(&mut text).is_err() {
        return (None, None);
    }
    let text = String::from_utf8_lossy(&text);
    let mut lines = text.lines();
    let pid = lines.next().and_then(|line| line.parse().ok());
    (pid, lines.next().filter(|line| !line.is_empty()).map(str::to_owned))
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
