//! Interrupts: signals to this process, handed on to the commands that run.

use crate::error::Error;
use crate::run::running::Running;
use rustix::process::{Pid, Signal};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// How long commands may take to end after the signal, before they are killed.
const GRACE: Duration = Duration::from_secs(5);

/// Says that a build is to stop, and stops the commands that run for it.
///
/// The first signal is handed on as it is to the process group of each command; a second one, or the
/// end of the grace time, kills. A console command shares our process group, so that a `^C` reaches it
/// from the terminal: `SIGINT` is not handed on to it, and it may take its time.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// What came from outside.
    signal: AtomicI32,
    /// The commands are told to end; 0 while they are not.
    stopping: AtomicI32,
    children: Mutex<Children>,
    ended: Condvar,
    grace: Duration,
}

/// The commands that run, each in its own slot.
#[derive(Debug, Default)]
struct Children {
    slots: Vec<Option<Child>>,
    /// Where they are kept for an invocation after this one.
    running: Option<Running>,
}

impl Children {
    fn all(&self) -> impl Iterator<Item = Child> + '_ {
        self.slots.iter().flatten().copied()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Child {
    pid: Pid,
    console: bool,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt::new()
    }
}

impl Interrupt {
    /// An interrupt that only [`Interrupt::trigger`] sets off.
    pub fn new() -> Interrupt {
        Interrupt::with_grace(GRACE)
    }

    fn with_grace(grace: Duration) -> Interrupt {
        Interrupt(Arc::new(Inner {
            signal: AtomicI32::new(0),
            stopping: AtomicI32::new(0),
            children: Mutex::default(),
            ended: Condvar::new(),
            grace,
        }))
    }

    /// An interrupt that `SIGINT`, `SIGTERM` and `SIGHUP` set off, as long as a clone of it lives. At
    /// other times these signals end the process as usual.
    pub fn on_signals() -> io::Result<Interrupt> {
        let interrupt = Interrupt::new();
        let mut listener = locked(&LISTENER);
        if !listener.started {
            // What their handlers do comes in this order: it is noted, then asked for, then told the thread.
            for signal in SIGNALS {
                flag::register_usize(signal, &CAME, signal.unsigned_abs() as usize)?;
                flag::register_conditional_default(signal, &DEFAULT)?;
            }
            let mut signals = Signals::new(SIGNALS)?;
            std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
                for signal in signals.forever() {
                    on_signal(signal);
                }
            })?;
            listener.started = true;
        }
        listener.subscribers.retain(|subscriber| subscriber.strong_count() > 0);
        listener.subscribers.push(Arc::downgrade(&interrupt.0));
        DEFAULT.store(false, Ordering::SeqCst);
        Ok(interrupt)
    }

    /// Lets the signals end this process again, at once, until [`Interrupt::on_signals`]; one that has come
    /// before does so here. For a process that goes on as another program, which would never learn of a
    /// signal that still waits for the thread that listens, or that came when the last interrupt was no
    /// longer looked at.
    pub fn no_more() {
        DEFAULT.store(true, Ordering::SeqCst);
        if let Ok(signal @ 1..) = i32::try_from(CAME.load(Ordering::SeqCst)) {
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }

    /// The same, where an error is one of the engine's.
    pub(crate) fn listening() -> Result<Interrupt, Error> {
        let what = "cannot listen for signals";
        Interrupt::on_signals().map_err(|source| Error::System { what, source })
    }

    /// The signal that set it off, when one did.
    pub fn signal(&self) -> Option<i32> {
        raised(&self.0.signal)
    }

    /// The signal that commands are ended with: that which came, or that of [`Interrupt::stop_commands`].
    pub fn stopping(&self) -> Option<i32> {
        raised(&self.0.stopping)
    }

    /// Sets it off, as if `signal` had come.
    pub fn trigger(&self, signal: i32) {
        let children = locked(&self.0.children);
        if self.signal().is_some() {
            children.all().for_each(Child::kill);
            return;
        }
        self.0.signal.store(signal, Ordering::Release);
        self.stop(signal, children);
    }

    /// Ends the commands that run, and those that are about to, though nobody interrupted the build.
    pub(crate) fn stop_commands(&self) {
        self.stop(SIGTERM, locked(&self.0.children));
    }

    fn stop(&self, signal: i32, children: MutexGuard<'_, Children>) {
        self.0.stopping.store(signal, Ordering::Release);
        children.all().for_each(|child| child.send(signal));
        if children.all().next().is_none() {
            return;
        }
        drop(children);
        self.kill_after_grace();
    }

    /// Without a thread to wait in, nothing is killed: commands end by the signal, or by a second one.
    fn kill_after_grace(&self) {
        let inner = Arc::clone(&self.0);
        let wait = move || {
            let children = locked(&inner.children);
            let still = |children: &mut Children| children.all().any(|child| !child.console);
            let waited = inner.ended.wait_timeout_while(children, inner.grace, still);
            let (children, _) = waited.unwrap_or_else(PoisonError::into_inner);
            children.all().filter(|child| !child.console).for_each(Child::kill);
        };
        let _ = std::thread::Builder::new().name("grace".to_owned()).spawn(wait);
    }

    /// From now on commands that run are kept on disk, for the invocation that comes after this one.
    pub(crate) fn keep(&self, running: Running) {
        locked(&self.0.children).running = Some(running);
    }

    /// No command starts soon: those that have ended are kept no longer.
    pub(crate) fn tidy(&self) {
        if let Some(running) = &mut locked(&self.0.children).running {
            running.tidy();
        }
    }

    /// From now on, until the guard is gone, signals are handed on to the child, which was started after
    /// `since`. The guard must go while the child is not yet waited for: later its number may be another
    /// process.
    pub(crate) fn watch(&self, pid: Pid, console: bool, since: u64) -> Watch<'_> {
        let child = Child { pid, console };
        let mut children = locked(&self.0.children);
        let free = children.slots.iter().position(Option::is_none);
        let slot = free.unwrap_or(children.slots.len());
        if free.is_none() {
            children.slots.push(None);
        }
        children.slots[slot] = Some(child);
        if let Some(running) = &mut children.running {
            running.keep(slot, pid, console, since);
        }
        // A signal that came between the decision to start the child and now has not reached it.
        if let Some(signal) = self.stopping() {
            child.send(signal);
            if children.all().nth(1).is_none() {
                drop(children);
                self.kill_after_grace();
            }
        }
        Watch { interrupt: self, slot }
    }
}

