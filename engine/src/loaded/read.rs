//! Reading the rule files, with a digest over all that decides what their actions run.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mbuild_rules::Manifest;
use mbuild_rules::parse::{self, Loader, Options};
use memchr::memmem;

use super::Loaded;
use crate::digest::Digest;
use crate::error::Error;
use crate::run::environment::Environment;
use crate::settings::Settings;
use crate::signature::Signature;

pub(super) struct Rules {
    pub(super) manifest: Manifest,
    pub(super) generation: i64,
    pub(super) declares_environment: bool,
    pub(super) has_dyndeps: bool,
    pub(super) signatures: Signatures,
}

/// Rule files, each with its signature before it was read.
pub(super) type Signatures = Vec<(PathBuf, Option<Signature>)>;

impl Rules {
    /// No file has changed since it was read.
    pub(super) fn are_current(&self) -> bool {
        are_current(&self.signatures)
    }
}

/// No file has changed since it was read.
pub(super) fn are_current(files: &Signatures) -> bool {
    files.iter().all(|(path, signature)| Signature::of(path).is_ok_and(|now| now == *signature))
}

struct Reader {
    dir: PathBuf,
    digests: Vec<Digest>,
    signatures: Signatures,
    declares_environment: bool,
    has_dyndeps: bool,
}

impl Loader for Reader {
    fn load(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        let path = self.dir.join(OsStr::from_bytes(path));
        let signature = Signature::of(&path).ok().flatten();
        let content =
            std::fs::read(&path).map_err(|error| io::Error::new(error.kind(), reason(&error)))?;
        self.signatures.push((path, signature));
        self.digests.push(Digest::of(&content));
        self.declares_environment |= memmem::find(&content, b"mbuild_env").is_some();
        self.has_dyndeps |= memmem::find(&content, b"dyndep").is_some();
        Ok(content)
    }
}

/// What the system says of an error, without the number that the library adds.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.rfind(" (os error") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// When a name last came into or went from each folder of `PATH`: a command may run another program now.
fn folder_times(dir: &Path, path: &[u8]) -> Vec<u8> {
    let mut times = Vec::new();
    for folder in path.split(|byte| *byte == b':') {
        let place = dir.join(OsStr::from_bytes(folder));
        let signature = Signature::of(&place).ok().flatten();
        let time = signature.map_or(0, |signature| signature.mtime_ns);
        times.extend_from_slice(&time.to_le_bytes());
    }
    times
}

/// Reads the rule file and all it includes.
pub(super) fn rules(settings: &Settings) -> Result<Rules, Error> {
    let mut reader = Reader {
        dir: settings.dir.clone(),
        digests: Vec::new(),
        signatures: Vec::new(),
        declares_environment: false,
        has_dyndeps: false,
    };
    let options = Options { phony_cycle_is_error: settings.phony_cycle_is_error };
    let manifest = parse::parse(&settings.rule_file, &mut reader, options)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let none: [&[u8]; 0] = [];
    let environment = Environment::new(settings.environment, &none);
    let folders = folder_times(&settings.dir, path.as_bytes());
    let mut parts: Vec<&[u8]> = vec![path.as_bytes(), environment.digest().as_bytes(), &folders];
    parts.extend(reader.digests.iter().map(|digest| digest.as_bytes().as_slice()));
    let generation = Loaded::number_of(&parts);
    Ok(Rules {
        manifest,
        generation,
        declares_environment: reader.declares_environment,
        has_dyndeps: reader.has_dyndeps,
        signatures: reader.signatures,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_program_in_a_folder_of_the_path_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("bin")).unwrap();
        let times = || folder_times(dir.path(), b"/nonexistent:bin");
        let before = times();
        assert_eq!(times(), before);
        std::thread::sleep(std::time::Duration::from_millis(20));
        std::fs::write(dir.path().join("bin/cc"), "").unwrap();
        assert_ne!(times(), before);
    }
}
