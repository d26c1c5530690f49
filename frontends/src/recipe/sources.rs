//! Where the sources of toolchains come from: crates by cargo, OCaml's runtime from Debian's package.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use mbuild_rules::reason;
use serde::Deserialize;

use super::{Making, RecipeError, at};
use crate::depends::Command;
use crate::files;

/// Runs a command and gives back what it prints.
pub(super) fn run(command: &Command, dir: &Path) -> Result<Vec<u8>, RecipeError> {
    let failed = |said: String| RecipeError::Command { command: command.to_string(), said };
    let Some((program, arguments)) = command.0.split_first() else { return Ok(Vec::new()) };
    let output = std::process::Command::new(program)
        .args(arguments)
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| failed(reason(&error)))?;
    if output.status.success() {
        Ok(output.stdout)
    } else {
        Err(failed(String::from_utf8_lossy(&output.stderr).trim().to_owned()))
    }
}

/// A command from its words.
pub(super) fn command<S: AsRef<str>>(words: &[S]) -> Command {
    Command(words.iter().map(|word| word.as_ref().to_owned()).collect())
}

/// The part of cargo's metadata that is of interest.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

impl Making<'_> {
    /// The folder of a crate's sources; cargo itself fetches and verifies them.
    pub(super) fn crate_sources(
        &mut self,
        name: &str,
        version: &str,
    ) -> Result<PathBuf, RecipeError> {
        let dir = self.work.join("crate");
        let manifest = format!(
            "[package]\nname = \"toolchain\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n\
             [dependencies]\n{name} = \"={version}\"\n\n[workspace]\n"
        );
        write(&dir.join("Cargo.toml"), manifest.as_bytes())?;
        write(&dir.join("src/lib.rs"), b"")?;
        let words = ["cargo", "metadata", "--format-version", "1", "--manifest-path"];
        let mut command = command(&words);
        command.0.push(dir.join("Cargo.toml").to_string_lossy().into_owned());
        (self.step)(&command);
        let metadata = run(&command, &dir)?;
        let metadata: Metadata = serde_json::from_slice(&metadata)
            .map_err(|error| RecipeError::Source(format!("cargo's metadata: {error}")))?;
        let found = metadata.packages.iter().find(|it| it.name == name && it.version == version);
        let folder = found.and_then(|package| package.manifest_path.parent());
        folder
            .map(Path::to_owned)
            .ok_or_else(|| RecipeError::Source(format!("cargo knows no crate `{name}` {version}")))
    }

    /// Unpacks the parts of OCaml's sources that `wanted` names to the folder `ocaml`.
    pub(super) fn ocaml_sources(
        &mut self,
        version: &str,
        wanted: &[&str],
    ) -> Result<PathBuf, RecipeError> {
        let tar = PathBuf::from(format!("/usr/src/ocaml-source-{version}.tar"));
        // tar takes it amiss when a pattern has nothing left to match.
        let inside = |part: &str, other: &&str| {
            other.strip_suffix('*').is_some_and(|folder| part != *other && part.starts_with(folder))
        };
        let mut wanted: Vec<&str> = wanted
            .iter()
            .copied()
            .filter(|part| !wanted.iter().any(|it| inside(part, it)))
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        let (folder, mark) = (self.work.join("ocaml"), self.work.join("ocaml.made-from"));
        let stamp = format!("{tar:?} {:?} {wanted:?}\n", files::Stamp::of(&tar));
        if fs::read(&mark).is_ok_and(|mark| mark == stamp.as_bytes()) && folder.is_dir() {
            return Ok(folder);
        }
        let scratch = tempfile::tempdir_in(&self.work).map_err(at(&self.work))?;
        let scratch = scratch.path();
        run(&command(&["tar", "-xf", &tar.to_string_lossy()]), scratch)?;
        // Debian has upstream's archive in its own.
        let upstream = find(scratch, 1, ".orig.tar.").ok_or_else(|| {
            RecipeError::Source(format!("`{}` holds no sources of OCaml", tar.display()))
        })?;
        let mut unpack = command(&["tar", "-xf", &upstream.to_string_lossy(), "--wildcards"]);
        unpack.0.extend(wanted.iter().map(|part| format!("*/{part}")));
        let inside = scratch.join("inside");
        fs::create_dir(&inside).map_err(at(&inside))?;
        run(&unpack, &inside)?;
        let top = fs::read_dir(&inside).map_err(at(&inside))?.flatten().next();
        let top = top.ok_or_else(|| {
            RecipeError::Source(format!("`{}` has no `{}`", tar.display(), wanted.join("`, `")))
        })?;
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(at(&folder))?;
        }
        fs::rename(top.path(), &folder).map_err(at(&folder))?;
        write(&mark, stamp.as_bytes())?;
        Ok(folder)
    }
}

