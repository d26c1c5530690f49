//! The threads that perform jobs, as many as there are jobs at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, never, select, unbounded};

use mbuild_rules::ActionId;

use super::{Context, Finished, Job, perform};
use crate::event::Outcome;

/// What ended a wait.
pub(crate) enum Woke {
    /// A job has finished.
    Finished(Box<Report>),
    /// Something else: what did not go before may go now.
    Again,
}

/// What a worker says when it is done with a job.
pub(crate) struct Report {
    pub(crate) finished: Finished,
    /// The job that was [handed ahead](Pool::hand_ahead) and that the worker goes on with.
    pub(crate) next: Option<ActionId>,
}

/// Jobs for whoever ends one: between two short commands no worker waits until somebody has thought about
/// what comes next.
#[derive(Default)]
struct Ahead {
    jobs: VecDeque<Job>,
    /// Something went wrong: what may start now is not for a worker to say.
    held: bool,
}

fn locked(ahead: &Mutex<Ahead>) -> MutexGuard<'_, Ahead> {
    ahead.lock().unwrap_or_else(PoisonError::into_inner)
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
    ahead: Arc<Mutex<Ahead>>,
    done: Sender<Report>,
    finished: Receiver<Report>,
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
            ahead: Arc::default(),
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

    /// Leaves a job for the worker that ends its own next; what was left before goes first. It is under way
    /// once a [`Report`] says so.
    pub(crate) fn hand_ahead(&mut self, job: Job) {
        locked(&self.ahead).jobs.push_back(job);
    }

    /// Takes back what was handed ahead and not begun.
    pub(crate) fn take_back(&mut self) -> VecDeque<Job> {
        let mut ahead = locked(&self.ahead);
        ahead.held = false;
        std::mem::take(&mut ahead.jobs)
    }

    /// Each job under way has a thread: nothing waits for one that could start before what is handed ahead.
    pub(crate) fn has_threads(&self) -> bool {
        self.busy <= self.threads.len()
    }

    fn spawn(&self) -> std::io::Result<JoinHandle<()>> {
        let (context, queue) = (Arc::clone(&self.context), self.queue.clone());
        let (ahead, done) = (Arc::clone(&self.ahead), self.done.clone());
        std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
            while let Ok(job) = queue.recv() {
                let mut job = Some(job);
                while let Some(now) = job {
                    let finished = perform(now, &context);
                    job = next(&finished, &context, &ahead);
                    let next = job.as_ref().map(|job| job.action);
                    if done.send(Report { finished, next }).is_err() {
                        return;
                    }
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
            recv(self.finished) -> report => {
                let report = report.ok()?;
                self.count(&report);
                Some(Woke::Finished(Box::new(report)))
            }
            recv(other.unwrap_or(&no_other)) -> _ => Some(Woke::Again),
            recv(over) -> _ => Some(Woke::Again),
        }
    }

    /// A job that has finished already.
    pub(crate) fn finished(&mut self) -> Option<Report> {
        let report = self.finished.try_recv().ok()?;
        self.count(&report);
        Some(report)
    }

    /// The worker that goes on with the next job is as busy as before.
    fn count(&mut self, report: &Report) {
        if report.next.is_none() {
            self.busy -= 1;
        }
    }

    /// Ends the threads.
    pub(crate) fn close(mut self) {
        self.take_back();
        drop(self.jobs);
        drop(self.queue);
        for thread in self.threads {
            // A worker catches its own panics.
            let _ = thread.join();
        }
    }
}

/// The job that the worker goes on with.
fn next(finished: &Finished, context: &Context, ahead: &Mutex<Ahead>) -> Option<Job> {
    let well = matches!(finished.outcome, Outcome::Ran | Outcome::Restored);
    let mut ahead = locked(ahead);
    ahead.held |= !well || context.interrupt.stopping().is_some();
    if ahead.held { None } else { ahead.jobs.pop_front() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::tests::{context, job};

    fn numbered(number: u32, command: &str, output: &str) -> Job {
        Job { action: ActionId(number), ..job(command.as_bytes(), output.as_bytes()) }
    }

    fn ended(pool: &mut Pool) -> Option<(u32, Outcome, Option<u32>)> {
        match pool.wait(None, None)? {
            Woke::Finished(report) => Some((
                report.finished.action.0,
                report.finished.outcome,
                report.next.map(|action| action.0),
            )),
            Woke::Again => panic!("nothing else to wait for"),
        }
    }

    fn numbers(jobs: &VecDeque<Job>) -> Vec<u32> {
        jobs.iter().map(|job| job.action.0).collect()
    }

    #[test]
    fn who_ends_a_job_goes_on_with_those_handed_ahead_in_their_order() {
        let dir = tempfile::tempdir().unwrap();
        let mut pool = Pool::new(Arc::new(context(dir.path())));
        pool.hand_ahead(numbered(1, "cp a b", "b"));
        pool.hand_ahead(numbered(2, "cp b c", "c"));
        pool.start(numbered(0, "touch a", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Ran, Some(1))));
        assert_eq!(ended(&mut pool), Some((1, Outcome::Ran, Some(2))));
        assert_eq!((pool.busy(), pool.has_threads()), (1, true));
        assert_eq!(ended(&mut pool), Some((2, Outcome::Ran, None)));
        assert_eq!(ended(&mut pool), None);
        assert!(dir.path().join("c").exists());
    }

    #[test]
    fn what_is_taken_back_is_not_begun() {
        let dir = tempfile::tempdir().unwrap();
        let mut pool = Pool::new(Arc::new(context(dir.path())));
        pool.hand_ahead(numbered(1, "touch b", "b"));
        pool.hand_ahead(numbered(2, "touch c", "c"));
        assert_eq!(numbers(&pool.take_back()), [1, 2]);
        pool.start(numbered(0, "touch a", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Ran, None)));
        pool.hand_ahead(numbered(1, "touch b", "b"));
        pool.close();
        assert!(!dir.path().join("b").exists());
    }

    #[test]
    fn after_a_failure_nobody_goes_on_until_what_was_handed_ahead_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut pool = Pool::new(Arc::new(context(dir.path())));
        pool.hand_ahead(numbered(2, "touch c", "c"));
        pool.start(numbered(0, "exit 3", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Failed { code: 3 }, None)));
        pool.start(numbered(1, "touch b", "b")).unwrap();
        assert_eq!(ended(&mut pool), Some((1, Outcome::Ran, None)));
        let back = pool.take_back();
        assert_eq!(numbers(&back), [2]);
        back.into_iter().for_each(|job| pool.hand_ahead(job));
        pool.start(numbered(3, "touch d", "d")).unwrap();
        assert_eq!(ended(&mut pool), Some((3, Outcome::Ran, Some(2))));
        assert_eq!(ended(&mut pool), Some((2, Outcome::Ran, None)));
    }

    #[test]
    fn after_an_interrupt_nobody_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let context = Arc::new(context(dir.path()));
        let mut pool = Pool::new(Arc::clone(&context));
        pool.hand_ahead(numbered(1, "touch b", "b"));
        context.interrupt.trigger(2);
        pool.start(numbered(0, "touch a", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Interrupted, None)));
        assert_eq!(numbers(&pool.take_back()), [1]);
    }
}
