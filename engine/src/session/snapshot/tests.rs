//! After a build the snapshot answers, and after any change that matters it does not.

use std::fs;
use std::path::Path;

use super::*;
use crate::session::space::{Notes, RULES, Space};
use crate::settings::Environment;

#[test]
fn the_first_build_leaves_an_answer_behind_and_the_second_uses_it() {
    let space = Space::new(RULES);
    assert_eq!(space.answer(&[]), None);
    assert_eq!(space.build(&[]).ran, 3);
    assert_eq!(space.answer(&[]), Some(3));
    let summary = space.build(&[]);
    assert_eq!((summary.ran, summary.actions), (0, 3));
}

#[test]
fn whatever_changes_takes_a_plan() {
    type Change = fn(&Space);
    let changes: [(&str, Change); 9] = [
        ("source", |space| fs::write(space.path("a.c"), "changed").unwrap()),
        ("discovered header", |space| fs::write(space.path("h"), "changed").unwrap()),
        ("removed output", |space| fs::remove_file(space.path("a.o")).unwrap()),
        ("edited output", |space| fs::write(space.path("all"), "changed").unwrap()),
        ("removed source", |space| fs::remove_file(space.path("b.c")).unwrap()),
        ("rule file", |space| {
            fs::write(space.path("build.ninja"), RULES.replace("cat $in >", "cat < $in >"))
                .unwrap();
        }),
        ("another rule file", |space| {
            fs::rename(space.path("build.ninja"), space.path("old")).unwrap();
            fs::write(space.path("build.ninja"), RULES).unwrap();
        }),
        ("state", |space| {
            let state = fs::File::options().append(true).open(space.path(".mbuild/state.db"));
            state.unwrap().set_modified(std::time::UNIX_EPOCH).unwrap();
        }),
        ("open state", |space| fs::write(space.path(".mbuild/state.db-wal"), "").unwrap()),
    ];
    for (what, change) in changes {
        let space = Space::new(RULES);
        space.build(&[]);
        assert_eq!(space.answer(&[]), Some(3), "before: {what}");
        change(&space);
        assert_eq!(space.answer(&[]), None, "after: {what}");
    }
}

#[test]
fn other_goals_and_other_settings_are_other_questions() {
    let mut space = Space::new(RULES);
    space.build(&[]);
    assert_eq!(space.answer(&["other"]), None);
    assert_eq!(space.build(&["a.o"]).ran, 0);
    // Nothing was written to the state, so both hold.
    assert_eq!((space.answer(&["a.o"]), space.answer(&[])), (Some(1), Some(3)));
    assert_eq!(space.build(&["other"]).ran, 1);
    assert_eq!((space.answer(&["other"]), space.answer(&[])), (Some(1), None));
    space.settings.environment = Environment::Minimal;
    assert_eq!(space.answer(&["other"]), None);
    space.settings.environment = Environment::Inherit;
    for check in [Check::Paranoid, Check::Mtime] {
        space.settings.check = Some(check);
        assert_eq!(space.build(&["other"]).failed, 0);
        assert_eq!(space.answer(&["other"]), None);
    }
}

#[test]
fn a_touched_file_takes_a_plan_once() {
    let space = Space::new(RULES);
    space.build(&[]);
    let file = fs::File::options().append(true).open(space.path("a.c")).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(space.answer(&[]), None);
    assert_eq!(space.build(&[]).ran, 0);
    assert_eq!(space.answer(&[]), Some(3));
}

#[test]
fn what_would_run_again_leaves_no_answer() {
    let always = "build force: phony\nbuild out: cat a.c | force\n  pool = console\ndefault out\n";
    let failing = "rule fail\n  command = false\nbuild out: fail a.c\ndefault out\n";
    let unmade = "rule forget\n  command = true\nbuild out: forget a.c\ndefault out\n";
    // The second command changes what the first has read.
    let late = "rule change\n  command = cp b.c h && touch $out\n\
                build late: change a.c || a.o\nbuild out: cat late\ndefault a.o out\n";
    // What it turns out to read is made by an action that nobody asked for: that counts from now on.
    let outside = "build h: cat h.in\nbuild out: cc a.c\ndefault out\n";
    for extra in [always, failing, unmade, late, outside] {
        let space = Space::new(&RULES.replace("default all\n", extra));
        space.build(&[]);
        assert_eq!(space.answer(&[]), None, "{extra}");
    }
}

