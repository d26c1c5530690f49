//! `-t graph`: the graph below targets, for graphviz.

use std::collections::HashSet;

use bstr::ByteSlice;
use mbuild_rules::{ActionId, FileId};

use crate::ninja::graph::View;
use crate::ninja::messages::Streams;
use crate::ninja::tools::Context;

/// Prints the graph.
pub(super) fn run(context: &mut Context<'_, '_>) -> u8 {
    let view = &context.view;
    let targets = match view.targets(&context.arguments.rest) {
        Ok(targets) => targets,
        Err(error) => return context.streams.error(error),
    };
    let streams = &mut *context.streams;
    streams.line("digraph ninja {");
    streams.line("rankdir=\"LR\"");
    streams.line("node [fontsize=10, shape=box, height=0.25]");
    streams.line("edge [fontsize=10]");
    let mut drawing = Drawing { view, streams, files: HashSet::new(), actions: HashSet::new() };
    for target in targets {
        drawing.draw(target);
    }
    streams.line("}");
    0
}

struct Drawing<'a, 's> {
    view: &'a View,
    streams: &'a mut Streams<'s>,
    files: HashSet<FileId>,
    actions: HashSet<ActionId>,
}

impl Drawing<'_, '_> {
    fn draw(&mut self, target: FileId) {
        let mut stack = vec![target];
        while let Some(file) = stack.pop() {
            if !self.files.insert(file) {
                continue;
            }
            let manifest = &self.view.manifest;
            let path = manifest.path(file).to_str_lossy().replace('\\', "/").replace('"', "\\\"");
            self.streams.line(format_args!("\"{}\" [label=\"{path}\"]", node(file)));
            let Some(action) = manifest.producer(file).filter(|it| self.actions.insert(*it)) else {
                continue;
            };
            self.arrows(action);
            stack.extend(manifest.inputs(action).iter().rev());
        }
    }

    /// One input and one output are one arrow; everything else is an ellipse of its own.
    fn arrows(&mut self, action: ActionId) {
        let manifest = &self.view.manifest;
        let rule = self.view.rule_name(action).as_bstr();
        let (inputs, outputs) = (manifest.inputs(action), manifest.outputs(action));
        if let ([input], [output]) = (inputs, outputs) {
            self.streams.line(format_args!(
                "\"{}\" -> \"{}\" [label=\" {rule}\"]",
                node(*input),
                node(*output)
            ));
            return;
        }
        let id = format!("a{}", action.0);
        self.streams.line(format_args!("\"{id}\" [label=\"{rule}\", shape=ellipse]"));
        for output in outputs {
            self.streams.line(format_args!("\"{id}\" -> \"{}\"", node(*output)));
        }
        let ordered = inputs.len() - manifest.order_only_inputs(action).len();
        for (at, input) in inputs.iter().enumerate() {
            let style = if at < ordered { "" } else { " style=dotted" };
            self.streams
                .line(format_args!("\"{}\" -> \"{id}\" [arrowhead=none{style}]", node(*input)));
        }
    }
}

fn node(file: FileId) -> String {
    format!("f{}", file.0)
}
