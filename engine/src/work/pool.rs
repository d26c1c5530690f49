//! The threads that perform jobs, as many as there are jobs at once.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use mbuild_rules::ActionId;

use super::{Context, Finished, Job, perform};
use crate::event::Outcome;
use crate::mailbox::{Habits, Receiver, Sender, mailbox};

/// The news that can wait come in together: as long as there is something handed ahead, the workers need
/// nobody.
const HABITS: Habits = Habits { linger: Duration::from_millis(20), enough: 256, most: usize::MAX };

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

/// Ends a wait from another thread.
pub(crate) struct Waker(Arc<Sender<Woke>>);

impl Waker {
    pub(crate) fn wake(&self) {
        let _ = self.0.send_now(Woke::Again);
    }
}

/// Where workers find what to do.
#[derive(Default)]
struct Desk {
    inside: Mutex<Jobs>,
    /// Workers wait for it.
    some: Condvar,
}

#[derive(Default)]
struct Jobs {
    /// To begin at once.
    now: VecDeque<Job>,
    /// For whoever ends one: between two short commands no worker waits until somebody has thought about
    /// what comes next.
    ahead: VecDeque<Job>,
    /// From so few of them on, more are asked for.
    few: usize,
    /// Something went wrong: what may start now is not for a worker to say.
    held: bool,
    /// Nothing more will come.
    closed: bool,
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, Jobs> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a job to begin at once; `None` when nothing more will come.
    fn take(&self) -> Option<Job> {
        let none = |jobs: &mut Jobs| jobs.now.is_empty() && !jobs.closed;
        let waited = self.some.wait_while(self.lock(), none);
        waited.unwrap_or_else(PoisonError::into_inner).now.pop_front()
    }

    /// The job that the worker goes on with, and whether enough of them are left.
    fn next(&self, finished: &Finished, context: &Context) -> (Option<Job>, bool) {
        let well = matches!(finished.outcome, Outcome::Ran | Outcome::Restored);
        let mut jobs = self.lock();
        jobs.held |= !well || context.interrupt.stopping().is_some();
        let next = if jobs.held { None } else { jobs.ahead.pop_front() };
        (next, jobs.ahead.len() > jobs.few)
    }
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
    desk: Arc<Desk>,
    news: Arc<Sender<Woke>>,
    from: Receiver<Woke>,
    /// What came and was not looked at yet.
    arrived: VecDeque<Woke>,
    batch: Vec<Woke>,
    threads: Vec<JoinHandle<()>>,
    most_threads: usize,
    busy: usize,
}

impl Pool {
    pub(crate) fn new(context: Arc<Context>) -> Self {
        let (news, from) = mailbox(HABITS);
        Self {
            context,
            desk: Arc::default(),
            news: Arc::new(news),
            from,
            arrived: VecDeque::new(),
            batch: Vec::new(),
            threads: Vec::new(),
            most_threads: most_threads(),
            busy: 0,
        }
    }

