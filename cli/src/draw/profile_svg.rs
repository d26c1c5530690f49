//! A build's time as a picture: a row for each slot, the critical path, and below them how many actions
//! ran and how many were ready.

mod axis;
mod bars;
mod path;

use std::collections::HashMap;

use bstr::ByteSlice;
use mbuild_engine::timeline::{Bar, Timeline};

use super::svg::{Number, Svg, hues};
use crate::past::outcome;
use crate::report::text::{brief, count, duration, fit, width};

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 28.0;
const STRIP: f64 = 46.0;
/// The height of the row of the critical path.
const PATH: f64 = 24.0;
/// Rows of slots that nothing used are shown up to this many.
const MOST_EMPTY: usize = 16;

const STYLE: &str = "\
.tick { font-size: 10px; fill: #656d76 }
.row { fill: #f6f8fa }
.bar { stroke: #1f2328; stroke-opacity: 0.22; stroke-width: 0.5 }
.store { fill-opacity: 0.45 }
.path { stroke-width: 1.6 }
.link { stroke-width: 1.2; stroke-dasharray: 3 2 }
.used { fill: #7fb0e6; fill-opacity: 0.75 }
.queue { fill: #f4ae6a; fill-opacity: 0.75 }
.full { stroke: #656d76; stroke-dasharray: 4 3; fill: none }
@media (prefers-color-scheme: dark) {
.tick { fill: #8b949e }
.row { fill: #161b22 }
.bar { stroke: #0d1117; stroke-opacity: 0.5 }
.full { stroke: #8b949e }
}
";

/// The picture.
pub(crate) fn render(timeline: &Timeline) -> String {
    Picture::new(timeline).render()
}

struct Picture<'a> {
    timeline: &'a Timeline,
    /// The colour, the number and the time of each rule.
    rules: Vec<(&'a str, u64, String)>,
    hue: HashMap<&'a str, String>,
    row: f64,
    rows: usize,
    svg: Svg,
}

fn rule(bar: &Bar) -> &str {
    // Bytes that are no UTF-8 are as good as no name here.
    bar.rule.as_ref().and_then(|rule| rule.to_str().ok()).unwrap_or("other")
}

impl<'a> Picture<'a> {
    fn new(timeline: &'a Timeline) -> Self {
        let rules = hues(timeline.bars.iter().map(|bar| (rule(bar), bar.run.duration_ms())));
        let hue = rules.iter().map(|(name, _, class)| (*name, class.clone())).collect();
        let rows = match timeline.build.jobs {
            Some(jobs) if jobs <= MOST_EMPTY => timeline.slots.max(jobs),
            _ => timeline.slots,
        };
        let row = match rows {
            0..=8 => 26.0,
            9..=16 => 20.0,
            _ => (420.0 / rows as f64).clamp(5.0, 14.0),
        };
        Self { timeline, rules, hue, row, rows, svg: Svg::new() }
    }

    fn render(mut self) -> String {
        let mut y = self.head();
        y = self.legend(y + 10.0);
        let top = y + 26.0;
        let path = top + 8.0;
        let slots = path + PATH + 14.0;
        let running = slots + self.rows as f64 * self.row + 30.0;
        let ready = running + STRIP + 22.0;
        let bottom = ready + STRIP;
        self.grid(top, bottom);
        self.critical_row(path);
        self.slots(slots);
        let capacity = self.timeline.capacity();
        let steps = self.timeline.running();
        self.strip(running, "running", &steps, capacity, "used");
        let share = running + STRIP - STRIP * 0.94;
        self.svg.line((LEFT, share), (WIDTH - RIGHT, share), "full");
        let steps = self.timeline.ready();
        let most = steps.iter().map(|step| step.1).max().unwrap_or(0).max(1);
        self.strip(ready, "ready", &steps, most, "queue");
        let end = self.steps(bottom + 40.0);
        let build = &self.timeline.build;
        let about = format!("Where the time of build {} went: {}", build.id, build.arguments);
        self.svg.finish(WIDTH, end, &about, (STYLE, ""))
    }

    fn x(&self, ms: u64) -> f64 {
        let whole = self.timeline.end_ms.max(1) as f64;
        LEFT + (WIDTH - LEFT - RIGHT) * (ms as f64 / whole)
    }

    fn head(&mut self) -> f64 {
        let build = &self.timeline.build;
        let summary = &build.summary;
        let title = format!("build {}: {}", build.id, build.arguments);
        self.svg.text(24.0, 34.0, "title", &fit(&title, 110));
        let mut facts =
            vec![format!("{} after {}", outcome(build), duration(self.timeline.end_ms))];
        for (number, what) in [
            (summary.ran, "ran"),
            (summary.restored, "restored"),
            (summary.failed, "failed"),
            (summary.cut_off, "cut off"),
        ] {
            if number > 0 {
                facts.push(format!("{number} {what}"));
            }
        }
        facts.push(match build.jobs {
            Some(jobs) => count(jobs, "job"),
            None => "any number of jobs".to_owned(),
        });
        facts.push(format!("slots used {}", percent(self.timeline.utilisation())));
        let critical = self.timeline.critical_ms();
        let share = critical as f64 / self.timeline.end_ms.max(1) as f64;
        facts.push(format!("critical path {} ({})", brief(critical), percent(share)));
        self.svg.text(24.0, 56.0, "dim", &facts.join("  \u{b7}  "));
        56.0
    }

    fn legend(&mut self, top: f64) -> f64 {
        let mut entries: Vec<(String, String)> = Vec::new();
        let number = |name: &str| self.timeline.bars.iter().filter(|bar| rule(bar) == name).count();
        let (named, rest) = self.rules.split_at(self.rules.len().min(super::svg::HUES));
        for (name, time, class) in named {
            let text = format!("{} \u{d7} {}  {}", number(name), fit(name, 28), brief(*time));
            entries.push((class.clone(), text));
        }
        if !rest.is_empty() {
            let time = rest.iter().map(|(_, time, _)| time).sum();
            entries.push((
                "hx".to_owned(),
                format!("{}  {}", count(rest.len(), "other rule"), brief(time)),
            ));
        }
        let any =
            |what: &str| self.timeline.bars.iter().any(|bar| bar.run.outcome.starts_with(what));
        if any("restored") {
            entries.push(("h0 store".to_owned(), "restored from the store (paler)".to_owned()));
        }
        if any("failed") || any("interrupted") {
            entries.push(("bad".to_owned(), "failed or interrupted".to_owned()));
        }
        let (mut x, mut y) = (24.0, top + 16.0);
        for (class, text) in entries {
            let wide = 22.0 + width(&text) as f64 * 6.6 + 20.0;
            if x + wide > WIDTH - RIGHT && x > 24.0 {
                (x, y) = (24.0, y + 20.0);
            }
            self.svg.add(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"14\" height=\"12\" rx=\"3\" class=\"bar {class}\"/>",
                Number(x),
                Number(y - 10.0)
            ));
            self.svg.text(x + 20.0, y, "", &text);
            x += wide;
        }
        y
    }

    fn hue(&self, bar: &Bar) -> String {
        self.hue.get(rule(bar)).cloned().unwrap_or_else(|| "hx".to_owned())
    }

    fn label(&mut self, y: f64, high: f64, text: &str) {
        self.svg.text(LEFT - 10.0, y + high / 2.0 + 3.5, "tick end", text);
    }
}

fn waited(bar: &Bar) -> u64 {
    bar.run.start_ms.saturating_sub(bar.run.ready_ms)
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

#[cfg(test)]
pub(crate) mod samples {
    //! A hand-made build.

    use mbuild_engine::event::{Reason, Summary};
    use mbuild_engine::timeline::Timeline;
    use mbuild_engine::{PastBuild, PastRun};

    /// Two compilations at once, one restored, and a link that waited for the longer one.
    pub(crate) fn timeline() -> Timeline {
        let run = |output: &str, times: [u64; 3], outcome: &str, after: Option<&str>| PastRun {
            build: 3,
            at: 0,
            output: output.into(),
            ready_ms: times[0],
            after: after.map(Into::into),
            start_ms: times[1],
            end_ms: times[2],
            outcome: outcome.into(),
            reasons: vec![Reason::NeverRan],
        };
        let build = PastBuild {
            id: 3,
            at: 0,
            arguments: "mbuild build <all>".into(),
            outcome: Some("ok".into()),
            summary: Summary { ran: 3, restored: 1, wall_ms: 1600, ..Summary::default() },
            jobs: Some(2),
        };
        let runs = vec![
            run("main.o", [0, 0, 900], "ran", None),
            run("greet.o", [0, 0, 300], "ran", None),
            run("list.o", [0, 310, 320], "restored", None),
            run("hello", [900, 905, 1600], "ran", Some("main.o")),
        ];
        let rule = |at| Some(if at == 3 { b"link".to_vec() } else { b"cc".to_vec() });
        Timeline::new(build, runs, rule, vec![0, 3])
    }
}

#[cfg(test)]
mod tests {
    use mbuild_engine::PastRun;

    use super::*;

    #[test]
    fn the_picture_has_a_row_for_each_slot_and_lists_the_critical_path() {
        let picture = render(&samples::timeline());
        for part in [
            ">slot 1<",
            ">slot 2<",
            "mbuild build &lt;all&gt;",
            "Critical path: 1.6 s in 2 actions, 5 ms of waiting for a slot",
            "3 \u{d7} cc  1.2 s",
            "class=\"bar h0 store\"",
        ] {
            assert!(picture.contains(part), "`{part}` in {picture}");
        }
        assert!(!picture.contains(">slot 3<") && !picture.contains("<script"));
    }

    #[test]
    fn the_picture_of_a_huge_build_is_bounded() {
        let sample = samples::timeline();
        let one = |at: u64| PastRun {
            output: format!("out/{at}").into_bytes(),
            ready_ms: at,
            start_ms: at,
            end_ms: at + 1,
            after: at.checked_sub(1).map(|before| format!("out/{before}").into_bytes()),
            ..sample.bars[0].run.clone()
        };
        let runs = (0..200_000).map(one).collect();
        let all = (0..200_000).collect();
        let timeline = Timeline::new(sample.build, runs, |_| Some(b"cc".to_vec()), all);
        let picture = render(&timeline);
        assert!(picture.len() < 1_000_000, "{}", picture.len());
        assert!(picture.contains("and 199986 shorter ones"));
    }
}
