//! One process: started without a detour, read to its end, and waited for.

use crate::run::command;
use crate::run::environment::Environment;
use crate::run::interrupt::{Interrupt, Watch};
use crate::run::outputs::Outputs;
use crate::run::{peak, processes};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group};
use std::ffi::OsStr;
use std::io::{self, ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::time::Duration;
use wait4::Wait4;

/// How often those that a command left behind, and that print nothing, are looked at after an interrupt.
const LOOK: Timespec = Timespec { tv_sec: 0, tv_nsec: 200_000_000 };
/// How many such looks they have.
const PATIENCE: u32 = 5;

/// A command that is to run.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    /// The command line.
    pub line: &'a [u8],
    /// The folder it runs in.
    pub dir: &'a Path,
    /// The variables it sees.
    pub environment: &'a Environment,
    /// It owns the terminal: its input and output are ours, and nothing is kept of what it prints.
    pub console: bool,
    /// The jobserver that it may take part in, as `MAKEFLAGS` says it.
    pub make_flags: Option<&'a OsStr>,
}

/// How a command ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Execution {
    /// The exit code; 128 + n for signal n.
    pub code: i32,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What it printed, stdout and stderr in the order of arrival.
    pub output: Vec<u8>,
    /// The most memory that one of its processes took, in bytes; 0 when that is not known.
    pub peak: u64,
}

impl Execution {
    /// It did what it was to do.
    pub fn success(&self) -> bool {
        self.code == 0
    }

    /// It was ended by a signal that means "stop the build", whoever sent it.
    pub fn interrupted(&self) -> bool {
        use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
        matches!(self.signal, Some(SIGHUP | SIGINT | SIGTERM))
    }
}

/// Runs a command to its end, in the calling thread.
///
/// A command line that [needs no shell](command::words) is executed directly. When that fails the shell
/// gets it after all, so that a missing program has the message and the exit code that people know.
pub fn execute(
    command: &Command<'_>,
    interrupt: &Interrupt,
    outputs: &Outputs,
) -> io::Result<Execution> {
    if let Some(signal) = interrupt.stopping() {
        let (code, signal) = (128 + signal, Some(signal));
        return Ok(Execution { code, signal, output: Vec::new(), peak: 0 });
    }
    if let Some(mut direct) = direct(command) {
        match run(&mut direct, command, interrupt, outputs) {
            Err(error) if shell_may_know_better(&error) => {}
            other => return other,
        }
    }
    let mut shell = std::process::Command::new("/bin/sh");
    shell.arg("-c").arg(OsStr::from_bytes(command.line));
    run(&mut shell, command, interrupt, outputs)
}

/// No shell takes a longer line than the system does.
fn shell_may_know_better(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw_os_error);
    matches!(
        errno,
        Some(Errno::NOENT | Errno::ACCESS | Errno::NOEXEC | Errno::NOTDIR | Errno::ISDIR)
    )
}

fn direct(command: &Command<'_>) -> Option<std::process::Command> {
    let words = command::words(command.line)?;
    let (name, arguments) = words.split_first()?;
    // With a path at hand, `std` needs no search and can use `posix_spawn`.
    let program = command.environment.find(name, command.dir)?;
    let mut direct = std::process::Command::new(program);
    direct.arg0(OsStr::from_bytes(name));
    direct.args(arguments.iter().map(|argument| OsStr::from_bytes(argument)));
    Some(direct)
}

fn run(
    process: &mut std::process::Command,
    command: &Command<'_>,
    interrupt: &Interrupt,
    outputs: &Outputs,
) -> io::Result<Execution> {
    command.environment.apply(process);
    if let Some(flags) = command.make_flags {
        // The other two are where some look first.
        process.env("MAKEFLAGS", flags).env_remove("CARGO_MAKEFLAGS").env_remove("MFLAGS");
    }
    if command.dir != Path::new("") && command.dir != Path::new(".") {
        process.current_dir(command.dir);
    }
    let since = processes::now();
    if command.console {
        let child = spawn(process)?;
        let pid = Pid::from_child(&child);
        let watch = interrupt.watch(pid, true, since);
        wait(pid);
        return finish(child, watch, Vec::new());
    }
    let (reader, writer) = io::pipe()?;
    let reader = Arc::new(reader);
    process.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer).process_group(0);
    let child = spawn(process);
    // Our ends of the pipe must go, or it never ends.
    process.stdout(Stdio::null()).stderr(Stdio::null());
    let child = child?;
    let pid = Pid::from_child(&child);
    let watch = interrupt.watch(pid, false, since);
    let kept = outputs.keep(&reader);
    wait(pid);
    let mut output = kept.end();
    let read = read(&reader, &mut output, pid, interrupt);
    let execution = finish(child, watch, output)?;
    read.map(|()| execution)
}

/// Waits for the end of the child, which stays a zombie.
fn wait(pid: Pid) {
    let end = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    while matches!(rustix::process::waitid(WaitId::Pid(pid), end), Err(Errno::INTR)) {}
}

