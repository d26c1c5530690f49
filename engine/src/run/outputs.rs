//! What commands print: read by one thread for all of them, so that a worker sleeps until its command has ended.

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io::{self, ErrorKind, PipeReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the thread looks which commands are new. Most have ended before it has seen them twice, and cost it
/// nothing; the others have room in their pipe until then.
const LOOK: Duration = Duration::from_millis(20);
const LOOK_SPEC: Timespec = Timespec { tv_sec: 0, tv_nsec: LOOK.subsec_nanos() as _ };
/// As much as a pipe holds.
const AT_ONCE: usize = 64 * 1024;

/// The outputs of the commands that run.
///
/// A worker that waits at the pipe of its command is woken when the pipe is closed, finds the process not quite
/// gone, and has to wait again. Where other programs want the processors as well, that is two or three hundredths
/// of a build of commands that take a millisecond.
pub struct Outputs(Arc<Shared>);

#[derive(Default)]
struct Shared {
    inside: Mutex<Inside>,
    /// The thread waits for it.
    some: Condvar,
}

#[derive(Default)]
struct Inside {
    outputs: Vec<Option<Output>>,
    /// The thread waits until it is woken: nothing runs.
    asleep: bool,
    /// Nothing more will come.
    closed: bool,
}

/// What one command prints.
struct Output {
    from: Arc<PipeReader>,
    read: Vec<u8>,
    age: Age,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    /// It has not been looked at.
    New,
    /// It is read as soon as something comes.
    Read,
    /// There is no more.
    Ended,
}

impl Outputs {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn new() -> io::Result<Self> {
        let shared = Arc::<Shared>::default();
        let of_thread = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("outputs".to_owned())
            .spawn(move || read_all(&of_thread))?;
        Ok(Self(shared))
    }

    /// Reads `from` while the command runs, lest it wait for somebody to do so, until [`Kept::end`].
    pub(super) fn keep(&self, from: &Arc<PipeReader>) -> Kept<'_> {
        let output = Output { from: Arc::clone(from), read: Vec::new(), age: Age::New };
        let mut inside = self.0.lock();
        let free = inside.outputs.iter().position(Option::is_none);
        let place = free.unwrap_or(inside.outputs.len());
        match free {
            Some(free) => inside.outputs[free] = Some(output),
            None => inside.outputs.push(Some(output)),
        }
        if std::mem::take(&mut inside.asleep) {
            self.0.some.notify_one();
        }
        Kept { outputs: self, place }
    }
}

impl Drop for Outputs {
    /// The thread is gone a moment later.
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.some.notify_one();
    }
}

/// An output that is read.
pub(super) struct Kept<'a> {
    outputs: &'a Outputs,
    place: usize,
}

impl Kept<'_> {
    /// What was read. What is still in the pipe, or comes later, is for the caller to read.
    pub(super) fn end(self) -> Vec<u8> {
        self.take().map(|output| output.read).unwrap_or_default()
    }

    fn take(&self) -> Option<Output> {
        self.outputs.0.lock().outputs[self.place].take()
    }
}

impl Drop for Kept<'_> {
    fn drop(&mut self) {
        self.take();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    /// The outputs to wait for; those that are new are among them the next time.
    fn look(&mut self) -> Vec<(usize, Arc<PipeReader>)> {
        let mut found = Vec::new();
        for (place, output) in self.outputs.iter_mut().enumerate() {
            let Some(output) = output else { continue };
            match output.age {
                Age::New => output.age = Age::Read,
                Age::Read => found.push((place, Arc::clone(&output.from))),
                Age::Ended => {}
            }
        }
        found
    }
}

