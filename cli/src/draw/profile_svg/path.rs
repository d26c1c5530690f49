//! The critical path as a list, below the rows.

use bstr::ByteSlice;

use super::{LEFT, Picture, rule, waited};
use crate::draw::svg::Number;
use crate::report::text::{brief, count, fit};

/// The steps that are listed.
const MOST_STEPS: usize = 14;

impl Picture<'_> {
    /// The critical path as a list.
    pub(super) fn steps(&mut self, top: f64) -> f64 {
        let timeline = self.timeline;
        let mut chain = timeline.critical.clone();
        if chain.is_empty() {
            return top;
        }
        let waiting: u64 = chain.iter().map(|at| waited(&timeline.bars[*at])).sum();
        let title = format!(
            "Critical path: {} in {}, {} of waiting for a slot",
            brief(timeline.critical_ms()),
            count(chain.len(), "action"),
            brief(waiting)
        );
        self.svg.text(24.0, top, "", &title);
        let mut y = top + 20.0;
        for (x, class, name) in [
            (LEFT, "tick end", "start"),
            (LEFT + 80.0, "tick end", "took"),
            (LEFT + 160.0, "tick end", "waited"),
            (LEFT + 184.0, "tick", "rule"),
            (LEFT + 330.0, "tick", "output"),
        ] {
            self.svg.text(x, y, class, name);
        }
        if chain.len() > MOST_STEPS {
            chain.sort_by_key(|at| std::cmp::Reverse(timeline.bars[*at].run.duration_ms()));
            chain.truncate(MOST_STEPS);
            chain.sort_unstable_by_key(|at| timeline.bars[*at].run.start_ms);
        }
        for at in &chain {
            let bar = &timeline.bars[*at];
            y += 18.0;
            self.svg.text(LEFT, y, "small end", &brief(bar.run.start_ms));
            self.svg.text(LEFT + 80.0, y, "small end", &brief(bar.run.duration_ms()));
            self.svg.text(LEFT + 160.0, y, "small end dim", &brief(waited(bar)));
            self.svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"10\" height=\"10\" rx=\"2\" class=\"bar {}\"/>",
                Number(LEFT + 184.0),
                Number(y - 9.0),
                self.hue(bar)
            ));
            self.svg.text(LEFT + 200.0, y, "small", &fit(rule(bar), 20));
            let output = fit(&bar.run.output.to_str_lossy(), 110);
            self.svg.text(LEFT + 330.0, y, "small mono", &output);
        }
        if timeline.critical.len() > chain.len() {
            y += 18.0;
            let more = timeline.critical.len() - chain.len();
            self.svg.text(
                LEFT + 330.0,
                y,
                "small dim",
                &format!("and {}", count(more, "shorter one")),
            );
        }
        y + 28.0
    }
}
