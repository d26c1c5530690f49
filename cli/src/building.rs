//! One build of the native face: settings for the engine, reporters, and what its errors mean.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use mbuild_engine::error::Error;
use mbuild_engine::event::{Sink, Summary};
use mbuild_engine::session;
use mbuild_engine::settings::{Jobserver, Settings};

use mbuild_rules::{Diagnostic, Place};

use crate::args::build::{BuildFlags, Progress};
use crate::exit::Exit;
use crate::failure::{Failure, Result, reason};
use crate::report::Tee;
use crate::report::console::{Options, Style};
use crate::report::json::JsonLines;
use crate::report::live::{self, Live};
use crate::session::Session;
use crate::settings::limits::{self, Jobs};
use crate::{settings, suggest};

/// The name of a rule file, ours and everybody's.
pub(crate) const RULE_FILE: &str = "build.ninja";

/// The rule file to build, and how its commands are to be treated.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    /// The folder its paths are relative to.
    pub(crate) dir: PathBuf,
    /// Its path in there.
    pub(crate) file: Vec<u8>,
    /// Where the state lives; `None` is where the rule file says.
    pub(crate) state_dir: Option<PathBuf>,
    /// Names that goals may have beside those of the rule file.
    pub(crate) names: Vec<String>,
}

/// What the engine is told.
pub(crate) fn engine_settings(
    rules: &Rules,
    flags: &BuildFlags,
    command_line: Vec<String>,
) -> Result<Settings> {
    Ok(Settings {
        rule_file: rules.file.clone(),
        state_dir: rules.state_dir.clone(),
        jobs: settings::jobs(flags.jobs),
        keep_going: settings::limit(flags.keep_going.unwrap_or(1)),
        fail_fast: flags.fail_fast,
        max_load: flags.max_load.filter(|load| *load > 0.0),
        memory: limits::memory(flags.memory)?,
        dry_run: flags.dry_run,
        check: settings::check()?,
        store: settings::store()?,
        command_line,
        ..Settings::new(&rules.dir)
    })
}

/// Brings goals up to date and shows it.
pub(crate) fn build(
    rules: &Rules,
    flags: &BuildFlags,
    goals: &[Vec<u8>],
    session: &mut Session<'_>,
) -> Result<Summary> {
    build_and_watch(rules, flags, goals, None, session)
}

/// Brings goals up to date before something else begins; that nothing was to be done is not said.
pub(crate) fn build_before(
    rules: &Rules,
    flags: &BuildFlags,
    goals: &[Vec<u8>],
    session: &mut Session<'_>,
) -> Result<()> {
    // There is nothing to say about the rest before these are there.
    let flags = BuildFlags { dry_run: false, ..flags.clone() };
    let options = Options { before: true, ..options(&flags, session) };
    watched(rules, &flags, goals, options, None, session).map(|_| ())
}

/// The same with somebody who looks on.
pub(crate) fn build_and_watch(
    rules: &Rules,
    flags: &BuildFlags,
    goals: &[Vec<u8>],
    watcher: Option<&mut dyn Sink>,
    session: &mut Session<'_>,
) -> Result<Summary> {
    watched(rules, flags, goals, options(flags, session), watcher, session)
}

