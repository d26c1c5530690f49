//! `-t inputs`: every file that targets need.

use std::collections::HashSet;

use mbuild_rules::shell;

use crate::ninja::getopt::{Options, Reader};
use crate::ninja::tools::Context;

const OPTIONS: Options = Options {
    short: "h0Ed",
    long: &[
        ("help", false, 'h'),
        ("print0", false, '0'),
        ("no-shell-escape", false, 'E'),
        ("dependency-order", false, 'd'),
    ],
};

const USAGE: &str = "\
Usage '-t inputs [options] [targets]

List all inputs used for a set of targets, sorted in dependency order.
Note that by default, results are shell escaped, and sorted alphabetically,
and never include validation target paths.

Options:
  -h, --help          Print this message.
  -0, --print0            Use \\0, instead of \\n as a line terminator.
  -E, --no-shell-escape   Do not shell escape the result.
  -d, --dependency-order  Sort results by dependency order.
";

/// Lists inputs.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let (mut end, mut quoted, mut sorted) = (b'\n', true, true);
    let mut reader = Reader::new("inputs", &OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('0', _)) => end = 0,
            Ok(('E', _)) => quoted = false,
            Ok(('d', _)) => sorted = false,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let view = &context.view;
    let targets = match view.targets(&reader.operands()) {
        Ok(targets) => targets,
        Err(error) => return context.streams.error(error),
    };
    let mut seen = HashSet::new();
    let mut inputs: Vec<Vec<u8>> = Vec::new();
    for target in targets {
        for file in view.inputs_below(target, &mut seen) {
            let path = view.manifest.path(file);
            inputs.push(if quoted { shell::quote(path) } else { path.to_vec() });
        }
    }
    if sorted {
        inputs.sort();
    }
    for mut input in inputs {
        input.push(end);
        context.streams.bytes(&input);
    }
    0
}
