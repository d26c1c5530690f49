//! The commands that run, on disk: when an invocation is killed, the next one stops what it left behind
//! before that writes into the same outputs.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustc_hash::FxHashSet;
use rustix::process::{Pid, Signal, kill_process};

use super::processes::{self, Process, SLACK};

const HEADER: usize = 128;
const SLOT: usize = 64;
const POLL: Duration = Duration::from_millis(2);

/// The file `running` of a state folder, a line of fixed length for each command that runs.
///
/// It is only written, never synced: what it says matters as long as the machine is up.
#[derive(Debug)]
pub(crate) struct Running {
    path: PathBuf,
    /// Made when the first command starts.
    file: Option<File>,
    /// Slots of commands that have ended, which the file still has.
    ended: Vec<usize>,
}

impl Running {
    /// Nothing runs yet in this state folder, which is locked.
    pub(crate) fn new(dir: &Path) -> Self {
        Self { path: place(dir), file: None, ended: Vec::new() }
    }

    /// A command runs: the process `pid`, and those of its group unless it shares ours. It was started
    /// after the time `since`.
    pub(crate) fn keep(&mut self, slot: usize, pid: Pid, shares_group: bool, since: u64) {
        let kind = if shares_group { "process" } else { "group" };
        let line = format!("{kind} {} {since} {}", pid.as_raw_nonzero(), processes::now());
        self.ended.retain(|ended| *ended != slot);
        self.write(slot, &line);
    }

    /// The command has ended. Its line stays until another one takes the slot, or the next [`Running::tidy`]:
    /// nobody is harmed by the number of a process that is gone, and most slots are taken again at once.
    pub(crate) fn clear(&mut self, slot: usize) {
        self.ended.push(slot);
    }

    /// Nothing starts soon: what has ended is taken out of the file.
    pub(crate) fn tidy(&mut self) {
        for slot in std::mem::take(&mut self.ended) {
            self.write(slot, "");
        }
    }

    /// A file that cannot be written is one that nobody will find commands in.
    fn write(&mut self, slot: usize, line: &str) {
        if self.file.is_none() {
            self.file = create(&self.path).ok();
        }
        if let Some(file) = &self.file {
            let mut bytes = [b' '; SLOT];
            bytes[SLOT - 1] = b'\n';
            let length = line.len().min(SLOT - 1);
            bytes[..length].copy_from_slice(&line.as_bytes()[..length]);
            let _ = file.write_all_at(&bytes, (HEADER + slot * SLOT) as u64);
        }
    }
}

fn place(dir: &Path) -> PathBuf {
    dir.join("running")
}

fn create(path: &Path) -> io::Result<File> {
    let mut file = File::create(path)?;
    file.write_all(format!("{:<width$}\n", header(), width = HEADER - 1).as_bytes())?;
    Ok(file)
}

/// Where the numbers of the file mean something.
fn header() -> String {
    format!("running 1 {} {}", processes::place(), processes::session())
}

/// A command of an earlier invocation.
struct Left {
    pid: i32,
    group: bool,
    /// When it was started, at the earliest and at the latest.
    between: (u64, u64),
}

/// Kills what an invocation that was killed has left running, and waits until it is gone. Says how many
/// commands that were.
///
/// The state folder must be locked. `stop` ends the waiting.
pub(crate) fn stop_left(dir: &Path, stop: &dyn Fn() -> bool) -> usize {
    let path = place(dir);
    let Ok(text) = std::fs::read_to_string(&path) else { return 0 };
    let mut lines = text.lines();
    let (place, session) =
        lines.next().and_then(|line| line.trim_end().rsplit_once(' ')).unwrap_or_default();
    let left: Vec<Left> = lines.filter_map(parse).collect();
    if left.is_empty() || place != format!("running 1 {}", processes::place()) {
        return 0;
    }
    let session = session.parse().unwrap_or(0);
    let mut stopped = FxHashSet::default();
    loop {
        let all = processes::all();
        let mut doomed = FxHashSet::default();
        for (index, left) in left.iter().enumerate() {
            let members = left.members(&all, session);
            if !members.is_empty() {
                stopped.insert(index);
            }
            doomed.extend(members);
        }
        if doomed.is_empty() {
            break;
        }
        with_descendants(&mut doomed, &all);
        for pid in doomed.into_iter().filter_map(Pid::from_raw) {
            // It may be gone by now, which is what we want.
            let _ = kill_process(pid, Signal::KILL);
        }
        if stop() {
            return stopped.len();
        }
        std::thread::sleep(POLL);
    }
    // What is gone need not be looked for again.
    let _ = File::create(&path);
    stopped.len()
}

