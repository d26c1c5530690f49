//! Keeps the progress line moving while nothing happens: a console shared with a clock thread.

use std::io::{IsTerminal, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use mbuild_engine::event::{Event, Sink};

use crate::report::console::{Console, Options, Style};

/// How often the clock looks.
const TICK: Duration = Duration::from_millis(100);

type Shared = Arc<(Mutex<Option<Clocked>>, Condvar)>;

/// A console that a clock thread may draw as well.
pub(crate) struct Live {
    shared: Shared,
    clock: Option<JoinHandle<()>>,
}

struct Clocked {
    console: Console<Box<dyn Write + Send>>,
    start: Instant,
}

impl Live {
    /// A console on `out`, with a clock when it draws in place.
    pub(crate) fn new(out: Box<dyn Write + Send>, options: Options) -> Self {
        let console = Console::new(out, options, terminal_size);
        let clocked = Clocked { console, start: Instant::now() };
        let shared: Shared = Arc::new((Mutex::new(Some(clocked)), Condvar::new()));
        let clock = (options.style == Style::Live).then(|| {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || run_clock(&shared))
        });
        Self { shared, clock }
    }
}

impl Sink for Live {
    fn event(&mut self, event: &Event<'_>) {
        let mut guard = lock(&self.shared);
        let Some(clocked) = guard.as_mut() else { return };
        if let Event::Started { at_ms, .. } = event {
            // The build's own clock started a little after ours, or before a second build.
            let now = Instant::now();
            clocked.start = now.checked_sub(Duration::from_millis(*at_ms)).unwrap_or(now);
        }
        clocked.console.event(event);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        *lock(&self.shared) = None;
        self.shared.1.notify_all();
        if let Some(clock) = self.clock.take() {
            // A clock that panicked has nothing more to draw.
            let _ = clock.join();
        }
    }
}

fn run_clock(shared: &Shared) {
    let mut guard = lock(shared);
    while let Some(clocked) = guard.as_mut() {
        let now = u64::try_from(clocked.start.elapsed().as_millis()).unwrap_or(u64::MAX);
        clocked.console.tick(now);
        guard = shared.1.wait_timeout(guard, TICK).unwrap_or_else(PoisonError::into_inner).0;
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, Option<Clocked>> {
    shared.0.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Columns and rows of the terminal behind stderr.
fn terminal_size() -> (usize, usize) {
    match rustix::termios::tcgetwinsize(std::io::stderr()) {
        Ok(size) if size.ws_col > 0 => (size.ws_col.into(), size.ws_row.max(2).into()),
        _ => (80, 24),
    }
}

/// Stderr is a terminal that can draw in place.
pub(crate) fn can_draw() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_some_and(|term| term != "dumb")
}
