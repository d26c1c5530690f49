//! What commands see of the environment, and which part of that the action key holds.

use crate::digest::{Digest, Hasher};
use crate::settings;
use rustc_hash::FxHashMap;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

/// The names that every command sees when they are set, besides those that its rule declares.
///
/// `HOME` and `USER` are not among them: what a command reads there is in no action key.
pub const MINIMAL: [&str; 6] = ["PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SOURCE_DATE_EPOCH"];

/// What a rule declares whose commands see all other variables as well, which are in no key.
const ALL: &[u8] = b"*";

/// The environment of the commands that declare the same names.
#[derive(Debug)]
pub struct Environment {
    /// The command inherits all variables of this process; `visible` are only those in the key.
    inherit: bool,
    visible: Vec<(Vec<u8>, Vec<u8>)>,
    digest: Digest,
    /// `PATH`. Where programs are when it is not set, only the shell knows.
    path: Option<Vec<u8>>,
    /// Programs found so far; the search through `PATH` costs more than all else before a spawn.
    found: RwLock<FxHashMap<Vec<u8>, PathBuf>>,
}

impl Environment {
    /// The environment of this process, for commands that declare the names `declared`.
    pub fn new<N: AsRef<[u8]>>(kind: settings::Environment, declared: &[N]) -> Environment {
        let variables =
            std::env::vars_os().map(|(name, value)| (name.into_vec(), value.into_vec()));
        Environment::from_variables(kind, declared, variables)
    }

    fn from_variables<N: AsRef<[u8]>>(
        kind: settings::Environment,
        declared: &[N],
        variables: impl Iterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Environment {
        let of_ninja = kind == settings::Environment::Inherit;
        let declares = |name: &[u8]| declared.iter().any(|declared| declared.as_ref() == name);
        let inherit = of_ninja || declares(ALL);
        let in_key = |name: &[u8]| {
            declares(name) || !of_ninja && MINIMAL.iter().any(|minimal| minimal.as_bytes() == name)
        };
        let mut path = None;
        let mut visible = Vec::new();
        for (name, value) in variables {
            if name == b"PATH" {
                path = Some(value.clone());
            }
            if in_key(&name) {
                visible.push((name, value));
            }
        }
        visible.sort_unstable();
        let mut hasher = Hasher::new("mbuild environment 1");
        for (name, value) in &visible {
            hasher.field(name).field(value);
        }
        let digest = hasher.finish();
        Environment { inherit, visible, digest, path, found: RwLock::default() }
    }

    /// The variables that are in the action key, sorted by name; those that are not set are not there.
    pub fn visible(&self) -> &[(Vec<u8>, Vec<u8>)] {
        &self.visible
    }

    /// The digest of [`Environment::visible`].
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// The program that a command named `name` runs from `dir`, as `PATH` says; `None` when there is none.
    pub fn find(&self, name: &[u8], dir: &Path) -> Option<PathBuf> {
        if name.contains(&b'/') {
            return Some(PathBuf::from(OsStr::from_bytes(name)));
        }
        if let Some(path) = self.found.read().unwrap_or_else(PoisonError::into_inner).get(name) {
            return Some(path.clone());
        }
        for folder in self.path.as_ref()?.split(|&byte| byte == b':') {
            let folder =
                Path::new(OsStr::from_bytes(if folder.is_empty() { b"." } else { folder }));
            let path = folder.join(OsStr::from_bytes(name));
            if is_program(&dir.join(&path)) {
                // What lies relative to `dir` may be built and removed while we run.
                if path.is_absolute() {
                    let mut found = self.found.write().unwrap_or_else(PoisonError::into_inner);
                    found.insert(name.to_vec(), path.clone());
                }
                return Some(path);
            }
        }
        None
    }

    /// Gives `command` this environment.
    pub(crate) fn apply(&self, command: &mut std::process::Command) {
        if !self.inherit {
            command.env_clear();
            for (name, value) in &self.visible {
                command.env(OsStr::from_bytes(name), OsStr::from_bytes(value));
            }
        }
    }
}

fn is_program(path: &Path) -> bool {
    path.is_file() && rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use settings::Environment::{Inherit, Minimal};

    fn environment(kind: settings::Environment, declared: &[&str]) -> Environment {
        let variables =
            [("PATH", "/bin:rel:"), ("HOME", "/home/me"), ("LANG", "C"), ("EXTRA", "1")];
        let variables = variables.map(|(name, value)| (name.into(), value.into()));
        Environment::from_variables(kind, declared, variables.into_iter())
    }

    fn names(environment: &Environment) -> Vec<&[u8]> {
        environment.visible().iter().map(|(name, _)| name.as_slice()).collect()
    }

    #[test]
    fn a_minimal_environment_holds_the_documented_and_the_declared_names() {
        assert_eq!(names(&environment(Minimal, &[])), [&b"LANG"[..], b"PATH"]);
        assert_eq!(
            names(&environment(Minimal, &["EXTRA", "UNSET"])),
            [&b"EXTRA"[..], b"LANG", b"PATH"]
        );
    }

    #[test]
    fn of_an_inherited_environment_only_the_declared_names_are_in_the_key() {
        assert!(names(&environment(Inherit, &[])).is_empty());
        assert_eq!(names(&environment(Inherit, &["HOME"])), [b"HOME"]);
        assert_ne!(environment(Inherit, &[]).digest(), environment(Inherit, &["HOME"]).digest());
        assert_eq!(environment(Inherit, &[]).digest(), environment(Inherit, &["UNSET"]).digest());
    }

    #[test]
    fn what_a_rule_wants_beside_all_others_is_in_the_key_with_the_documented_names() {
        let all = environment(Minimal, &["EXTRA", "*"]);
        assert_eq!(names(&all), names(&environment(Minimal, &["EXTRA"])));
        assert!(all.inherit && !environment(Minimal, &["EXTRA"]).inherit);
    }

    #[test]
    fn without_a_path_nothing_is_found_in_the_current_folder() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("sh"), "").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(dir.path().join("sh"), mode).unwrap();
        let variables = std::iter::empty();
        let environment = Environment::from_variables::<&str>(Inherit, &[], variables);
        assert_eq!(environment.find(b"sh", dir.path()), None);
        let variables = [(b"PATH".to_vec(), Vec::new())].into_iter();
        let environment = Environment::from_variables::<&str>(Inherit, &[], variables);
        assert_eq!(environment.find(b"sh", dir.path()), Some("./sh".into()));
    }

    #[test]
    fn programs_are_found_through_the_path_in_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let environment = environment(Minimal, &[]);
        assert_eq!(environment.find(b"sh", dir.path()), Some("/bin/sh".into()));
        assert_eq!(environment.find(b"./gen", dir.path()), Some("./gen".into()));
        assert_eq!(environment.find(b"generator", dir.path()), None);
        std::fs::create_dir(dir.path().join("rel")).unwrap();
        let program = dir.path().join("rel/generator");
        std::fs::write(&program, "").unwrap();
        assert_eq!(environment.find(b"generator", dir.path()), None, "it is not executable");
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
        assert_eq!(environment.find(b"generator", dir.path()), Some("rel/generator".into()));
        std::fs::remove_file(&program).unwrap();
        assert_eq!(environment.find(b"generator", dir.path()), None);
    }
}
