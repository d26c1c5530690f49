//! Damage, interrupts, second invocations: nothing of it ever looks up to date.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use mbuild_engine::event::Reason;

use crate::harness::{Happened, Space};

const NOTHING: [&str; 0] = [];

fn state(space: &Space) -> std::path::PathBuf {
    space.path(".mbuild/state.db")
}

#[test]
fn a_damaged_state_is_set_aside_and_the_work_done_again() {
    type Damage = fn(&Space);
    let damages: [(&str, Damage); 4] = [
        ("garbage", |space| fs::write(state(space), vec![0x5a; 70_000]).unwrap()),
        ("a short file", |space| {
            fs::File::options().write(true).open(state(space)).unwrap().set_len(20_000).unwrap();
        }),
        ("no header", |space| fs::write(state(space), b"SQLite").unwrap()),
        ("another version", |space| {
            let mut bytes = fs::read(state(space)).unwrap();
            bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
            fs::write(state(space), bytes).unwrap();
        }),
    ];
    for (what, damage) in damages {
        let space = Space::new("build a: cat in\nbuild b: cat a\n");
        space.write("in", "1");
        space.build(&[]);
        damage(&space);
        space.write("in", "2");
        let happened = space.build(&[]);
        assert_eq!(happened.repaired.len(), 1, "{what}");
        assert_eq!(happened.ran, ["a", "b"], "{what}");
        assert_eq!(space.read("b"), "2", "{what}");
        assert!(space.exists(".mbuild/state.db.damaged"), "{what}");
        assert_eq!(space.ran(&[]), NOTHING, "{what}");
    }
}

#[test]
fn damage_in_the_middle_of_the_state_never_looks_up_to_date() {
    let rules: String = (0..100).map(|i| format!("build out{i}: cat in{i}\n")).collect();
    for position in [5_000, 40_000, 80_000] {
        let space = Space::new(&rules);
        for i in 0..100 {
            space.write(&format!("in{i}"), &i.to_string());
        }
        space.build(&[]);
        let mut bytes = fs::read(state(&space)).unwrap();
        let end = (position + 4_000).min(bytes.len());
        for byte in bytes.get_mut(position..end).unwrap_or_default() {
            *byte ^= 0xff;
        }
        fs::write(state(&space), bytes).unwrap();
        for i in 0..100 {
            space.write(&format!("in{i}"), &format!("{i} changed"));
        }
        space.build(&[]);
        for i in 0..100 {
            assert_eq!(space.read(&format!("out{i}")), format!("{i} changed"), "at {position}");
        }
        // Damage that only writing met is repaired at the end of the build.
        space.build(&[]);
        assert_eq!(space.ran(&[]), NOTHING, "at {position}");
    }
}

#[test]
fn a_deleted_state_costs_work_only() {
    let space = Space::new("build a: cat in\n");
    space.write("in", "1");
    space.build(&[]);
    fs::remove_dir_all(space.path(".mbuild")).unwrap();
    let happened = space.build(&[]);
    assert_eq!(happened.why("a"), [Reason::NeverRan]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn the_output_of_a_failed_command_never_looks_fresh() {
    let space =
        Space::new("rule half\n  command = cat $in > $out && test ! -f broken\nbuild a: half in\n");
    space.write("in", "1");
    assert_eq!(space.ran(&[]), ["a"]);
    space.write("in", "2");
    space.write("broken", "");
    assert_eq!(space.ran(&[]), ["!a"]);
    space.write("in", "1");
    space.remove("broken");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["a"]);
    assert_eq!(happened.why("a")[0], Reason::FailedLastTime);
    assert_eq!(space.read("a"), "1");
}

#[test]
fn an_interrupt_removes_touched_outputs_except_those_of_generators() {
    let space = Space::new(
        "rule stop\n  command = printf half > $out; printf x > $out.d; kill -INT $$$$\n\
         \x20 depfile = $out.d\nrule gen\n  command = printf half > $out; kill -INT $$$$\n\
         \x20 generator = 1\nrule keep\n  command = kill -INT $$$$; : $out\n\
         build a: stop\nbuild g: gen\nbuild k: keep\n",
    );
    let happened = space.build(&["a"]);
    assert_eq!(happened.ran, ["^a"]);
    assert!(happened.summary.interrupted);
    assert!(!space.exists("a") && !space.exists("a.d"));
    assert_eq!(space.ran(&["g"]), ["^g"]);
    assert!(space.exists("g"));
    space.write("k", "before");
    assert_eq!(space.ran(&["k"]), ["^k"]);
    assert_eq!(space.read("k"), "before");
}

#[test]
fn a_folder_for_state_that_cannot_be_written_is_warned_about() {
    let mut space = Space::new("build a: cat in\n");
    space.write("in", "1");
    space.write("state", "a file where the folder should be");
    space.settings.state_dir = Some("state".into());
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["a"]);
    assert!(!happened.warnings.is_empty());
    assert_eq!(space.ran(&[]), ["a"]);
}

#[test]
fn the_state_may_be_read_only() {
    let space = Space::new("build a: cat in\n");
    space.write("in", "1");
    space.build(&[]);
    fs::set_permissions(state(&space), fs::Permissions::from_mode(0o444)).unwrap();
    assert_eq!(space.ran(&[]), NOTHING);
    space.write("in", "2");
    assert_eq!(space.ran(&[]), ["a"]);
    assert_eq!(space.read("a"), "2");
}

#[test]
fn two_invocations_take_turns() {
    let space = Space::new("rule slow\n  command = sleep 0.3 && touch $out\nbuild a: slow\n");
    let (one, other) = std::thread::scope(|scope| {
        let one = scope.spawn(|| space.ran(&[]));
        std::thread::sleep(Duration::from_millis(100));
        let other = scope.spawn(|| space.ran(&[]));
        (one.join().unwrap(), other.join().unwrap())
    });
    assert_eq!(one, ["a"]);
    assert_eq!(other, NOTHING);
}

