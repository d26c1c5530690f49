//! One call of the ninja face: flags, then a tool or a build, then the exit code.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use bstr::ByteSlice;
use mbuild_engine::error::Error;
use mbuild_engine::event::{Event, Sink, Summary};
use mbuild_engine::session;
use mbuild_engine::settings::Jobserver;
use mbuild_rules::Diagnostic;
use mbuild_rules::path::canonical;

use crate::failure::reason;
use crate::ninja::arguments::{self, Arguments, Verbosity};
use crate::ninja::engine::engine_settings;
use crate::ninja::format::Format;
use crate::ninja::graph::View;
use crate::ninja::messages::Streams;
use crate::ninja::status::Status;
use crate::ninja::terminal::Terminal;
use crate::ninja::tools::{self, Context, Run};
use crate::report::Tee;
use crate::report::json::JsonLines;
use crate::settings::limits::{self, Jobs};

/// Runs what the words after the program's name say; gives back the exit code.
pub(crate) fn run(program: &str, words: &[Vec<u8>]) -> u8 {
    let mut streams = Streams { out: &mut io::stdout(), err: &mut io::stderr() };
    match face(program, words, &mut streams) {
        Ok(code) | Err(code) => code,
    }
}

fn face(program: &str, words: &[Vec<u8>], streams: &mut Streams<'_>) -> Result<u8, u8> {
    let arguments = arguments::read(program, words, streams)?;
    let tool = match &arguments.tool {
        Some(name) => Some(tools::find(name, streams)?),
        None => None,
    };
    if let Some(dir) = &arguments.dir {
        let shown = dir.as_bstr();
        // Emacs looks for exactly these quotes; a tool's output must be free of it.
        if tool.is_none() && arguments.verbosity != Verbosity::Quiet {
            streams.info(format_args!("Entering directory `{shown}'"));
        }
        std::env::set_current_dir(OsStr::from_bytes(dir)).map_err(|error| {
            streams.fatal(format_args!("chdir to '{shown}' - {}", reason(&error)))
        })?;
    }
    match tool.map(|tool| tool.run) {
        Some(Run::WithoutRules(run)) => Ok(run(streams, &arguments)),
        Some(Run::WithRules(run)) => {
            let view = view(&arguments, streams)?;
            Ok(run(&mut Context { arguments: &arguments, view, streams }))
        }
        Some(Run::WithDyndeps(run)) => {
            let view = view(&arguments, streams)?.with_dyndeps();
            Ok(run(&mut Context { arguments: &arguments, view, streams }))
        }
        Some(Run::WithState(run)) => {
            let view = view(&arguments, streams)?;
            let settings = engine_settings(&arguments, Vec::new())
                .map_err(|failure| streams.fatal(failure))?;
            let loaded =
                mbuild_engine::load(&settings, &mut Deaf).map_err(|error| streams.error(error))?;
            Ok(run(&mut Context { arguments: &arguments, view, streams }, &loaded))
        }
        None => {
            let program = program.rsplit('/').next().unwrap_or(program);
            let line = std::iter::once(program.to_owned())
                .chain(words.iter().map(|word| word.to_str_lossy().into_owned()))
                .collect();
            build(&arguments, line, streams)
        }
    }
}

/// Takes events that were told already.
struct Deaf;