impl Child {
    fn send(self, signal: i32) {
        if self.console && signal == SIGINT {
            return;
        }
        if let Some(signal) = Signal::from_named_raw(signal) {
            self.deliver(signal);
        }
    }

    fn kill(self) {
        self.deliver(Signal::KILL);
    }

    // It may be gone, which is what we want.
    fn deliver(self, signal: Signal) {
        let _ = if self.console {
            rustix::process::kill_process(self.pid, signal)
        } else {
            rustix::process::kill_process_group(self.pid, signal)
        };
    }
}

/// Keeps a child known to an [`Interrupt`].
pub(crate) struct Watch<'a> {
    interrupt: &'a Interrupt,
    slot: usize,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        let mut children = locked(&self.interrupt.0.children);
        children.slots[self.slot] = None;
        if let Some(running) = &mut children.running {
            running.clear(self.slot);
        }
        // Before that nobody waits for it.
        if self.interrupt.stopping().is_some() {
            self.interrupt.0.ended.notify_all();
        }
    }
}

fn raised(signal: &AtomicI32) -> Option<i32> {
    Some(signal.load(Ordering::Acquire)).filter(|signal| *signal != 0)
}

/// Signals come to a process and not to a build in it, so their listener is one for all.
struct Listener {
    started: bool,
    subscribers: Vec<Weak<Inner>>,
}

const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

/// The last signal that came, as its handler saw it; 0 before.
static CAME: AtomicUsize = AtomicUsize::new(0);

/// Whether a signal ends this process right in its handler.
static DEFAULT: AtomicBool = AtomicBool::new(false);

static LISTENER: Mutex<Listener> = Mutex::new(Listener { started: false, subscribers: Vec::new() });

