//! A jobserver of our own, for the builds that our commands run.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use super::{Auth, Client, Style, fifo};

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
            Style::Fifo => (Auth::Fifo(fifo::make()?), None),
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

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;

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
