//! A program that runs: its process or its runner's, the user's Ctrl-C, and the status that comes out.

use std::ffi::OsString;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use mbuild_engine::run::interrupt::Interrupt;
use mbuild_frontends::ocaml::ProductKind;
use mbuild_frontends::target::Runner;
use rustix::process::{Pid, Signal, kill_process};

use super::{Start, size};
use crate::args::run::RunArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::package::Package;
use crate::session::Session;
use crate::surroundings::variable;

/// Runs a program that was built; where the program's own status comes out, this process becomes what
/// runs it.
pub(crate) fn run(
    start: Start,
    package: &Package,
    args: &RunArgs,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let Start { program, emulator, command, memory, status: told } = start;
    // The build is over, and what runs now may never end by itself.
    Interrupt::no_more();
    if let Some(memory) = memory {
        size::check(&program, memory, args)?;
    }
    if command.is_empty() {
        return Err(Failure::wrong(format!(
            "target `{}` has an empty command",
            package.target.name
        )));
    }
    let words: Vec<&OsString> = emulator.iter().chain(&command).collect();
    // What runs the program: the word of its own, and before it what that runs under.
    let (runs, rest) = words.split_at(words.len() - command.len() + 1);
    let first = runs[0];
    let failed = |error: &std::io::Error| {
        Failure::system(format_args!("cannot run `{}`", first.display()), error)
    };
    let mut process = Command::new(first);
    process.args(&runs[1..]).args(rest);
    let Some(runner) = &package.target.run else {
        if let Some(folders) = stub_folders(package) {
            process.env("CAML_LD_LIBRARY_PATH", folders);
        }
        return Err(failed(&process.exec()));
    };
    check_abi(runner, runs, &program)?;
    if runner.carries_status && told.is_none() {
        return Err(failed(&process.exec()));
    }
    let (status, signal) = wait(&mut process).map_err(|error| failed(&error))?;
    if signal.is_some() {
        return Ok(Exit::Interrupted);
    }
    if let Some(file) = told {
        return told_status(file.path(), package);
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    if code.is_some_and(|code| runner.success.contains(&code)) {
        let name = &package.target.name;
        session
            .printer
            .note(format_args!("the exit status of a program does not come out of {name}"));
        return Ok(Exit::Success);
    }
    let signal = status.signal().and_then(|signal| u8::try_from(128 + signal).ok());
    Ok(Exit::Code(code.or(signal).unwrap_or(u8::MAX)))
}

/// The status that a guest has told.
fn told_status(file: &Path, package: &Package) -> Result<Exit> {
    let said = std::fs::read_to_string(file).unwrap_or_default();
    said.trim().parse().map(Exit::Code).map_err(|_| {
        let name = &package.target.name;
        Failure::new(Exit::Failed, format!("the machine of `{name}` ended before its program did"))
    })
}

/// Where bytecode finds the C parts of this package and those that were there before.
fn stub_folders(package: &Package) -> Option<OsString> {
    let products = package.configuration.products.iter();
    let stubs = products.filter(|product| product.kind == ProductKind::StubShared);
    let mut folders: Vec<PathBuf> = stubs
        .filter_map(|product| Some(package.root.join(Path::new(&product.path).parent()?)))
        .collect();
    if folders.is_empty() {
        return None;
    }
    let before = variable("CAML_LD_LIBRARY_PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&before));
    std::env::join_paths(folders).ok()
}

/// Refuses a program that was made for another version of the ABI than the runner has.
fn check_abi(runner: &Runner, runs: &[&OsString], program: &Path) -> Result<()> {
    let Some((_, words)) = runner.abi.split_first() else { return Ok(()) };
    let (Some((first, more)), Some(own)) = (runs.split_first(), runs.last()) else {
        return Ok(());
    };
    let said = Command::new(first).args(more).args(words).output();
    let said = said.map(|said| [said.stdout, said.stderr].concat()).unwrap_or_default();
    let said = String::from_utf8_lossy(&said).into_owned();
    let runners = said.lines().find_map(|line| line.trim().strip_prefix("ABI version "));
    let mut checked = program.as_os_str().to_owned();
    checked.push(".checked");
    let made = std::fs::read(checked).unwrap_or_default();
    let made: serde_json::Value = serde_json::from_slice(&made).unwrap_or_default();
    let made = made["version"].as_u64().map(|version| version.to_string());
    match (runners, made) {
        (Some(runners), Some(made)) if runners != made => {
            let (program, own) = (program.display(), own.display());
            Err(Failure::wrong(format!(
                "`{program}` is made for version {made} of the ABI, and `{own}` has version {runners}"
            ))
            .with_help("use the runner and the toolchain of the same release"))
        }
        _ => Ok(()),
    }
}

/// How often a runner is looked at, and how long it may take to end when it is told to.
const LOOK: Duration = Duration::from_millis(10);
const GRACE: Duration = Duration::from_secs(5);

/// Runs a command to its end; a signal that would end this process ends the command. Gives back the
/// signal as well.
fn wait(process: &mut Command) -> std::io::Result<(ExitStatus, Option<i32>)> {
    let interrupt = Interrupt::on_signals()?;
    let mut child = process.spawn()?;
    let mut told = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, interrupt.signal()));
        }
        match (interrupt.signal(), told) {
            (Some(_), None) => {
                told = Some(Instant::now());
                // It may have ended just now.
                let _ = kill_process(Pid::from_child(&child), Signal::TERM);
            }
            (Some(_), Some(since)) if since.elapsed() > GRACE => child.kill()?,
            _ => {}
        }
        std::thread::sleep(LOOK);
    }
}
