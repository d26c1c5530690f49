//! From a program to the command that runs it on its target: as it is, or under a runner.

mod size;

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use mbuild_engine::run::interrupt::Interrupt;
use mbuild_frontends::configure::SectionInfo;
use mbuild_frontends::image::disk::percent;
use mbuild_frontends::ocaml::ProductKind;
use mbuild_frontends::package::Device;
use mbuild_frontends::target::{Arguments, DeviceKind, Kernel, Need, Runner, Target};
use mbuild_frontends::toolchain::find;
use rustix::process::{Pid, Signal, kill_process};
use tempfile::NamedTempFile;

use crate::args::run::RunArgs;
use crate::configuring::variable;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::project::{Package, list};
use crate::session::Session;
use crate::suggest;

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

/// What placeholders of a command stand for.
pub(crate) struct Words<'a> {
    pub(crate) memory: &'a str,
    pub(crate) program: &'a OsStr,
    pub(crate) line: &'a OsStr,
    pub(crate) kernel: &'a OsStr,
    pub(crate) devices: &'a [OsString],
    pub(crate) status: &'a [OsString],
}

impl Words<'_> {
    /// A command with its placeholders filled in.
    pub(crate) fn fill(&self, command: &[String]) -> Vec<OsString> {
        let values: [(&str, &OsStr); 4] = [
            ("memory", self.memory.as_ref()),
            ("program", self.program),
            ("line", self.line),
            ("kernel", self.kernel),
        ];
        let mut out = Vec::new();
        for word in command {
            match word.as_str() {
                "{devices}" => out.extend_from_slice(self.devices),
                "{status}" => out.extend_from_slice(self.status),
                word => out.push(filled(word, &values)),
            }
        }
        out
    }
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

/// A word with its placeholders filled in.
pub(crate) fn filled(word: &str, values: &[(&str, &OsStr)]) -> OsString {
    let mut out = OsString::new();
    let mut rest = word;
    'word: while !rest.is_empty() {
        for (name, value) in values {
            if let Some(after) = rest.strip_prefix(&format!("{{{name}}}")) {
                out.push(value);
                rest = after;
                continue 'word;
            }
        }
        let next = rest.char_indices().skip(1).find(|(_, c)| *c == '{');
        let (text, after) = rest.split_at(next.map_or(rest.len(), |(at, _)| at));
        out.push(text);
        rest = after;
    }
    out
}

/// The arguments of the program as one word: blanks in them, and what keeps those, with a backslash.
pub(crate) fn line(
    target: &Target,
    runner: &Runner,
    arguments: &[OsString],
    verbose: bool,
) -> Result<OsString> {
    let line = joined(runner, arguments, verbose);
    match runner.longest {
        Some(longest) if line.len() > longest => Err(Failure::usage(format!(
            "the arguments take {} bytes, and `{}` has room for {longest}",
            line.len(),
            target.name
        ))),
        _ => Ok(line),
    }
}

fn joined(runner: &Runner, arguments: &[OsString], verbose: bool) -> OsString {
    if runner.arguments == Arguments::Percent {
        return percent(arguments.iter().map(|word| word.as_bytes())).into();
    }
    let quiet = runner.quiet.iter().filter(|_| !verbose).map(|word| word.as_bytes().to_vec());
    let words = arguments.iter().map(|word| {
        let special = |byte: &u8| matches!(byte, b' ' | b'"' | b'\\');
        word.as_bytes().iter().fold(Vec::new(), |mut out, byte| {
            if special(byte) {
                out.push(b'\\');
            }
            out.push(*byte);
            out
        })
    });
    let words: Vec<Vec<u8>> = quiet.chain(words).collect();
    OsStr::from_bytes(&words.join(&b' ')).to_owned()
}

/// The runner's words for all devices of a program.
fn devices(target: &Target, section: &SectionInfo, args: &RunArgs) -> Result<Vec<OsString>> {
    let given = args.net.iter().map(|given| (DeviceKind::Net, given));
    let given = given.chain(args.block.iter().map(|given| (DeviceKind::Block, given)));
    let given: Vec<(DeviceKind, &(String, String))> = given.collect();
    for (at, (kind, (name, value))) in given.iter().enumerate() {
        let before = given[..at].iter().find(|(its, (first, _))| its == kind && first == name);
        if let Some((_, (_, first))) = before {
            let kind = kind.name();
            return Err(Failure::usage(format!(
                "the {kind} device `{name}` is given twice: `{first}` and `{value}`"
            ))
            .with_help(format!("leave one `--{kind} {name}=...` out")));
        }
        if !section.devices.iter().any(|it| it.name == *name && it.kind == *kind) {
            return Err(unknown(section, *kind, name));
        }
    }
    let mut words = Vec::new();
    for device in &section.devices {
        let Some(how) = target.devices.get(&device.kind) else { continue };
        let kind = device.kind.name();
        let mut same = section.devices.iter().filter(|it| it.kind == device.kind);
        if how.most.is_some_and(|most| same.clone().count() > most) {
            let names = list(same.by_ref().map(|it| it.name.as_str())).unwrap_or_default();
            let most = how.most.unwrap_or_default();
            let message = format!("target `{}` has {most} {kind} device: {names}", target.name);
            return Err(Failure::usage(message));
        }
        let attached =
            given.iter().find(|(its, (name, _))| *its == device.kind && *name == device.name);
        let Some((_, (_, value))) = attached else {
            return Err(not_attached(section, device));
        };
        check(device, value)?;
        let values: [(&str, &OsStr); 2] =
            [("name", device.name.as_ref()), ("value", value.as_ref())];
        words.extend(how.options.iter().map(|word| filled(word, &values)));
    }
    Ok(words)
}

