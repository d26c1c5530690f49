//! The store as a worker uses it: what anybody made from the same is not made again.

use std::os::unix::ffi::OsStrExt;

use mbuild_rules::path;
use rustc_hash::FxHashSet;

use super::{Context, Finished, Input, Seen, key};
use crate::digest::{Digest, Hasher};
use crate::event::Outcome;
use crate::files::Known;
use crate::recipe::Discovery;
use crate::run::command::words;
use crate::scan::racy;
use crate::signature::Signature;
use crate::store::{Made, Store};

/// The key under which an action's results are in the store, with what it was made from besides what is
/// declared.
pub(super) struct StoreKey {
    digest: Digest,
    undeclared: Vec<(Vec<u8>, Signature)>,
}

/// The key for an action; `None` when its results are not to be in the store.
pub(super) fn first_key(
    first: &Digest,
    inputs: &[Input],
    outputs: &[Vec<u8>],
    context: &Context,
    finished: &Finished,
) -> Option<StoreKey> {
    if context.store.is_none() || !finished.recipe.storable || outputs.is_empty() {
        return None;
    }
    let mut hasher = Hasher::new("mbuild store key 1");
    hasher.digest(first);
    // Where the rule says what stands for the program, neither its place nor its content counts.
    let named = !finished.recipe.tool.is_empty();
    let program = words(&finished.recipe.command).filter(|_| named).unwrap_or_default();
    let known: FxHashSet<&[u8]> = inputs
        .iter()
        .map(|input| input.path.as_slice())
        .chain(outputs.iter().map(Vec::as_slice))
        .chain(finished.tools.iter().map(|tool| tool.path.as_os_str().as_bytes()))
        .chain(finished.recipe.response.iter().map(|(path, _)| path.as_slice()))
        .chain([finished.recipe.depfile.as_slice()])
        .chain(program.first().map(Vec::as_slice))
        .collect();
    let mut undeclared = Vec::new();
    for word in possible_paths(argument_text(&finished.recipe.command)) {
        if known.contains(word) {
            continue;
        }
        // Rules forget to declare the script that an interpreter runs; two projects may well have
        // the same command for different scripts.
        if let Ok(Some(file)) = context.contents.look(word, false)
            && !file.signature.is_folder()
        {
            hasher.field(word).digest(&file.digest);
            undeclared.push((word.to_vec(), file.signature));
        }
    }
    for candidates in libraries(&finished.recipe.command) {
        let found = candidates.into_iter().find_map(|[shared, archive]| {
            let look = |path: &[u8]| {
                (!known.contains(path)).then(|| context.contents.look(path, false).ok()?).flatten()
            };
            let (shared_now, archive_now) = (look(&shared), look(&archive));
            (shared_now.is_some() || archive_now.is_some())
                .then_some([(shared, shared_now), (archive, archive_now)])
        });
        for (path, file) in found.into_iter().flatten() {
            if let Some(file) = file {
                hasher.field(&path).digest(&file.digest);
                undeclared.push((path, file.signature));
            }
        }
    }
    Some(StoreKey { digest: hasher.finish(), undeclared })
}

/// A command line from where it may name files: a program that is looked for in `PATH` is none, though there
/// may be a file of its name.
fn argument_text(command: &[u8]) -> &[u8] {
    let Some(program) = words(command).and_then(|words| words.into_iter().next()) else {
        return command;
    };
    let rest = command.strip_prefix(program.as_slice());
    rest.filter(|_| !program.contains(&b'/')).unwrap_or(command)
}

/// The parts of a command line that may be names of files; `@` stands before those of arguments.
fn possible_paths(command: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut seen = FxHashSet::default();
    parts(command)
        .map(|word| word.strip_prefix(b"@").unwrap_or(word))
        .filter(move |word| !word.is_empty() && !word.starts_with(b"-") && seen.insert(*word))
}

fn parts(command: &[u8]) -> impl Iterator<Item = &[u8]> {
    command
        .split(|byte| byte.is_ascii_whitespace() || b"'\"\\;&|()<>=`$,:".contains(byte))
        .filter(|word| !word.is_empty())
}

/// For each library that a command line names with `-l`, the places where a linker looks for it: in the
/// folders that the command line names, then in its own, shared before static in each.
fn libraries(command: &[u8]) -> Vec<Vec<[Vec<u8>; 2]>> {
    let mut names: Vec<&[u8]> = Vec::new();
    let mut folders: Vec<&[u8]> = Vec::new();
    let mut words = parts(command);
    while let Some(word) = words.next() {
        if let Some(name) = word.strip_prefix(b"-l") {
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        } else if let Some(folder) = word.strip_prefix(b"-L").or(word.strip_prefix(b"-I")) {
            folders.extend(if folder.is_empty() { words.next() } else { Some(folder) });
        }
    }
    let multiarch = format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    folders.extend([b"/usr/local/lib".as_slice(), multiarch.as_bytes(), b"/usr/lib"]);
    let places = |name: &[u8]| {
        let place = |folder: &[u8], end: &[u8]| {
            path::canonical(&[folder, b"/lib", name, end].concat()).into_owned()
        };
        let both = |folder: &&[u8]| [place(folder, b".so"), place(folder, b".a")];
        folders.iter().map(both).collect()
    };
    names.into_iter().map(places).collect()
}