    /// How many jobs are under way, as far as was [told](Pool::wait).
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
        self.desk.lock().now.push_back(job);
        self.desk.some.notify_one();
        Ok(())
    }

    /// Leaves jobs for the workers that end their own next, after what was left before. Each is under way
    /// once a [`Report`] says so. The next wait lasts until no more than `few` are left, or something ends
    /// that nobody goes on after, or for a while.
    pub(crate) fn hand_ahead(&mut self, more: Vec<Job>, few: usize) {
        let mut jobs = self.desk.lock();
        jobs.ahead.extend(more);
        jobs.few = few;
    }

    /// Takes back what was handed ahead and not begun.
    pub(crate) fn take_back(&mut self) -> VecDeque<Job> {
        let mut jobs = self.desk.lock();
        jobs.held = false;
        std::mem::take(&mut jobs.ahead)
    }

    /// Nobody begins what was handed ahead any more, because something went wrong.
    pub(crate) fn is_held(&self) -> bool {
        self.desk.lock().held
    }

    /// Each job under way has a thread: nothing waits for one that could start before what is handed ahead.
    pub(crate) fn has_threads(&self) -> bool {
        self.busy <= self.threads.len()
    }

    /// Ends a wait from elsewhere.
    pub(crate) fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.news))
    }

    fn spawn(&self) -> std::io::Result<JoinHandle<()>> {
        let (context, desk) = (Arc::clone(&self.context), Arc::clone(&self.desk));
        let news = Arc::clone(&self.news);
        std::thread::Builder::new().name("worker".to_owned()).spawn(move || {
            while let Some(mut job) = desk.take() {
                loop {
                    let finished = perform(job, &context);
                    let (next, enough) = desk.next(&finished, &context);
                    let going_on = next.as_ref().map(|next| next.action);
                    if next.is_none() {
                        context.interrupt.tidy();
                    }
                    let report = Woke::Finished(Box::new(Report { finished, next: going_on }));
                    // When nobody listens any more, nothing is handed out either.
                    if enough && next.is_some() {
                        news.send(report);
                    } else {
                        news.send_now(report);
                    }
                    let Some(next) = next else { break };
                    job = next;
                }
            }
        })
    }

    /// Waits for the next job to finish, or until somebody [wakes](Waker::wake) us, or `at_most` this long;
    /// `None` when no job is under way.
    pub(crate) fn wait(&mut self, at_most: Option<Duration>) -> Option<Woke> {
        if self.busy == 0 {
            return None;
        }
        Some(self.within(at_most).unwrap_or(Woke::Again))
    }

    /// What there is to say without a wait.
    pub(crate) fn told(&mut self) -> Option<Woke> {
        self.within(Some(Duration::ZERO))
    }

    fn within(&mut self, at_most: Option<Duration>) -> Option<Woke> {
        if self.arrived.is_empty() {
            self.from.take_within(at_most, &mut self.batch);
            self.arrived.extend(self.batch.drain(..));
        }
        let woke = self.arrived.pop_front()?;
        // The worker that goes on with the next job is as busy as before.
        if matches!(&woke, Woke::Finished(report) if report.next.is_none()) {
            self.busy -= 1;
        }
        Some(woke)
    }

    /// Ends the threads.
    pub(crate) fn close(self) {
        let mut jobs = self.desk.lock();
        jobs.ahead.clear();
        jobs.closed = true;
        drop(jobs);
        self.desk.some.notify_all();
        for thread in self.threads {
            // A worker catches its own panics.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::tests::{context, job};

    fn numbered(number: u32, command: &str, output: &str) -> Job {
        Job { action: ActionId(number), ..job(command.as_bytes(), output.as_bytes()) }
    }

    fn ended(pool: &mut Pool) -> Option<(u32, Outcome, Option<u32>)> {
        match pool.wait(None)? {
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
        pool.hand_ahead(vec![numbered(1, "cp a b", "b"), numbered(2, "cp b c", "c")], 0);
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
        pool.hand_ahead(vec![numbered(1, "touch b", "b"), numbered(2, "touch c", "c")], 0);
        assert_eq!(numbers(&pool.take_back()), [1, 2]);
        pool.start(numbered(0, "touch a", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Ran, None)));
        pool.hand_ahead(vec![numbered(1, "touch b", "b")], 0);
        pool.close();
        assert!(!dir.path().join("b").exists());
    }

    #[test]
    fn after_a_failure_nobody_goes_on_until_what_was_handed_ahead_is_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let mut pool = Pool::new(Arc::new(context(dir.path())));
        pool.hand_ahead(vec![numbered(2, "touch c", "c")], 0);
        pool.start(numbered(0, "exit 3", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Failed { code: 3 }, None)));
        assert!(pool.is_held());
        pool.start(numbered(1, "touch b", "b")).unwrap();
        assert_eq!(ended(&mut pool), Some((1, Outcome::Ran, None)));
        let back = pool.take_back();
        assert_eq!(numbers(&back), [2]);
        assert!(!pool.is_held());
        pool.hand_ahead(back.into(), 0);
        pool.start(numbered(3, "touch d", "d")).unwrap();
        assert_eq!(ended(&mut pool), Some((3, Outcome::Ran, Some(2))));
        assert_eq!(ended(&mut pool), Some((2, Outcome::Ran, None)));
    }

    #[test]
    fn after_an_interrupt_nobody_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let context = Arc::new(context(dir.path()));
        let mut pool = Pool::new(Arc::clone(&context));
        pool.hand_ahead(vec![numbered(1, "touch b", "b")], 0);
        context.interrupt.trigger(2);
        pool.start(numbered(0, "touch a", "a")).unwrap();
        assert_eq!(ended(&mut pool), Some((0, Outcome::Interrupted, None)));
        assert_eq!(numbers(&pool.take_back()), [1]);
    }
}
