//! Command lines of a shell: which programs they run, as far as a look at them can tell.

use crate::run::command::{self, is_builtin, is_keyword};
use bstr::ByteSlice;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// The programs that `line` runs, without a shell or with one, in the order of their names there.
pub(super) fn programs(line: &[u8]) -> Vec<Name> {
    match command::words(line) {
        Some(words) => simple_command(&words),
        None => shell_programs(line),
    }
}

/// A program's name and the folder, relative to that of the command, which it is named from.
pub(super) type Name = (PathBuf, Vec<u8>);

/// Programs that run the command in their arguments.
fn runs_its_arguments(name: &[u8]) -> bool {
    let base = name.rsplit(|&byte| byte == b'/').next().unwrap_or(name);
    const RUNNERS: [&[u8]; 9] =
        [b"env", b"exec", b"command", b"nohup", b"nice", b"time", b"ccache", b"sccache", b"distcc"];
    RUNNERS.contains(&base)
}

/// An option, a number or an assignment, between a program such as `env` and what it runs.
fn is_argument_of_runner(word: &[u8]) -> bool {
    word.starts_with(b"-") || word.contains(&b'=') || word.iter().all(u8::is_ascii_digit)
}

fn simple_command(words: &[Vec<u8>]) -> Vec<Name> {
    let mut names = Vec::new();
    for word in words {
        if !names.is_empty() && is_argument_of_runner(word) {
            continue;
        }
        names.push((PathBuf::new(), word.clone()));
        if !runs_its_arguments(word) {
            break;
        }
    }
    names
}

/// What the next word of a shell command line is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    Program,
    /// What a program such as `env` runs.
    Run,
    Argument,
    /// The folder that `cd` goes to.
    Folder,
    /// The file of a redirection, before this.
    File(bool),
}

/// An explicit list of the parts still to look at stands for the nesting of `$(...)`.
fn shell_programs(line: &[u8]) -> Vec<Name> {
    let mut names = Vec::new();
    let mut parts = vec![line];
    while let Some(part) = parts.pop() {
        let mut folder = PathBuf::new();
        let mut expect = Expect::Program;
        let mut at = 0;
        while at < part.len() {
            match part[at] {
                b' ' | b'\t' => at += 1,
                b';' | b'&' | b'|' | b'(' | b')' | b'\n' => {
                    expect = Expect::Program;
                    at += 1;
                }
                b'<' | b'>' => {
                    at += 1;
                    while part.get(at).is_some_and(|byte| b"<>&|-".contains(byte)) {
                        at += 1;
                    }
                    expect = Expect::File(matches!(expect, Expect::Program | Expect::Run));
                }
                b'#' => at += part[at..].find_byte(b'\n').unwrap_or(part.len() - at),
                _ => {
                    let word = Word::read(part, &mut at, &mut parts);
                    expect = next(expect, &word, &mut folder, &mut names);
                }
            }
        }
    }
    names
}

fn next(expect: Expect, word: &Word, folder: &mut PathBuf, names: &mut Vec<Name>) -> Expect {
    let text = word.text.as_slice();
    match expect {
        Expect::Argument | Expect::File(false) => Expect::Argument,
        Expect::File(true) => Expect::Program,
        Expect::Folder => {
            if word.literal {
                folder.push(OsStr::from_bytes(text));
            }
            Expect::Argument
        }
        Expect::Run if is_argument_of_runner(text) => Expect::Run,
        Expect::Program if is_assignment(text) => Expect::Program,
        // A number before a redirection.
        Expect::Program if text.iter().all(u8::is_ascii_digit) => Expect::Program,
        Expect::Program | Expect::Run => match text {
            _ if !word.literal => Expect::Argument,
            b"cd" => Expect::Folder,
            b"for" | b"case" | b"select" | b"function" | b"in" => Expect::Argument,
            b"exec" | b"command" | b"time" => Expect::Run,
            _ if is_keyword(text) => Expect::Program,
            _ if is_builtin(text) => Expect::Argument,
            _ => {
                names.push((folder.clone(), text.to_vec()));
                if runs_its_arguments(text) { Expect::Run } else { Expect::Argument }
            }
        },
    }
}

