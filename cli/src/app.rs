//! From the process's arguments to its exit code: which face it is and which command.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use anstream::ColorChoice;

use crate::args::{Cli, Command, default_command, mistakes};
use crate::commands;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::ninja;
use crate::printer::Printer;
use crate::session::Session;

/// Runs what the words say.
pub(crate) fn run(words: Vec<OsString>) -> Exit {
    if let Some((program, arguments)) = ninja_words(&words) {
        return Exit::Code(ninja::session::run(&program, &arguments));
    }
    let command_line = recorded(&words);
    let words = default_command::insert(words);
    let cli = match mistakes::parse(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are errors to clap, with exit code 0.
            let shown = error.print();
            return match (error.exit_code(), shown) {
                (0, Ok(())) => Exit::Success,
                (0, Err(error)) => Failure::from(error).exit,
                _ => Exit::Usage,
            };
        }
    };
    let choice = ColorChoice::from(cli.global.color);
    let mut printer = Printer::new(choice, cli.global.quiet);
    match dispatch(cli, command_line, &mut printer) {
        Ok(exit) => exit,
        Err(failure) => {
            if !failure.is_silent() {
                printer.error(&failure);
            }
            failure.exit
        }
    }
}

fn dispatch(cli: Cli, command_line: Vec<String>, printer: &mut Printer) -> Result<Exit> {
    if let Some(dir) = &cli.global.work_dir {
        std::env::set_current_dir(dir).map_err(|error| {
            let failure = Failure::system(format_args!("cannot go to `{}`", dir.display()), &error);
            match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => failure.with_exit(Exit::Usage),
                _ => failure,
            }
        })?;
    }
    let mut session = Session { global: cli.global, command_line, printer };
    let session = &mut session;
    match cli.command.settled() {
        Command::Build(args) => commands::build::run(&args, session),
        Command::Cache(args) => commands::cache::run(&args, session),
        Command::Clean(args) => commands::clean::run(&args, session),
        Command::Completions(args) => commands::completions::run(&args, session),
        Command::Configure(args) => commands::configure::run(&args, session),
        Command::Convert(args) => commands::convert::run(&args, session),
        Command::Deps(args) => commands::deps::run(&args, session),
        Command::Describe(args) => commands::describe::run(&args, session),
        Command::Doctor(args) => commands::doctor::run(&args, session),
        Command::Explain(args) => commands::explain::run(&args, session),
        Command::Graph(args) => commands::graph::run(&args, session),
        Command::Image(args) => commands::image::run(&args, session),
        Command::Init(args) => commands::init::run(&args, session),
        Command::Install(args) => commands::install::run(&args, session),
        Command::Internal(args) => commands::internal::run(&args, session),
        Command::Log(args) => commands::log::run(&args, session),
        Command::Man(args) => commands::man::run(&args, session),
        Command::Ninja(args) => {
            let words: Vec<_> =
                args.arguments.iter().map(|word| word.as_bytes().to_vec()).collect();
            Ok(Exit::Code(ninja::session::run("mbuild ninja", &words)))
        }
        Command::Profile(args) => commands::profile::run(&args, session),
        Command::Query(args) => commands::query::run(&args, session),
        Command::Run(args) => commands::run::run(&args, session),
        Command::Targets(args) => commands::targets::run(&args, session),
        Command::Test(args) => commands::test::run(&args, session),
        Command::Toolchain(args) => commands::toolchain::run(&args, session),
        Command::Uninstall(args) => commands::install::uninstall(&args, session),
    }
}

/// The command line as records show it: without the folder of the program.
fn recorded(words: &[OsString]) -> Vec<String> {
    let (program, arguments) = words.split_at(words.len().min(1));
    let program = program.iter().filter_map(|path| Path::new(path).file_name());
    program
        .chain(arguments.iter().map(OsString::as_os_str))
        .map(|word| word.to_string_lossy().into_owned())
        .collect()
}

/// The words for the ninja face, when it is the one that is called.
///
/// `mbuild ninja` is looked at here as well: its words are Ninja's, clap would read some of them.
fn ninja_words(words: &[OsString]) -> Option<(String, Vec<Vec<u8>>)> {
    let first = words.first()?;
    let called = Path::new(first).file_name()?;
    let (program, skip) = match (called.as_bytes(), words.get(1).map(|word| word.as_bytes())) {
        (b"ninja", _) => (first.to_string_lossy().into_owned(), 1),
        (_, Some(b"ninja")) => ("mbuild ninja".to_owned(), 2),
        _ => return None,
    };
    Some((program, words[skip..].iter().map(|word| word.as_bytes().to_vec()).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Option<usize> {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        ninja_words(&words).map(|(_, words)| words.len())
    }

    #[test]
    fn the_name_chooses_the_face() {
        assert_eq!(words("/usr/bin/ninja -C x"), Some(2));
        assert_eq!(words("mbuild ninja -C x all"), Some(3));
        assert_eq!(words("mbuild build ninja"), None);
        assert_eq!(words("mbuild"), None);
    }
}
