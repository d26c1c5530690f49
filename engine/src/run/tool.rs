//! Tools: which programs a command line runs, and what is in them.

use crate::digest::{Digest, hash_file};
use crate::run::command::{self, is_builtin, is_keyword};
use crate::run::environment::Environment;
use crate::signature::Signature;
use bstr::ByteSlice;
use rustc_hash::FxHashMap;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// A program with its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Where it is: as the command line says, or as `PATH` leads to it.
    pub path: PathBuf,
    /// The digest of the file itself: for a wrapper script, that of the script.
    pub digest: Digest,
}

/// The programs that command lines run, each read once.
#[derive(Debug)]
pub struct Tools {
    dir: PathBuf,
    known: RwLock<FxHashMap<PathBuf, Known>>,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    signature: Signature,
    digest: Digest,
    /// It was looked at in this session and does not come from the build itself.
    settled: bool,
}

impl Tools {
    /// For commands that run in `dir`.
    pub fn new(dir: &Path) -> Tools {
        Tools { dir: dir.to_owned(), known: RwLock::default() }
    }

    /// What an earlier session knew of a program; it counts as long as the signature is the same.
    pub fn remember(&self, path: &Path, signature: Signature, digest: Digest) {
        self.learn(path, Known { signature, digest, settled: false });
    }

    /// All programs known now, sorted by path, for a later session to [`Tools::remember`].
    pub fn known(&self) -> Vec<(PathBuf, Signature, Digest)> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = known
            .iter()
            .map(|(path, known)| (path.clone(), known.signature, known.digest))
            .collect();
        all.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        all
    }

    /// The programs that `line` runs, in the order of their names, as far as a look at it can tell.
    ///
    /// Without shell syntax that is the first word. For the shell it is the first word of each simple
    /// command: what comes after `;`, `&&`, `||`, `|`, `&`, `(` and a keyword, and inside `$(...)` and
    /// backquotes; assignments, builtins and redirections are stepped over, `cd` is followed, and
    /// programs such as `env` that run their arguments count together with what they run. Names made of
    /// variables, `eval` and files of an interpreter are not seen: those are declared as inputs.
    /// A program that is not there is left out; the command will say so.
    pub fn of(&self, line: &[u8], environment: &Environment) -> Vec<Tool> {
        let names = match command::words(line) {
            Some(words) => simple_command(&words),
            None => shell_programs(line),
        };
        let mut tools: Vec<Tool> = Vec::new();
        for (folder, name) in names {
            let Some(mut path) = environment.find(&name, &self.dir) else { continue };
            let searched = !name.contains(&b'/');
            if !searched {
                path = folder.join(path);
            }
            if tools.iter().any(|tool| tool.path == path) {
                continue;
            }
            if let Some(digest) = self.digest(&path, searched) {
                tools.push(Tool { path, digest });
            }
        }
        tools.sort_unstable_by(|one, other| one.path.cmp(&other.path));
        tools
    }

    /// A program found through `PATH` is looked at once in a session; one that is named by its place may
    /// be made by the build, so its signature is taken each time.
    fn digest(&self, path: &Path, searched: bool) -> Option<Digest> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(path).copied();
        if let Some(known) = known
            && known.settled
        {
            return Some(known.digest);
        }
        let place = self.dir.join(path);
        let signature = Signature::of(&place).ok()??;
        let digest = match known {
            Some(known) if known.signature == signature => known.digest,
            _ => hash_file(&place).ok()?,
        };
        self.learn(path, Known { signature, digest, settled: searched && path.is_absolute() });
        Some(digest)
    }

    /// A program is still the one that was read; otherwise it is read again before it counts next.
    pub fn is_as_read(&self, tool: &Tool) -> bool {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let found = known.get(&tool.path).copied();
        drop(known);
        let Some(known) = found else { return false };
        let now = Signature::of(&self.dir.join(&tool.path)).ok().flatten();
        let same = now.is_some_and(|now| now.is_unwritten_since(&known.signature));
        if !same {
            self.learn(&tool.path, Known { settled: false, ..known });
        }
        same && known.digest == tool.digest
    }

    /// A program is the file that rule files call `output`, however the command line leads to it.
    pub fn is_at(&self, tool: &Tool, output: &[u8]) -> bool {
        let output = Path::new(OsStr::from_bytes(output));
        // Most names differ already, and need no look at the disk.
        tool.path.file_name() == output.file_name()
            && self.real_place(&tool.path) == self.real_place(output)
    }

    /// Where a file is once symbolic links and `..` on the way to it are followed.
    fn real_place(&self, path: &Path) -> PathBuf {
        let place = self.dir.join(path);
        match (place.parent().map(fs::canonicalize), place.file_name()) {
            (Some(Ok(folder)), Some(name)) => folder.join(name),
            _ => place,
        }
    }

    fn learn(&self, path: &Path, known: Known) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), known);
    }
}