fn parse(line: &str) -> Option<Left> {
    let mut fields = line.split_ascii_whitespace();
    let group = fields.next()? == "group";
    let pid = fields.next()?.parse().ok().filter(|pid| *pid > 1)?;
    let between = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(Left { pid, group, between })
}

impl Left {
    /// Its processes that still run.
    ///
    /// Its number may be another process by now, which then started later, or leads another group. When
    /// only others of its group are left, nobody else can have got the number; that they are of the same
    /// session leaves no doubt.
    fn members(&self, all: &[Process], session: i32) -> Vec<i32> {
        let (earliest, latest) = self.between;
        let first = all.iter().find(|process| process.pid == self.pid);
        let is_ours = first.is_none_or(|first| {
            (!self.group || first.group == self.pid)
                && first.started + SLACK >= earliest
                && first.started <= latest + SLACK
        });
        if !is_ours {
            return Vec::new();
        }
        let belongs = |process: &&Process| {
            let of_it = process.pid == self.pid || (self.group && process.group == self.pid);
            of_it && !process.ended && process.session == session
        };
        all.iter().filter(belongs).map(|process| process.pid).collect()
    }
}

/// Adds what these processes have started: another build, for one, whose commands have groups of their own.
fn with_descendants(pids: &mut FxHashSet<i32>, all: &[Process]) {
    loop {
        let before = pids.len();
        let children = all.iter().filter(|process| pids.contains(&process.parent));
        let children: Vec<i32> = children.map(|process| process.pid).collect();
        pids.extend(children);
        if pids.len() == before {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::{CommandExt, ExitStatusExt};
    use std::process::{Child, Command};

    fn start(line: &str) -> Child {
        Command::new("sh").args(["-c", line]).process_group(0).spawn().unwrap()
    }

    #[test]
    fn what_a_killed_invocation_left_running_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(stop_left(dir.path(), &|| false), 0);
        let since = processes::now();
        let (mut one, mut other) = (start("sleep 100; sleep 100"), start("sleep 100 & exit"));
        let mut running = Running::new(dir.path());
        running.keep(0, Pid::from_child(&one), false, since);
        running.keep(1, Pid::from_child(&other), false, since);
        other.wait().unwrap();
        assert_eq!(stop_left(dir.path(), &|| false), 2);
        assert_eq!(one.wait().unwrap().signal(), Some(9));
        assert_eq!(stop_left(dir.path(), &|| false), 0);
    }

    #[test]
    fn a_command_that_has_ended_is_not_looked_for() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = start("sleep 100");
        let mut running = Running::new(dir.path());
        running.keep(0, Pid::from_child(&child), false, processes::now());
        running.clear(0);
        running.tidy();
        assert_eq!(stop_left(dir.path(), &|| false), 0);
        assert_eq!(child.try_wait().unwrap(), None);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_command_in_the_slot_of_one_that_has_ended_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let since = processes::now();
        let mut child = start("exec sleep 100");
        let mut running = Running::new(dir.path());
        running.keep(0, Pid::from_raw(i32::MAX).unwrap(), false, since);
        running.clear(0);
        running.keep(0, Pid::from_child(&child), false, since);
        running.tidy();
        assert_eq!(stop_left(dir.path(), &|| false), 1);
        assert_eq!(child.wait().unwrap().signal(), Some(9));
    }

    #[test]
    fn another_process_of_the_same_number_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = start("sleep 100");
        let pid = child.id();
        let ages_ago = processes::now() - 1_000;
        let between = format!("{} {}", ages_ago - 10, ages_ago);
        create(&place(dir.path())).unwrap();
        let mut text = std::fs::read_to_string(place(dir.path())).unwrap();
        text.push_str(&format!("group {pid} {between}\nprocess {pid} {between}\n"));
        std::fs::write(place(dir.path()), &text).unwrap();
        assert_eq!(stop_left(dir.path(), &|| false), 0);
        // Numbers of another machine, or of an earlier start of this one, mean nothing.
        let now = processes::now();
        let text = format!("running 1 elsewhere 1\ngroup {pid} {} {now}\n", now - 1_000);
        std::fs::write(place(dir.path()), text).unwrap();
        assert_eq!(stop_left(dir.path(), &|| false), 0);
        assert_eq!(child.try_wait().unwrap(), None);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
