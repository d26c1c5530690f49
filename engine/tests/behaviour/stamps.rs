//! Decisions by time stamps, as Ninja takes them.

use std::time::{Duration, SystemTime};

use mbuild_engine::event::Reason;
use mbuild_engine::settings::Check;

use crate::harness::Space;

const NOTHING: [&str; 0] = [];

fn by_time(rules: &str) -> Space {
    let mut space = Space::new(rules);
    space.settings.check = Some(Check::Mtime);
    space
}

/// Writes a source that is older than everything made from now on.
fn old(space: &Space, name: &str, content: &str) {
    space.write(name, content);
    let file = std::fs::File::options().append(true).open(space.path(name)).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(10)).unwrap();
}

#[test]
fn a_touched_input_runs_all_that_depends_on_it() {
    let space = by_time("build mid: cat in\nbuild end: cat mid\n");
    old(&space, "in", "1");
    assert_eq!(space.ran(&[]), ["mid", "end"]);
    assert_eq!(space.ran(&[]), NOTHING);
    std::thread::sleep(Duration::from_millis(20));
    space.touch("in");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["mid", "end"]);
    let older = Reason::Older { output: "mid".into(), input: "in".into() };
    assert_eq!(happened.why("mid"), [older]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn restat_stops_what_comes_after_an_untouched_output() {
    let space = by_time(
        "rule same\n  command = cmp -s $in $out || cp $in $out\n  restat = 1\n\
         build mid: same in\nbuild end: cat mid\n",
    );
    old(&space, "in", "1");
    assert_eq!(space.ran(&[]), ["mid", "end"]);
    std::thread::sleep(Duration::from_millis(20));
    space.touch("in");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["mid"]);
    assert_eq!(happened.cut_off, ["end"]);
    assert_eq!(space.ran(&[]), NOTHING);
    std::thread::sleep(Duration::from_millis(20));
    space.write("in", "2");
    assert_eq!(space.ran(&[]), ["mid", "end"]);
}

#[test]
fn an_output_that_no_record_knows_is_made_again() {
    let space = by_time("build out: cat in\n");
    old(&space, "in", "1");
    space.write("out", "1");
    assert_eq!(space.ran(&[]), ["out"]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn discovered_files_count_as_well() {
    let space = by_time(
        "rule cc\n  command = cp $in $out && printf '$out: h\\n' > $out.d\n  depfile = $out.d\n\
         \x20 deps = gcc\nbuild a: cc in\n",
    );
    old(&space, "in", "1");
    old(&space, "h", "1");
    assert_eq!(space.ran(&[]), ["a"]);
    assert_eq!(space.ran(&[]), NOTHING);
    std::thread::sleep(Duration::from_millis(20));
    space.touch("h");
    assert_eq!(space.ran(&[]), ["a"]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn an_input_touched_by_its_command_means_one_more_run() {
    let space = by_time(
        "rule r\n  command = test -f once || touch -d '+1 hour' in; touch once; cp in out\n\
                         build out: r in\n",
    );
    old(&space, "in", "1");
    assert_eq!(space.ran(&[]), ["out"]);
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["out"]);
}
