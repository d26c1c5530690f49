//! Reading the rule files, with a digest over all that decides what their actions run.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mbuild_rules::Manifest;
use mbuild_rules::parse::{self, Loader, Options};
use memchr::memmem;

use crate::digest::{Digest, Hasher};
use crate::error::{Error, reason};
use crate::settings::Settings;
use crate::signature::Signature;
use crate::snapshot::circumstances;

pub(super) struct Rules {
    pub(super) manifest: Manifest,
    /// Stands for all rule files and for the circumstances.
    pub(super) generation: i64,
    pub(super) circumstances: Digest,
    pub(super) declares_environment: bool,
    pub(super) has_dyndeps: bool,
    pub(super) files: Vec<RuleFile>,
}

/// A rule file as it was read.
pub(crate) struct RuleFile {
    /// As the rule files name it.
    pub(crate) path: Vec<u8>,
    /// Before it was read.
    pub(crate) signature: Option<Signature>,
    pub(crate) digest: Digest,
}

/// No file has changed since it was read.
pub(super) fn are_current(dir: &Path, files: &[RuleFile]) -> bool {
    files.iter().all(|file| {
        let now = Signature::of(&dir.join(OsStr::from_bytes(&file.path)));
        now.is_ok_and(|now| now == file.signature)
    })
}

struct Reader {
    dir: PathBuf,
    files: Vec<RuleFile>,
    declares_environment: bool,
    has_dyndeps: bool,
}

impl Loader for Reader {
    fn load(&mut self, path: &[u8]) -> io::Result<Vec<u8>> {
        let place = self.dir.join(OsStr::from_bytes(path));
        let signature = Signature::of(&place).ok().flatten();
        let content =
            std::fs::read(&place).map_err(|error| io::Error::new(error.kind(), reason(&error)))?;
        self.files.push(RuleFile { path: path.to_vec(), signature, digest: Digest::of(&content) });
        self.declares_environment |= memmem::find(&content, b"mbuild_env").is_some();
        self.has_dyndeps |= memmem::find(&content, b"dyndep").is_some();
        Ok(content)
    }
}

/// Reads the rule file and all it includes.
pub(super) fn rules(settings: &Settings) -> Result<Rules, Error> {
    let mut reader = Reader {
        dir: settings.dir.clone(),
        files: Vec::new(),
        declares_environment: false,
        has_dyndeps: false,
    };
    let options =
        Options { phony_cycle_is_error: settings.phony_cycle_is_error, ..Options::default() };
    let manifest = parse::parse(&settings.rule_file, &mut reader, options)?;
    let circumstances = circumstances(settings);
    let mut hasher = Hasher::new("mbuild generation 1");
    hasher.digest(&circumstances);
    for file in &reader.files {
        hasher.digest(&file.digest);
    }
    let mut generation = [0; 8];
    generation.copy_from_slice(&hasher.finish().as_bytes()[..8]);
    Ok(Rules {
        manifest,
        generation: i64::from_le_bytes(generation),
        circumstances,
        declares_environment: reader.declares_environment,
        has_dyndeps: reader.has_dyndeps,
        files: reader.files,
    })
}
