//! What the machine says about its memory; only Linux says it.

use std::path::PathBuf;

/// What there is, at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// Bytes that commands could take before anything is swapped out or killed.
    pub(super) available: Option<u64>,
    /// The share of the last ten seconds in which something waited for memory, in percent.
    pub(super) pressure: Option<f64>,
}

/// Reads it.
pub(super) struct Machine {
    /// Control groups with a limit that this process is in.
    limited: Vec<PathBuf>,
}

impl Machine {
    pub(super) fn new() -> Self {
        let groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let limited = control_groups(&groups)
            .into_iter()
            .filter(|dir| number(&dir.join("memory.max")).is_some())
            .collect();
        Self { limited }
    }

    pub(super) fn read(&self) -> Reading {
        let text = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let rooms = self.limited.iter().filter_map(|dir| {
            let (most, now) =
                (number(&dir.join("memory.max"))?, number(&dir.join("memory.current"))?);
            let details = std::fs::read_to_string(dir.join("memory.stat")).unwrap_or_default();
            Some(room(most, now, &details))
        });
        Reading {
            available: available(&text("/proc/meminfo")).into_iter().chain(rooms).min(),
            pressure: pressure(&text("/proc/pressure/memory")),
        }
    }

    /// What the commands that this process has started hold now, with all that they have started.
    pub(super) fn taken_by_descendants(&self) -> u64 {
        crate::run::processes::resident_below_us()
    }
}

fn number(path: &PathBuf) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// The folders of a process's group and of those around it.
fn control_groups(of_process: &str) -> Vec<PathBuf> {
    let Some(group) = of_process.lines().find_map(|line| line.strip_prefix("0::/")) else {
        return Vec::new();
    };
    let inner = PathBuf::from("/sys/fs/cgroup").join(group);
    inner.ancestors().take_while(|dir| dir.starts_with("/sys/fs/cgroup")).map(Into::into).collect()
}

/// What a group has left; pages of files make room when something else needs it.
fn room(most: u64, now: u64, details: &str) -> u64 {
    let files = details.lines().find_map(|line| line.strip_prefix("file "));
    let files = files.and_then(|bytes| bytes.trim().parse().ok()).unwrap_or(0);
    most.saturating_sub(now.saturating_sub(files))
}

fn available(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib.saturating_mul(1024))
}

fn pressure(text: &str) -> Option<f64> {
    let some = text.lines().find_map(|line| line.strip_prefix("some "))?;
    some.split(' ').find_map(|field| field.strip_prefix("avg10="))?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_linux_says_is_understood() {
        let meminfo = "MemTotal:        8000 kB\nMemAvailable:    1234 kB\n";
        assert_eq!(available(meminfo), Some(1234 * 1024));
        assert_eq!(available("MemTotal: 8000 kB\n"), None);
        let text = "some avg10=12.34 avg60=0.00 total=0\nfull avg10=1.00 avg60=0.00 total=0\n";
        assert_eq!(pressure(text), Some(12.34));
        assert_eq!(pressure(""), None);
        assert_eq!(room(1000, 900, "anon 500\nfile 300\n"), 400);
        assert_eq!(room(1000, 1200, ""), 0);
    }

    #[test]
    fn groups_are_those_of_the_process_and_those_around_it() {
        let groups = control_groups("1:name=x:/y\n0::/user/build\n");
        let expected = ["/sys/fs/cgroup/user/build", "/sys/fs/cgroup/user", "/sys/fs/cgroup"];
        assert_eq!(groups, expected.map(PathBuf::from));
        assert!(control_groups("").is_empty());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn this_machine_has_memory_and_a_child_takes_some() {
        use std::io::{BufRead, BufReader, Write};
        let machine = Machine::new();
        assert!(machine.read().available.is_some_and(|bytes| bytes > 0));
        let before = machine.taken_by_descendants();
        let mut child = std::process::Command::new("sh")
            .args(["-c", "echo ready; read wait"])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert!(machine.taken_by_descendants() > 0, "{before}");
        child.stdin.take().unwrap().write_all(b"\n").unwrap();
        child.wait().unwrap();
    }
}
