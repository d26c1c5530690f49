//! The time axis of the picture and what runs along it: how many actions ran, and how many were ready.

use std::fmt::Write;

use mbuild_engine::timeline::Steps;

use super::{LEFT, Picture, RIGHT, STRIP, WIDTH};
use crate::draw::svg::Number;
use crate::report::text::duration;

impl Picture<'_> {
    /// The time axis, through all that shares it.
    pub(super) fn grid(&mut self, top: f64, bottom: f64) {
        let step = tick(self.timeline.end_ms);
        let mut at = 0;
        while at <= self.timeline.end_ms {
            let x = self.x(at);
            self.svg.line((x, top), (x, bottom), "line");
            let class = if x > WIDTH - RIGHT - 20.0 { "tick end" } else { "tick mid" };
            self.svg.text(x.min(WIDTH - 4.0), top - 5.0, class, &time(at, step));
            at += step;
        }
    }

    /// How much of something there was, as an area.
    pub(super) fn strip(&mut self, y: f64, name: &str, steps: &Steps, most: usize, class: &str) {
        self.label(y, STRIP, name);
        let base = y + STRIP;
        self.svg.line((LEFT, base), (WIDTH - RIGHT, base), "line");
        self.svg.text(LEFT - 10.0, y + 6.0, "tick end", &most.to_string());
        self.svg.text(LEFT - 10.0, base + 1.0, "tick end", "0");
        let points = (WIDTH - LEFT - RIGHT) as usize;
        let mut line = format!("M{} {}", Number(LEFT), Number(base));
        let mut last = f64::NAN;
        for (point, number) in averages(steps, self.timeline.end_ms, points).enumerate() {
            let high = base - STRIP * 0.94 * (number / most as f64).min(1.0);
            if (high - last).abs() > 0.05 || last.is_nan() {
                let _ = write!(line, "H{}V{}", Number(LEFT + point as f64), Number(high));
                last = high;
            }
        }
        let _ = write!(line, "H{}V{}Z", Number(WIDTH - RIGHT), Number(base));
        self.svg.add(format_args!("<path d=\"{line}\" class=\"{class}\"/>"));
    }
}

/// The averages of steps over as many equal spans.
fn averages(steps: &Steps, end_ms: u64, spans: usize) -> impl Iterator<Item = f64> {
    let whole = end_ms.max(1) as f64 / spans.max(1) as f64;
    let mut next = 0;
    (0..spans).map(move |span| {
        let (from, to) = (span as f64 * whole, (span + 1) as f64 * whole);
        // The step that holds at the beginning of the span.
        while steps.get(next + 1).is_some_and(|step| step.0 as f64 <= from) {
            next += 1;
        }
        let mut sum = 0.0;
        for (at, step) in steps.iter().enumerate().skip(next) {
            let start = (step.0 as f64).max(from);
            if start >= to {
                break;
            }
            let end = steps.get(at + 1).map_or(to, |after| (after.0 as f64).min(to));
            sum += step.1 as f64 * (end - start).max(0.0);
        }
        sum / whole
    })
}

/// The distance of the lines of the grid, in milliseconds: at most twelve, and round.
fn tick(end_ms: u64) -> u64 {
    let mut decade = 1;
    loop {
        for step in [1, 2, 5].map(|digit| digit * decade) {
            if end_ms / step <= 12 {
                return step;
            }
        }
        decade *= 10;
    }
}

fn time(ms: u64, step: u64) -> String {
    match (ms, step) {
        (0, _) => "0".to_owned(),
        (_, 60_000..) => duration(ms),
        (_, 1000..) => format!("{} s", ms / 1000),
        (_, 100..) => format!("{:.1} s", ms as f64 / 1000.0),
        _ => format!("{ms} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn averages_are_weighted_by_time() {
        let steps = vec![(0, 2), (5, 4), (15, 0)];
        assert_eq!(averages(&steps, 20, 2).collect::<Vec<_>>(), [3.0, 2.0]);
        assert_eq!(averages(&vec![(0, 0)], 0, 1).collect::<Vec<_>>(), [0.0]);
    }

    #[test]
    fn the_axis_has_round_numbers() {
        assert_eq!([tick(0), tick(900), tick(4200), tick(600_000)], [1, 100, 500, 50_000]);
        assert_eq!([time(0, 1), time(1500, 500), time(20, 10)], ["0", "1.5 s", "20 ms"]);
    }
}
