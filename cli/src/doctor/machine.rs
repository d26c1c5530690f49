//! What all targets share: the file system, the store, the jobserver, and what guests need of Linux.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use mbuild_engine::jobserver::{self, Auth};
use mbuild_frontends::target::{DeviceKind, Target};

use super::{Finding, MACHINE};
use crate::failure::reason;
use crate::settings::{self, show_size};
use crate::surroundings::variable;

/// Less free space than this is a matter of time.
const LITTLE: u64 = 1 << 30;

/// How long the clock of a file system is watched.
const WATCH: Duration = Duration::from_millis(100);

/// Looks at the machine; of guests only what one of the targets is about.
pub(super) fn findings(targets: &[Target]) -> Vec<Finding> {
    let mut findings = vec![folder(), store(), job_server()];
    let runs = || targets.iter().filter_map(|target| target.run.as_ref());
    if cfg!(target_os = "linux") && runs().next().is_some() {
        findings.push(filters(Path::new("/proc/sys/kernel/seccomp/actions_avail")));
        if runs().any(|run| run.needs.iter().any(|need| need.file.as_deref() == Some(KVM))) {
            findings.push(kvm());
        }
        if targets.iter().any(|target| target.devices.contains_key(&DeviceKind::Net)) {
            findings.push(taps());
        }
    }
    findings
}

/// The folder that is built in: it can be written, and how fine its time stamps are.
fn folder() -> Finding {
    match steps() {
        Ok(Some(step)) => Finding::ok(
            MACHINE,
            "folder",
            format!("it can be written, and its time stamps step by {}", shown(step)),
        ),
        Ok(None) => Finding::ok(
            MACHINE,
            "folder",
            format!("it can be written, and its time stamps step by more than {}", shown(WATCH)),
        ),
        Err(error) => Finding::wrong(
            MACHINE,
            "folder",
            format!("the current folder cannot be written: {}", reason(&error)),
            "go to one that can, or change its permissions".to_owned(),
        ),
    }
}

/// The smallest step between the time stamps of a file that is written again and again.
fn steps() -> io::Result<Option<Duration>> {
    let mut file = tempfile::tempfile_in(".")?;
    let begin = Instant::now();
    let mut last = None;
    let mut least: Option<Duration> = None;
    while begin.elapsed() < WATCH {
        file.write_all(b"x")?;
        let now = file.metadata()?.modified()?;
        let step = last.and_then(|last| now.duration_since(last).ok());
        if let Some(step) = step.filter(|step| !step.is_zero()) {
            least = Some(least.map_or(step, |least| least.min(step)));
        }
        last = Some(now);
    }
    Ok(least)
}

fn shown(time: Duration) -> String {
    match time.as_nanos() {
        tiny @ 0..1000 => format!("{tiny} ns"),
        small @ 0..1_000_000 => format!("{} us", small / 1000),
        time => format!("{} ms", time / 1_000_000),
    }
}

/// The store: it can be written, and there is room.
fn store() -> Finding {
    let place = match settings::store() {
        Ok(Some(place)) => place,
        Ok(None) => {
            return Finding::ok(MACHINE, "store", "builds do without it, as they were told");
        }
        Err(failure) => return Finding::wrong(MACHINE, "store", failure.to_string(), None),
    };
    let shown = place.dir.display();
    let help = || "name another folder with `MBUILD_CACHE_DIR`".to_owned();
    let writes = fs::create_dir_all(&place.dir).and_then(|()| tempfile::tempfile_in(&place.dir));
    if let Err(error) = writes {
        let found = format!("`{shown}` cannot be written: {}", reason(&error));
        return Finding::wrong(MACHINE, "store", found, help());
    }
    let Ok(space) = rustix::fs::statvfs(&place.dir) else {
        return Finding::ok(MACHINE, "store", format!("`{shown}` can be written"));
    };
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let found = format!("{} are free in `{shown}`", show_size(free));
    if free < LITTLE {
        let help = format!("make room (`mbuild cache gc --max-size 500M`), or {}", help());
        return Finding::wrong(MACHINE, "store", found, help);
    }
    Finding::ok(
        MACHINE,
        "store",
        format!("{found}; it takes {} at most", show_size(place.max_bytes)),
    )
}

