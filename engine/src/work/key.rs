//! Action keys, in two levels: what a result depends on as far as it is declared, and all of it.

use crate::digest::{Digest, Hasher};
use crate::recipe::Recipe;
use crate::run::command::words;
use crate::run::tool::Tool;

use super::{Input, Seen};

/// The key over command, programs, environment and declared inputs. Order-only inputs are not in it.
///
/// A program counts by its content and by its name as written: what a script or a link does may depend on
/// where it lies. Where the rule says what stands for it, the folder does not count.
pub(super) fn first(
    recipe: &Recipe,
    tools: &[Tool],
    inputs: &[Input],
    seen: &[Seen],
    outputs: &[Vec<u8>],
) -> Digest {
    let mut hasher = Hasher::new("mbuild action 1");
    match words(&recipe.command) {
        Some(words) => {
            hasher.number(words.len() as u64);
            for (index, word) in words.iter().enumerate() {
                let base = word.rsplit(|byte| *byte == b'/').next().unwrap_or(word);
                let anywhere = index == 0 && !recipe.tool.is_empty();
                hasher.field(if anywhere { base } else { word });
            }
        }
        None => {
            hasher.number(0).field(&recipe.command);
        }
    }
    hasher.field(&recipe.tool).number(tools.len() as u64);
    let mut digests: Vec<Digest> = tools.iter().map(|tool| tool.digest).collect();
    digests.sort_unstable();
    for digest in &digests {
        hasher.digest(digest);
    }
    match &recipe.response {
        Some((path, content)) => hasher.number(1).field(path).field(content),
        None => hasher.number(0),
    };
    hasher.digest(recipe.environment.digest());
    hasher.field(&recipe.depfile);
    recipe.discovery.hash_into(&mut hasher);
    hasher.number(inputs.len() as u64);
    for (input, seen) in inputs.iter().zip(seen) {
        hasher.field(&input.path).digest(&seen.digest());
    }
    hasher.number(outputs.len() as u64);
    for output in outputs {
        hasher.field(output);
    }
    hasher.finish()
}

/// The key over the first one and the discovered dependencies.
pub(super) fn second(first: &Digest, discovered: &[(Vec<u8>, Seen)]) -> Digest {
    let mut hasher = Hasher::new("mbuild result 1");
    hasher.digest(first).number(discovered.len() as u64);
    for (path, seen) in discovered {
        hasher.field(path).digest(&seen.digest());
    }
    hasher.finish()
}
