//! The steps with which a package is built by its own tool.
//!
//! [`run`] with `own-build` copies the sources into a folder of its own, runs the package's commands there,
//! and writes what they made or changed into one archive: the output that the store keeps. With `own-tree` it
//! sees to it that the folder is what the archive says, whoever made that: nothing is to be done where the
//! commands have just run, the archive is unpacked over a fresh copy where it came from the store, and where what
//! it holds names the folder of another checkout, the commands run again here.

mod archive;
mod error;
pub mod prefix;
mod tree;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

pub use error::OwnBuildError;
pub use tree::{Sources, is_source, sources};

use crate::files;
use tree::Tree;

/// The step that runs the commands.
pub const BUILD: &str = "own-build";

/// The step that brings the folder in line with the archive.
pub const TREE: &str = "own-tree";

/// Another number means other archives from the same sources.
pub const VERSION: u32 = 2;

/// What the steps are told: a file that is written with the rule file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The folder that all of it goes to, relative to the package root, where the steps run.
    pub folder: String,
    /// The script with the commands.
    pub script: String,
    /// The sources.
    pub sources: Sources,
}

/// The folder of a package's own build, below the build directory `dir`.
pub fn folder_of(dir: &str) -> String {
    format!("{dir}/own")
}

/// The copy of the source tree below the folder of a [`Spec`].
pub fn tree_of(folder: &str) -> String {
    format!("{folder}/tree")
}

/// Runs a step: `words` are the spec, what else it reads, and its output.
pub fn run(step: &str, words: &[OsString]) -> Result<(), OwnBuildError> {
    let unknown = || OwnBuildError::Words(step.to_owned());
    match (step, words) {
        (BUILD, [spec, output]) => {
            let spec = read_spec(Path::new(spec))?;
            build(&spec, Path::new(output))
        }
        (TREE, [spec, archive, output]) => {
            let spec = read_spec(Path::new(spec))?;
            let key = bring_in_line(&spec, Path::new(archive))?;
            let output = Path::new(output);
            fs::write(output, key + "\n").map_err(error::file("write", output))
        }
        _ => Err(unknown()),
    }
}

fn read_spec(path: &Path) -> Result<Spec, OwnBuildError> {
    let content = fs::read(path).map_err(error::file("read", path))?;
    serde_json::from_slice(&content)
        .map_err(|_| OwnBuildError::Words(path.to_string_lossy().into_owned()))
}

/// Runs the commands in a fresh copy of the sources and writes the archive of what they made.
fn build(spec: &Spec, output: &Path) -> Result<(), OwnBuildError> {
    let state = state_file(spec);
    remove_file(&state)?;
    let tree = Tree::fresh(Path::new(&tree_of(&spec.folder)))?;
    let before = tree.copy(&spec.sources)?;
    let script = std::path::absolute(&spec.script).map_err(error::file("find", &spec.script))?;
    let status = command(spec, &tree.path)?
        .arg(&script)
        .stdin(Stdio::null())
        .status()
        .map_err(error::file("run", &script))?;
    if !status.success() {
        let tree = tree_of(&spec.folder);
        return Err(OwnBuildError::Failed { status, tree });
    }
    archive::write(&tree, &before, &names(spec)?, output)?;
    let key = key(&before, output)?;
    fs::write(&state, key).map_err(error::file("write", &state))
}

/// Makes the folder what the archive says and gives the digest of all of it.
fn bring_in_line(spec: &Spec, archive: &Path) -> Result<String, OwnBuildError> {
    let state = state_file(spec);
    let before = tree::digests(&spec.sources)?;
    let wanted = key(&before, archive)?;
    if fs::read_to_string(&state).is_ok_and(|now| now == wanted) {
        return Ok(wanted);
    }
    let path = PathBuf::from(tree_of(&spec.folder));
    let head = archive::head(archive)?;
    let here = &names(spec)?;
    if head.folder.as_ref().is_some_and(|folder| folder.0 != *here) {
        let here = Path::new(&spec.folder).join("made-here.tar");
        build(spec, &here)?;
        return fs::read_to_string(&state).map_err(error::file("read", &state));
    }
    remove_file(&state)?;
    let tree = Tree::fresh(&path)?;
    tree.copy(&spec.sources)?;
    archive::unpack(archive, &head, &tree)?;
    fs::write(&state, &wanted).map_err(error::file("write", &state))?;
    Ok(wanted)
}

/// The build directory in full: whatever names it is of use in this checkout alone.
fn names(spec: &Spec) -> Result<PathBuf, OwnBuildError> {
    let folder = Path::new(&spec.folder);
    let all = folder.parent().unwrap_or(folder);
    std::path::absolute(all).map_err(error::file("find", all))
}

/// A shell that runs in `tree`; what it is to run is not said yet.
fn command(spec: &Spec, tree: &Path) -> Result<Command, OwnBuildError> {
    let home = std::path::absolute(Path::new(&spec.folder).join("home"))
        .map_err(error::file("find", &spec.folder))?;
    fs::create_dir_all(&home).map_err(error::file("make", &home))?;
    let mut shell = Command::new("sh");
    shell.current_dir(tree).env("PWD", tree).env("HOME", home);
    // The variable has no room for these, and few folders have them.
    if !tree.as_os_str().as_encoded_bytes().iter().any(|byte| b"%=:".contains(byte)) {
        let mut map = OsString::from(".=");
        map.push(tree);
        shell.env("BUILD_PATH_PREFIX_MAP", map);
    }
    // Whoever calls us shares its jobs with us, not with what it knows nothing of.
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL"] {
        shell.env_remove(name);
    }
    Ok(shell)
}

fn state_file(spec: &Spec) -> PathBuf {
    Path::new(&spec.folder).join("tree.state")
}

fn remove_file(path: &Path) -> Result<(), OwnBuildError> {
    match fs::remove_file(path) {
        Err(found) if found.kind() != std::io::ErrorKind::NotFound => {
            Err(error::file("remove", path)(found))
        }
        _ => Ok(()),
    }
}

/// The digest of sources and archive.
fn key(before: &tree::Digests, archive: &Path) -> Result<String, OwnBuildError> {
    let mut text = files::digest_of(archive).map_err(error::file("read", archive))?;
    for (path, found) in before {
        text += &format!("\n{} {found:?}", path.display());
    }
    Ok(files::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests;
