//! `-t compdb-targets`: a compilation database of what targets need.

use bstr::ByteSlice;

use crate::ninja::getopt::Reader;
use crate::ninja::tools::{Context, compdb};

const USAGE: &str = "\
usage: ninja -t compdb [-hx] target [targets]

options:
  -h     display this help message
  -x     expand @rspfile style response file invocations
";

/// Lists the actions below targets.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let mut expand = false;
    let mut reader = Reader::new("compdb-targets", &compdb::OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('x', _)) => expand = true,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let words = reader.operands();
    if words.is_empty() {
        context.streams.error("compdb-targets expects the name of at least one target");
        return context.refuse(None, USAGE);
    }
    let view = &context.view;
    let mut targets = Vec::new();
    for word in &words {
        match view.target(word) {
            Err(error) => return context.streams.fatal(error),
            Ok(file) if view.manifest.producer(file).is_none() => {
                return context.streams.fatal(format_args!(
                    "'{}' is not a target (i.e. it is not an output of any `build` statement)",
                    word.as_bstr()
                ));
            }
            Ok(file) => targets.push(file),
        }
    }
    let mut actions = view.actions_below(&targets);
    actions.retain(|action| !view.manifest.is_phony(*action));
    compdb::print(view, &actions, expand, context.streams)
}
