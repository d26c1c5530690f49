//! What a configuration was made from, and whether all of it is still the same.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::files::{Stamp, digest};
use crate::ocaml::sources::{Sources, names};
use crate::own_build::is_source;
use crate::toolchain::on_path;

/// Everything that was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Files and folders, by path; relative ones are below the package root.
    pub looked_at: BTreeMap<String, Seen>,
    /// Programs by the name looked for, with the file found.
    pub programs: BTreeMap<String, Option<String>>,
    /// Variables of the environment; `None` was not set.
    pub variables: BTreeMap<String, Option<String>>,
    /// When it was looked at, in nanoseconds: what changed shortly before proves nothing by its
    /// stamp.
    pub taken: i64,
}

/// What was found at a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// Nothing.
    Absent,
    /// A file with this content.
    File {
        /// Its stamp.
        stamp: Stamp,
        /// The digest of its content.
        digest: String,
    },
    /// A file that counts as changed when its stamp does.
    Program {
        /// Its stamp.
        stamp: Stamp,
    },
    /// A folder with these names in it.
    Folder {
        /// Its stamp.
        stamp: Stamp,
        /// The digest of the names.
        digest: String,
        /// All names of sources count, not only those that can be one of OCaml.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        whole: bool,
    },
}

/// Why a configuration does not hold any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// There is none yet.
    Never,
    /// What was recorded cannot be read, or another version of mbuild wrote it.
    OtherVersion,
    /// A file that was read has other content.
    Changed(String),
    /// A file that was read is gone.
    Gone(String),
    /// A file that was looked for has come.
    Come(String),
    /// A source folder has other files.
    Folder(String),
    /// A program is another one, or found elsewhere.
    Program(String),
    /// A variable of the environment has another value.
    Variable(String),
}

impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Never => write!(f, "it was never configured"),
            Self::OtherVersion => write!(f, "another version of mbuild configured it"),
            Self::Changed(path) => write!(f, "`{path}` has changed"),
            Self::Gone(path) => write!(f, "`{path}` is gone"),
            Self::Come(path) => write!(f, "`{path}` is new"),
            Self::Folder(path) if path.is_empty() => {
                write!(f, "the files in the package's folder are others")
            }
            Self::Folder(path) => write!(f, "the files in `{path}` are others"),
            Self::Program(name) => write!(f, "`{name}` is another program"),
            Self::Variable(name) => write!(f, "the variable `{name}` has another value"),
        }
    }
}

/// Clocks of file systems tick this coarsely.
const TICK: i64 = 50_000_000;

impl Record {
    /// Nothing looked at yet.
    pub fn new() -> Self {
        Self { taken: now(), ..Self::default() }
    }

    /// Records a file as it is now, or that there is none.
    pub fn file(&mut self, root: &Path, path: &Path) {
        // The stamp goes first: what changes in between is then seen as changed later.
        let full = root.join(path);
        let stamp = Stamp::of(&full);
        let seen = match (stamp, fs::read(&full)) {
            (Some(stamp), Ok(content)) => Seen::File { stamp, digest: digest(&content) },
            _ => Seen::Absent,
        };
        self.looked_at.insert(text(path), seen);
    }

    /// Records a file that has to be the very same, such as a compiler.
    pub fn program_file(&mut self, path: &Path) {
        let seen = Stamp::of(path).map_or(Seen::Absent, |stamp| Seen::Program { stamp });
        self.looked_at.insert(text(path), seen);
    }

    /// Records the names in a folder, as they were when it was listed.
    pub fn folder(&mut self, root: &Path, path: &str, names: &BTreeSet<String>) {
        self.names(root, path, names, false);
    }

    /// The same for every folder of a source tree.
    pub fn folders(&mut self, root: &Path, sources: &Sources) {
        for (path, names) in sources.folders() {
            self.names(root, path, names, sources.is_whole(path));
        }
    }

    fn names(&mut self, root: &Path, path: &str, names: &BTreeSet<String>, whole: bool) {
        let seen = match Stamp::of(&root.join(path)) {
            Some(stamp) => Seen::Folder { stamp, digest: names_digest(names, whole), whole },
            None => Seen::Absent,
        };
        self.looked_at.insert(path.to_owned(), seen);
    }

    /// Records which file a program's name stands for.
    pub fn program(&mut self, name: &str, variable: &dyn Fn(&str) -> Option<OsString>) {
        self.programs.insert(name.to_owned(), find(name, variable));
    }

    /// Records a variable of the environment.
    pub fn variable(&mut self, name: &str, variable: &dyn Fn(&str) -> Option<OsString>) {
        self.variables.insert(name.to_owned(), variable(name).map(|value| lossy(&value)));
    }

    /// The first thing that is not as it was.
    pub fn check(
        &self,
        root: &Path,
        variable: &dyn Fn(&str) -> Option<OsString>,
    ) -> Result<(), Stale> {
        for (name, value) in &self.variables {
            if variable(name).map(|now| lossy(&now)) != *value {
                return Err(Stale::Variable(name.clone()));
            }
        }
        for (name, file) in &self.programs {
            if find(name, variable) != *file {
                return Err(Stale::Program(name.clone()));
            }
        }
        for (path, seen) in &self.looked_at {
            self.check_one(root, path, seen)?;
        }
        Ok(())
    }