#[test]
fn a_file_written_in_the_last_tick_is_read_again_before_it_is_relied_on() {
    let space = Space::new(RULES);
    for round in 0..20 {
        fs::write(space.path("a.c"), format!("round {round}")).unwrap();
        space.build(&[]);
        assert_eq!(space.answer(&[]), Some(3), "round {round}");
        // The same size, maybe in the same tick.
        fs::write(space.path("a.c"), format!("ROUND {round}")).unwrap();
        assert_eq!(space.build(&[]).ran, 2, "round {round}");
    }
}

#[test]
fn a_damaged_answer_is_said_and_replaced() {
    let space = Space::new(RULES);
    space.build(&[]);
    let folder = space.path(".mbuild/snapshot");
    let mut places = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let place = places.find(|place| place.extension().is_none()).unwrap();
    fs::write(&place, "noise").unwrap();
    let mut notes = Notes::default();
    crate::build(&space.settings, &[], &mut notes).unwrap();
    assert_eq!(notes.0, ["it was damaged, everything is checked anew"]);
    assert_eq!(space.answer(&[]), Some(3));
}

#[test]
fn what_changed_under_an_action_that_did_not_run_leaves_no_answer() {
    let rules = "\
rule edit
  command = cp $in s && touch $out
rule cat
  command = cat $in > $out
build clean: cat s
build edit: edit a.c
build dirty: cat s b.c || edit
";
    let space = Space::new(rules);
    fs::write(space.path("s"), "a").unwrap();
    while space.build(&[]).ran > 0 {}
    assert_eq!(space.answer(&[]), Some(3));
    // `s` is changed while the build runs, after `clean` was found up to date and before `dirty` reads it.
    fs::write(space.path("a.c"), "changed").unwrap();
    fs::write(space.path("b.c"), "changed").unwrap();
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(space.answer(&[]), None);
    assert_eq!(space.build(&[]).ran, 1);
    assert_eq!(fs::read_to_string(space.path("clean")).unwrap(), "changed");
    assert_eq!(space.answer(&[]), Some(3));
}

#[test]
fn what_was_discovered_and_is_made_by_an_action_that_nobody_planned_leaves_no_answer() {
    let rules = RULES.replace("default all", "build h: cat b.c\ndefault a.o");
    let space = Space::new(&rules);
    assert_eq!(space.build(&[]).ran, 1);
    assert_eq!(space.answer(&[]), None);
    // `h` is known to be needed now, and was not made from `b.c`.
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(space.answer(&[]), Some(2));
}

#[test]
fn what_does_not_wait_for_what_it_discovered_is_looked_at_again() {
    let space = Space::new(&RULES.replace("default all", "default a.o"));
    space.build(&[]);
    // `h` now comes from the very output whose depfile names it.
    let rules = RULES.replace("default all", "build h: cat b.c || a.o\ndefault h");
    fs::write(space.path("build.ninja"), rules).unwrap();
    while space.build(&[]).ran > 0 {}
    fs::write(space.path("b.c"), "changed").unwrap();
    assert_eq!(space.build(&[]).ran, 1);
    assert_eq!(space.answer(&[]), None);
    assert_eq!(space.build(&[]).ran, 1);
}

#[test]
fn signatures_taken_for_other_rules_are_not_used() {
    let space = Space::new(RULES);
    space.build(&[]);
    fs::write(space.path("a.c"), "changed").unwrap();
    let mut lock = |_: &Path, _: &mut dyn Sink| Ok(Hold::Ours { waited: false });
    let mut notes = Notes::default();
    let answer = consult(&space.settings, &[], &mut notes, &mut lock).unwrap();
    let Answer::Changed(changed) = answer else { panic!("`a.c` has changed") };
    let ahead = changed.ahead();
    assert!(!ahead.signatures.is_empty());
    // The rule file changes right after the snapshot was compared: other files have these ids now.
    let rules = RULES.replacen("build a.o", "build new: cat b.c\nbuild a.o", 1);
    fs::write(space.path("build.ninja"), rules).unwrap();
    let purpose = crate::loaded::Purpose::Build { everything: false };
    let mut loaded = Loaded::new(&space.settings, purpose, ahead, &mut notes, &mut lock).unwrap();
    let files = loaded.goals(&[b"new".to_vec(), b"all".to_vec()]).unwrap();
    loaded.look_at(&files).unwrap();
    let missing: Vec<bool> = files.iter().map(|file| loaded.files.missing(*file)).collect();
    assert_eq!(missing, [true, false]);
}
