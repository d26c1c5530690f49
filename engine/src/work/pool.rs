//! The threads that perform jobs, as many as there are jobs at once.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, never, select, unbounded};

use super::{Context, Finished, Job, perform};

/// What ended a wait.
pub(crate) enum Woke {
    /// A job has finished.
    Finished(Box<Finished>),
    /// Something else: what did not go before may go now.
    Again,
}

/// What the build itself keeps open: state, store, lock, clock, events.
const OPEN_OF_BUILD: u64 = 24;
/// What one job may have open at once: pipes of its command, a file that is hashed, a process.
const OPEN_OF_JOB: u64 = 4;

/// How many jobs at once the limit of open files allows; more wait for their turn.
fn most_threads() -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    let most = limit.map(|limit| limit.saturating_sub(OPEN_OF_BUILD) / OPEN_OF_JOB);
    most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(usize::MAX).max(1))
}

/// Threads, started when they are first needed.
pub(crate) struct Pool {
    context: Arc<Context>,
    jobs: Sender<Job>,
    queue: Receiver<Job>,
    done: Sender<Finished>,
    finished: Receiver<Finished>,
    threads: Vec<JoinHandle<()>>,
    most_threads: usize,
    busy: usize,
}

impl Pool {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let (jobs, queue) = unbounded();
        let (done, finished) = unbounded();
        Self {
            context,
            jobs,
            queue,
            done,
            finished,
            threads: Vec::new(),
            most_threads: most_threads(),
            busy: 0,
        }
    }

    /// How many jobs are under way.
    pub(crate) fn busy(&self) -> usize {
        self.busy
    }

    /// Starts a job at once.
    ///
    /// # Errors
    /// When the system gives no thread and there is none to wait for.
    pub(crate) fn start(&mut self, job: Job) -> std::io::Result<()> {
        self.busy += 1;
        if self.busy > self.threads.len() && self.threads.len() < self.most_threads {
            match self.spawn() {
                Ok(thread) => self.threads.push(thread),
                Err(error) if self.threads.is_empty() => return Err(error),
                // Fewer threads only make it slower.
                Err(_) => {}
            }
        }
        // The queue cannot be closed: this side holds both of its ends.
        let _ = self.jobs.send(job);
        Ok(())
    }

    fn spawn(&self) -> std::io::Result<JoinHandle<()>> {
        let (context, queue, done) =
            (Arc::clone(&self.context), self.queue.clone(), self.done.clone());
        std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
            while let Ok(job) = queue.recv() {
                if done.send(perform(job, &context)).is_err() {
                    break;
                }
            }
        })
    }

    /// Waits for the next job to finish, or until `other` says something, or `at_most` this long; `None`
    /// when no job is under way.
    pub(crate) fn wait(
        &mut self,
        other: Option<&Receiver<()>>,
        at_most: Option<Duration>,
    ) -> Option<Woke> {
        if self.busy == 0 {
            return None;
        }
        let (no_other, no_end) = (never(), never());
        let over = at_most.map_or(no_end, after);
        select! {
            recv(self.finished) -> finished => {
                self.busy -= 1;
                finished.ok().map(|finished| Woke::Finished(Box::new(finished)))
            }
            recv(other.unwrap_or(&no_other)) -> _ => Some(Woke::Again),
            recv(over) -> _ => Some(Woke::Again),
        }
    }

    /// A job that has finished already.
    pub(crate) fn finished(&mut self) -> Option<Finished> {
        let finished = self.finished.try_recv().ok()?;
        self.busy -= 1;
        Some(finished)
    }

    /// Ends the threads.
    pub(crate) fn close(self) {
        drop(self.jobs);
        drop(self.queue);
        for thread in self.threads {
            // A worker catches its own panics.
            let _ = thread.join();
        }
    }
}
