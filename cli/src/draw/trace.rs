//! A build's time as a Chrome trace, which chrome://tracing and Perfetto show.

use bstr::ByteSlice;
use mbuild_engine::timeline::{Steps, Timeline};
use serde_json::{Value, json};

use crate::past::said;

/// The process that all rows belong to.
const PROCESS: u32 = 1;

/// The trace as one JSON object.
pub(crate) fn render(timeline: &Timeline) -> String {
    let build = &timeline.build;
    let name = format!("build {}: {}", build.id, build.arguments);
    let mut events = vec![json!({
        "ph": "M", "name": "process_name", "pid": PROCESS, "args": { "name": name },
    })];
    for slot in 0..timeline.slots {
        events.push(json!({
            "ph": "M", "name": "thread_name", "pid": PROCESS, "tid": slot + 1,
            "args": { "name": format!("slot {}", slot + 1) },
        }));
    }
    let mut critical = vec![false; timeline.bars.len()];
    timeline.critical.iter().for_each(|at| critical[*at] = true);
    for (bar, critical) in timeline.bars.iter().zip(critical) {
        let run = &bar.run;
        let reasons: Vec<String> = run.reasons.iter().map(said).collect();
        events.push(json!({
            "ph": "X",
            "name": run.output.to_str_lossy(),
            "cat": bar.rule.as_ref().map_or("other".into(), |rule| rule.to_str_lossy()),
            "pid": PROCESS,
            "tid": bar.slot + 1,
            "ts": run.start_ms * 1000,
            "dur": run.duration_ms() * 1000,
            "args": {
                "outcome": run.outcome,
                "reasons": reasons,
                "ready_ms": run.ready_ms,
                "waited_for": run.after.as_ref().map(|after| after.to_str_lossy()),
                "critical": critical,
            },
        }));
    }
    for (name, steps) in [("running", timeline.running()), ("ready", timeline.ready())] {
        events.extend(counters(name, &steps));
    }
    // The times of actions are milliseconds, so the viewer need not show more.
    json!({ "traceEvents": events, "displayTimeUnit": "ms" }).to_string() + "\n"
}

fn counters(name: &str, steps: &Steps) -> Vec<Value> {
    let counter = |(at, number): &(u64, usize)| {
        json!({
            "ph": "C", "name": name, "pid": PROCESS, "ts": at * 1000, "args": { "actions": number },
        })
    };
    steps.iter().map(counter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::profile_svg::samples;

    #[test]
    fn every_action_is_a_span_of_its_slot() {
        let trace: Value = serde_json::from_str(&render(&samples::timeline())).unwrap();
        let events = trace["traceEvents"].as_array().unwrap();
        let spans: Vec<&Value> = events.iter().filter(|event| event["ph"] == "X").collect();
        assert_eq!(spans.len(), 4);
        assert_eq!(spans[0]["ts"], 0);
        assert_eq!(spans[0]["dur"], 900_000);
        assert_eq!(spans[0]["cat"], "cc");
        assert_eq!(spans[3]["args"]["critical"], true);
        assert!(events.iter().any(|event| event["ph"] == "C" && event["name"] == "ready"));
    }
}
