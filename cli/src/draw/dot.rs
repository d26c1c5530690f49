//! The graph in Graphviz's language.

use std::fmt::Write;

use mbuild_engine::query::links::Kind;

use super::nodes::{Drawing, Node};

/// The text for `dot`.
pub(crate) fn render(drawing: &Drawing) -> String {
    let mut text = String::from(
        "digraph mbuild {\n  rankdir=LR\n  node [shape=box, fontname=\"monospace\", fontsize=10, height=0.25]\n  \
         edge [arrowsize=0.6]\n",
    );
    for (at, node) in drawing.nodes.iter().enumerate() {
        let _ = writeln!(text, "  n{at} [label=\"{}\"{}]", label(node), style(node));
    }
    for edge in &drawing.edges {
        let _ = writeln!(text, "  n{} -> n{}{}", edge.from, edge.to, arrow(edge.kind));
    }
    text.push_str("}\n");
    text
}

fn label(node: &Node) -> String {
    let mut lines = Vec::new();
    if let Some(rule) = node.rule.as_ref().filter(|_| !node.phony) {
        lines.push(format!("{}:", quoted(rule)));
    }
    lines.extend(node.files.iter().map(|file| quoted(file)));
    if node.hidden > 0 {
        lines.push(format!("({} more)", node.hidden));
    }
    lines.join("\\n")
}

fn style(node: &Node) -> String {
    let mut style = String::new();
    if node.phony {
        style += ", shape=ellipse";
    }
    if node.rule.is_none() {
        style += ", color=gray, fontcolor=gray30";
    }
    if node.goal {
        style += ", penwidth=2";
    }
    style
}

fn arrow(kind: Kind) -> &'static str {
    match kind {
        Kind::Explicit => "",
        Kind::Implicit => " [color=gray40]",
        Kind::OrderOnly => " [style=dotted]",
        Kind::Discovered => " [style=dashed, color=gray40]",
        Kind::Validation => " [style=dashed, arrowhead=empty]",
    }
}

/// Inside of a quoted string, where a line end is written `\n`.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            other => quoted.push(other),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::nodes::samples;

    #[test]
    fn the_graph_is_written_for_graphviz() {
        insta::assert_snapshot!(render(&samples::program()));
    }
}