fn watched(
    rules: &Rules,
    flags: &BuildFlags,
    goals: &[Vec<u8>],
    options: Options,
    watcher: Option<&mut dyn Sink>,
    session: &mut Session<'_>,
) -> Result<Summary> {
    let mut settings = engine_settings(rules, flags, session.command_line.clone())?;
    settings.jobserver = jobserver(flags, session)?;
    let events = flags.events.clone().or_else(|| {
        std::env::var_os("MBUILD_EVENTS").filter(|path| !path.is_empty()).map(PathBuf::from)
    });
    // The file is that of the build that comes after.
    let events = events.filter(|_| !options.before);
    let mut events = events.map(|path| JsonLines::create(&path)).transpose()?;
    let result = {
        let mut live = Live::new(session.printer.reporter_stream(), options);
        let mut sinks = Tee::default();
        sinks.add(&mut live);
        if let Some(events) = &mut events {
            sinks.add(events as &mut dyn Sink);
        }
        if let Some(watcher) = watcher {
            sinks.add(watcher);
        }
        session::build(&settings, goals, &mut sinks)
    };
    if let Some(Err(error)) = events.map(JsonLines::finish) {
        session.printer.warning(format_args!("the events are incomplete: {}", reason(&error)));
    }
    let summary = result.map_err(|error| explained(error, rules))?;
    if summary.interrupted {
        return Err(Failure::silent(Exit::Interrupted));
    }
    if summary.failed > 0 {
        return Err(Failure::silent(Exit::Failed));
    }
    Ok(summary)
}

/// Whom the jobs are shared with.
fn jobserver(flags: &BuildFlags, session: &mut Session<'_>) -> Result<Jobserver> {
    let server = flags.jobserver.then(|| flags.jobserver_style.unwrap_or_default().into());
    let jobs = Jobs { decided: flags.jobs.is_some(), server, dry_run: flags.dry_run };
    let (jobserver, ignored) = limits::jobserver(jobs)?;
    if let Some(ignored) = ignored {
        session.printer.warning(format_args!("no use of the jobserver in MAKEFLAGS: {ignored}"));
    }
    Ok(jobserver)
}

fn options(flags: &BuildFlags, session: &Session<'_>) -> Options {
    let style = match flags.progress {
        Progress::Line => Style::Live,
        Progress::None => Style::Silent,
        Progress::Auto if session.global.quiet => Style::Silent,
        Progress::Auto if live::can_draw() => Style::Live,
        Progress::Plain | Progress::Auto => Style::Lines,
    };
    Options {
        style,
        verbose: session.global.verbose,
        quiet: session.global.quiet,
        dry_run: flags.dry_run,
        before: false,
    }
}

/// The engine's errors for people who write manifests, with the exit code each has.
pub(crate) fn explained(error: Error, rules: &Rules) -> Failure {
    match error {
        Error::Diagnostic(diagnostic) => Failure::from(*diagnostic),
        Error::UnknownGoal { goal, suggestions } => {
            let named = suggest::nearest(&goal, rules.names.iter().map(String::as_str));
            let help = match named.or(suggestions.first().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`{}` lists what can be built", list_of_goals(&rules.file)),
            };
            Failure::usage(format!("there is no goal `{goal}`")).with_help(help)
        }
        Error::NoConsumer { goal } => Failure::usage(format!("nothing is made from `{goal}`")),
        Error::MissingInput { path, needed_by, place } => {
            let needed = needed_by.map(|by| format!(", which `{by}` needs,")).unwrap_or_default();
            let message = format!("`{path}`{needed} is missing and nothing makes it");
            let help = "put the file there, correct its name, or say how to make it";
            match place {
                Some(place) => at_statement(rules, &place, &path, message),
                None => Failure::wrong(message),
            }
            .with_help(help)
        }
        Error::Cycle { ref path, ref place, .. } => {
            let needed = path.get(1).map_or("", String::as_str);
            at_statement(rules, place, needed, error.to_string())
                .with_help("one of these must do without the one after it")
        }
        Error::UnknownRule { rule } => Failure::usage(format!("there is no rule `{rule}`")),
        Error::Unreadable { path, needed_by, reason } => {
            let needed = needed_by.map(|by| format!(", which `{by}` needs")).unwrap_or_default();
            Failure::new(Exit::System, format!("cannot read `{path}`{needed}: {reason}"))
        }
        Error::Loading { .. } | Error::NoRoots => Failure::wrong(error.to_string()),
        Error::RuleFileNeverSettles { .. } => Failure::new(Exit::Failed, error.to_string()),
        Error::Stat { .. } | Error::System { .. } => Failure::new(Exit::System, error.to_string()),
        Error::Nested { .. } => Failure::new(Exit::Failed, error.to_string())
            .with_help("name what the command needs as an input of its action"),
        Error::Interrupted => Failure::silent(Exit::Interrupted),
    }
}

