//! The programs on PATH, for those who ask for many: each folder is listed once.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use hashbrown::HashSet;

use super::find_program;

/// The names in the folders of PATH, read when the first program is looked for.
#[derive(Debug, Default)]
pub(crate) struct Programs(Option<Listed>);

/// The names, in small letters, as some systems take them for the same.
#[derive(Debug, Default)]
struct Listed {
    names: HashSet<OsString>,
    /// A folder that cannot be listed may have any program.
    unlisted: bool,
}

impl Programs {
    /// Where a program is on PATH.
    pub(crate) fn find(&mut self, name: &str) -> Option<PathBuf> {
        let listed = self.0.get_or_insert_with(|| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            Listed::of(std::env::split_paths(&path))
        });
        listed.may_have(name).then(|| find_program(name)).flatten()
    }
}

impl Listed {
    fn of(folders: impl Iterator<Item = PathBuf>) -> Self {
        let mut all = Self::default();
        for folder in folders {
            all.unlisted |= all.add(&folder).is_err() && folder.exists();
        }
        all
    }

    fn add(&mut self, folder: &Path) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            self.names.insert(entry?.file_name().to_ascii_lowercase());
        }
        Ok(())
    }

    fn may_have(&self, name: &str) -> bool {
        self.unlisted
            || name.contains('/')
            || self.names.contains(&OsString::from(name.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_folder_lists_is_not_looked_for() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("Tool"), "").unwrap();
        let folders = [dir.path().to_owned(), dir.path().join("none")];
        let listed = Listed::of(folders.into_iter());
        assert!(listed.may_have("tool") && listed.may_have("a/b") && !listed.may_have("other"));
        assert!(Listed::of([dir.path().join("Tool")].into_iter()).may_have("other"));
    }

    #[test]
    fn programs_are_found_as_one_alone_is() {
        let mut programs = Programs::default();
        for name in ["sh", "no-such-program", "/bin/sh", ""] {
            assert_eq!(programs.find(name), find_program(name), "{name}");
        }
    }
}
