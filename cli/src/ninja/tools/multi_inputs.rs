//! `-t multi-inputs`: every file that each of several targets needs.

use std::collections::HashSet;

use crate::ninja::getopt::{Options, Reader};
use crate::ninja::tools::Context;

const OPTIONS: Options = Options {
    short: "d:h0",
    long: &[("help", false, 'h'), ("delimiter", true, 'd'), ("print0", false, '0')],
};

const USAGE: &str = "\
Usage '-t multi-inputs [options] [targets]

Print one or more sets of inputs required to build targets, sorted in dependency order.
The tool works like inputs tool but with addition of the target for each line.
The output will be a series of lines with the following elements:
<target> <delimiter> <input> <terminator>
Note that a given input may appear for several targets if it is used by more than one targets.
Options:
  -h, --help                   Print this message.
  -d  --delimiter=DELIM        Use DELIM instead of TAB for field delimiter.
  -0, --print0                 Use \\0, instead of \\n as a line terminator.
";

/// Lists inputs beside the targets that need them.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let (mut delimiter, mut end) = (b"\t".to_vec(), b'\n');
    let mut reader = Reader::new("multi-inputs", &OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('d', value)) => delimiter = value,
            Ok(('0', _)) => end = 0,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let view = &context.view;
    let targets = match view.targets(&reader.operands()) {
        Ok(targets) => targets,
        Err(error) => return context.streams.error(error),
    };
    for target in targets {
        for file in view.inputs_below(target, &mut HashSet::new()) {
            let fields = [view.manifest.path(target), &delimiter, view.manifest.path(file), &[end]];
            context.streams.bytes(&fields.concat());
        }
    }
    0
}
