//! `-t query`: what a file is made from and what is made from it.

use bstr::ByteSlice;
use mbuild_rules::FileId;

use crate::ninja::graph::View;
use crate::ninja::messages::Streams;
use crate::ninja::tools::Context;

/// Shows files.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    if context.arguments.rest.is_empty() {
        return context.streams.error("expected a target to query");
    }
    for word in &context.arguments.rest {
        match context.view.target(word) {
            Ok(file) => show(&context.view, file, context.streams),
            Err(error) => return context.streams.error(error),
        }
    }
    0
}

fn show(view: &View, file: FileId, streams: &mut Streams<'_>) {
    let manifest = &view.manifest;
    streams.line(format_args!("{}:", manifest.path(file).as_bstr()));
    if let Some(action) = manifest.producer(file) {
        streams.line(format_args!("  input: {}", view.rule_name(action).as_bstr()));
        let mut list = |label: &str, files: &[FileId]| {
            for file in files {
                streams.line(format_args!("    {label}{}", manifest.path(*file).as_bstr()));
            }
        };
        list("", manifest.explicit_inputs(action));
        list("| ", manifest.implicit_inputs(action));
        list("|| ", manifest.order_only_inputs(action));
        if !manifest.validations(action).is_empty() {
            streams.line("  validations:");
            list_files(view, manifest.validations(action), streams);
        }
    }
    streams.line("  outputs:");
    for action in view.consumers(file) {
        list_files(view, manifest.outputs(*action), streams);
    }
    if !view.validated(file).is_empty() {
        streams.line("  validation for:");
        for action in view.validated(file) {
            list_files(view, manifest.outputs(*action), streams);
        }
    }
}

fn list_files(view: &View, files: &[FileId], streams: &mut Streams<'_>) {
    for file in files {
        streams.line(format_args!("    {}", view.manifest.path(*file).as_bstr()));
    }
}
