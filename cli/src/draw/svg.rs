//! SVG as text, with colours for light and for dark surroundings.
//!
//! No script, no font and no picture from elsewhere; colours are classes, because not every program
//! that shows SVG knows variables.

use std::fmt::{Display, Write};

/// Colours of rules; there are no more that can be told apart.
pub(crate) const HUES: usize = 8;

/// What all pictures look like.
const STYLE: &str = "\
text { font-family: system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; font-size: 12px; fill: #1f2328 }
.mono { font-family: ui-monospace, 'SF Mono', Menlo, 'DejaVu Sans Mono', monospace }
.title { font-size: 16px; font-weight: 600 }
.small { font-size: 10px }
.dim { fill: #656d76 }
.end { text-anchor: end }
.mid { text-anchor: middle }
.on { fill: #14171a }
.page { fill: #ffffff }
.card { fill: #f6f8fa; stroke: #d0d7de }
.line { stroke: #d8dee4; fill: none }
.edge { stroke: #7d8590; fill: none }
.strong { stroke: #1f2328; fill: none }
.tip { fill: #7d8590 }
.bad { fill: #e5484d }
.h0 { fill: #7fb0e6 } .h1 { fill: #f4ae6a } .h2 { fill: #8fca81 } .h3 { fill: #c8a2d8 }
.h4 { fill: #79c9c2 } .h5 { fill: #ead26c } .h6 { fill: #f0a3b5 } .h7 { fill: #c9a988 }
.hx { fill: #bcc2c9 }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 }
.dim { fill: #8b949e }
.on { fill: #0d1117 }
.page { fill: #0d1117 }
.card { fill: #161b22; stroke: #30363d }
.line { stroke: #262c34 }
.edge { stroke: #848d97 }
.strong { stroke: #f0f6fc }
.tip { fill: #848d97 }
.hx { fill: #8b949e }
}
";

/// A picture that grows.
pub(crate) struct Svg {
    body: String,
}

impl Svg {
    /// An empty one.
    pub(crate) fn new() -> Self {
        Self { body: String::new() }
    }

    /// One element, or any part of one.
    pub(crate) fn add(&mut self, part: impl Display) {
        let _ = writeln!(self.body, "{part}");
    }

    /// A text that begins, ends or has its middle at a point, as the class says.
    pub(crate) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let (x, y) = (Number(x), Number(y));
        self.add(format_args!(
            "<text x=\"{x}\" y=\"{y}\" class=\"{class}\">{}</text>",
            escape(text)
        ));
    }

    /// A straight line.
    pub(crate) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        self.add(format_args!(
            "<path d=\"M{} {}L{} {}\" class=\"{class}\"/>",
            Number(from.0),
            Number(from.1),
            Number(to.0),
            Number(to.1)
        ));
    }

    /// The whole picture; `about` is what it shows, `more` is style and definitions of its own.
    pub(crate) fn finish(self, width: f64, height: f64, about: &str, more: (&str, &str)) -> String {
        let (width, height) = (Number(width.ceil()), Number(height.ceil()));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n\
             <style>\n{STYLE}{}</style>\n{}<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
            escape(about),
            more.0,
            more.1,
            self.body
        )
    }
}

/// A coordinate, to a tenth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) f64);

impl Display for Number {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tenths = (self.0 * 10.0).round() / 10.0;
        if tenths.fract() == 0.0 { write!(out, "{tenths:.0}") } else { write!(out, "{tenths:.1}") }
    }
}

/// Text for an element or an attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(' '),
            // XML has no place for these, not even escaped.
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// The class of each of these names, the weightiest first; those after the last colour share grey.
pub(crate) fn hues<'a>(names: impl Iterator<Item = (&'a str, u64)>) -> Vec<(&'a str, u64, String)> {
    let mut weights: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for (name, weight) in names {
        *weights.entry(name).or_default() += weight;
    }
    let mut sorted: Vec<(&str, u64)> = weights.into_iter().collect();
    sorted.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    let class = |at: usize| if at < HUES { format!("h{at}") } else { "hx".to_owned() };
    let all = sorted.into_iter().enumerate();
    all.map(|(at, (name, weight))| (name, weight, class(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_controls_replaced() {
        assert_eq!(escape("a<b> \"&\"\n\u{1b}[0m"), "a&lt;b&gt; &quot;&amp;&quot; \u{fffd}[0m");
    }

    #[test]
    fn coordinates_are_short() {
        let numbers = [0.0, -0.04, 1.25, 3.0, 10.96].map(|number| Number(number).to_string());
        assert_eq!(numbers, ["0", "-0", "1.3", "3", "11"]);
    }

    #[test]
    fn the_weightiest_names_have_colours_of_their_own() {
        let names = ["cc", "link", "cc", "a", "b", "c", "d", "e", "f", "g"];
        let hues = hues(names.into_iter().map(|name| (name, 1)));
        assert_eq!(hues[0], ("cc", 2, "h0".to_owned()));
        assert_eq!(hues[8].2, "hx");
    }
}
