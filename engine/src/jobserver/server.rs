//! A jobserver of our own, for the builds that our commands run.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, mkfifoat};

use super::{Auth, Client, Style};

/// How many names are tried before it is given up.
const TRIES: u32 = 100;

/// The slots of a build, shared with the builds below it. They are gone when it is dropped.
pub(crate) struct Server {
    auth: Auth,
    jobs: usize,
    /// The ends that commands inherit.
    _pipe: Option<(OwnedFd, OwnedFd)>,
}

impl Server {
    /// A server of `jobs` slots, and a client of it: one of the slots is the client's own.
    pub(crate) fn start(style: Style, jobs: usize) -> io::Result<(Self, Client)> {
        let (auth, pipe) = match style {
            Style::Fifo => (Auth::Fifo(make_fifo(&folder())?), None),
            Style::Pipe => {
                // Without CLOEXEC: that commands inherit it is what it is for.
                let (read, write) = rustix::pipe::pipe()?;
                let auth = Auth::Pipe { read: read.as_raw_fd(), write: write.as_raw_fd() };
                (auth, Some((read, write)))
            }
        };
        let server = Self { auth, jobs, _pipe: pipe };
        let client = Client::open(&server.auth)?;
        client.fill(jobs.saturating_sub(1))?;
        Ok((server, client))
    }

    /// `MAKEFLAGS` for the commands, beside what `others` says.
    pub(crate) fn make_flags(&self, others: &OsStr) -> OsString {
        self.auth.make_flags(Some(self.jobs), others)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Auth::Fifo(path) = &self.auth {
            // A folder for temporary files may have been cleared.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// The folder for temporary files; `MAKEFLAGS` takes no name with a blank.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir();
    let blank = folder.as_os_str().as_bytes().iter().any(u8::is_ascii_whitespace);
    if blank || !folder.is_absolute() { PathBuf::from("/tmp") } else { folder }
}

/// Makes a fifo with a name that nobody has.
fn make_fifo(folder: &Path) -> io::Result<PathBuf> {
    let pid = std::process::id();
    let mut taken = io::Error::from(io::ErrorKind::AlreadyExists);
    for number in 0..TRIES {
        let path = folder.join(format!("mbuild-jobserver-{pid}-{number}"));
        match mkfifoat(CWD, &path, Mode::RUSR | Mode::WUSR).map_err(io::Error::from) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = error,
            Err(error) => return Err(error),
        }
    }
    Err(taken)
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn a_client_that_reads_the_flags_finds_the_slots() {
        for style in [Style::Fifo, Style::Pipe] {
            let (server, ours) = Server::start(style, 3).unwrap();
            let flags = server.make_flags(OsStr::new("k"));
            let auth = find(flags.as_bytes()).unwrap().unwrap();
            let theirs = Client::open(&auth).unwrap();
            let own = (ours.try_acquire().unwrap(), theirs.try_acquire().unwrap());
            let shared = (ours.try_acquire().unwrap(), theirs.try_acquire().unwrap());
            assert!(ours.try_acquire().is_none() && theirs.try_acquire().is_none());
            drop((own, shared));
            drop((theirs, ours, server));
            if let Auth::Fifo(path) = auth {
                assert!(!path.exists());
            }
        }
    }

    #[test]
    fn two_servers_of_one_process_have_a_fifo_each() {
        let (one, _one) = Server::start(Style::Fifo, 1).unwrap();
        let (other, _other) = Server::start(Style::Fifo, 1).unwrap();
        assert_ne!(one.auth, other.auth);
    }
}
