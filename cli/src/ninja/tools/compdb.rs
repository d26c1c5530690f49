//! `-t compdb`: a compilation database, which editors read.

use bstr::ByteSlice;
use mbuild_rules::ActionId;

use crate::ninja::getopt::{Options, Reader};
use crate::ninja::graph::View;
use crate::ninja::messages::Streams;
use crate::ninja::tools::Context;

pub(super) const OPTIONS: Options = Options { short: "hx", long: &[] };

const USAGE: &str = "\
usage: ninja -t compdb [options] [rules]

options:
  -x     expand @rspfile style response file invocations
";

/// Lists the actions of some rules, or of all.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let mut expand = false;
    let mut reader = Reader::new("compdb", &OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('x', _)) => expand = true,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let rules = reader.operands();
    let view = &context.view;
    let mut actions = Vec::new();
    for action in view.manifest.actions() {
        if rules.is_empty() {
            actions.push(action);
        } else {
            // A rule that is named twice is listed twice.
            let name = view.rule_name(action);
            actions.extend(rules.iter().filter(|rule| **rule == name).map(|_| action));
        }
    }
    print(view, &actions, expand, context.streams)
}

/// Prints actions as JSON, an entry for each input; gives back the exit code. What checks others only is no
/// part of what is compiled.
pub(super) fn print(
    view: &View,
    actions: &[ActionId],
    expand: bool,
    streams: &mut Streams<'_>,
) -> u8 {
    let dir = match std::env::current_dir() {
        Ok(dir) => dir,
        Err(error) => {
            let reason = crate::failure::reason(&error);
            return streams.fatal(format_args!("cannot determine working directory: {reason}"));
        }
    };
    let dir = json(dir.as_os_str().as_encoded_bytes());
    streams.bytes(b"[");
    let mut separator = "";
    let manifest = &view.manifest;
    for action in actions.iter().filter(|action| !view.only_validates(**action)) {
        let Some(output) = manifest.outputs(*action).first() else { continue };
        let command = if expand { expanded(view, *action) } else { view.command(*action) };
        let (command, output) = (json(&command), json(manifest.path(*output)));
        for input in manifest.inputs(*action) {
            let file = json(manifest.path(*input));
            streams.bytes(
                format!(
                    "{separator}\n  {{\n    \"directory\": {dir},\n    \"command\": {command},\n    \"file\": {file},\n    \"output\": {output}\n  }}",
                )
                .as_bytes(),
            );
            separator = ",";
        }
    }
    streams.bytes(b"\n]\n");
    0
}

/// The command with `@file`, `-f file` or `--option-file=file` replaced by what the file holds.
fn expanded(view: &View, action: ActionId) -> Vec<u8> {
    let command = view.command(action);
    let file = view.manifest.path_binding(action, b"rspfile");
    if file.is_empty() {
        return command;
    }
    let Some(at) = command.find(&file) else { return command };
    let before = &command[..at];
    let intros: [&[u8]; 3] = [b"@", b"-f ", b"--option-file="];
    let Some(intro) = intros.iter().find(|intro| before.ends_with(intro)) else { return command };
    let content = view.manifest.path_binding(action, b"rspfile_content").replace("\n", " ");
    [&before[..at - intro.len()], &content, &command[at + file.len()..]].concat()
}

/// A JSON string; what is not UTF-8 is replaced.
fn json(bytes: &[u8]) -> String {
    serde_json::Value::from(bytes.to_str_lossy()).to_string()
}
