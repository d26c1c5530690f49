//! A client of a jobserver: takes slots, and puts back what it took.

use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};
use rustix::io::Errno;

use super::Auth;

/// Takes slots from a jobserver.
pub(crate) struct Client {
    slots: Arc<Slots>,
    watcher: Watcher,
}

/// The right to run one command, given back when it is dropped, however that comes about.
pub(crate) struct Slot {
    slots: Arc<Slots>,
    /// What was taken; `None` is the slot that we have by being run.
    byte: Option<u8>,
}

struct Slots {
    read: OwnedFd,
    write: OwnedFd,
    /// The slot that we have by being run is free.
    own: AtomicBool,
}

/// Make says the numbers of its pipe to commands for which it closes it.
#[derive(Debug, thiserror::Error)]
#[error("its pipe is not there ({0}); in a makefile the command needs a `+` in front to get it")]
struct NotInherited(io::Error);

impl Client {
    /// Opens what `auth` names.
    pub(crate) fn open(auth: &Auth) -> io::Result<Self> {
        let slots = match auth {
            Auth::Fifo(path) => Slots::new(path, path)?,
            Auth::Pipe { read, write } => inherited(*read)
                .and_then(|read| Slots::new(&read, &inherited(*write)?))
                .map_err(|error| io::Error::other(NotInherited(error)))?,
        };
        let slots = Arc::new(slots);
        let watcher = Watcher::start(Arc::clone(&slots))?;
        Ok(Self { slots, watcher })
    }

    /// Puts in new slots.
    pub(super) fn fill(&self, slots: usize) -> io::Result<()> {
        let mut bytes = vec![b'+'; slots];
        while !bytes.is_empty() {
            // One that is full says so: there is no room for as many.
            let written = rustix::io::write(&self.slots.write, &bytes)?;
            bytes.truncate(bytes.len().saturating_sub(written));
        }
        Ok(())
    }

    /// A slot, when there is one to have now.
    pub(crate) fn try_acquire(&self) -> Option<Slot> {
        if self.slots.own.swap(false, Ordering::AcqRel) {
            return Some(Slot { slots: Arc::clone(&self.slots), byte: None });
        }
        let byte = self.slots.take()?;
        Some(Slot { slots: Arc::clone(&self.slots), byte: Some(byte) })
    }

    /// Calls `seen` once a slot seems to be there, or was there just now; the watch that this begins ends
    /// with that, or with [`Client::stop_watching`].
    pub(crate) fn watch(&self, seen: impl Fn() + Send + 'static) {
        *self.watcher.shared.seen.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Box::new(seen));
        self.watcher.tell(true);
    }

    /// Nobody waits for a slot any more.
    pub(crate) fn stop_watching(&self) {
        self.watcher.tell(false);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        match self.byte {
            None => self.slots.own.store(true, Ordering::Release),
            Some(byte) => self.slots.give_back(byte),
        }
    }
}

/// An inherited descriptor by name. On Linux opening it makes an own one of the same pipe, so that not to
/// block there is our choice and nobody else's.
///
/// Where Make has closed it, its number may be something of our own by now.
#[cfg(target_os = "linux")]
fn inherited(number: i32) -> io::Result<PathBuf> {
    let info = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}"))?;
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let flags = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok());
    if flags.is_some_and(|flags| flags & OFlags::CLOEXEC.bits() == 0) {
        Ok(PathBuf::from(format!("/proc/self/fd/{number}")))
    } else {
        Err(io::Error::other(format!("descriptor {number} was not inherited")))
    }
}

#[cfg(not(target_os = "linux"))]
fn inherited(number: i32) -> io::Result<PathBuf> {
    Ok(PathBuf::from(format!("/dev/fd/{number}")))
}

impl Slots {
    fn new(read: &Path, write: &Path) -> io::Result<Self> {
        let open = |path: &Path, access| {
            let flags = access | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let opened = rustix::fs::open(path, flags, Mode::empty())?;
            let kind = FileType::from_raw_mode(rustix::fs::fstat(&opened)?.st_mode);
            if matches!(kind, FileType::Fifo | FileType::CharacterDevice) {
                Ok(opened)
            } else {
                let what = format!("`{}` is no fifo and no pipe", path.display());
                Err(io::Error::other(what))
            }
        };
        // In this order: without a reader a fifo cannot be opened to write.
        let read = open(read, OFlags::RDONLY)?;
        let write = open(write, OFlags::WRONLY)?;
        Ok(Self { read, write, own: AtomicBool::new(true) })
    }

    /// Where a pipe cannot be opened anew (macOS) its reading end may block, so it is asked first; somebody
    /// else may still be faster, and then we wait for the next slot that comes back.
    fn take(&self) -> Option<u8> {
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        let ready = poll(&mut [PollFd::new(&self.read, PollFlags::IN)], Some(&now));
        if !matches!(ready, Ok(1..)) {
            return None;
        }
        let mut byte = [0];
        loop {
            match rustix::io::read(&self.read, &mut byte) {
                Ok(1..) => return Some(byte[0]),
                Err(Errno::INTR) => {}
                Ok(0) | Err(_) => return None,
            }
        }
    }

    fn give_back(&self, byte: u8) {
        // What was taken out has room; a server that is gone needs nothing back.
        while matches!(rustix::io::write(&self.write, &[byte]), Err(Errno::INTR)) {}
    }
}

/// The thread that watches for slots, but only while it is told to.
struct Watcher {
    orders: Option<io::PipeWriter>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    watching: AtomicBool,
    /// Whom to tell.
    seen: Mutex<Option<Box<dyn Fn() + Send>>>,
}

