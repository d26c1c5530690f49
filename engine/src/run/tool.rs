//! Tools: which programs a command line runs, and what is in them.

use crate::digest::{Digest, hash_file};
use crate::run::environment::Environment;
use crate::run::shell::programs;
use crate::signature::Signature;
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
        let names = programs(line);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings;
    use std::os::unix::fs::PermissionsExt;

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
