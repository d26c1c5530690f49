//! A small program that uses floating point, built and run for a target as any program is.
//!
//! There are machines whose `/dev/kvm` lets a guest count and kills it at its first sum of two
//! fractions: only a guest that runs proves that guests run.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use mbuild_frontends::target::Target;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::failure::reason;
use crate::surroundings;

/// How long building and running it may take.
const LIMIT: Duration = Duration::from_secs(20);
const LOOK: Duration = Duration::from_millis(10);

/// What it prints.
const SAYS: &str = "the sum is right";

const C: &str = include_str!("../../probe/probe.c");
const OCAML: &str = include_str!("../../probe/probe.ml");
const STUBS: &str = include_str!("../../probe/probe_stubs.c");

/// Builds it, and runs it where mbuild runs programs of the target; else says why not.
pub(super) fn run(target: &Target) -> Result<(), String> {
    let failed = |error: io::Error| reason(&error);
    let dir = tempfile::Builder::new().prefix("mbuild-doctor-").tempdir().map_err(failed)?;
    write(dir.path(), target).map_err(failed)?;
    let by_hand = target.by_hand.is_some();
    let program = surroundings::own_program().map_err(|failure| failure.to_string())?;
    let (out, err) = (dir.path().join("out"), dir.path().join("err"));
    let child = Command::new(program)
        .args([if by_hand { "build" } else { "run" }, "-q", "--target", &target.name])
        .current_dir(dir.path())
        .env_remove("MAKEFLAGS")
        .env_remove("MBUILD_EVENTS")
        .stdin(Stdio::null())
        .stdout(File::create(&out).map_err(failed)?)
        .stderr(File::create(&err).map_err(failed)?)
        // With what runs the guest it is one group, which can be ended as one.
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let ended = wait(child).map_err(failed)?;
    let said = fs::read_to_string(out).unwrap_or_default();
    let wrong = fs::read_to_string(err).unwrap_or_default();
    match ended {
        Some(status) if status.success() && (by_hand || said.trim_end() == SAYS) => Ok(()),
        Some(status) => {
            let said = format!("{said}\n{wrong}");
            let last = said.lines().map(str::trim).rfind(|line| !line.is_empty());
            Err(last.map_or_else(|| status.to_string(), str::to_owned))
        }
        None => Err(format!("it was not done after {} s", LIMIT.as_secs())),
    }
}

/// The package: in OCaml with a part in C for this machine's own compilers, in C alone for others.
fn write(dir: &Path, target: &Target) -> io::Result<()> {
    let sources = if target.toolchain.is_host() {
        fs::write(dir.join("probe.ml"), OCAML)?;
        fs::write(dir.join("probe_stubs.c"), STUBS)?;
        "MainIs: probe.ml\n  CSources: probe_stubs.c\n  CompiledObject: best"
    } else {
        fs::write(dir.join("probe.c"), C)?;
        "MainIs: probe.c"
    };
    let manifest = format!(
        "OASISFormat: 0.4\nName: probe\nVersion: 1\nSynopsis: x\nAuthors: x\nLicense: ISC\n\
         Executable probe\n  Path: .\n  {sources}\n"
    );
    fs::write(dir.join("_oasis"), manifest)?;
    // The target may be one of the project.
    match fs::copy("mbuild.toml", dir.join("mbuild.toml")) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Waits until it ends; `None` when it had to be ended.
fn wait(mut child: Child) -> io::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() > LIMIT {
            // It may have ended just now.
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            child.wait()?;
            return Ok(None);
        }
        std::thread::sleep(LOOK);
    }
}
