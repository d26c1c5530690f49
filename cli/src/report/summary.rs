//! The last line: what the build did.

use mbuild_engine::event::Summary;

use crate::report::text::{count, duration};

/// The one-line summary of a build.
pub(crate) fn render(summary: &Summary, dry_run: bool) -> String {
    let built = summary.ran + summary.restored;
    if dry_run {
        return if built == 0 {
            "nothing to do".to_owned()
        } else {
            format!("would run {}", count(built, "action"))
        };
    }
    let time = duration(summary.wall_ms);
    if summary.interrupted {
        return format!("interrupted after {time}, {} built", count(built, "action"));
    }
    if summary.failed > 0 {
        return format!("{} failed, {built} built in {time}", count(summary.failed, "action"));
    }
    match (built, summary.restored) {
        (0, _) => "nothing to do".to_owned(),
        (_, 0) => format!("built {} in {time}", count(built, "action")),
        (_, restored) => {
            format!("built {} ({restored} from the store) in {time}", count(built, "action"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_has_its_line() {
        let nothing = Summary { wall_ms: 30, ..Summary::default() };
        assert_eq!(render(&nothing, false), "nothing to do");
        assert_eq!(render(&nothing, true), "nothing to do");
        let some = Summary { ran: 9, restored: 3, wall_ms: 1230, ..Summary::default() };
        assert_eq!(render(&some, false), "built 12 actions (3 from the store) in 1.2 s");
        assert_eq!(render(&some, true), "would run 12 actions");
        let one = Summary { ran: 1, wall_ms: 80, ..Summary::default() };
        assert_eq!(render(&one, false), "built 1 action in 0.1 s");
        let failed = Summary { failed: 1, ..some.clone() };
        assert_eq!(render(&failed, false), "1 action failed, 12 built in 1.2 s");
        let stopped = Summary { interrupted: true, ..some };
        assert_eq!(render(&stopped, false), "interrupted after 1.2 s, 12 actions built");
    }
}