fn on_signal(signal: i32) {
    let subscribers: Vec<_> =
        locked(&LISTENER).subscribers.iter().filter_map(Weak::upgrade).collect();
    if subscribers.is_empty() {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
    }
    for subscriber in subscribers {
        Interrupt(subscriber).trigger(signal);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::environment::Environment;
    use crate::run::outputs::Outputs;
    use crate::run::process::{Command, Execution, execute};
    use std::os::unix::process::ExitStatusExt as _;
    use std::path::Path;
    use std::time::Instant;

    /// Runs `line`, and `then` once it has written the file `started`.
    fn run(interrupt: &Interrupt, line: &str, then: impl FnOnce()) -> Execution {
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment::new::<&[u8]>(crate::settings::Environment::Minimal, &[]);
        std::thread::scope(|scope| {
            let running = scope.spawn(|| {
                let line = line.as_bytes();
                let (dir, environment) = (dir.path(), &environment);
                let make_flags = None;
                let command = Command { line, dir, environment, console: false, make_flags };
                execute(&command, interrupt, &Outputs::new().unwrap()).unwrap()
            });
            while !dir.path().join("started").exists() {
                std::thread::sleep(Duration::from_millis(1));
            }
            then();
            running.join().unwrap()
        })
    }

    #[test]
    fn the_signal_reaches_all_processes_of_a_command() {
        let interrupt = Interrupt::new();
        let begin = Instant::now();
        let ended = run(&interrupt, "sleep 100 | sleep 100 & touch started; wait", || {
            interrupt.trigger(SIGTERM);
        });
        assert_eq!((ended.code, ended.signal), (128 + SIGTERM, Some(SIGTERM)));
        assert!(begin.elapsed() < GRACE);
    }

    #[test]
    fn a_command_that_ignores_the_signal_is_killed_after_the_grace_time() {
        let interrupt = Interrupt::with_grace(Duration::from_millis(50));
        let line = "trap '' INT; touch started; sleep 100; sleep 100";
        let ended = run(&interrupt, line, || interrupt.trigger(SIGINT));
        assert_eq!(ended.signal, Some(9));
    }

    #[test]
    fn a_second_signal_kills_at_once() {
        let interrupt = Interrupt::new();
        let begin = Instant::now();
        let ended = run(&interrupt, "trap '' INT; touch started; sleep 100; sleep 100", || {
            interrupt.trigger(SIGINT);
            interrupt.trigger(SIGINT);
        });
        assert_eq!(ended.signal, Some(9));
        assert!(begin.elapsed() < GRACE);
    }

    #[test]
    fn after_the_signal_no_command_starts() {
        let interrupt = Interrupt::new();
        interrupt.trigger(SIGINT);
        let dir = tempfile::tempdir().unwrap();
        let environment = Environment::new::<&[u8]>(crate::settings::Environment::Minimal, &[]);
        let (dir, environment) = (dir.path(), &environment);
        let line = b"touch started";
        let command = Command { line, dir, environment, console: false, make_flags: None };
        let ended = execute(&command, &interrupt, &Outputs::new().unwrap()).unwrap();
        assert_eq!(ended.signal, Some(SIGINT));
        assert!(!Path::new(&dir.join("started")).exists());
    }

    #[test]
    fn commands_can_be_stopped_without_an_interrupt() {
        let interrupt = Interrupt::new();
        let ended = run(&interrupt, "touch started; sleep 100", || interrupt.stop_commands());
        assert_eq!(ended.signal, Some(SIGTERM));
        assert_eq!((interrupt.signal(), interrupt.stopping()), (None, Some(SIGTERM)));
        interrupt.trigger(SIGINT);
        assert_eq!((interrupt.signal(), interrupt.stopping()), (Some(SIGINT), Some(SIGINT)));
    }

    // Others have no `setsid`.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_left_the_group_does_not_hold_up_the_end() {
        let interrupt = Interrupt::new();
        let begin = Instant::now();
        let line = "echo said; setsid sleep 8 & touch started; sleep 100";
        let ended = run(&interrupt, line, || interrupt.trigger(SIGTERM));
        assert_eq!((ended.signal, ended.output.as_slice()), (Some(SIGTERM), &b"said\n"[..]));
        assert!(begin.elapsed() < GRACE);
    }

    /// An interrupt that a real signal has set off.
    fn set_off_by(signal: i32) -> Interrupt {
        let interrupt = Interrupt::on_signals().unwrap();
        assert_eq!(interrupt.signal(), None);
        signal_hook::low_level::raise(signal).unwrap();
        while interrupt.signal().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        interrupt
    }

    #[test]
    fn a_real_signal_sets_off_the_interrupts_that_live() {
        let gone = Interrupt::on_signals().unwrap();
        drop(gone);
        for signal in [SIGINT, SIGHUP] {
            assert_eq!(set_off_by(signal).signal(), Some(signal));
        }
    }

    /// The status of a process of its own, this test again, in which `then` runs.
    fn in_a_process(test: &str, then: impl FnOnce()) -> Option<std::process::ExitStatus> {
        const INSIDE: &str = "MBUILD_TEST_INSIDE";
        if std::env::var_os(INSIDE).is_some() {
            then();
            return None;
        }
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        let name = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
        Some(again.args(["--exact", &name]).env(INSIDE, "1").output().unwrap().status)
    }

    #[test]
    fn a_signal_that_nobody_answered_ends_the_process_when_it_goes_on() {
        let status =
            in_a_process("a_signal_that_nobody_answered_ends_the_process_when_it_goes_on", || {
                let _unseen = set_off_by(SIGTERM);
                Interrupt::no_more();
            });
        assert!(status.is_none_or(|status| status.signal() == Some(SIGTERM)), "{status:?}");
    }

    #[test]
    fn a_signal_that_comes_when_nobody_listens_ends_the_process_at_once() {
        let status = in_a_process(
            "a_signal_that_comes_when_nobody_listens_ends_the_process_at_once",
            || {
                drop(Interrupt::on_signals().unwrap());
                Interrupt::no_more();
                // The thread that listens does nothing from now on.
                std::mem::forget(locked(&LISTENER));
                signal_hook::low_level::raise(SIGINT).unwrap();
            },
        );
        assert!(status.is_none_or(|status| status.signal() == Some(SIGINT)), "{status:?}");
    }
}
