//! From a program to the command that runs it on its target: as it is, or under a runner.

pub(crate) mod guest;
pub(crate) mod words;

mod devices;
mod size;

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use mbuild_frontends::configure::SectionInfo;
use mbuild_frontends::target::{Kernel, Need, Runner, Target};
use mbuild_frontends::toolchain::find;
use tempfile::NamedTempFile;

use self::devices::devices;
use self::words::{Words, filled, line};
use crate::args::run::RunArgs;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::package::Package;
use crate::session::Session;
use crate::surroundings::variable;

/// A program that is about to run.
pub(crate) struct Start {
    program: PathBuf,
    /// What all of it runs under where this machine has another processor.
    emulator: Option<OsString>,
    command: Vec<OsString>,
    /// The memory that it gets, in MiB, where nothing else is in that.
    memory: Option<u64>,
    /// Where the status of the program is going to be.
    status: Option<NamedTempFile>,
}

/// What runs a program and what it is told; everything that can be wrong is said before a build.
pub(crate) fn prepare(
    package: &Package,
    section: &SectionInfo,
    args: &RunArgs,
    session: &Session<'_>,
) -> Result<Start> {
    let target = &package.target;
    let name = &section.name;
    let Some(program) = package.configuration.program(name, &target.name) else {
        return Err(Failure::usage(format!("`{name}` makes no program")));
    };
    let program = package.root.join(program);
    if let Some(how) = &target.by_hand {
        return Err(Failure::usage(format!("mbuild does not run programs of `{}`", target.name))
            .with_help(format!("build it, and {how}")));
    }
    let emulator = emulator(target)?;
    let Some(runner) = &target.run else {
        let given = [("--net", !args.net.is_empty()), ("--block", !args.block.is_empty())];
        let given = given.into_iter().chain([("--mem", args.mem.is_some())]);
        if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
            let message =
                format!("programs of `{}` run as they are, without {option}", target.name);
            return Err(Failure::usage(message));
        }
        let command = std::iter::once(program.clone().into_os_string());
        let command = command.chain(args.arguments.iter().cloned()).collect();
        return Ok(Start { program, emulator, command, memory: None, status: None });
    };
    let devices = devices(target, section, args)?;
    let line = line(target, runner, &args.arguments, session.global.verbose)?;
    let memory = args.mem.unwrap_or(runner.memory);
    let mib = memory.to_string();
    let kernel = target.kernel.as_ref().map(Kernel::image).unwrap_or_default();
    let status = status_file(runner)?;
    let mut of_status = Vec::new();
    if let Some(file) = &status {
        let values: [(&str, &OsStr); 1] = [("file", file.path().as_os_str())];
        of_status.extend(runner.status.iter().map(|word| filled(word, &values)));
    }
    let words = Words {
        memory: &mib,
        program: program.as_os_str(),
        line: &line,
        kernel: kernel.as_os_str(),
        devices: &devices,
        status: &of_status,
    };
    let mut command = words.fill(&runner.command);
    if let Some(first) = command.first_mut() {
        let path = variable("PATH").unwrap_or_default();
        let tool = first.to_string_lossy().into_owned();
        let own = package.configuration.compiler.prefix.as_deref();
        let Some(file) = find(&path, own, &tool) else {
            return Err(no_runner(&runner.needs, &tool));
        };
        *first = file.into_os_string();
    }
    let memory = target.toolchain.entry.is_some().then_some(memory);
    Ok(Start { program, emulator, command, memory, status })
}

/// The file in which a runner leaves the status of the program, where it does.
fn status_file(runner: &Runner) -> Result<Option<NamedTempFile>> {
    if runner.status.is_empty() {
        return Ok(None);
    }
    let file = NamedTempFile::with_prefix("mbuild-status-");
    file.map(Some).map_err(|error| Failure::system("cannot make a file for the status", &error))
}

/// What runs the code of the target's processor, where this machine does not.
fn emulator(target: &Target) -> Result<Option<OsString>> {
    if !target.is_foreign() {
        return Ok(None);
    }
    let Some(need) = &target.emulator else {
        let message = format!("programs of `{}` need {}", target.name, other_machine(target));
        return Err(Failure::new(Exit::Missing, message));
    };
    let tool = need.program.clone().unwrap_or_default();
    let path = variable("PATH").unwrap_or_default();
    match find(&path, None, &tool) {
        Some(file) => Ok(Some(file.into_os_string())),
        None => Err(no_runner(std::slice::from_ref(need), &tool)),
    }
}

/// The machine that programs need, in words.
pub(crate) fn other_machine(target: &Target) -> String {
    let processor = target.toolchain.architecture.as_deref().unwrap_or_default();
    format!("a machine with the processor {processor}")
}

fn no_runner(needs: &[Need], tool: &str) -> Failure {
    let need = needs.iter().find(|need| need.program.as_deref() == Some(tool));
    let help = need.and_then(|need| need.apt.as_ref());
    Failure::new(Exit::Missing, format!("there is no `{tool}` to run the program with"))
        .with_optional_help(help.map(|name| format!("on Debian: `apt-get install {name}`")))
}