impl Sink for Deaf {
    fn event(&mut self, _: &Event<'_>) {}
}

/// The rule file, for a tool.
fn view(arguments: &Arguments, streams: &mut Streams<'_>) -> Result<View, u8> {
    let view = View::load(&arguments.file, arguments.phony_cycle_is_error)
        .map_err(|diagnostic| wrong(&diagnostic, streams))?;
    for warning in view.manifest.warnings() {
        streams.warning(warning);
    }
    Ok(view)
}

fn build(
    arguments: &Arguments,
    command_line: Vec<String>,
    streams: &mut Streams<'_>,
) -> Result<u8, u8> {
    let mut settings =
        engine_settings(arguments, command_line).map_err(|failure| streams.fatal(failure))?;
    settings.jobserver = jobserver(arguments, streams)?;
    let format = format(arguments).map_err(|mistake| streams.fatal(mistake))?;
    let mut events = match std::env::var_os("MBUILD_EVENTS").filter(|path| !path.is_empty()) {
        Some(path) => {
            Some(JsonLines::create(Path::new(&path)).map_err(|failure| streams.fatal(failure))?)
        }
        None => None,
    };
    let mut status = Status::new(
        terminal(arguments.verbosity),
        io::stderr(),
        format,
        arguments.verbosity,
        arguments.debug.explain,
        arguments.jobs,
    );
    let result = {
        let mut sinks = Tee::default();
        sinks.add(&mut status);
        if let Some(events) = &mut events {
            sinks.add(events);
        }
        session::build(&settings, &arguments.rest, &mut sinks)
    };
    if let Some(Err(error)) = events.map(JsonLines::finish) {
        streams.warning(format_args!("the events are incomplete: {}", reason(&error)));
    }
    Ok(match result {
        Ok(summary) => ended(&summary, &status, arguments, streams),
        Err(Error::Interrupted) => interrupted(streams),
        // Once commands run, Ninja speaks of the build that ends by it.
        Err(error) if status.worked => {
            let text = match error {
                Error::Diagnostic(diagnostic) => diagnostic.ninja_text(),
                error => error.to_string(),
            };
            streams.info(format_args!("build stopped: {text}."));
            1
        }
        Err(Error::Diagnostic(diagnostic)) => wrong(&diagnostic, streams),
        Err(error) => streams.error(unknown_goal(&error).unwrap_or_else(|| error.to_string())),
    })
}

/// How progress is shown; a mistake in it is told before anything runs.
fn format(arguments: &Arguments) -> Result<Format, String> {
    if let Some(text) = &arguments.status {
        return Format::of_names(text);
    }
    let text = std::env::var_os("NINJA_STATUS");
    Format::of_letters(text.as_deref().map(OsStr::to_string_lossy).as_deref())
        .map_err(|letter| format!("unknown placeholder '%{letter}' in $NINJA_STATUS"))
}

/// Whom the jobs are shared with; what there is to say about that is said.
fn jobserver(arguments: &Arguments, streams: &mut Streams<'_>) -> Result<Jobserver, u8> {
    let jobs = Jobs { decided: arguments.jobs_given, server: None, dry_run: arguments.dry_run };
    let (jobserver, ignored) = limits::jobserver(jobs).map_err(|failure| streams.fatal(failure))?;
    let flags = std::env::var_os("MAKEFLAGS").unwrap_or_default();
    if let Some(ignored) = ignored {
        streams.warning(format_args!("Ignoring jobserver: {ignored} [{}]", flags.display()));
    }
    if matches!(jobserver, Jobserver::Client(_)) && arguments.verbosity != Verbosity::Quiet {
        streams.info(format_args!("Jobserver mode detected: {}", flags.display()));
    }
    Ok(jobserver)
}

/// Says how the build went; gives back the exit code.
fn ended<W: Write, E: Write>(
    summary: &Summary,
    status: &Status<W, E>,
    arguments: &Arguments,
    streams: &mut Streams<'_>,
) -> u8 {
    let code = if summary.interrupted {
        interrupted(streams)
    } else if rebuilding_failed(arguments, status) {
        let file = arguments.file.as_bstr();
        streams.error(format_args!("rebuilding '{file}': subcommand failed"))
    } else if summary.failed > 0 {
        let stopped = match arguments.keep_going {
            Some(1) => "subcommand failed",
            Some(limit) if summary.failed >= limit => "subcommands failed",
            _ => "cannot make progress due to previous errors",
        };
        streams.info(format_args!("build stopped: {stopped}."));
        status.code.and_then(|code| u8::try_from(code).ok()).filter(|code| *code != 0).unwrap_or(1)
    } else {
        if !status.worked && arguments.verbosity != Verbosity::Quiet {
            streams.info("no work to do.");
        }
        0
    };
    if arguments.debug.stats {
        let Summary { ran, restored, failed, cut_off, actions, wall_ms, .. } = summary;
        for (name, number) in [
            ("actions", actions),
            ("ran", ran),
            ("restored", restored),
            ("failed", failed),
            ("cut off", cut_off),
        ] {
            streams.line(format_args!("{name:<10} {number:>10}"));
        }
        streams.line(format_args!("{:<10} {wall_ms:>10}", "wall (ms)"));
    }
    code
}

/// The command that failed was to make the rule file.
fn rebuilding_failed<W, E>(arguments: &Arguments, status: &Status<W, E>) -> bool {
    let file = canonical(&arguments.file);
    let failed = status.failed_outputs.iter();
    failed.flat_map(|outputs| outputs.split(|byte| *byte == b' ')).any(|output| output == &*file)
}

fn interrupted(streams: &mut Streams<'_>) -> u8 {
    streams.info("build stopped: interrupted by user.");
    130
}

/// Ninja has hints of its own for goals that are flags or tools.
fn unknown_goal(error: &Error) -> Option<String> {
    let Error::UnknownGoal { goal, .. } = error else { return None };
    let hint = match goal.as_str() {
        "clean" => "ninja -t clean",
        "help" => "ninja -h",
        _ => return None,
    };
    Some(format!("unknown target '{goal}', did you mean '{hint}'?"))
}

/// Says what is wrong in a rule file; gives back the exit code.
fn wrong(diagnostic: &Diagnostic, streams: &mut Streams<'_>) -> u8 {
    let text = diagnostic.ninja_text();
    if diagnostic.is_fatal() { streams.fatal(text) } else { streams.error(text) }
}

/// Stdout as Ninja sees it; it writes over its line only when it is neither quiet nor verbose.
fn terminal(verbosity: Verbosity) -> Terminal<Box<dyn Write>> {
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    let capable = io::stdout().is_terminal() && !dumb;
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|force| force != "0");
    let smart = capable && verbosity == Verbosity::Normal;
    Terminal::new(Box::new(io::stdout()), smart, capable || forced, || {
        let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
        Some(size.ws_col.into()).filter(|columns: &usize| *columns > 0)
    })
}