/// A program's name and the folder, relative to that of the command, which it is named from.
type Name = (PathBuf, Vec<u8>);

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
    use crate::settings;
    use std::os::unix::fs::PermissionsExt;

    fn names(line: &str) -> Vec<String> {
        let names = match command::words(line.as_bytes()) {
            Some(words) => simple_command(&words),
            None => shell_programs(line.as_bytes()),
        };
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

    fn write_program(path: &Path, content: &str) {
        fs::write(path, content).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_tool_of_the_build_is_read_again_when_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        write_program(&dir.path().join("gen"), "one");
        let environment = Environment::new::<&[u8]>(settings::Environment::Minimal, &[]);
        let tools = Tools::new(dir.path());
        let one = Tool { path: "./gen".into(), digest: Digest::of(b"one") };
        assert_eq!(tools.of(b"./gen x", &environment), std::slice::from_ref(&one));
        assert_eq!(tools.of(b"./gen y; ./gen z", &environment), [one]);
        write_program(&dir.path().join("gen"), "other");
        assert_eq!(tools.of(b"./gen x", &environment)[0].digest, Digest::of(b"other"));
        fs::remove_file(dir.path().join("gen")).unwrap();
        assert_eq!(tools.of(b"./gen x", &environment), []);
    }

    #[test]
    fn a_tool_is_at_a_file_by_whatever_way_it_is_named() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("bin")).unwrap();
        std::os::unix::fs::symlink("bin", dir.path().join("link")).unwrap();
        let tools = Tools::new(dir.path());
        let tool = |path: PathBuf| Tool { path, digest: Digest::of(b"") };
        for path in ["bin/x", "./bin/x", "bin/../bin/x", "link/x"] {
            assert!(tools.is_at(&tool(path.into()), b"bin/x"), "{path}");
        }
        assert!(tools.is_at(&tool(dir.path().join("link/x")), b"bin/x"));
        assert!(!tools.is_at(&tool("bin/y".into()), b"bin/x"));
        assert!(!tools.is_at(&tool("x".into()), b"bin/x"));
    }

    #[test]
    fn programs_are_found_through_the_path_and_remembered() {
        let environment = Environment::new::<&[u8]>(settings::Environment::Minimal, &[]);
        let tools = Tools::new(Path::new("/"));
        let found = tools.of(b"sh -c x", &environment);
        assert_eq!(found[0].digest, hash_file(&found[0].path).unwrap());
        let known = tools.known();
        assert_eq!(known.len(), 1);

        let later = Tools::new(Path::new("/"));
        let trusted = Digest::of(b"trusted by its signature");
        later.remember(&known[0].0, known[0].1, trusted);
        assert_eq!(later.of(b"sh -c x", &environment)[0].digest, trusted);
        let stale = Tools::new(Path::new("/"));
        stale.remember(&known[0].0, Signature { ctime_ns: 0, ..known[0].1 }, trusted);
        assert_eq!(stale.of(b"sh -c x", &environment), found);
    }
}
