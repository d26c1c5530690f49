//! Files as a worker sees them: inputs before and after their command, and what it made.

use super::discover::Discovered;
use super::{Context, Finished, Input};
use crate::digest::{Digest, Hasher};
use crate::error::{reason, shown};
use crate::files::Known;
use crate::settings::MissingOutput;
use crate::state::record::{MISSING, Short, short};

/// A file as a worker saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Missing,
    File(Known),
    /// A phony name, or a folder that an action makes.
    StandsFor(Short),
}

impl Seen {
    pub(crate) fn content(&self) -> Short {
        match self {
            Self::Missing => MISSING,
            Self::File(known) => short(&known.digest),
            Self::StandsFor(content) => *content,
        }
    }

    /// Nobody has written it since `before`, not even what it was again in the end.
    fn is_untouched(&self, before: &Self) -> bool {
        match (self, before) {
            (Self::File(now), Self::File(before)) => {
                now.signature.is_unwritten_since(&before.signature)
            }
            _ => self == before,
        }
    }

    /// For a key. A command may run its input, so that it may be run counts as well.
    pub(super) fn digest(&self) -> Digest {
        match self {
            Self::Missing => Digest([0; 32]),
            Self::File(known) if known.signature.is_program() => {
                Hasher::new("mbuild program 1").digest(&known.digest).finish()
            }
            Self::File(known) => known.digest,
            Self::StandsFor(content) => {
                let mut digest = [0; 32];
                digest[..16].copy_from_slice(content);
                Digest(digest)
            }
        }
    }
}

/// What the command reads, before it runs.
pub(super) fn look(input: &Input, context: &Context) -> Result<Seen, String> {
    if let Some(content) = input.stands_for {
        return Ok(Seen::StandsFor(content));
    }
    match context.contents.look(&input.path, input.made_here) {
        Ok(Some(known)) => Ok(Seen::File(known)),
        Ok(None) => Ok(Seen::Missing),
        Err(error) => Err(format!("cannot read `{}`: {}", shown(&input.path), reason(&error))),
    }
}

/// Finds out whether an input changed while the command ran.
pub(super) fn look_again(
    inputs: &[Input],
    edited_last_time: bool,
    context: &Context,
    finished: &mut Finished,
) {
    for (input, before) in inputs.iter().zip(&mut finished.inputs) {
        if input.stands_for.is_some() {
            continue;
        }
        let after = match context.contents.look(&input.path, input.made_here) {
            Ok(Some(known)) => Seen::File(known),
            _ => Seen::Missing,
        };
        let folder = matches!(&after, Seen::File(known) if known.signature.is_folder());
        // A folder that the command writes into is read after that.
        let same = after.content() == before.content();
        // A command that writes its input each time, with the same in it, is not edited for ever.
        if folder || same && (edited_last_time || after.is_untouched(before)) {
            *before = after;
        } else if finished.edited.is_none() {
            finished.edited = Some(input.path.clone());
        }
    }
}

/// Looks at what the command read besides what is declared.
pub(super) fn look_at_found(
    found: Discovered,
    inputs: &[Input],
    outputs: &[Vec<u8>],
    edited_last_time: bool,
    context: &Context,
    finished: &mut Finished,
) {
    finished.discovery_failed = found.failed;
    finished.warnings.extend(found.warnings);
    for (index, path) in found.paths.into_iter().enumerate() {
        if inputs.iter().any(|input| input.path == path) || outputs.contains(&path) {
            finished.told_again.push((index, path));
            continue;
        }
        let seen = match context.contents.look(&path, false) {
            Ok(Some(known)) => {
                // Nobody has looked at it before the command ran, so its age has to tell, if there is a
                // clock to tell it by. Its mtime may lie in the future for good (another machine's
                // clock); its ctime is our file system's. Within one tick the command may come first.
                if finished.start_mtime != i64::MIN
                    && known.signature.ctime_ns >= finished.start_mtime
                    && !context.contents.is_settled(&path, &known, edited_last_time)
                {
                    finished.edited.get_or_insert_with(|| path.clone());
                }
                Seen::File(known)
            }
            _ => Seen::Missing,
        };
        finished.discovered.push((path, seen));
    }
}

/// Looks at what the command was to make; the result holds the contents of small plain files, as far as they
/// had to be read.
pub(super) fn look_at_outputs(
    outputs: &[Vec<u8>],
    keep: usize,
    context: &Context,
    finished: &mut Finished,
) -> Result<Vec<Option<Vec<u8>>>, String> {
    let mut contents = vec![None; outputs.len()];
    for (path, content) in outputs.iter().zip(&mut contents) {
        let seen = match context.contents.look_at_made(path, keep) {
            Ok(Some((known, read))) => {
                *content = read;
                Seen::File(known)
            }
            Ok(None) => {
                let what = format!("output `{}` was not made by its command", shown(path));
                match context.missing_output {
                    MissingOutput::Error => return Err(what),
                    MissingOutput::Warn => finished.warnings.push(what),
                    MissingOutput::Ignore => {}
                }
                Seen::Missing
            }
            Err(error) => return Err(format!("cannot read `{}`: {}", shown(path), reason(&error))),
        };
        finished.outputs.push(seen);
    }
    Ok(contents)
}
