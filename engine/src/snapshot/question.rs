//! What a build is asked, and where the answer may lie.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use bstr::ByteSlice;

use crate::digest::{Digest, Hasher};
use crate::loaded::{default_state_dir, given_state_dir};
use crate::run::environment::Environment;
use crate::settings::{self, Check, Settings};
use crate::signature::Signature;

/// How far into a rule file its `builddir` is looked for.
const HEAD: u64 = 1 << 16;

/// What decides, besides the rule files, which program a command runs and what it sees.
pub(crate) fn circumstances(settings: &Settings) -> Digest {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let none: [&[u8]; 0] = [];
    let environment = Environment::new(settings.environment, &none);
    let mut hasher = Hasher::new("mbuild circumstances 2");
    hasher.field(path.as_bytes()).digest(environment.digest());
    hasher.field(&folders(&settings.dir, path.as_bytes()));
    hasher.finish()
}

/// Which folders those of `PATH` are, and when a name last came into or went from each: a command may run
/// another program now. Time stamps alone do not tell, for some systems give the same one to all folders.
fn folders(dir: &Path, path: &[u8]) -> Vec<u8> {
    let mut folders = Vec::new();
    for folder in path.split(|byte| *byte == b':') {
        let place = dir.join(OsStr::from_bytes(folder));
        let signature = Signature::of(&place).ok().flatten();
        folders.extend(signature.map_or([0; Signature::LEN], |signature| signature.to_bytes()));
    }
    folders
}

/// What is asked: these goals, with these settings, under these circumstances.
pub(crate) fn question(settings: &Settings, goals: &[Vec<u8>], circumstances: &Digest) -> Digest {
    let check = match settings.check {
        None => 0,
        Some(Check::Digest) => 1,
        Some(Check::Mtime) => 2,
        Some(Check::Paranoid) => 3,
    };
    let inherit = settings.environment == settings::Environment::Inherit;
    let mut hasher = Hasher::new("mbuild question 1");
    hasher.field(&settings.rule_file).digest(circumstances).number(check);
    hasher.number(u64::from(inherit)).number(u64::from(settings.phony_cycle_is_error));
    for goal in goals {
        hasher.field(goal);
    }
    hasher.finish()
}

/// Where the state of a rule file lives as far as can be told without reading all of it. It may be elsewhere,
/// or nowhere.
pub(crate) fn state_dir_ahead(settings: &Settings) -> Option<PathBuf> {
    if let Some(dir) = given_state_dir(settings) {
        return Some(dir);
    }
    let file =
        std::fs::File::open(settings.dir.join(OsStr::from_bytes(&settings.rule_file))).ok()?;
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head).ok()?;
    let builddir =
        head.lines().filter_map(|line| line.strip_prefix(b"builddir")).find_map(|rest| {
            let value = rest.trim_start_with(|c| c == ' ').strip_prefix(b"=")?;
            Some(value.trim_start_with(|c| c == ' '))
        });
    Some(default_state_dir(settings, builddir.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_program_in_a_folder_of_the_path_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        let times = || folders(dir.path(), b"/nonexistent:bin");
        let before = times();
        assert_eq!(times(), before);
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(dir.path().join("bin/cc"), "").unwrap();
        assert_ne!(times(), before);
    }

    #[test]
    fn another_folder_with_the_same_time_stamp_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["first", "second"] {
            let folder = dir.path().join(name);
            std::fs::create_dir(&folder).unwrap();
            std::fs::File::open(&folder).unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }
        let link = |to| {
            let _ = std::fs::remove_file(dir.path().join("bin"));
            std::os::unix::fs::symlink(to, dir.path().join("bin")).unwrap();
            folders(dir.path(), b"bin")
        };
        assert_ne!(link("first"), link("second"));
    }
}
