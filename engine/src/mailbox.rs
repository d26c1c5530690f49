//! A mailbox whose reader takes all that came in a while at once: nobody wakes it for each message.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// When what is in a mailbox is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Habits {
    /// How long the reader, who has just taken all there was, leaves alone what comes next.
    pub(crate) linger: Duration,
    /// How many messages are taken without any more waiting.
    pub(crate) enough: usize,
    /// How many messages there may be before who sends has to wait.
    pub(crate) most: usize,
}

/// A new mailbox, which is empty.
pub(crate) fn mailbox<T>(habits: Habits) -> (Sender<T>, Receiver<T>) {
    let reader = Reader::Busy;
    let inside =
        Inside { messages: Vec::new(), hurry: false, closed: false, unread: false, reader };
    let shared = Arc::new(Shared {
        habits,
        inside: Mutex::new(inside),
        some: Condvar::new(),
        room: Condvar::new(),
    });
    (Sender(Arc::clone(&shared)), Receiver(shared))
}

#[derive(Debug)]
struct Shared<T> {
    habits: Habits,
    inside: Mutex<Inside<T>>,
    /// The reader waits for it.
    some: Condvar,
    /// Those who send wait for it.
    room: Condvar,
}

#[derive(Debug)]
struct Inside<T> {
    messages: Vec<T>,
    /// The reader is not to wait for more.
    hurry: bool,
    /// Nothing more will come.
    closed: bool,
    /// The reader is gone.
    unread: bool,
    reader: Reader,
}

/// What the reader does. To wake it takes a system call and, worse, a processor from somebody else.
#[derive(Debug, PartialEq, Eq)]
enum Reader {
    /// It will look by itself.
    Busy,
    /// It sleeps for a while, whatever comes.
    Lingers,
    /// It sleeps until something comes.
    Waits,
}

impl<T> Shared<T> {
    fn lock(&self) -> MutexGuard<'_, Inside<T>> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that messages go into.
#[derive(Debug)]
pub(crate) struct Sender<T>(Arc<Shared<T>>);

impl<T> Sender<T> {
    /// Leaves a message; `false` when nobody reads any more.
    pub(crate) fn send(&self, message: T) -> bool {
        self.put(message, false)
    }

    /// The same, and the reader takes it at once with all that was there before.
    pub(crate) fn send_now(&self, message: T) -> bool {
        self.put(message, true)
    }

    fn put(&self, message: T, hurry: bool) -> bool {
        let Habits { enough, most, .. } = self.0.habits;
        let full = |inside: &mut Inside<T>| inside.messages.len() >= most && !inside.unread;
        let waited = self.0.room.wait_while(self.0.lock(), full);
        let mut inside = waited.unwrap_or_else(PoisonError::into_inner);
        if inside.unread {
            return false;
        }
        inside.messages.push(message);
        inside.hurry |= hurry;
        let wake = match inside.reader {
            Reader::Busy => false,
            Reader::Lingers => hurry || inside.messages.len() >= enough,
            Reader::Waits => true,
        };
        if wake {
            inside.reader = Reader::Busy;
            // Who is woken does not find the lock taken.
            drop(inside);
            self.0.some.notify_one();
        }
        true
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.some.notify_one();
    }
}

/// The end that messages come out of.
#[derive(Debug)]
pub(crate) struct Receiver<T>(Arc<Shared<T>>);

impl<T> Receiver<T> {
    /// Waits for messages and takes what is there into `batch`, which is empty before; `false` when nothing
    /// more will come.
    pub(crate) fn take(&self, batch: &mut Vec<T>) -> bool {
        self.take_within(None, batch)
    }