/// The command that lists every goal of a rule file.
fn list_of_goals(file: &[u8]) -> String {
    match file {
        b"build.ninja" => "mbuild ninja -t targets all".to_owned(),
        _ => format!("mbuild ninja -f {} -t targets all", String::from_utf8_lossy(file)),
    }
}

/// A mistake that shows only in the graph, at the word of the statement that leads to it.
fn at_statement(rules: &Rules, place: &Place, word: &str, message: String) -> Failure {
    let path = rules.dir.join(OsStr::from_bytes(&place.file));
    match std::fs::read(path) {
        Ok(content) => {
            let word = word.as_bytes();
            Diagnostic::at_word(&place.file, &content, place.line, word, message).into()
        }
        // Whoever removed it meanwhile knows more than we do.
        Err(_) => Failure::wrong(message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(dir: &std::path::Path, names: &[&str]) -> Rules {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        Rules { dir: dir.to_owned(), file: b"build.ninja".to_vec(), state_dir: None, names }
    }

    #[test]
    fn errors_say_what_to_do_and_have_their_code() {
        let dir = tempfile::tempdir().unwrap();
        let text = "rule r\n  command = r\nbuild a: r b\nbuild b: r a\nbuild a.o: r a.c\n";
        std::fs::write(dir.path().join("build.ninja"), text).unwrap();
        let place = |line| Place { file: b"build.ninja".to_vec(), line };
        let errors = [
            Error::UnknownGoal { goal: "lib:zp".into(), suggestions: vec!["lib:zip".into()] },
            Error::UnknownGoal { goal: "x".into(), suggestions: vec![] },
            Error::UnknownGoal { goal: "zlb".into(), suggestions: vec!["lib:zlib".into()] },
            Error::NoConsumer { goal: "a.o".into() },
            Error::MissingInput {
                path: "a.c".into(),
                needed_by: Some("a.o".into()),
                place: Some(place(5)),
            },
            Error::MissingInput { path: "a.c".into(), needed_by: None, place: None },
            Error::Cycle {
                path: vec!["a".into(), "b".into(), "a".into()],
                phony: false,
                place: place(3),
            },
            Error::RuleFileNeverSettles { path: "build.ninja".into(), tries: 100 },
            Error::UnknownRule { rule: "cp".into() },
            Error::Unreadable {
                path: "a.c".into(),
                needed_by: Some("a.o".into()),
                reason: "Permission denied".into(),
            },
            Error::Nested { pid: 7 },
        ];
        let shown: Vec<String> = errors
            .into_iter()
            .map(|error| {
                let failure = explained(error, &rules(dir.path(), &["zlib"]));
                format!("{} {failure}", failure.exit.code())
            })
            .collect();
        insta::assert_snapshot!(shown.join("\n"));
    }

    #[test]
    fn the_list_of_goals_is_that_of_the_rule_file() {
        let command = list_of_goals(b"_mbuild/native/build.ninja");
        assert_eq!(command, "mbuild ninja -f _mbuild/native/build.ninja -t targets all");
        assert_eq!(list_of_goals(b"build.ninja"), "mbuild ninja -t targets all");
    }

    #[test]
    fn zero_is_no_limit() {
        let rules = rules(std::path::Path::new("."), &[]);
        let flags = BuildFlags { jobs: Some(0), keep_going: Some(0), ..BuildFlags::default() };
        let settings = engine_settings(&rules, &flags, Vec::new()).unwrap();
        assert_eq!((settings.jobs, settings.keep_going), (None, None));
        let settings = engine_settings(&rules, &BuildFlags::default(), Vec::new()).unwrap();
        assert_eq!(settings.keep_going, Some(1));
    }
}
