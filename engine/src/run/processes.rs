//! The processes of this machine: who started them, which group they are in, and since when they run.

/// A process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    pub(crate) parent: i32,
    /// Its process group.
    pub(crate) group: i32,
    /// Its session; 0 when whoever leads that is in another container.
    pub(crate) session: i32,
    /// When it started, on the clock of [`now`].
    pub(crate) started: u64,
    /// It does nothing any more, but nobody has waited for it yet.
    pub(crate) ended: bool,
    /// How much memory it holds, in bytes; only Linux says it.
    pub(crate) resident: u64,
}

/// How much memory the processes hold that this one has started, by however many others.
pub(crate) fn resident_below_us() -> u64 {
    let all = system::all();
    let mut below = vec![std::process::id().cast_signed()];
    let mut sum = 0;
    // A table that changes while it is read could lead around.
    for next in 0..=all.len() {
        let Some(parent) = below.get(next).copied() else { break };
        for child in all.iter().filter(|process| process.parent == parent) {
            below.push(child.pid);
            sum += child.resident;
        }
    }
    sum
}

/// This process came, by however many others, from the process `pid`.
pub(crate) fn descends_from(pid: u32) -> bool {
    let mut at = std::process::id().cast_signed();
    // A table that changes while it is read could lead around.
    for _ in 0..1_000 {
        match system::process(at) {
            Some(process) if process.parent == pid.cast_signed() => return true,
            Some(process) if process.parent > 1 => at = process.parent,
            _ => return false,
        }
    }
    false
}

/// The session of this process, as [`Process::session`] tells it.
pub(crate) fn session() -> i32 {
    let own = system::process(std::process::id().cast_signed());
    own.map_or(0, |process| process.session)
}

pub(crate) use system::{SLACK, all, boot, now, place};

#[cfg(target_os = "linux")]
mod system {
    use super::Process;

    /// How far a start may be from what [`now`] said at the time.
    pub(crate) const SLACK: u64 = 0;

    /// Hundredths of a second since the machine started, as `/proc` counts.
    pub(crate) fn now() -> u64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
        now.tv_sec.unsigned_abs() * 100 + now.tv_nsec.unsigned_abs() / 10_000_000
    }

    /// Where and when process ids mean what they mean: this start of the machine, this container.
    pub(crate) fn place() -> String {
        let ids = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
        format!("{}/{}", boot().unwrap_or_default(), ids.display())
    }

    /// This start of the machine.
    pub(crate) fn boot() -> Option<String> {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(boot.trim().to_owned()).filter(|boot| !boot.is_empty())
    }

    pub(crate) fn all() -> Vec<Process> {
        let Ok(folders) = std::fs::read_dir("/proc") else { return Vec::new() };
        let pid = |name: std::ffi::OsString| name.to_str()?.parse().ok();
        folders.flatten().filter_map(|entry| process(pid(entry.file_name())?)).collect()
    }

    pub(super) fn process(pid: i32) -> Option<Process> {
        let line = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
        // The name of the program, in parentheses, may hold anything.
        let end = line.iter().rposition(|byte| *byte == b')')?;
        let line = std::str::from_utf8(line.get(end + 1..)?).ok()?;
        let mut fields = line.split_ascii_whitespace();
        let state = fields.next()?;
        Some(Process {
            pid,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: fields.next()?.parse().ok()?,
            started: fields.nth(15)?.parse().ok()?,
            ended: matches!(state, "Z" | "X"),
            resident: fields.nth(1)?.parse::<u64>().ok()? * rustix::param::page_size() as u64,
        })
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use super::Process;
    use std::time::SystemTime;

    /// How far a start may be from what [`now`] said at the time: `ps` tells whole seconds.
    pub(crate) const SLACK: u64 = 2;

    /// Seconds since 1970.
    pub(crate) fn now() -> u64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.map_or(0, |now| now.as_secs())
    }

    /// Times since 1970 mean the same after the machine was started anew.
    pub(crate) fn place() -> String {
        "-".to_owned()
    }

    /// Nobody tells one start of the machine from another.
    pub(crate) fn boot() -> Option<String> {
        None
    }

    pub(crate) fn all() -> Vec<Process> {
        ps(&["-ax"])
    }

    pub(super) fn process(pid: i32) -> Option<Process> {
        ps(&["-p", &pid.to_string()]).first().copied()
    }

    fn ps(which: &[&str]) -> Vec<Process> {
        let mut ps = std::process::Command::new("ps");
        ps.args(which).args(["-o", "pid=,ppid=,pgid=,stat=,etime="]);
        let Ok(listed) = ps.output() else { return Vec::new() };
        let now = now();
        let listed = String::from_utf8_lossy(&listed.stdout);
        listed.lines().filter_map(|line| parse(line, now)).collect()
    }

    fn parse(line: &str, now: u64) -> Option<Process> {
        let mut fields = line.split_ascii_whitespace();
        let pid = fields.next()?.parse().ok()?;
        let session = rustix::process::Pid::from_raw(pid)
            .and_then(|pid| rustix::process::getsid(Some(pid)).ok());
        Some(Process {
            pid,
            parent: fields.next()?.parse().ok()?,
            group: fields.next()?.parse().ok()?,
            session: session.map_or(0, |session| session.as_raw_nonzero().get()),
            ended: fields.next()?.starts_with('Z'),
            started: now.saturating_sub(seconds(fields.next()?)?),
            resident: 0,
        })
    }

    /// `[[days-]hours:]minutes:seconds`.
    fn seconds(elapsed: &str) -> Option<u64> {
        let (days, time) = elapsed.split_once('-').unwrap_or(("0", elapsed));
        let mut total = days.parse().ok()?;
        let parts: Vec<&str> = time.split(':').collect();
        for index in 0..3 {
            let missing = 3 - parts.len().min(3);
            let part = if index < missing { 0 } else { parts[index - missing].parse().ok()? };
            total = total * if index == 0 { 24 } else { 60 } + part;
        }
        Some(total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_child_is_listed_with_its_parent_its_group_and_its_start() {
        let before = now();
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        let after = now();
        let pid = child.id().cast_signed();
        let found = all().into_iter().find(|process| process.pid == pid).unwrap();
        let group = rustix::process::getpgrp().as_raw_nonzero().get();
        assert_eq!((found.parent, found.group), (std::process::id().cast_signed(), group));
        assert_eq!(found.session, session());
        assert!(before <= found.started + SLACK && found.started <= after + SLACK);
        child.kill().unwrap();
        child.wait().unwrap();
    }

    #[test]
    fn a_parent_is_an_ancestor_and_a_child_is_none() {
        assert!(descends_from(std::os::unix::process::parent_id()));
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        assert!(!descends_from(child.id()));
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