/// A file whose name holds `part`, so many folders below `dir`.
fn find(dir: &Path, depth: usize, part: &str) -> Option<PathBuf> {
    let mut level = vec![dir.to_owned()];
    for _ in 0..=depth {
        let entries = level.iter().filter_map(|dir| fs::read_dir(dir).ok());
        let paths: Vec<PathBuf> = entries.flat_map(|it| it.flatten().map(|e| e.path())).collect();
        let named = |path: &&PathBuf| {
            path.is_file() && path.file_name().is_some_and(|it| it.to_string_lossy().contains(part))
        };
        if let Some(found) = paths.iter().find(named) {
            return Some(found.clone());
        }
        level = paths;
    }
    None
}

/// Writes a file of the work folder, when it is another one.
pub(super) fn write(path: &Path, content: &[u8]) -> Result<(), RecipeError> {
    files::write_if_changed(path, content).map(|_| ()).map_err(at(path))
}

/// Makes `name` lead to `to`.
pub(super) fn link(to: &Path, name: &Path) -> Result<(), RecipeError> {
    if fs::read_link(name).is_ok_and(|now| now == to) {
        return Ok(());
    }
    match fs::remove_file(name) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(at(name)(error)),
        _ => {}
    }
    std::os::unix::fs::symlink(to, name).map_err(at(name))
}

/// What each file of a makefile's dependencies needs.
pub(super) fn depends_of(makefile: &str) -> BTreeMap<String, Vec<String>> {
    let joined = makefile.replace("\\\n", " ");
    let lines = joined.lines().filter_map(|line| line.split_once(" :"));
    lines
        .map(|(file, needs)| {
            (file.to_owned(), needs.split_whitespace().map(str::to_owned).collect())
        })
        .collect()
}

/// The words after `name :=`, `name =` or `name=` of a makefile, up to the line that ends the definition.
pub(super) fn words_of(makefile: &str, name: &str) -> Option<Vec<String>> {
    let mut starts = [" :=", " =", "="].into_iter().map(|sign| format!("\n{name}{sign}"));
    let start = starts.find_map(|start| makefile.find(&start))?;
    let mut text = String::new();
    for line in makefile[start + 1..].lines() {
        text.push_str(line.trim_end_matches('\\'));
        text.push(' ');
        if !line.ends_with('\\') {
            break;
        }
    }
    let (_, text) = text.split_once('=')?;
    let text = text.replace("$(addsuffix .c,", " ").replace("$(UNIX_OR_WIN32)", "unix");
    let words = text.split_whitespace().map(|word| word.trim_end_matches(')').to_owned());
    // A list may have another one in it, which has a name of its own.
    Some(words.filter(|word| !word.is_empty() && !word.starts_with("$(")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_sources_is_read_from_the_makefile() {
        let makefile = "A := x\nNATIVE_C_SOURCES := $(addsuffix .c, \\\n  a b \\\n  \
            $(UNIX_OR_WIN32) c)\n\nB := d\n";
        assert_eq!(words_of(makefile, "NATIVE_C_SOURCES").unwrap(), ["a", "b", "unix", "c"]);
        assert_eq!(words_of(makefile, "C"), None);
        assert_eq!(words_of("\nALL = a $(MORE)\n", "ALL").unwrap(), ["a"]);
        assert_eq!(words_of("\nOBJS=a.o \\\n  b.o\n", "OBJS").unwrap(), ["a.o", "b.o"]);
    }
}
