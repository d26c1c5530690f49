//! Folders of a test's own: projects, a store and a home, all gone at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use crate::{Invocation, program};

/// How far in the future [`touch`] sets a time stamp, so that it surely is another one.
pub const TOUCHED_AHEAD: Duration = Duration::from_secs(2);

/// A temporary folder with a store and a home of its own.
pub struct Space {
    dir: TempDir,
}

/// A folder in a [`Space`] where mbuild runs.
pub struct Project<'a> {
    space: &'a Space,
    dir: PathBuf,
}

impl Default for Space {
    fn default() -> Self {
        Self::new()
    }
}

impl Space {
    /// An empty one.
    pub fn new() -> Self {
        let dir = TempDir::with_prefix("mbuild-test-").expect("a temporary folder");
        fs::create_dir(dir.path().join("home")).expect("a home");
        Self { dir }
    }

    /// A path inside.
    pub fn path(&self, relative: &(impl AsRef<Path> + ?Sized)) -> PathBuf {
        self.dir.path().join(relative)
    }

    /// The store that all invocations in this space use.
    pub fn store(&self) -> PathBuf {
        self.path("store")
    }

    /// A new folder inside.
    pub fn project(&self, name: &(impl AsRef<Path> + ?Sized)) -> Project<'_> {
        let dir = self.path(name);
        fs::create_dir_all(&dir).expect("a project folder");
        Project { space: self, dir }
    }

    /// A folder inside with nothing in it.
    pub fn empty(&self, name: &str) -> Project<'_> {
        let _ = fs::remove_dir_all(self.path(name));
        self.project(name)
    }

    /// A copy of the project `examples/NAME`.
    pub fn example(&self, name: &str) -> Project<'_> {
        self.pristine(&format!("examples/{name}"), name)
    }

    /// A copy of a folder of the repository, without what somebody has built there.
    pub fn pristine(&self, path: &str, name: &(impl AsRef<Path> + ?Sized)) -> Project<'_> {
        let project = self.copy(&program::repository(path), name);
        for built in ["_mbuild", ".mbuild"] {
            if project.path(built).exists() {
                project.remove_dir(built);
            }
        }
        project
    }

    /// A copy of a folder, modes and time stamps kept.
    pub fn copy(&self, from: &Path, name: &(impl AsRef<Path> + ?Sized)) -> Project<'_> {
        let project = self.project(name);
        let from = from.join(".");
        let status = Command::new("cp").arg("-a").arg(&from).arg(&project.dir).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot copy `{}`", from.display());
        project
    }
}

impl Project<'_> {
    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A path inside.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.dir.join(relative)
    }

    /// Writes a file, with the folders it needs.
    pub fn write(&self, relative: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder");
        fs::write(&path, content).unwrap_or_else(|error| panic!("write `{relative}`: {error}"));
        self
    }

    /// Writes an executable shell script.
    pub fn write_script(&self, relative: &str, body: &str) -> &Self {
        use std::os::unix::fs::PermissionsExt;
        self.write(relative, format!("#!/bin/sh\n{body}"));
        let mode = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(relative), mode).expect("chmod");
        self
    }

    /// A file's text.
    pub fn read(&self, relative: &str) -> String {
        let bytes = fs::read(self.path(relative));
        let bytes = bytes.unwrap_or_else(|error| panic!("read `{relative}`: {error}"));
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Replaces the one place where `old` stands.
    pub fn edit(&self, relative: &str, old: &str, new: &str) -> &Self {
        let text = self.read(relative);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in `{relative}`");
        self.write(relative, text.replacen(old, new, 1))
    }

    /// Removes a file.
    pub fn remove(&self, relative: &str) -> &Self {
        fs::remove_file(self.path(relative)).unwrap_or_else(|e| panic!("rm `{relative}`: {e}"));
        self
    }

    /// Removes a folder with everything in it.
    pub fn remove_dir(&self, relative: &str) -> &Self {
        fs::remove_dir_all(self.path(relative)).unwrap_or_else(|e| panic!("rm `{relative}`: {e}"));
        self
    }

    /// Gives a file another time stamp and nothing else.
    pub fn touch(&self, relative: &str) -> &Self {
        touch(&self.path(relative));
        self
    }

    /// mbuild, to run in this folder.
    pub fn mbuild(&self, arguments: &[&str]) -> Invocation {
        let mut invocation = self.program(program::mbuild());
        invocation.arguments(arguments);
        invocation
    }

    /// Builds again what is built already: nothing may run, and that is said.
    pub fn is_built(&self) {
        let again = self.mbuild(&["build"]).ok();
        let is_done = again.ran().is_empty() && again.said().contains("nothing to do");
        assert!(is_done, "{}", again.said());
    }

    /// mbuild with the toolchains for other targets.
    pub fn mbuild_with_toolchain(&self, arguments: &[&str]) -> Invocation {
        let mut invocation = self.mbuild(arguments);
        invocation.env("XDG_DATA_HOME", program::toolchains());
        invocation
    }

    /// Ninja 1.13.2, to run in this folder.
    pub fn reference_ninja(&self, arguments: &[&str]) -> Invocation {
        let mut invocation = self.program(program::reference_ninja());
        invocation.arguments(arguments);
        invocation
    }

    /// Any program, to run in this folder with the space's store and home.
    pub fn program(&self, program: impl AsRef<Path>) -> Invocation {
        let mut invocation = Invocation::new(program.as_ref(), &self.dir);
        invocation.env("MBUILD_CACHE_DIR", self.space.store());
        invocation.env("HOME", self.space.path("home"));
        invocation
    }
}

/// Gives a file another time stamp and nothing else.
pub fn touch(path: &Path) {
    let file = fs::File::options().append(true).open(path);
    let file = file.unwrap_or_else(|error| panic!("touch `{}`: {error}", path.display()));
    file.set_modified(SystemTime::now() + TOUCHED_AHEAD).expect("a new time stamp");
}
