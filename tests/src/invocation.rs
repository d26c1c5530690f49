//! One run of a program: how it is started, and what it said and did.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use wait4::{ResUse, Wait4 as _};

/// How long a program may take that is waited for: far longer than any does, so that one that never ends fails its test
/// and does not hold up all others.
const LIMIT: Duration = Duration::from_secs(600);

/// A program about to run.
pub struct Invocation {
    command: Command,
    /// The event stream goes to a file in here.
    scratch: TempDir,
}

/// A program that runs, as a [`Child`] that is killed where it does not end while it is waited for, and where the test
/// ends first.
pub struct Running(Child);

/// What a program said and did.
#[derive(Debug)]
pub struct Finished {
    /// The exit code; 128 + n for signal n.
    pub code: i32,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
    /// The event stream of mbuild, empty for other programs.
    pub events: Vec<Value>,
}

impl Invocation {
    /// `program` in `dir`, without the variables that would change what mbuild does.
    pub fn new(program: &Path, dir: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(dir).stdin(Stdio::null());
        for name in [
            "NINJA_STATUS",
            "MAKEFLAGS",
            "MBUILD_JOBSERVER",
            "MBUILD_MEMORY",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_CACHE_HOME",
            "OCAMLPATH",
        ] {
            command.env_remove(name);
        }
        let scratch = TempDir::with_prefix("mbuild-events-").expect("a temporary folder");
        command.env("MBUILD_EVENTS", scratch.path().join("events"));
        Self { command, scratch }
    }

    /// Adds arguments.
    pub fn arguments<S: AsRef<OsStr>>(&mut self, arguments: &[S]) -> &mut Self {
        self.command.args(arguments);
        self
    }

    /// Sets a variable.
    pub fn env(&mut self, name: &str, value: impl AsRef<OsStr>) -> &mut Self {
        self.command.env(name, value);
        self
    }

    /// Removes a variable.
    pub fn env_remove(&mut self, name: &str) -> &mut Self {
        self.command.env_remove(name);
        self
    }

    /// Puts a folder first in `PATH`.
    pub fn path_first(&mut self, dir: &Path) -> &mut Self {
        let mut dirs = vec![dir.to_path_buf()];
        dirs.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        self.env("PATH", std::env::join_paths(dirs).expect("no colon in the folder's name"))
    }

    /// Starts it and does not wait; what it says goes nowhere.
    pub fn start(&mut self) -> Running {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        Running(self.spawn())
    }

    /// Runs it to its end, whatever that is; what it says goes nowhere.
    pub fn measure(&mut self) -> ResUse {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.spawn().wait4().expect("it ends")
    }

    fn spawn(&mut self) -> Child {
        let child = self.command.spawn();
        child.unwrap_or_else(|error| panic!("start {:?}: {error}", self.command))
    }

    /// Runs it to its end.
    pub fn run(&mut self) -> Finished {
        use std::os::unix::process::ExitStatusExt;
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = self.spawn();
        let output = bounded(LIMIT, child.id(), || child.wait_with_output());
        let output = output.unwrap_or_else(|error| panic!("run {:?}: {error}", self.command));
        let status = output.status;
        let events = fs::read_to_string(self.scratch.path().join("events")).unwrap_or_default();
        let parse = |line: &str| serde_json::from_str(line).expect("a line of JSON per event");
        Finished {
            code: status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            events: events.lines().map(parse).collect(),
        }
    }

    /// Runs it; it must succeed.
    pub fn ok(&mut self) -> Finished {
        let finished = self.run();
        assert_eq!(finished.code, 0, "{:?} failed\n{}", self.command, finished.said());
        finished
    }

    /// Runs it; it must fail with this exit code.
    pub fn fails(&mut self, code: i32) -> Finished {
        let finished = self.run();
        assert_eq!(finished.code, code, "{:?}\n{}", self.command, finished.said());
        finished
    }
}

impl Running {
    /// Waits until it ends.
    pub fn wait(&mut self) -> io::Result<ExitStatus> {
        bounded(LIMIT, self.0.id(), || self.0.wait())
    }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits for a process, which is killed when it has taken this long.
fn bounded<T>(limit: Duration, pid: u32, wait: impl FnOnce() -> T) -> T {
    let (done, ended) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        if ended.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout) {
            eprintln!("process {pid} has not ended after {limit:?} and is killed");
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
    });
    let ended = wait();
    drop(done);
    ended
}

impl Finished {
    /// Both streams, for messages.
    pub fn said(&self) -> String {
        format!("--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }

    /// First outputs of the actions whose command ran to success, sorted.
    pub fn ran(&self) -> Vec<String> {
        self.outputs("finished", Some("ran"))
    }

    /// First outputs of the actions that came from the store, sorted.
    pub fn restored(&self) -> Vec<String> {
        self.outputs("finished", Some("restored"))
    }

    /// First outputs of the actions that might have had to run and did not, sorted.
    pub fn cut_off(&self) -> Vec<String> {
        self.outputs("cut_off", None)
    }

    /// Why actions were out of date: first outputs and reasons, in the order they started.
    pub fn reasons(&self) -> Vec<(String, String)> {
        let started = self.events.iter().filter(|event| event["event"] == "started");
        started.map(|e| (text(&e["action"], "output"), e["reasons"].to_string())).collect()
    }

    /// First outputs in the order in which actions started.
    pub fn started(&self) -> Vec<String> {
        self.reasons().into_iter().map(|(output, _)| output).collect()
    }

    /// How many actions ran at once, at most.
    pub fn most_at_once(&self) -> u64 {
        let started = self.events.iter().filter(|event| event["event"] == "started");
        started.filter_map(|event| event["running"].as_u64()).max().unwrap_or(0)
    }

    /// What was repaired, one line each.
    pub fn repaired(&self) -> Vec<String> {
        let repaired = self.events.iter().filter(|event| event["event"] == "repaired");
        repaired
            .map(|event| format!("{}: {}", text(event, "what"), text(event, "detail")))
            .collect()
    }

    /// A number of the summary.
    pub fn summary(&self, field: &str) -> u64 {
        let ended = self.events.iter().find(|event| event["event"] == "ended");
        let ended = ended.unwrap_or_else(|| panic!("the events have no end\n{}", self.said()));
        ended["summary"][field].as_u64().unwrap_or_else(|| panic!("no `{field}` in {ended}"))
    }

    fn outputs(&self, event: &str, how: Option<&str>) -> Vec<String> {
        let wanted = |value: &&Value| {
            value["event"] == event && how.is_none_or(|how| value["outcome"]["how"] == how)
        };
        let events = self.events.iter().filter(wanted);
        let mut outputs: Vec<String> = events.map(|e| text(&e["action"], "output")).collect();
        outputs.sort();
        outputs
    }
}

fn text(event: &Value, field: &str) -> String {
    let text = event[field].as_str();
    text.unwrap_or_else(|| panic!("no `{field}` in {event}")).to_string()
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;

    use super::*;

    #[test]
    fn what_does_not_end_is_killed_at_the_limit() {
        let mut child = Command::new("sleep").arg("100").spawn().unwrap();
        let status = bounded(Duration::from_millis(50), child.id(), || child.wait());
        assert_eq!(status.unwrap().signal(), Some(9));
    }
}