fn not_attached(section: &SectionInfo, device: &Device) -> Failure {
    let (kind, name) = (device.kind.name(), &device.name);
    let what = match device.kind {
        DeviceKind::Net => "TAP",
        DeviceKind::Block => "FILE",
    };
    Failure::usage(format!(
        "`{}` has the {kind} device `{name}`, which is not attached",
        section.name
    ))
    .with_help(format!("add `--{kind} {name}={what}`"))
}

fn unknown(section: &SectionInfo, kind: DeviceKind, name: &str) -> Failure {
    let own = || section.devices.iter().filter(|it| it.kind == kind).map(|it| it.name.as_str());
    let help = match suggest::nearest(name, own()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => list(own()).map(|names| format!("it has {names}")),
    };
    let kind = kind.name();
    Failure::usage(format!("`{}` has no {kind} device `{name}`", section.name))
        .with_optional_help(help)
}

/// Whether what the user gives for a device is there.
fn check(device: &Device, value: &str) -> Result<()> {
    match device.kind {
        DeviceKind::Block if !Path::new(value).exists() => Err(Failure::wrong(format!(
            "there is no file `{value}` for the block device `{}`",
            device.name
        ))
        .with_help(format!("make one: `truncate -s 1M {value}`"))),
        DeviceKind::Block if Path::new(value).is_dir() => Err(Failure::wrong(format!(
            "`{value}` is a folder, and the block device `{}` needs a file",
            device.name
        ))),
        DeviceKind::Net if !has_interface(value) => Err(Failure::wrong(format!(
            "there is no network interface `{value}` for the net device `{}`",
            device.name
        ))
        .with_help(format!("make one, as root: `ip tuntap add {value} mode tap`"))),
        _ => Ok(()),
    }
}

/// Whether there is a network interface of this name where we are; where Linux does not say which there
/// are, what runs the program does.
fn has_interface(name: &str) -> bool {
    // `/sys` may be that of another network namespace.
    let Ok(all) = std::fs::read_to_string("/proc/net/dev") else { return true };
    all.lines().filter_map(|line| line.split_once(':')).any(|(its, _)| its.trim() == name)
}

fn no_runner(needs: &[Need], tool: &str) -> Failure {
    let need = needs.iter().find(|need| need.program.as_deref() == Some(tool));
    let help = need.and_then(|need| need.apt.as_ref());
    Failure::new(Exit::Missing, format!("there is no `{tool}` to run the program with"))
        .with_optional_help(help.map(|name| format!("on Debian: `apt-get install {name}`")))
}

/// Runs a program that was built; where the program's own status comes out, this process becomes what
/// runs it.
pub(crate) fn run(
    start: Start,
    package: &Package,
    args: &RunArgs,
    session: &mut Session<'_>,
) -> Result<Exit> {
    let Start { program, emulator, command, memory, status: told } = start;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_become_one_word_that_keeps_them_apart() {
        let runner = Runner {
            command: Vec::new(),
            quiet: Some("-q".into()),
            memory: 1,
            success: vec![0],
            carries_status: true,
            abi: Vec::new(),
            needs: Vec::new(),
            arguments: Arguments::Blanks,
            longest: None,
            status: Vec::new(),
            emulates: false,
        };
        let arguments = ["a b", "c\\\"d"].map(OsString::from);
        assert_eq!(joined(&runner, &arguments, false), r#"-q a\ b c\\\"d"#);
        assert_eq!(joined(&runner, &[], true), "");
        let runner = Runner { arguments: Arguments::Percent, ..runner };
        assert_eq!(joined(&runner, &arguments, false), "a%20b,c%5C%22d,");
    }

    #[test]
    fn placeholders_are_filled_wherever_they_stand() {
        let values: [(&str, &OsStr); 2] = [("name", "n".as_ref()), ("value", "{name}".as_ref())];
        assert_eq!(filled("--net:{name}={value}", &values), "--net:n={name}");
        assert_eq!(filled("{other}", &values), "{other}");
        assert_eq!(filled("", &values), "");
        assert_eq!(filled("é{name}{", &values), "én{");
    }
}
