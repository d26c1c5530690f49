//! What a command read besides its declared inputs: out of its depfile, or out of what it printed.

use std::borrow::Cow;

use bstr::ByteSlice;
use mbuild_rules::{depfile, path};
use rustc_hash::FxHashSet;

use super::{Context, Finished};
use crate::error::{reason, shown};
use crate::recipe::Discovery;

/// What was found.
#[derive(Default)]
pub(super) struct Discovered {
    /// Canonical paths, each once.
    pub(super) paths: Vec<Vec<u8>>,
    /// Nothing is known: the action has to run again next time.
    pub(super) failed: bool,
    pub(super) warnings: Vec<String>,
}

/// Reads what the command left.
///
/// # Errors
/// The mistake in the depfile, or what is wrong with the rule; the action failed then.
pub(super) fn read(
    outputs: &[Vec<u8>],
    context: &Context,
    finished: &mut Finished,
) -> Result<Discovered, String> {
    match &finished.recipe.discovery {
        Discovery::None => Ok(Discovered::default()),
        Discovery::Unknown(kind) => Err(format!("unknown deps type '{}'", shown(kind))),
        Discovery::Msvc(prefix) => {
            let (output, paths) = from_output(&finished.output, prefix);
            finished.output = output;
            Ok(Discovered { paths, ..Discovered::default() })
        }
        Discovery::Gcc if finished.recipe.depfile.is_empty() => {
            Err("edge with deps=gcc but no depfile makes no sense".to_owned())
        }
        Discovery::Depfile => from_depfile(outputs, context, &finished.recipe.depfile, true),
        Discovery::Gcc => {
            let found = from_depfile(outputs, context, &finished.recipe.depfile, false)?;
            if !context.keep_depfiles {
                // It was there a moment ago; if it is not now, that is what was wanted.
                let _ = std::fs::remove_file(context.contents.place(&finished.recipe.depfile));
            }
            Ok(found)
        }
    }
}

fn from_depfile(
    outputs: &[Vec<u8>],
    context: &Context,
    name: &[u8],
    required: bool,
) -> Result<Discovered, String> {
    let content = match std::fs::read(context.contents.place(name)) {
        Ok(content) => content,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let warnings = if required {
                Vec::new()
            } else {
                vec![format!("`{}` was not written: dependencies are not known", shown(name))]
            };
            return Ok(Discovered { failed: required, warnings, ..Discovered::default() });
        }
        Err(error) => return Err(format!("loading '{}': {}", shown(name), reason(&error))),
    };
    let depfile = depfile::parse(name, &content).map_err(|mistake| mistake.ninja_text())?;
    let mut found = Discovered::default();
    if let Some(first) = depfile.outputs.first() {
        let first = path::canonical(first);
        if !outputs.iter().any(|output| *output == *first) {
            let expected = outputs.first().map(|output| shown(output)).unwrap_or_default();
            found.warnings.push(format!(
                "expected depfile '{}' to mention '{expected}', got '{}'",
                shown(name),
                shown(&first)
            ));
            found.failed = required;
        }
    }
    found.paths = once_each(depfile.inputs.iter().map(|input| path::canonical(input)));
    Ok(found)
}

/// Two spellings of a path may have become one.
fn once_each<'a>(paths: impl Iterator<Item = Cow<'a, [u8]>>) -> Vec<Vec<u8>> {
    let mut met: FxHashSet<Cow<'a, [u8]>> = FxHashSet::default();
    let mut unique = Vec::new();
    for path in paths.filter(|path| !path.is_empty()) {
        if !met.contains(&path) {
            unique.push(path.to_vec());
            met.insert(path);
        }
    }
    unique
}

/// Takes the lines that `cl /showIncludes` prints out of the output.
///
/// The compiler also prints the name of the source file first, which is no news to anybody.
fn from_output(output: &[u8], prefix: &[u8]) -> (Vec<u8>, Vec<Vec<u8>>) {
    let mut rest = Vec::with_capacity(output.len());
    let mut paths = Vec::new();
    for line in output.lines_with_terminator() {
        let text = line.trim_end_with(|end| end == '\r' || end == '\n');
        if let Some(include) = text.strip_prefix(prefix) {
            let include = include.trim_start_with(|blank| blank == ' ');
            let lower = include.to_ascii_lowercase();
            let system = lower.find(b"program files").is_some()
                || lower.find(b"microsoft visual studio").is_some();
            if !system {
                paths.push(path::canonical(include));
            }
            continue;
        }
        let lower = text.to_ascii_lowercase();
        let names_source = [b".c".as_slice(), b".cc", b".cxx", b".cpp", b".c++"]
            .iter()
            .any(|suffix| lower.ends_with(suffix));
        if names_source && !text.contains(&b' ') {
            continue;
        }
        rest.extend_from_slice(line);
    }
    (rest, once_each(paths.into_iter()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn included_files_are_taken_out_of_the_output() {
        let output = b"foo.c\r\nNote: including file:   sub/../foo.h\r\nwarning: x\r\n\
                       Note: including file: C:\\Program Files\\stdio.h\r\n";
        let (rest, paths) = from_output(output, b"Note: including file:");
        assert_eq!(rest.as_bstr(), "warning: x\r\n");
        assert_eq!(paths, [b"foo.h".to_vec()]);
    }
}
