//! What rule files mean: every part of the language, by behaviour.

#![allow(clippy::unwrap_used)]

mod build;
mod default;
mod dyndep;
mod excerpt;
mod include;
mod path;
mod phony;
mod pool;
mod rule;
mod text;
mod variable;

use std::io;

use mbuild_rules::parse::Options;
use mbuild_rules::{ActionId, Diagnostic, FileId, Manifest};

/// Reads the first of the files, which may include the others.
fn try_files(files: &[(&str, &str)], options: Options) -> Result<Manifest, Diagnostic> {
    let mut loader = |path: &[u8]| {
        let found = files.iter().find(|(name, _)| name.as_bytes() == path);
        found
            .map(|(_, text)| text.as_bytes().to_vec())
            .ok_or_else(|| io::Error::from_raw_os_error(2))
    };
    mbuild_rules::parse::parse(files[0].0.as_bytes(), &mut loader, options)
}

#[track_caller]
fn read_files(files: &[(&str, &str)]) -> Manifest {
    try_files(files, Options::default()).unwrap()
}

#[track_caller]
fn read(text: &str) -> Manifest {
    read_files(&[("input", text)])
}

#[track_caller]
fn refusal(text: &str) -> String {
    try_files(&[("input", text)], Options::default()).unwrap_err().ninja_text()
}

fn names(manifest: &Manifest, files: &[FileId]) -> Vec<String> {
    files.iter().map(|file| String::from_utf8_lossy(manifest.path(*file)).into_owned()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn command(manifest: &Manifest, action: u32) -> String {
    let mut out = Vec::new();
    manifest.command_into(ActionId(action), &mut out);
    text(&out)
}

fn binding(manifest: &Manifest, action: u32, name: &str) -> String {
    text(&manifest.binding(ActionId(action), name.as_bytes()))
}

const CAT: &str = "rule cat\n  command = cat $in > $out\n";
