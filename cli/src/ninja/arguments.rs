//! Ninja's command line.

use bstr::ByteSlice;

use crate::ninja::VERSION;
use crate::ninja::getopt::{self, Reader};
use crate::ninja::messages::Streams;
use crate::settings;
use crate::suggest;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verbosity {
    /// `--quiet`: only what commands print.
    Quiet,
    /// Descriptions.
    #[default]
    Normal,
    /// `-v`: whole commands.
    Verbose,
}

/// A command line that asks for a build or a tool.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// `-C`.
    pub(crate) dir: Option<Vec<u8>>,
    /// `-f`.
    pub(crate) file: Vec<u8>,
    /// `-j`; `None` is no limit.
    pub(crate) jobs: Option<usize>,
    /// `-j` was given.
    pub(crate) jobs_given: bool,
    /// `-k`; `None` is no limit.
    pub(crate) keep_going: Option<usize>,
    /// `-l`.
    pub(crate) max_load: Option<f64>,
    /// `-n`.
    pub(crate) dry_run: bool,
    /// `-v`, `--quiet`.
    pub(crate) verbosity: Verbosity,
    /// `--status`.
    pub(crate) status: Option<Vec<u8>>,
    /// `-d`.
    pub(crate) debug: Debug,
    /// `-w phonycycle=err`.
    pub(crate) phony_cycle_is_error: bool,
    /// `-t`: the name as given.
    pub(crate) tool: Option<String>,
    /// Goals, or what the tool gets.
    pub(crate) rest: Vec<Vec<u8>>,
}

/// `-d MODE`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Debug {
    /// Numbers at the end.
    pub(crate) stats: bool,
    /// Why commands run.
    pub(crate) explain: bool,
    /// Depfiles stay.
    pub(crate) keep_depfiles: bool,
    /// Response files stay.
    pub(crate) keep_response_files: bool,
}

const OPTIONS: getopt::Options = getopt::Options {
    short: "d:f:j:k:l:nt:vw:C:h",
    long: &[
        ("help", false, 'h'),
        ("version", false, 'V'),
        ("verbose", false, 'v'),
        ("quiet", false, 'q'),
        ("status", true, 'S'),
    ],
};

const DEBUG_MODES: [(&str, &str); 4] = [
    ("stats", "print operation counts/timing info"),
    ("explain", "explain what caused a command to execute"),
    ("keepdepfile", "don't delete depfiles after they're read by ninja"),
    ("keeprsp", "don't delete @response files on success"),
];

/// Reads the words after the program's name; an exit code when there is nothing left to do.
pub(crate) fn read(
    program: &str,
    words: &[Vec<u8>],
    streams: &mut Streams<'_>,
) -> Result<Arguments, u8> {
    let mut arguments = Arguments {
        dir: None,
        file: b"build.ninja".to_vec(),
        jobs: Some(default_jobs()),
        jobs_given: false,
        keep_going: Some(1),
        max_load: None,
        dry_run: false,
        verbosity: Verbosity::Normal,
        status: None,
        debug: Debug::default(),
        phony_cycle_is_error: false,
        tool: None,
        rest: Vec::new(),
    };
    let mut reader = Reader::new(program, &OPTIONS, words);
    while let Some(option) = reader.next() {
        let (letter, value) = match option {
            Ok(option) => option,
            Err(error) => {
                // The C library's own message has no prefix.
                let _ = writeln!(streams.err, "{error}");
                return Err(usage(streams));
            }
        };
        arguments.take(letter, value, streams)?;
        if arguments.tool.is_some() {
            arguments.rest = reader.rest();
            return Ok(arguments);
        }
    }
    arguments.rest = reader.operands();
    Ok(arguments)
}

impl Arguments {
    fn take(&mut self, letter: char, value: Vec<u8>, streams: &mut Streams<'_>) -> Result<(), u8> {
        let text = value.to_str_lossy();
        match letter {
            'd' => self.debug.enable(&text, streams)?,
            'f' => self.file = value,
            'j' => match text.trim_start().parse::<i64>() {
                Ok(number) if number >= 0 => {
                    self.jobs = limit(number);
                    self.jobs_given = true;
                }
                _ => return Err(streams.fatal("invalid -j parameter")),
            },
            'k' => match text.trim_start().parse::<i64>() {
                Ok(number) => self.keep_going = limit(number),
                Err(_) => {
                    return Err(streams.fatal("-k parameter not numeric; did you mean -k 0?"));
                }
            },
            'l' => match text.trim_start().parse::<f64>() {
                Ok(load) => self.max_load = (load > 0.0).then_some(load),
                Err(_) => {
                    return Err(streams.fatal("-l parameter not numeric: did you mean -l 0.0?"));
                }
            },
            'n' => self.dry_run = true,
            't' => self.tool = Some(text.into_owned()),
            'v' => self.verbosity = Verbosity::Verbose,
            'q' => self.verbosity = Verbosity::Quiet,
            'S' => self.status = Some(value),
            'w' => self.warning(&text, streams)?,
            'C' => self.dir = Some(value),
            'V' => {
                streams.line(VERSION);
                return Err(0);
            }
            _ => return Err(usage(streams)),
        }
        Ok(())
    }