/// Reads the rest of what a command printed that has ended, until nobody is left who could print.
///
/// After an interrupt what the command has started and left behind must not hold up the end of the build.
fn read(
    mut from: &io::PipeReader,
    output: &mut Vec<u8>,
    pid: Pid,
    interrupt: &Interrupt,
) -> io::Result<()> {
    let mut patience = PATIENCE;
    loop {
        let ready = look_at(from)?;
        if ready.is_empty() {
            if interrupt.stopping().is_some() {
                patience -= 1;
                if patience == 0 {
                    // Those that are still of its group had the signal, and the time.
                    let _ = kill_process_group(pid, Signal::KILL);
                    return Ok(());
                }
            }
            continue;
        }
        if cfg!(target_os = "linux") && ready == PollFlags::HUP {
            return Ok(());
        }
        // Here and not before the loop: most commands print nothing.
        let mut buffer = [0; 16 * 1024];
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => output.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Whether there is something to read, or the end (then it is `HUP` alone), within the time between two looks
/// at the interrupt.
fn look_at(from: &io::PipeReader) -> io::Result<PollFlags> {
    let mut pipe = [PollFd::new(from, PollFlags::IN)];
    match poll(&mut pipe, Some(&LOOK)) {
        Ok(_) => Ok(pipe[0].revents()),
        Err(Errno::INTR) => Ok(PollFlags::empty()),
        Err(error) => Err(error.into()),
    }
}

/// A program written a moment ago is busy while a process that another thread is just starting still
/// has our open file; that passes.
fn spawn(process: &mut std::process::Command) -> io::Result<Child> {
    for wait_ms in [1, 2, 4, 8, 16, 32, 64, 128] {
        match process.spawn() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                std::thread::sleep(Duration::from_millis(wait_ms));
            }
            other => return other,
        }
    }
    process.spawn()
}

/// Takes leave of a child that has ended. It stays a zombie until the guard is gone: no signal can reach a stranger of
/// its number.
fn finish(mut child: Child, watch: Watch<'_>, output: Vec<u8>) -> io::Result<Execution> {
    drop(watch);
    let ended = child.wait4()?;
    let signal = ended.status.signal();
    let code = ended.status.code().unwrap_or_else(|| 128 + signal.unwrap_or_default());
    Ok(Execution { code, signal, output, peak: peak::of_command(ended.rusage.maxrss) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;
    use std::os::unix::fs::PermissionsExt;

    fn run_in(dir: &Path, line: &str) -> Execution {
        let environment = Environment::new::<&[u8]>(settings::Environment::Minimal, &[]);
        let command = Command {
            line: line.as_bytes(),
            dir,
            environment: &environment,
            console: false,
            make_flags: Some(OsStr::new(" -j3")),
        };
        execute(&command, &Interrupt::new(), &Outputs::new().unwrap()).unwrap()
    }

    fn run(line: &str) -> (i32, String) {
        let ended = run_in(Path::new("/"), line);
        (ended.code, String::from_utf8(ended.output).unwrap())
    }

    #[test]
    fn both_outputs_come_in_the_order_of_arrival() {
        assert_eq!(run("echo a; echo b >&2; echo c; exit 3"), (3, "a\nb\nc\n".to_owned()));
        assert_eq!(run("env printf a"), (0, "a".to_owned()));
        let (_, long) = run("head -c 1000000 /dev/zero");
        assert_eq!(long.len(), 1_000_000);
    }

    #[test]
    fn a_missing_program_is_reported_as_a_shell_does() {
        let (code, output) = run("no-such-program -x");
        assert_eq!(code, 127);
        assert!(output.contains("no-such-program"), "{output}");
        assert_eq!(run("/etc/passwd x").0, 126);
        assert_eq!(run("/no/such/program x").0, 127);
    }

    #[test]
    fn a_script_without_an_interpreter_line_runs() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("script"), "echo from $0 in $PWD\n").unwrap();
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(dir.path().join("script"), mode).unwrap();
        let ended = run_in(dir.path(), "./script");
        let place = dir.path().canonicalize().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&ended.output),
            format!("from ./script in {}\n", place.display())
        );
    }

    #[test]
    fn a_signal_is_told_from_an_exit_code() {
        let ended = run_in(Path::new("/"), "kill -9 $$");
        assert_eq!((ended.code, ended.signal), (137, Some(9)));
        assert!(!ended.interrupted());
        assert!(run_in(Path::new("/"), "kill -INT $$").interrupted());
        assert_eq!(run_in(Path::new("/"), "exit 137").signal, None);
    }

    #[test]
    fn a_command_reads_nothing_and_leads_its_own_process_group() {
        assert_eq!(run("cat").1, "");
        let ended = run_in(Path::new("/"), "ps -o pgid= -p $$; echo $$");
        let numbers: Vec<_> =
            ended.output.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        assert_eq!(numbers[0], numbers[1]);
    }

    #[test]
    fn only_the_minimal_environment_and_the_jobserver_are_seen() {
        let (_, output) = run("env");
        for line in output.lines() {
            let name = line.split('=').next().unwrap();
            let known = super::super::environment::MINIMAL.contains(&name);
            assert!(known || line == "MAKEFLAGS= -j3", "{line}");
        }
    }

    #[test]
    fn a_command_of_the_console_leaves_no_output() {
        let environment = Environment::new::<&[u8]>(settings::Environment::Inherit, &[]);
        let command = Command {
            line: b"exit 7",
            dir: Path::new("."),
            environment: &environment,
            console: true,
            make_flags: None,
        };
        let ended = execute(&command, &Interrupt::new(), &Outputs::new().unwrap()).unwrap();
        assert_eq!((ended.code, ended.signal, ended.output), (7, None, Vec::new()));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_peak_is_that_of_the_command_and_not_ours() {
        let ours = vec![1_u8; 64 << 20];
        assert_eq!(run_in(Path::new("/"), "true").peak, 0);
        let large = "dd if=/dev/zero of=/dev/null bs=200M count=1 2>/dev/null; true";
        let peak = run_in(Path::new("/"), large).peak;
        assert!((200 << 20..400 << 20).contains(&peak), "{peak}");
        assert!(ours.iter().all(|byte| *byte == 1));
    }
}
