//! The graph as a picture: boxes in columns, what is needed left of what needs it.

use std::collections::HashMap;
use std::fmt::Write;

use mbuild_engine::query::links::Kind;

use super::layers::{Arrow, Layers};
use super::nodes::{Drawing, Edge, Node};
use super::place::{Room, heights};
use super::svg::{Number, Svg, escape, hues};
use crate::report::text::{count, fit, width};

/// More boxes than this are a wall, not a picture.
pub(crate) const MOST_BOXES: usize = 400;
/// More places for long arrows than this are a carpet.
const MOST_PLACES: usize = 6000;

const COLUMNS: usize = 44;
const LETTER: f64 = 7.25;
const LINE: f64 = 15.0;
const PADDING: f64 = 9.0;
const MARGIN: f64 = 24.0;
const MOST_LINES: usize = 6;

const STYLE: &str = "\
.box { fill: #ffffff; stroke: #afb8c1 }
.source { fill: #f6f8fa; stroke: #d0d7de }
.goal { stroke: #1f2328; stroke-width: 2 }
.implicit { stroke: #a3abb4 }
.order-only { stroke-dasharray: 1.5 3.5; stroke-linecap: round }
.discovered { stroke-dasharray: 6 3 }
.validation { stroke-dasharray: 10 3 2 3; stroke: #b083c9 }
@media (prefers-color-scheme: dark) {
.box { fill: #1c2128; stroke: #57606a }
.source { fill: #12161c; stroke: #373e47 }
.goal { stroke: #f0f6fc }
.implicit { stroke: #5b646e }
}
";

/// The picture; the number of boxes and arrows when they are too many for one.
pub(crate) fn render(drawing: &Drawing) -> Result<String, String> {
    let arrow = |edge: &Edge| Arrow { from: edge.from, to: edge.to, look: edge.kind as usize };
    let arrows: Vec<Arrow> = drawing.edges.iter().map(arrow).collect();
    let size =
        || format!("{} and {}", boxes(drawing.nodes.len()), count(drawing.edges.len(), "arrow"));
    if drawing.nodes.len() > MOST_BOXES {
        return Err(size());
    }
    let layers = Layers::new(drawing.nodes.len(), &arrows, MOST_PLACES).ok_or_else(size)?;
    Ok(Picture::new(drawing, layers).render())
}

fn boxes(number: usize) -> String {
    if number == 1 { "1 box".to_owned() } else { format!("{number} boxes") }
}

/// What is drawn, and where.
struct Picture<'a> {
    drawing: &'a Drawing,
    layers: Layers,
    lines: Vec<Vec<String>>,
    /// The middles of boxes and of places of long arrows.
    middle: Vec<f64>,
    /// The left and the right end of the column of each.
    sides: Vec<(f64, f64)>,
    hue: HashMap<&'a str, String>,
    size: (f64, f64),
}

impl<'a> Picture<'a> {
    fn new(drawing: &'a Drawing, layers: Layers) -> Self {
        let lines: Vec<Vec<String>> = drawing.nodes.iter().map(lines).collect();
        let mut rooms: Vec<Room> = (0..drawing.nodes.len())
            .map(|node| Room { height: height(&drawing.nodes[node], &lines[node]), around: 14.0 })
            .collect();
        rooms.resize(layers.len(), Room { height: 2.0, around: 7.0 });
        let (middle, high) = heights(&layers, &rooms);
        let mut sides = vec![(0.0, 0.0); layers.len()];
        let mut x = MARGIN;
        for (at, column) in layers.columns.iter().enumerate() {
            let boxes = column.iter().filter_map(|place| lines.get(*place).map(|it| wide(it)));
            let widest = boxes.fold(20.0, f64::max);
            for place in column {
                sides[*place] = (x, x + widest);
            }
            // Many arrows between two columns need room to turn.
            let passing: usize = layers.columns.get(at + 1).map_or(0, |next| {
                next.iter().filter(|place| **place >= drawing.nodes.len()).count()
            });
            x += widest + 60.0 + (passing as f64 * 1.5).min(90.0);
        }
        let weights = drawing.nodes.iter().filter(|node| !node.phony);
        let names = weights.filter_map(|node| Some((node.rule.as_deref()?, 1)));
        let hue = hues(names).into_iter().map(|(name, _, class)| (name, class)).collect();
        let wide = sides.iter().map(|side| side.1).fold(300.0, f64::max) + MARGIN;
        Self { drawing, layers, lines, middle, sides, hue, size: (wide, high + 2.0 * MARGIN) }
    }

    fn render(self) -> String {
        let mut svg = Svg::new();
        for (edge, way) in self.drawing.edges.iter().zip(&self.layers.ways) {
            let turned = way.first() != Some(&edge.from);
            let arrow = if turned { "marker-start" } else { "marker-end" };
            svg.add(format_args!(
                "<path d=\"{}\" class=\"edge {}\" {arrow}=\"url(#tip)\"/>",
                self.way(way, turned),
                edge.kind.name()
            ));
        }
        for (at, node) in self.drawing.nodes.iter().enumerate() {
            self.draw_box(at, node, &mut svg);
        }
        let bottom = self.legend(&mut svg);
        let goals = self.drawing.nodes.iter().filter(|node| node.goal);
        let goals: Vec<&str> =
            goals.take(3).filter_map(|node| node.files.first()).map(String::as_str).collect();
        svg.finish(self.size.0, bottom, &format!("What {} needs", goals.join(", ")), (
            STYLE,
            "<defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7.5\" refY=\"4\" markerWidth=\"7\" \
             markerHeight=\"7\" orient=\"auto-start-reverse\"><path d=\"M0 0.8L8 4L0 7.2Z\" \
             class=\"tip\"/></marker></defs>\n",
        ))
    }

    /// The line of an arrow: curves between columns, straight through each that it passes.
    fn way(&self, way: &[usize], turned: bool) -> String {
        let (first, last) = (way[0], way[way.len() - 1]);
        // A turned arrow has another one beside it that goes the other way.
        let aside = if turned { 5.0 } else { 0.0 };
        let y = |place: usize| self.middle[place] + MARGIN + aside;
        // Between the tip of an arrow and the box.
        let gap = 2.0;
        let mut x = self.sides[first].1 + if turned { gap } else { 0.0 };
        let mut line = format!("M{} {}", Number(x), Number(y(first)));
        for pair in way.windows(2) {
            let (from, to) = (y(pair[0]), y(pair[1]));
            let (left, right) = self.sides[pair[1]];
            let bend = (left - x) / 2.0;
            let _ = write!(
                line,
                "C{} {} {} {} {} {}",
                Number(x + bend),
                Number(from),
                Number(left - bend),
                Number(to),
                Number(left),
                Number(to)
            );
            // A box stands at the right end of its column, near to what needs it.
            x = match self.lines.get(pair[1]) {
                Some(lines) if pair[1] == last => {
                    right - wide(lines) - if turned { 0.0 } else { gap }
                }
                _ => right,
            };
            let _ = write!(line, "H{}", Number(x));
        }
        line
    }

    fn draw_box(&self, at: usize, node: &Node, svg: &mut Svg) {
        let lines = &self.lines[at];
        let (wide, high) = (wide(lines), height(node, lines));
        let (x, y) = (self.sides[at].1 - wide, self.middle[at] + MARGIN - high / 2.0);
        let corner = if node.phony { high / 2.0 } else { 5.0 };
        let class = if node.rule.is_none() { "source" } else { "box" };
        let goal = if node.goal { " goal" } else { "" };
        svg.add(format_args!("<g><title>{}</title>", escape(&told(node))));
        svg.add(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\" class=\"{class}{goal}\"/>",
            Number(x),
            Number(y),
            Number(wide),
            Number(high),
            Number(corner)
        ));
        let mut baseline = y + PADDING + 7.5;
        if let Some(rule) = node.rule.as_deref().filter(|_| !node.phony) {
            let hue = self.hue.get(rule).map_or("hx", String::as_str);
            svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"4\" height=\"{}\" rx=\"2\" class=\"{hue}\"/>",
                Number(x + 4.0),
                Number(y + 6.0),
                Number(high - 12.0)
            ));
            svg.text(x + PADDING + 4.0, baseline, "small dim", &fit(rule, COLUMNS));
            baseline += LINE - 2.0;
        }
        for line in lines {
            let dim = if node.rule.is_none() { "mono dim" } else { "mono" };
            svg.text(x + PADDING + 4.0, baseline, dim, line);
            baseline += LINE;
        }
        svg.add("</g>");
    }

    /// What colours and lines mean; only those that are there.
    fn legend(&self, svg: &mut Svg) -> f64 {
        let mut kinds: Vec<Kind> = self.drawing.edges.iter().map(|edge| edge.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let y = self.size.1 + 12.0;
        let mut x = MARGIN;
        for kind in kinds {
            svg.add(format_args!(
                "<path d=\"M{} {}h34\" class=\"edge {}\" marker-end=\"url(#tip)\"/>",
                Number(x),
                Number(y - 4.0),
                kind.name()
            ));
            svg.text(x + 40.0, y, "small dim", kind.name());
            x += 48.0 + 6.0 * kind.name().len() as f64 + 14.0;
        }
        y + MARGIN
    }
}

fn lines(node: &Node) -> Vec<String> {
    let mut lines: Vec<String> =
        node.files.iter().take(MOST_LINES).map(|file| fit(file, COLUMNS)).collect();
    if node.files.len() > MOST_LINES {
        lines.push(format!("and {} more", node.files.len() - MOST_LINES));
    }
    if node.hidden > 0 {
        lines.push(format!("needs {} more", node.hidden));
    }
    lines
}

fn told(node: &Node) -> String {
    let files = node.files.join(" ");
    match &node.rule {
        Some(rule) if !node.phony => format!("{rule}: {files}"),
        _ => files,
    }
}

fn wide(lines: &[String]) -> f64 {
    let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0).max(6);
    widest as f64 * LETTER + 2.0 * PADDING + 6.0
}

fn height(node: &Node, lines: &[String]) -> f64 {
    let title = if node.rule.is_some() && !node.phony { LINE - 2.0 } else { 0.0 };
    lines.len() as f64 * LINE + title + PADDING
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::nodes::samples;

    #[test]
    fn the_graph_is_drawn_with_its_kinds_of_arrows() {
        let picture = render(&samples::program()).unwrap();
        for part in [
            "class=\"edge discovered\"",
            "class=\"edge order-only\"",
            "a &quot;&lt;b&gt;&quot; &amp; c.h",
        ] {
            assert!(picture.contains(part), "{part} in {picture}");
        }
        assert!(!picture.contains("<script") && !picture.contains("edge implicit"));
    }

    #[test]
    fn a_picture_of_too_much_is_refused_with_its_size() {
        let mut drawing = samples::program();
        drawing.nodes.resize(MOST_BOXES + 1, drawing.nodes[0].clone());
        assert_eq!(render(&drawing), Err("401 boxes and 8 arrows".to_owned()));
    }
}
