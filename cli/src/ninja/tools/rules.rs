//! `-t rules`: the rules of the rule file.

use std::collections::BTreeMap;

use bstr::ByteSlice;
use mbuild_rules::RuleId;

use crate::ninja::getopt::{Options, Reader};
use crate::ninja::tools::Context;

const OPTIONS: Options = Options { short: "hd", long: &[] };

const USAGE: &str = "\
usage: ninja -t rules [options]

options:
  -d     also print the description of the rule
  -h     print this message
";

/// Lists rules.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let mut described = false;
    let mut reader = Reader::new("rules", &OPTIONS, &context.arguments.rest);
    while let Some(option) = reader.next() {
        match option {
            Ok(('d', _)) => described = true,
            Ok(_) => return context.refuse(None, USAGE),
            Err(error) => return context.refuse(Some(error), USAGE),
        }
    }
    let manifest = &context.view.manifest;
    let count = u32::try_from(manifest.rule_count()).unwrap_or(u32::MAX);
    let rules: BTreeMap<&[u8], RuleId> = (0..count)
        .map(RuleId)
        .filter(|rule| manifest.is_top_rule(*rule))
        .map(|rule| (manifest.rule_name(rule), rule))
        .collect();
    for (name, rule) in rules {
        match manifest.rule_binding(rule, b"description").filter(|_| described) {
            Some(description) => {
                context.streams.line(format_args!("{}: {}", name.as_bstr(), description.as_bstr()));
            }
            None => context.streams.path(name),
        }
    }
    0
}