    fn warning(&mut self, flag: &str, streams: &mut Streams<'_>) -> Result<(), u8> {
        const FLAGS: [&str; 2] = ["phonycycle=err", "phonycycle=warn"];
        match flag {
            "list" => {
                streams.line("warning flags:");
                streams.line("  phonycycle={err,warn}  phony build statement references itself");
                return Err(1);
            }
            "phonycycle=err" => self.phony_cycle_is_error = true,
            "phonycycle=warn" => self.phony_cycle_is_error = false,
            // Choices of old Ninjas that have only one answer now.
            "dupbuild=err" | "dupbuild=warn" => {
                streams.warning("deprecated warning 'dupbuild'");
            }
            "depfilemulti=err" | "depfilemulti=warn" => {
                streams.warning("deprecated warning 'depfilemulti'");
            }
            other => return Err(unknown("warning flag", other, &FLAGS, streams)),
        }
        Ok(())
    }
}

impl Debug {
    fn enable(&mut self, mode: &str, streams: &mut Streams<'_>) -> Result<(), u8> {
        match mode {
            "list" => {
                streams.line("debugging modes:");
                for (name, what) in DEBUG_MODES {
                    streams.line(format_args!("  {name:<11}  {what}"));
                }
                streams.line("multiple modes can be enabled via -d FOO -d BAR");
                return Err(1);
            }
            "stats" => self.stats = true,
            "explain" => self.explain = true,
            "keepdepfile" => self.keep_depfiles = true,
            "keeprsp" => self.keep_response_files = true,
            // Only Windows has a cache of this kind.
            "nostatcache" => {}
            other => {
                let names = DEBUG_MODES.map(|(name, _)| name);
                return Err(unknown("debug setting", other, &names, streams));
            }
        }
        Ok(())
    }
}

fn unknown(what: &str, word: &str, known: &[&str], streams: &mut Streams<'_>) -> u8 {
    match suggest::nearest(word, known.iter().copied()) {
        Some(near) => {
            streams.error(format_args!("unknown {what} '{word}', did you mean '{near}'?"))
        }
        None => streams.error(format_args!("unknown {what} '{word}'")),
    }
}

/// 0 and less are no limit.
fn limit(number: i64) -> Option<usize> {
    usize::try_from(number).ok().filter(|number| *number > 0)
}

/// What Ninja takes for `-j`: a little more than there are processors.
fn default_jobs() -> usize {
    match settings::processors() {
        0 | 1 => 2,
        2 => 3,
        more => more + 2,
    }
}

/// Prints the flags; gives back the exit code.
fn usage(streams: &mut Streams<'_>) -> u8 {
    let _ = write!(
        streams.err,
        "\
usage: ninja [options] [targets...]

if targets are unspecified, builds the 'default' target (see manual).

options:
  --version      print ninja version (\"{VERSION}\")
  -v, --verbose  show all command lines while building
  --quiet        don't show progress status, just command output
  --status FMT   show progress as FMT says, which may have $variables
                 (for example '[$finished/$total] $description')

  -C DIR   change to DIR before doing anything else
  -f FILE  specify input build file [default=build.ninja]

  -j N     run N jobs in parallel (0 means infinity) [default={} on this system]
  -k N     keep going until N jobs fail (0 means infinity) [default=1]
  -l N     do not start new jobs if the load average is greater than N
  -n       dry run (don't run commands but act like they succeeded)

  -d MODE  enable debugging (use '-d list' to list modes)
  -t TOOL  run a subtool (use '-t list' to list subtools)
    terminates toplevel options; further flags are passed to the tool
  -w FLAG  adjust warnings (use '-w list' to list warnings)
",
        default_jobs()
    );
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> (Result<Arguments, u8>, String) {
        let words: Vec<Vec<u8>> =
            line.split_whitespace().map(|word| word.as_bytes().to_vec()).collect();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let read = read("ninja", &words, &mut Streams { out: &mut out, err: &mut err });
        out.extend(err);
        (read, out.to_str_lossy().into_owned())
    }

    #[test]
    fn flags_are_read() {
        let (arguments, said) =
            parse("-C d -f x.ninja -j0 -k 0 -l 2.5 -nv all -d explain -w phonycycle=err");
        let arguments = arguments.unwrap();
        assert_eq!(said, "");
        assert_eq!(arguments.dir.as_deref(), Some(&b"d"[..]));
        assert_eq!(arguments.file, b"x.ninja");
        assert_eq!((arguments.jobs, arguments.keep_going), (None, None));
        assert_eq!(arguments.max_load, Some(2.5));
        assert!(arguments.dry_run && arguments.debug.explain && arguments.phony_cycle_is_error);
        assert_eq!(arguments.verbosity, Verbosity::Verbose);
        assert_eq!(arguments.rest, [b"all"]);
        assert_eq!(arguments.status, None);
        let (arguments, _) = parse("--status $eta --stat=$total all");
        let arguments = arguments.unwrap();
        assert_eq!(arguments.status.as_deref(), Some(&b"$total"[..]));
        assert_eq!(arguments.rest, [b"all"]);
    }

    #[test]
    fn a_tool_ends_the_flags() {
        let (arguments, _) = parse("-n foo -t clean -g bar");
        let arguments = arguments.unwrap();
        assert_eq!(arguments.tool.as_deref(), Some("clean"));
        assert_eq!(arguments.rest, [&b"-g"[..], b"bar"]);
    }

    #[test]
    fn what_prints_and_exits() {
        assert_eq!(parse("--version"), (Err(0), "1.13.2\n".to_owned()));
        for (line, code) in [("-h", 1), ("-d list", 1), ("-w list", 1), ("-j", 1)] {
            assert_eq!(parse(line).0.err(), Some(code), "{line}");
        }
    }

    impl PartialEq for Arguments {
        fn eq(&self, _: &Self) -> bool {
            false
        }
    }
}
