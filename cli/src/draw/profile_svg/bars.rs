//! The rows of the picture: the critical path, and a row for each slot.

use std::fmt::Write;

use bstr::ByteSlice;
use mbuild_engine::timeline::Bar;

use super::{LEFT, PATH, Picture, RIGHT, WIDTH, rule, waited};
use crate::draw::svg::{Number, escape};
use crate::past::said;
use crate::report::text::{brief, count, fit, width};

/// More lines from step to step than this would hide what they connect.
const MOST_LINKS: usize = 200;

/// Bars of one row that are too narrow to be drawn one by one, or one that is not.
struct Group<'a> {
    bars: Vec<&'a Bar>,
    start_ms: u64,
    end_ms: u64,
}

impl Picture<'_> {
    /// The chain that decided the end, in a row of its own; the gaps are waiting.
    pub(super) fn critical_row(&mut self, y: f64) {
        self.label(y, PATH, "critical");
        let chain: Vec<&Bar> =
            self.timeline.critical.iter().map(|at| &self.timeline.bars[*at]).collect();
        if let (Some(first), Some(last)) = (chain.first(), chain.last()) {
            let middle = y + PATH / 2.0;
            let (from, to) = (self.x(first.run.start_ms), self.x(last.run.end_ms));
            self.svg.line((from, middle), (to, middle), "strong link");
        }
        for group in self.groups(&chain) {
            self.bar(&group, y, PATH);
        }
    }

    pub(super) fn slots(&mut self, top: f64) {
        let mut by_slot: Vec<Vec<&Bar>> = vec![Vec::new(); self.rows];
        for bar in &self.timeline.bars {
            by_slot[bar.slot].push(bar);
        }
        for slot in 0..self.rows {
            let y = top + slot as f64 * self.row;
            self.svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" class=\"row\"/>",
                Number(LEFT),
                Number(y + inset(self.row) / 2.0),
                Number(WIDTH - LEFT - RIGHT),
                Number(self.row - inset(self.row))
            ));
            // With many rows a number at each would be a grey column.
            if self.row >= 12.0 || slot % 8 == 0 {
                self.label(y, self.row, &format!("slot {}", slot + 1));
            }
        }
        self.links(top);
        for (slot, bars) in by_slot.into_iter().enumerate() {
            for group in self.groups(&bars) {
                self.bar(&group, top + slot as f64 * self.row, self.row);
            }
        }
        self.outline(top);
    }

    /// Lines from step to step of the critical path, behind the bars.
    fn links(&mut self, top: f64) {
        let mut before: Option<(f64, f64)> = None;
        for at in self.timeline.critical.iter().take(MOST_LINKS) {
            let bar = &self.timeline.bars[*at];
            let middle = top + (bar.slot as f64 + 0.5) * self.row;
            let (from, to) = (self.x(bar.run.start_ms), self.x(bar.run.end_ms));
            if let Some((x, above)) = before {
                self.svg.add(format_args!(
                    "<path d=\"M{} {}V{}H{}\" class=\"strong link\"/>",
                    Number(x),
                    Number(above),
                    Number(middle),
                    Number(from)
                ));
            }
            before = Some((to, middle));
        }
    }

    /// Marks the critical path among the slots.
    fn outline(&mut self, top: f64) {
        for at in &self.timeline.critical {
            let bar = &self.timeline.bars[*at];
            let y = top + bar.slot as f64 * self.row;
            let (from, to) = (self.x(bar.run.start_ms), self.x(bar.run.end_ms));
            if to - from >= 1.5 {
                self.svg.add(format_args!(
                    "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" class=\"strong path\"/>",
                    Number(from),
                    Number(y + inset(self.row)),
                    Number(to - from),
                    Number(self.row - 2.0 * inset(self.row))
                ));
            }
        }
    }

    /// Bars with those that are narrower than a point put together: however many there are, what is
    /// drawn is bounded by the width of the picture.
    fn groups<'b>(&self, bars: &[&'b Bar]) -> Vec<Group<'b>> {
        let mut groups: Vec<Group<'b>> = Vec::new();
        let narrow = |from: u64, to: u64| self.x(to) - self.x(from) < 1.0;
        for bar in bars {
            let (start_ms, end_ms) = (bar.run.start_ms, bar.run.end_ms);
            match groups.last_mut() {
                Some(last)
                    if narrow(last.start_ms, last.end_ms) && narrow(last.start_ms, end_ms) =>
                {
                    last.bars.push(bar);
                    last.end_ms = last.end_ms.max(end_ms);
                }
                _ => groups.push(Group { bars: vec![bar], start_ms, end_ms }),
            }
        }
        groups
    }

    fn bar(&mut self, group: &Group<'_>, y: f64, high: f64) {
        let Some(longest) = group.bars.iter().max_by_key(|bar| bar.run.duration_ms()) else {
            return;
        };
        let outcome = longest.run.outcome.as_str();
        let class = match outcome {
            "ran" => self.hue(longest),
            "restored" => format!("{} store", self.hue(longest)),
            _ => "bad".to_owned(),
        };
        let (from, to) = (self.x(group.start_ms), self.x(group.end_ms));
        let wide = (to - from).max(0.8);
        self.svg.add(format_args!(
            "<g><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\" \
             class=\"bar {class}\"/>",
            escape(&told(group)),
            Number(from),
            Number(y + inset(high)),
            Number(wide),
            Number(high - 2.0 * inset(high))
        ));
        if let [bar] = group.bars[..]
            && high >= 14.0
            && let Some(text) = inside(&bar.run.output.to_str_lossy(), wide)
        {
            self.svg.text(from + 5.0, y + high / 2.0 + 3.5, "small on", &text);
        }
        self.svg.add("</g>");
    }
}

/// What is left free above and below the bars of a row.
fn inset(row: f64) -> f64 {
    if row >= 12.0 { 2.0 } else { 0.5 }
}

/// What the tooltip says.
fn told(group: &Group<'_>) -> String {
    let [bar] = group.bars[..] else {
        let time = group.bars.iter().map(|bar| bar.run.duration_ms()).sum();
        return format!("{}, {} together", count(group.bars.len(), "action"), brief(time));
    };
    let run = &bar.run;
    let mut text = format!(
        "{} ({}): {} {} at {}, waited {}",
        run.output.as_bstr(),
        rule(bar),
        run.outcome,
        brief(run.duration_ms()),
        brief(run.start_ms),
        brief(waited(bar))
    );
    for why in run.reasons.iter().take(3) {
        let _ = write!(text, "; {}", said(why));
    }
    text
}

/// As much of a path as has room in a bar: all of it, its last part, or nothing.
fn inside(path: &str, wide: f64) -> Option<String> {
    let columns = ((wide - 10.0) / 6.0).max(0.0) as usize;
    let last = path.rsplit('/').next().unwrap_or(path);
    if let Some(whole) = [path, last].into_iter().find(|text| width(text) <= columns) {
        return Some(whole.to_owned());
    }
    (columns >= 8).then(|| fit(last, columns))
}
