//! `-t targets`: outputs by rule, by depth, or all of them.

use std::collections::BTreeSet;

use bstr::ByteSlice;
use mbuild_rules::FileId;

use crate::ninja::graph::View;
use crate::ninja::messages::Streams;
use crate::ninja::tools::Context;
use crate::suggest;

/// Lists targets.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let words = &context.arguments.rest;
    let (view, streams) = (&context.view, &mut *context.streams);
    match words.first().map(Vec::as_slice) {
        None => depth(view, 1, streams),
        Some(b"rule") => {
            match words.get(1) {
                Some(rule) => of_rule(view, rule, streams),
                None => sources(view, streams),
            }
            0
        }
        Some(b"depth") => {
            let number = words.get(1).and_then(|word| word.to_str().ok());
            depth(view, number.map_or(1, |word| word.trim().parse().unwrap_or(0)), streams)
        }
        Some(b"all") => {
            for action in view.manifest.actions() {
                for output in view.manifest.outputs(action) {
                    line(view, *output, 0, streams);
                }
            }
            0
        }
        Some(other) => {
            let other = other.to_str_lossy();
            match suggest::nearest_path(other.as_bytes(), [&b"rule"[..], b"depth", b"all"]) {
                Some(near) => streams.error(format_args!(
                    "unknown target tool mode '{other}', did you mean '{}'?",
                    near.as_bstr()
                )),
                None => streams.error(format_args!("unknown target tool mode '{other}'")),
            }
        }
    }
}

/// A path, with its rule when an action makes it.
fn line(view: &View, file: FileId, depth: usize, streams: &mut Streams<'_>) {
    let path = view.manifest.path(file).as_bstr();
    let indent = "  ".repeat(depth);
    match view.manifest.producer(file) {
        Some(action) => {
            let rule = view.rule_name(action).as_bstr();
            streams.line(format_args!("{indent}{path}: {rule}"));
        }
        None => streams.line(format_args!("{indent}{path}")),
    }
}

/// Files that no action makes, once for each use.
fn sources(view: &View, streams: &mut Streams<'_>) {
    for action in view.manifest.actions() {
        for input in view.manifest.inputs(action) {
            if view.manifest.producer(*input).is_none() {
                streams.path(view.manifest.path(*input));
            }
        }
    }
}

fn of_rule(view: &View, rule: &[u8], streams: &mut Streams<'_>) {
    let mut outputs = BTreeSet::new();
    for action in view.manifest.actions().filter(|action| view.rule_name(*action) == rule) {
        outputs.extend(view.manifest.outputs(action).iter().map(|file| view.manifest.path(*file)));
    }
    for output in outputs {
        streams.path(output);
    }
}

/// The tree below what nothing needs, down to a depth; 0 is no limit.
fn depth(view: &View, limit: i64, streams: &mut Streams<'_>) -> u8 {
    let roots = match view.roots() {
        Ok(roots) => roots,
        Err(error) => return streams.error(error),
    };
    let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0).unwrap_or(usize::MAX);
    let mut stack: Vec<(FileId, usize)> = roots.into_iter().rev().map(|root| (root, 0)).collect();
    while let Some((file, depth)) = stack.pop() {
        line(view, file, depth, streams);
        if depth + 1 < limit
            && let Some(action) = view.manifest.producer(file)
        {
            let inputs = view.manifest.inputs(action).iter().rev();
            stack.extend(inputs.map(|input| (*input, depth + 1)));
        }
    }
    0
}