/// Takes the outputs from the store; `false` when they are not there.
pub(super) fn restore(
    key: &StoreKey,
    outputs: &[Vec<u8>],
    context: &Context,
    finished: &mut Finished,
) -> bool {
    let Some(store) = &context.store else { return false };
    let first = &key.digest;
    let sets = match finished.recipe.discovery {
        Discovery::None => vec![Vec::new()],
        _ => store.dependency_sets(first),
    };
    for set in sets {
        let Some(discovered) = look_at_set(set, context) else { continue };
        if restore_with(store, first, &discovered, outputs, context, finished) {
            finished.discovered = discovered;
            finished.outcome = Outcome::Restored;
            return true;
        }
    }
    false
}

/// The files of a set as they are now; `None` when one cannot be read.
fn look_at_set(set: Vec<Vec<u8>>, context: &Context) -> Option<Vec<(Vec<u8>, Seen)>> {
    let mut discovered = Vec::with_capacity(set.len());
    for path in set {
        let seen = match context.contents.look(&path, false) {
            Ok(Some(known)) => Seen::File(known),
            Ok(None) => Seen::Missing,
            Err(_) => return None,
        };
        discovered.push((path, seen));
    }
    Some(discovered)
}

fn restore_with(
    store: &Store,
    first: &Digest,
    discovered: &[(Vec<u8>, Seen)],
    outputs: &[Vec<u8>],
    context: &Context,
    finished: &mut Finished,
) -> bool {
    let Some(entry) = store.get(&key::second(first, discovered)) else { return false };
    let (expected, rest) = entry.outputs.split_at(entry.outputs.len().min(outputs.len()));
    // The key says so already; this is a second look before anything is written.
    let as_expected = expected.len() == outputs.len()
        && expected.iter().zip(outputs).all(|(found, output)| found.path == *output)
        && rest.iter().all(|found| found.path == finished.recipe.depfile);
    if !as_expected {
        return false;
    }
    finished.start_mtime = context.contents.now();
    let Ok(signatures) = store.restore(&entry, &context.dir, &context.scratch) else {
        return false;
    };
    for (output, signature) in entry.outputs.iter().zip(signatures) {
        let known = Known {
            signature,
            digest: output.digest,
            racy: racy(&signature, finished.start_mtime),
        };
        context.contents.settle(&output.path, known);
        finished.outputs.push(Seen::File(known));
    }
    finished.outputs.truncate(outputs.len());
    finished.output.clone_from(&entry.printed);
    finished.made_in_ms = entry.cost_ms;
    true
}

/// Puts what the command made into the store; `contents` are those of the outputs, as far as they are known.
pub(super) fn put(
    key: &StoreKey,
    outputs: &[Vec<u8>],
    contents: &[Option<Vec<u8>>],
    cost_ms: u64,
    context: &Context,
    finished: &Finished,
) {
    let Some(store) = &context.store else { return };
    let first = &key.digest;
    let unwritten = |(path, before): &(Vec<u8>, Signature)| {
        let now = Signature::of(&context.contents.place(path)).ok().flatten();
        now.is_some_and(|now| now.is_unwritten_since(before))
    };
    if finished.edited.is_some()
        || finished.discovery_failed
        || !key.undeclared.iter().all(unwritten)
    {
        return;
    }
    if finished.outputs.iter().all(is_empty) {
        return;
    }
    let mut made = Vec::with_capacity(outputs.len() + 1);
    let mut read = Vec::with_capacity(outputs.len());
    for ((path, seen), content) in outputs.iter().zip(&finished.outputs).zip(contents) {
        let Seen::File(known) = seen else { return };
        made.push((path.as_slice(), known.digest));
        read.push(content.as_deref().map(|content| (known.signature, content)));
    }
    let depfile = &finished.recipe.depfile;
    if finished.recipe.discovery == Discovery::Depfile && !outputs.contains(depfile) {
        let Ok(Some(known)) = context.contents.look(depfile, true) else { return };
        made.push((depfile.as_slice(), known.digest));
    }
    let set: Vec<Vec<u8>> = finished.discovered.iter().map(|(path, _)| path.clone()).collect();
    let dependencies = (finished.recipe.discovery != Discovery::None).then_some(set.as_slice());
    store.put_read(
        &context.dir,
        &read,
        &Made {
            k1: first,
            dependencies,
            k2: &key::second(first, &finished.discovered),
            outputs: &made,
            printed: &finished.output,
            cost_ms,
        },
    );
}

/// A file without content only says that its command ran: what that did besides is in no output.
fn is_empty(seen: &Seen) -> bool {
    matches!(seen, Seen::File(known) if known.signature.size == 0)
}