#[test]
fn rule_files_that_changed_during_the_wait_are_read_again() {
    let slow = "rule slow\n  command = touch begun; sleep 0.3; touch $out\nbuild a: slow\n";
    let space = Space::new(slow);
    let other = std::thread::scope(|scope| {
        let one = scope.spawn(|| space.ran(&[]));
        while !space.exists("begun") {
            std::thread::sleep(Duration::from_millis(1));
        }
        let other = scope.spawn(|| space.ran(&[]));
        std::thread::sleep(Duration::from_millis(100));
        space.rules(&format!("{slow}build b: touch\n"));
        one.join().unwrap();
        other.join().unwrap()
    });
    assert_eq!(other, ["b"]);
}

#[test]
fn a_very_long_chain_is_an_ordinary_graph() {
    let mut rules = String::from("rule none\n  command = false\n");
    for i in 0..200_000 {
        rules += &format!("build f{i}: none f{}\n", i + 1);
    }
    let mut space = Space::new(&rules);
    space.write("f200000", "");
    space.settings.dry_run = true;
    assert_eq!(space.ran(&["f0"]).len(), 200_000);
    space.rules(&format!("{rules}build f200000: none f0\n"));
    assert!(space.error(&["f0"]).starts_with("dependency cycle: f0 -> f1 -> f2 -> "));
}

#[test]
fn an_edit_in_the_same_tick_with_the_same_size_is_seen() {
    let space = Space::new("build a: cat in\n");
    for round in 0..20 {
        let content = if round % 2 == 0 { "x" } else { "y" };
        space.write("in", content);
        space.build(&[]);
        assert_eq!(space.read("a"), content);
    }
}

#[test]
fn a_time_stamp_set_back_does_not_hide_a_change() {
    let space = Space::new("build a: cat in\n");
    space.write("in", "1");
    let before = fs::metadata(space.path("in")).unwrap().modified().unwrap();
    space.build(&[]);
    space.write("in", "2");
    let file = fs::File::options().append(true).open(space.path("in")).unwrap();
    file.set_modified(before).unwrap();
    assert_eq!(space.ran(&[]), ["a"]);
    assert_eq!(space.read("a"), "2");
}

#[test]
fn a_history_of_absurd_times_can_be_added_up() {
    let space = Space::new("build a: touch\nbuild b: touch\n");
    space.build(&[]);
    let state = rusqlite::Connection::open(space.path(".mbuild/state.db")).unwrap();
    for end in [i64::MIN, i64::MAX] {
        state.execute("UPDATE run SET start_ms = 0, end_ms = ?1", [end]).unwrap();
        let loaded = mbuild_engine::load(&space.settings, &mut Happened::default()).unwrap();
        let timeline = loaded.timeline(loaded.builds(1).remove(0));
        assert_eq!(timeline.bars.len(), 2);
        assert!(timeline.critical_ms() <= timeline.busy_ms());
        assert!(timeline.utilisation() <= 1.0);
    }
}

#[test]
fn a_header_that_is_what_it_was_again_after_an_edit_was_edited() {
    let rules = "rule cc\n  command = cat h > $out && : > h && echo 1 > h && echo $out: h > d\n  \
                 depfile = d\nbuild a: cc in\n";
    let space = Space::new(&rules.replace(": > h && echo 1 > h &&", ""));
    space.write("h", "1\n");
    space.write("in", "");
    space.build(&[]);
    space.rules(rules);
    assert_eq!(space.ran(&[]), ["a"]);
    let again = space.build(&[]);
    let edited = Reason::EditedWhileRunning { path: "h".to_owned() };
    assert_eq!(again.why("a"), [edited]);
    // A command that does it each time is not run for ever.
    assert_eq!(space.ran(&[]), NOTHING);
}

/// A command this short begins and ends within one tick of the file system's clock, most of the time.
#[test]
fn a_header_edited_in_the_tick_in_which_its_command_began_was_edited() {
    const COUNT: usize = 20;
    let mut rules = String::from(
        "rule cc\n  command = read x < $h; echo 2 > $h; echo $$x > $out; echo $out: $h > $out.d\n  \
         depfile = $out.d\n",
    );
    for index in 0..COUNT {
        rules += &format!("build a{index}: cc in\n  h = h{index}\n");
    }
    let mut space = Space::new(&rules);
    // The others would look at the clock, and so move it on.
    space.settings.jobs = Some(1);
    space.write("in", "");
    for index in 0..COUNT {
        space.write(&format!("h{index}"), "1\n");
    }
    space.build(&[]);
    let again = space.build(&[]);
    for index in 0..COUNT {
        let edited = Reason::EditedWhileRunning { path: format!("h{index}") };
        assert_eq!(again.why(&format!("a{index}")), [edited]);
        assert_eq!(space.read(&format!("a{index}")), "2\n");
    }
}

#[test]
fn a_state_without_a_table_that_is_only_written_is_replaced() {
    let space = Space::new("build a: cat in\n");
    space.write("in", "1");
    space.build(&[]);
    let state = rusqlite::Connection::open(space.path(".mbuild/state.db")).unwrap();
    state.execute("DROP TABLE run", []).unwrap();
    drop(state);
    space.write("in", "2");
    assert_eq!(space.ran(&[]), ["a"]);
    // What that build recorded went with the damage.
    assert_eq!(space.ran(&[]), ["a"]);
    assert_eq!(space.ran(&[]), NOTHING);
}