    fn check_one(&self, root: &Path, path: &str, seen: &Seen) -> Result<(), Stale> {
        let full = root.join(path);
        let now = Stamp::of(&full);
        match (seen, now) {
            (Seen::Absent, None) => Ok(()),
            (Seen::Absent, Some(_)) => Err(Stale::Come(path.to_owned())),
            (Seen::Program { .. }, None) => Err(Stale::Program(path.to_owned())),
            (_, None) => Err(Stale::Gone(path.to_owned())),
            (Seen::Program { stamp }, Some(now)) if *stamp == now => Ok(()),
            (Seen::Program { .. }, Some(_)) => Err(Stale::Program(path.to_owned())),
            (Seen::File { stamp, .. } | Seen::Folder { stamp, .. }, Some(now))
                if *stamp == now && now.latest() < self.taken.saturating_sub(TICK) =>
            {
                Ok(())
            }
            (Seen::File { digest: before, .. }, Some(_)) => match fs::read(&full) {
                Ok(content) if digest(&content) == *before => Ok(()),
                _ => Err(Stale::Changed(path.to_owned())),
            },
            (Seen::Folder { digest: before, whole, .. }, Some(_)) => {
                if names_digest(&names(&full), *whole) == *before {
                    Ok(())
                } else {
                    Err(Stale::Folder(path.to_owned()))
                }
            }
        }
    }
}

/// The digest of the names that can matter: what editors and tests leave behind cannot, unless a tool of the
/// package's own sees the `whole` folder.
fn names_digest(names: &BTreeSet<String>, whole: bool) -> String {
    let mut all = String::new();
    let counts = |name: &&String| if whole { is_source(name) } else { !is_leftover(name) };
    for name in names.iter().filter(counts) {
        all.push_str(name);
        all.push('\0');
    }
    digest(all.as_bytes())
}

fn is_leftover(name: &str) -> bool {
    // The last two are programs of ocamlbuild, and the links that tests have instead of them.
    const ENDINGS: [&str; 11] =
        ["~", "#", ".log", ".cache", ".swp", ".tmp", ".bak", ".orig", ".rej", ".native", ".byte"];
    name.starts_with('.')
        || name.starts_with("_mbuild")
        || matches!(name, "_build" | "setup.data")
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn find(name: &str, variable: &dyn Fn(&str) -> Option<OsString>) -> Option<String> {
    let path = variable("PATH").unwrap_or_default();
    on_path(&path, name).map(|file| text(&file))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn lossy(text: &OsString) -> String {
    text.to_string_lossy().into_owned()
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &str) -> Option<OsString> {
        None
    }

    struct Tree {
        dir: tempfile::TempDir,
        record: Record,
    }

    impl Tree {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            fs::create_dir(dir.path().join("src")).unwrap();
            fs::write(dir.path().join("_oasis"), "Name: x\n").unwrap();
            fs::write(dir.path().join("src/a.ml"), "").unwrap();
            let mut record = Record::new();
            record.file(dir.path(), Path::new("_oasis"));
            record.file(dir.path(), Path::new("_tags"));
            record.folder(dir.path(), "src", &names(&dir.path().join("src")));
            Self { dir, record }
        }

        fn write(&self, path: &str, content: &str) {
            fs::write(self.dir.path().join(path), content).unwrap();
        }

        fn check(&self) -> Result<(), Stale> {
            self.record.check(self.dir.path(), &nothing)
        }
    }

    #[test]
    fn what_is_the_same_is_current_whatever_its_time() {
        let tree = Tree::new();
        assert_eq!(tree.check(), Ok(()));
        tree.write("_oasis", "Name: x\n");
        assert_eq!(tree.check(), Ok(()));
        tree.write("src/a.ml", "let x = 1");
        tree.write("src/a.ml~", "");
        tree.write("src/.#a.ml", "");
        assert_eq!(tree.check(), Ok(()));
    }

    #[test]
    fn each_change_is_named() {
        let tree = Tree::new();
        tree.write("_oasis", "Name: y\n");
        assert_eq!(tree.check(), Err(Stale::Changed("_oasis".to_owned())));
        fs::remove_file(tree.dir.path().join("_oasis")).unwrap();
        assert_eq!(tree.check(), Err(Stale::Gone("_oasis".to_owned())));

        let tree = Tree::new();
        tree.write("_tags", "");
        assert_eq!(tree.check(), Err(Stale::Come("_tags".to_owned())));

        let tree = Tree::new();
        tree.write("src/b.ml", "");
        assert_eq!(tree.check(), Err(Stale::Folder("src".to_owned())));
    }

    #[test]
    fn the_same_size_and_time_hide_no_change() {
        let mut tree = Tree::new();
        tree.write("_oasis", "Name: y\n");
        // As if the change had come in the very tick in which the file was read.
        if let Some(Seen::File { stamp, .. }) = tree.record.looked_at.get_mut("_oasis") {
            *stamp = Stamp::of(&tree.dir.path().join("_oasis")).unwrap();
        }
        assert_eq!(tree.check(), Err(Stale::Changed("_oasis".to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn another_compiler_first_on_path_is_noticed() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let (first, second) = (dir.path().join("1"), dir.path().join("2"));
        for folder in [&first, &second] {
            fs::create_dir(folder).unwrap();
        }
        let install = |folder: &Path| {
            fs::write(folder.join("ocamlc"), "").unwrap();
            let mode = fs::Permissions::from_mode(0o755);
            fs::set_permissions(folder.join("ocamlc"), mode).unwrap();
        };
        install(&second);
        let path = std::env::join_paths([&first, &second]).unwrap();
        let variable = |name: &str| (name == "PATH").then(|| path.clone());
        let mut record = Record::new();
        record.program("ocamlc", &variable);
        record.variable("OCAMLPATH", &variable);
        assert_eq!(record.check(dir.path(), &variable), Ok(()));
        install(&first);
        assert_eq!(record.check(dir.path(), &variable), Err(Stale::Program("ocamlc".to_owned())));
        let set = |name: &str| (name == "OCAMLPATH").then(|| "/x".into());
        assert_eq!(record.check(dir.path(), &set), Err(Stale::Variable("OCAMLPATH".to_owned())));
    }
}