    /// The same, but `batch` stays empty when nothing has come `at_most` this long.
    pub(crate) fn take_within(&self, at_most: Option<Duration>, batch: &mut Vec<T>) -> bool {
        let Shared { habits, some, room, .. } = &*self.0;
        let begin = Instant::now();
        let mut inside = self.0.lock();
        while inside.messages.len() < habits.enough && !inside.closed && !inside.hurry {
            let waited = begin.elapsed();
            let lingers = waited < habits.linger;
            let over = at_most.is_some_and(|at_most| waited >= at_most);
            if over || !lingers && !inside.messages.is_empty() {
                break;
            }
            inside.reader = if lingers { Reader::Lingers } else { Reader::Waits };
            let until = if lingers { Some(habits.linger) } else { None };
            let until = until.into_iter().chain(at_most).min();
            inside = match until {
                Some(until) => {
                    let slept = some.wait_timeout(inside, until.saturating_sub(waited));
                    slept.unwrap_or_else(PoisonError::into_inner).0
                }
                None => some.wait(inside).unwrap_or_else(PoisonError::into_inner),
            };
        }
        inside.reader = Reader::Busy;
        std::mem::swap(&mut inside.messages, batch);
        inside.hurry = false;
        let open = !inside.closed;
        let was_full = batch.len() >= habits.most;
        drop(inside);
        if was_full {
            room.notify_all();
        }
        open
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let mut inside = self.0.lock();
        inside.unread = true;
        inside.messages.clear();
        drop(inside);
        self.0.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGES: Duration = Duration::from_secs(600);

    fn take(from: &Receiver<u32>) -> (Vec<u32>, bool) {
        let mut batch = Vec::new();
        let open = from.take(&mut batch);
        (batch, open)
    }

    #[test]
    fn what_came_in_a_while_is_taken_at_once() {
        let linger = Duration::from_millis(1);
        let (to, from) = mailbox(Habits { linger, enough: 100, most: 100 });
        assert!((1..=3).all(|message| to.send(message)));
        assert_eq!(take(&from), (vec![1, 2, 3], true));
    }

    #[test]
    fn what_comes_after_a_while_is_taken_at_once() {
        let linger = Duration::from_millis(1);
        let (to, from) = mailbox(Habits { linger, enough: 100, most: 100 });
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| take(&from));
            while from.0.lock().reader != Reader::Waits {
                std::thread::yield_now();
            }
            assert!(to.send(1));
            assert_eq!(reading.join().unwrap(), (vec![1], true));
        });
    }

    #[test]
    fn a_wait_may_end_with_nothing() {
        let (to, from) = mailbox(Habits { linger: AGES, enough: 2, most: 100 });
        let mut batch = Vec::new();
        assert!(from.take_within(Some(Duration::from_millis(1)), &mut batch));
        assert_eq!(batch, [0; 0]);
        assert!(to.send(1));
        assert!(from.take_within(Some(Duration::from_millis(1)), &mut batch));
        assert_eq!(batch, [1]);
    }

    #[test]
    fn enough_and_the_end_and_a_hurry_are_not_waited_for() {
        let (to, from) = mailbox(Habits { linger: AGES, enough: 2, most: 100 });
        assert!(to.send(1) && to.send(2));
        assert_eq!(take(&from), (vec![1, 2], true));
        assert!(to.send_now(3));
        assert_eq!(take(&from), (vec![3], true));
        assert!(to.send(4));
        drop(to);
        assert_eq!(take(&from), (vec![4], false));
        assert_eq!(take(&from), (vec![], false));
    }

    #[test]
    fn who_sends_waits_for_room_as_long_as_somebody_reads() {
        let (to, from) = mailbox(Habits { linger: AGES, enough: 1, most: 1 });
        std::thread::scope(|scope| {
            let sending = scope.spawn(|| (1..=50).all(|message| to.send(message)));
            for message in 1..=50 {
                assert_eq!(take(&from), (vec![message], true));
            }
            assert!(sending.join().unwrap());
            assert!(to.send(51));
            let sending = scope.spawn(|| to.send(52));
            drop(from);
            // Whether or not it had begun to wait.
            assert!(!sending.join().unwrap());
        });
        assert!(!to.send(53));
    }

    #[test]
    fn a_reader_that_waits_is_woken() {
        let (to, from) = mailbox(Habits { linger: AGES, enough: 3, most: 100 });
        std::thread::scope(|scope| {
            let reading = scope.spawn(|| take(&from));
            assert!((1..=3).all(|message| to.send(message)));
            assert_eq!(reading.join().unwrap(), (vec![1, 2, 3], true));
        });
    }
}
