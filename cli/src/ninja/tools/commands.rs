//! `-t commands`: the commands that targets need, in an order in which they could run.

use crate::ninja::getopt::{Options, Reader};
use crate::ninja::tools::Context;

const OPTIONS: Options = Options { short: "hs", long: &[] };

const USAGE: &str = "\
usage: ninja -t commands [options] [targets]

options:
  -s     only print the final command to build [target], not the whole chain
";

/// Lists commands.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let mut single = false;
    let mut reader = Reader::new("commands", &OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('s', _)) => single = true,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let view = &context.view;
    let targets = match view.targets(&reader.operands()) {
        Ok(targets) => targets,
        Err(error) => return context.streams.error(error),
    };
    let actions = if single {
        let mut actions: Vec<_> =
            targets.iter().filter_map(|target| view.manifest.producer(*target)).collect();
        let mut seen = std::collections::HashSet::new();
        actions.retain(|action| seen.insert(*action));
        actions
    } else {
        view.actions_below(&targets)
    };
    for action in actions.into_iter().filter(|action| !view.manifest.is_phony(*action)) {
        context.streams.path(&view.command(action));
    }
    0
}
