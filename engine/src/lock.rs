//! One invocation per build directory: an advisory lock that names its owner.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::event::{Event, Sink};

const POLL: Duration = Duration::from_millis(20);

/// The right to change a build directory, held until dropped.
///
/// The kernel gives the lock back when its holder dies, however it dies; the file itself stays.
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock, saying who is waited for when somebody has it.
    ///
    /// `None` when `stop` said so during the wait.
    ///
    /// # Errors
    /// When the lock file cannot be made or the file system has no locks.
    pub(crate) fn take(
        path: &Path,
        command_line: &[String],
        sink: &mut dyn Sink,
        stop: &dyn Fn() -> bool,
    ) -> std::io::Result<Option<Self>> {
        let mut file =
            File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut told = false;
        loop {
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => break,
                Err(Errno::WOULDBLOCK) => {
                    if !told {
                        told = true;
                        let (pid, command_line) = owner(&mut file);
                        sink.event(&Event::Waiting { pid, command_line });
                    }
                    if stop() {
                        return Ok(None);
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
        Ok(Some(Self { _file: file }))
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
        let first = Lock::take(&path, &line, &mut sink, &|| false).unwrap().unwrap();
        assert!(sink.0.is_empty());
        assert!(Lock::take(&path, &line, &mut sink, &|| true).unwrap().is_none());
        assert_eq!(sink.0, [(Some(std::process::id()), Some("mbuild -j2".to_owned()))]);
        drop(first);
        assert!(Lock::take(&path, &line, &mut sink, &|| true).unwrap().is_some());
    }
}