/// The thread.
fn read_all(shared: &Shared) {
    let mut buffer = vec![0; AT_ONCE];
    let mut inside = shared.lock();
    while !inside.closed {
        if inside.outputs.iter().all(Option::is_none) {
            inside.asleep = true;
            inside = shared.some.wait(inside).unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        let found = inside.look();
        if found.is_empty() {
            let waited = shared.some.wait_timeout(inside, LOOK);
            inside = waited.unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        drop(inside);
        let mut pipes: Vec<PollFd<'_>> =
            found.iter().map(|(_, from)| PollFd::new(from, PollFlags::IN)).collect();
        // When it fails nothing is said to be there.
        let _ = poll(&mut pipes, Some(&LOOK_SPEC));
        inside = shared.lock();
        for ((place, from), pipe) in found.iter().zip(&pipes) {
            // Meanwhile it may have ended, and another command may have its place.
            if let Some(output) = &mut inside.outputs[*place]
                && Arc::ptr_eq(&output.from, from)
                && !pipe.revents().is_empty()
            {
                output.take_in(&mut buffer);
            }
        }
    }
}

impl Output {
    /// Reads what there is: nobody else reads before this is taken away, so there is no wait.
    fn take_in(&mut self, buffer: &mut [u8]) {
        match (&*self.from).read(buffer) {
            // An error is met again by who reads the rest.
            Ok(0) => self.age = Age::Ended,
            Ok(length) => self.read.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => self.age = Age::Ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn until(outputs: &Outputs, mut so: impl FnMut(&mut Inside) -> bool) {
        while !so(&mut outputs.0.lock()) {
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn age(inside: &Inside, place: usize) -> Option<Age> {
        inside.outputs[place].as_ref().map(|output| output.age)
    }

    #[test]
    fn who_prints_more_than_a_pipe_holds_waits_for_nobody() {
        let outputs = Outputs::new().unwrap();
        let (from, mut to) = io::pipe().unwrap();
        let from = Arc::new(from);
        let kept = outputs.keep(&from);
        let text: Vec<u8> = (0..1_000_000_u32).map(|number| number as u8).collect();
        to.write_all(&text).unwrap();
        drop(to);
        let mut read = kept.end();
        (&*from).read_to_end(&mut read).unwrap();
        assert_eq!(read, text);
    }

    #[test]
    fn nothing_is_read_any_more_once_it_has_ended() {
        let outputs = Outputs::new().unwrap();
        let (from, mut to) = io::pipe().unwrap();
        let from = Arc::new(from);
        let kept = outputs.keep(&from);
        until(&outputs, |inside| age(inside, 0) == Some(Age::Read));
        to.write_all(b"early").unwrap();
        until(&outputs, |inside| inside.outputs[0].as_ref().unwrap().read == b"early");
        assert_eq!(kept.end(), b"early");
        to.write_all(b"late").unwrap();
        until(&outputs, |inside| inside.asleep);
        drop(to);
        let mut rest = Vec::new();
        (&*from).read_to_end(&mut rest).unwrap();
        assert_eq!(rest, b"late");
    }

    #[test]
    fn a_command_that_closes_its_output_is_left_alone() {
        let outputs = Outputs::new().unwrap();
        let (from, to) = io::pipe().unwrap();
        let kept = outputs.keep(&Arc::new(from));
        drop(to);
        until(&outputs, |inside| age(inside, 0) == Some(Age::Ended));
        assert!(outputs.0.lock().look().is_empty());
        assert_eq!(kept.end(), b"");
    }

    #[test]
    fn the_thread_sleeps_while_nothing_runs_and_ends_with_the_outputs() {
        let outputs = Outputs::new().unwrap();
        until(&outputs, |inside| inside.asleep);
        let (from, mut to) = io::pipe().unwrap();
        to.write_all(b"text").unwrap();
        let kept = outputs.keep(&Arc::new(from));
        until(&outputs, |inside| inside.outputs[0].as_ref().unwrap().read == b"text");
        drop(kept);
        until(&outputs, |inside| inside.asleep);
        let shared = Arc::downgrade(&outputs.0);
        drop(outputs);
        while shared.strong_count() > 0 {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}