const STOP: u8 = 0;
const WATCH: u8 = 1;

impl Watcher {
    fn start(slots: Arc<Slots>) -> io::Result<Self> {
        let (orders, writer) = io::pipe()?;
        let shared = Arc::new(Shared::default());
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("jobserver".to_owned())
            .spawn(move || watch(&slots, orders, &of_thread))?;
        Ok(Self { orders: Some(writer), shared, thread: Some(thread) })
    }

    fn tell(&self, watch: bool) {
        if self.shared.watching.swap(watch, Ordering::AcqRel) != watch
            && let Some(mut orders) = self.orders.as_ref()
        {
            // The thread reads them as long as this end is open.
            let _ = orders.write_all(&[if watch { WATCH } else { STOP }]);
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // It does nothing that could panic.
            let _ = thread.join();
        }
    }
}

/// Waits for orders and, when it has one to, for a slot. We hold a writing end of our own, so that "the end"
/// never comes, which would be seen over and over.
fn watch(slots: &Slots, mut orders: io::PipeReader, shared: &Shared) {
    let mut watching = false;
    loop {
        let [of_orders, of_slots] = {
            let mut both =
                [PollFd::new(&orders, PollFlags::IN), PollFd::new(&slots.read, PollFlags::IN)];
            let count = if watching { 2 } else { 1 };
            match poll(&mut both[..count], None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(_) => return,
            }
            both.map(|one| one.revents())
        };
        if watching && !of_slots.is_empty() {
            watching = false;
            shared.watching.store(false, Ordering::Release);
            let seen = shared.seen.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(seen) = seen.as_ref().filter(|_| of_slots.contains(PollFlags::IN)) {
                seen();
            }
        }
        if !of_orders.is_empty() {
            let mut order = [STOP];
            match orders.read(&mut order) {
                Ok(1..) => watching = order[0] == WATCH,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// A fifo with these bytes in it.
    fn fifo(bytes: &[u8]) -> (tempfile::TempDir, Client) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("fifo");
        crate::jobserver::fifo::mkfifo(&path).unwrap();
        let client = Client::open(&Auth::Fifo(path)).unwrap();
        rustix::io::write(&client.slots.write, bytes).unwrap();
        (dir, client)
    }

    fn left(client: &Client) -> Vec<u8> {
        std::iter::from_fn(|| client.slots.take()).collect()
    }

    #[test]
    fn one_slot_is_free_and_others_come_back_as_they_were() {
        let (_dir, client) = fifo(b"ab");
        let slots: Vec<Slot> = std::iter::from_fn(|| client.try_acquire()).collect();
        assert_eq!(slots.len(), 3);
        assert!(client.try_acquire().is_none());
        drop(slots);
        assert_eq!(left(&client), b"ab");
        assert!(client.try_acquire().is_some());
    }

    #[test]
    fn a_panic_gives_slots_back() {
        let (_dir, client) = fifo(b"x");
        let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _slots = (client.try_acquire(), client.try_acquire());
            panic!("lost");
        }));
        assert!(caught.is_err());
        assert_eq!(left(&client), b"x");
    }

    #[test]
    fn a_slot_is_seen_only_while_it_is_watched_for() {
        let (_dir, client) = fifo(b"x");
        let (to, seen) = mpsc::channel();
        let watch = || {
            let to = to.clone();
            client.watch(move || to.send(()).unwrap());
        };
        let wait = Duration::from_millis(50);
        assert!(seen.recv_timeout(wait).is_err());
        watch();
        assert!(seen.recv_timeout(Duration::from_secs(10)).is_ok());
        assert!(seen.recv_timeout(wait).is_err());
        let slot = (client.try_acquire(), client.try_acquire());
        watch();
        assert!(seen.recv_timeout(wait).is_err());
        drop(slot);
        assert!(seen.recv_timeout(Duration::from_secs(10)).is_ok());
        let slot = (client.try_acquire(), client.try_acquire());
        watch();
        client.stop_watching();
        // The order has arrived for sure when the next one has its answer.
        std::thread::sleep(wait);
        drop(slot);
        assert!(seen.recv_timeout(wait).is_err());
    }

    #[test]
    fn an_inherited_pipe_does_as_well() {
        // Inherited is what an `exec` does not close.
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let auth = Auth::Pipe { read: reader.as_raw_fd(), write: writer.as_raw_fd() };
        let client = Client::open(&auth).unwrap();
        rustix::io::write(&writer, b"+").unwrap();
        let slots = (client.try_acquire(), client.try_acquire(), client.try_acquire());
        assert!(slots.1.is_some() && slots.2.is_none());
        drop(slots);
        assert_eq!(left(&client), b"+");
    }

    #[test]
    fn anything_else_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = Client::open(&Auth::Fifo(file.path().to_owned()));
        assert!(opened.err().unwrap().to_string().contains("is no fifo and no pipe"));
        assert!(Client::open(&Auth::Fifo("/no/such/fifo".into())).is_err());
        assert!(Client::open(&Auth::Pipe { read: 987, write: 988 }).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_pipe_of_our_own_is_not_taken_for_an_inherited_one() {
        let (reader, writer) = io::pipe().unwrap();
        let auth = Auth::Pipe { read: reader.as_raw_fd(), write: writer.as_raw_fd() };
        let error = Client::open(&auth).err().unwrap();
        assert!(error.to_string().contains("was not inherited"), "{error}");
    }
}