fn is_assignment(word: &[u8]) -> bool {
    let Some(at) = word.find_byte(b'=') else { return false };
    let name = &word[..at];
    !name.is_empty()
        && !name[0].is_ascii_digit()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// A word of a shell command line without its quotes.
struct Word {
    text: Vec<u8>,
    /// It has no variables and no commands in it.
    literal: bool,
}

impl Word {
    /// Reads the word at `at`, and keeps the commands inside it as further `parts`.
    fn read<'a>(line: &'a [u8], at: &mut usize, parts: &mut Vec<&'a [u8]>) -> Word {
        let mut word = Word { text: Vec::new(), literal: true };
        let mut quoted = false;
        while let Some(&byte) = line.get(*at) {
            match byte {
                b'"' => quoted = !quoted,
                b'\\' => {
                    *at += 1;
                    word.text.extend(line.get(*at));
                }
                b'\'' if !quoted => {
                    let text = &line[*at + 1..];
                    let length = text.find_byte(b'\'').unwrap_or(text.len());
                    word.text.extend_from_slice(&text[..length]);
                    *at += length + 1;
                }
                b'`' => {
                    let text = &line[*at + 1..];
                    let length = text.find_byte(b'`').unwrap_or(text.len());
                    parts.push(&text[..length]);
                    word.literal = false;
                    *at += length + 1;
                }
                b'$' => {
                    word.literal = false;
                    if line.get(*at + 1) == Some(&b'(') {
                        let text = &line[*at + 2..];
                        let length = closing(text);
                        parts.push(&text[..length]);
                        *at += length + 2;
                    }
                }
                b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>'
                    if !quoted =>
                {
                    break;
                }
                _ => word.text.push(byte),
            }
            *at += 1;
        }
        *at = (*at).min(line.len());
        word
    }
}

/// Where the bracket that was opened before `text` closes.
fn closing(text: &[u8]) -> usize {
    let mut depth = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return at,
            b')' => depth -= 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(line: &str) -> Vec<String> {
        let names = programs(line.as_bytes());
        let show =
            |(folder, name): Name| folder.join(OsStr::from_bytes(&name)).display().to_string();
        names.into_iter().map(show).collect()
    }

    #[test]
    fn the_program_of_each_simple_command_is_found() {
        assert_eq!(names("cc -c a.c"), ["cc"]);
        assert_eq!(names("env X=1 cc -c a.c"), ["env", "cc"]);
        assert_eq!(
            names("mkdir -p x && cc a.c > log 2>&1 || cat log; rm -f log"),
            ["mkdir", "cc", "cat", "rm"]
        );
        assert_eq!(names("X=1 Y='a b' ocamlc -c a.ml"), ["ocamlc"]);
        assert_eq!(names("cd sub && ./gen > out"), ["sub/./gen"]);
        assert_eq!(names("(a | b) & c"), ["a", "b", "c"]);
        assert_eq!(names("if test -f x; then cp x y; else touch y; fi"), ["cp", "touch"]);
        assert_eq!(names("for f in a b; do gzip $f; done"), ["gzip"]);
        assert_eq!(names("> out < in sort -u"), ["sort"]);
        assert_eq!(names("exec ccache gcc -c a.c 2>/dev/null"), ["ccache", "gcc"]);
        assert_eq!(names("cc # a; b\nld x"), ["cc", "ld"]);
    }

    #[test]
    fn commands_inside_words_are_found() {
        assert_eq!(names("echo $(date; uname -r) > x"), ["date", "uname"]);
        assert_eq!(
            names("cc \"$(pkg-config --cflags x)\" `llvm-config --libs`"),
            ["cc", "llvm-config", "pkg-config"]
        );
    }

    #[test]
    fn what_a_look_cannot_tell_is_left_out() {
        assert_eq!(names("$CC -c a.c && eval x"), Vec::<String>::new());
        assert_eq!(names("echo 'a; b' \"c && d\" \\; e"), Vec::<String>::new());
        assert_eq!(names("echo 'open; b"), Vec::<String>::new());
        assert_eq!(names("echo $(open; b"), ["open", "b"]);
    }
}