/// The jobserver that we would be a client of.
fn job_server() -> Finding {
    let flags = variable("MAKEFLAGS").unwrap_or_default();
    let there = |path: &Path| fs::metadata(path).is_ok_and(|it| it.file_type().is_fifo());
    let end = |number: i32| there(Path::new(&format!("/dev/fd/{number}")));
    let missing = |name: String| {
        let help = "start mbuild by a line with `+` in the makefile, or unset `MAKEFLAGS`";
        Finding::wrong(MACHINE, "jobserver", name, help.to_owned())
    };
    match jobserver::find(flags.as_bytes()) {
        Ok(None) => Finding::ok(MACHINE, "jobserver", "none above us"),
        Ok(Some(Auth::Fifo(path))) if there(&path) => {
            Finding::ok(MACHINE, "jobserver", format!("the fifo `{}`", path.display()))
        }
        Ok(Some(Auth::Fifo(path))) => {
            missing(format!("`MAKEFLAGS` names `{}`, which is no fifo", path.display()))
        }
        Ok(Some(Auth::Pipe { read, write })) if end(read) && end(write) => {
            Finding::ok(MACHINE, "jobserver", "a pipe of the Make above us")
        }
        Ok(Some(Auth::Pipe { .. })) => missing("`MAKEFLAGS` names a pipe that is not there".into()),
        Err(ignored) => missing(format!("what `MAKEFLAGS` names is of no use: {ignored}")),
    }
}

/// Filters of system calls, which some tenders put themselves behind.
fn filters(file: &Path) -> Finding {
    match fs::read_to_string(file) {
        Ok(actions) if actions.split_whitespace().any(|action| action == "kill_process") => {
            Finding::ok(MACHINE, "seccomp", "filters of system calls can be set")
        }
        _ => Finding::wrong(
            MACHINE,
            "seccomp",
            "the kernel does not say that it has filters of system calls",
            "`solo5-spt` needs Linux 4.14 or later with `CONFIG_SECCOMP_FILTER`".to_owned(),
        ),
    }
}

const KVM: &str = "/dev/kvm";

/// The device alone; whether guests run is found by running one.
fn kvm() -> Finding {
    match File::options().read(true).write(true).open(KVM) {
        Ok(_) => {
            let modules = ["kvm_intel", "kvm_amd", "kvm_pvm"];
            let named = modules.iter().find(|name| Path::new("/sys/module").join(name).is_dir());
            let by = named.map(|name| format!(", by `{name}`")).unwrap_or_default();
            Finding::ok(MACHINE, "kvm", format!("`{KVM}` can be opened{by}"))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Finding::wrong(
            MACHINE,
            "kvm",
            format!("`{KVM}` cannot be opened: {}", reason(&error)),
            "let root add you to its group: `usermod -a -G kvm $USER`".to_owned(),
        ),
        Err(error) => Finding::wrong(
            MACHINE,
            "kvm",
            format!("`{KVM}` cannot be opened: {}", reason(&error)),
            "switch virtualisation on in the firmware and load `kvm_intel` or `kvm_amd`; \
             `solo5-spt` and `solo5-virtio` do without"
                .to_owned(),
        ),
    }
}

/// Whether a guest can be given a tap, and who may make one.
fn taps() -> Finding {
    const TUN: &str = "/dev/net/tun";
    match File::options().read(true).write(true).open(TUN) {
        Ok(_) if may_make_interfaces() => {
            Finding::ok(MACHINE, "tap", "tap devices can be made and opened")
        }
        Ok(_) => Finding::ok(
            MACHINE,
            "tap",
            "those can be opened that root has made for you: `ip tuntap add tap0 mode tap user $USER`",
        ),
        Err(error) => Finding::wrong(
            MACHINE,
            "tap",
            format!("`{TUN}` cannot be opened: {}", reason(&error)),
            "let root load the module `tun` and open the file for you; only network devices need it"
                .to_owned(),
        ),
    }
}

/// Whether we have the capability that `ip tuntap add` needs.
fn may_make_interfaces() -> bool {
    const NET_ADMIN: u32 = 12;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let capabilities = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let bits = capabilities.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok());
    bits.is_some_and(|bits| bits >> NET_ADMIN & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_without_filters_is_told_from_one_with_them() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("actions");
        assert!(!filters(&file).ok);
        fs::write(&file, "kill_process kill_thread trap errno\n").unwrap();
        assert!(filters(&file).ok);
    }

    #[test]
    fn times_are_shown_in_the_unit_that_fits() {
        assert_eq!(shown(Duration::from_nanos(40)), "40 ns");
        assert_eq!(shown(Duration::from_micros(999)), "999 us");
        assert_eq!(shown(Duration::from_millis(4)), "4 ms");
    }
}
