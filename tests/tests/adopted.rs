//! Generators that somebody else has run: what they made counts, until what they read is edited.

use std::thread::sleep;
use std::time::Duration;

use mbuild_tests::{Project, Space};

const GENERATORS: usize = 30;

/// Longer than the tick of any file system's clock that tests run on.
const TICK: Duration = Duration::from_millis(20);

/// Runs all generators by hand.
fn generate_by_hand(project: &Project<'_>) {
    sleep(TICK);
    for at in 0..GENERATORS {
        project.write(&format!("out/{at}"), project.read(&at.to_string()));
    }
    sleep(TICK);
}

#[test]
fn what_a_generator_reads_counts_as_it_was_when_it_was_looked_at() {
    let space = Space::new();
    let project = space.project("project");
    let mut rules = String::from("rule generate\n  command = cp $in $out\n  generator = 1\n");
    for at in 0..GENERATORS {
        rules += &format!("build out/{at}: generate {at}\n");
        project.write(&at.to_string(), "first");
    }
    project.write("build.ninja", rules);
    generate_by_hand(&project);
    assert_eq!(project.mbuild(&["build"]).ok().ran(), [""; 0]);

    for round in 0_u64..20 {
        project.remove_dir(".mbuild");
        generate_by_hand(&project);
        let mut invocation = project.mbuild(&["build"]);
        let mut build = invocation.start();
        // Some time while files are looked at, read and recorded.
        sleep(Duration::from_micros(round * 1_700 % 17_000));
        for at in 0..GENERATORS {
            project.write(&at.to_string(), format!("round {round}"));
        }
        build.wait().expect("it ends");
        project.mbuild(&["build"]).ok();
        for at in 0..GENERATORS {
            assert_eq!(project.read(&format!("out/{at}")), project.read(&at.to_string()), "{at}");
        }
    }
}
