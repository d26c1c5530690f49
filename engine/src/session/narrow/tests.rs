//! Which changes are planned by themselves, which take a whole plan, and what is known afterwards.

use std::fs;
use std::path::Path;

use super::*;
use crate::loaded::Hold;
use crate::session::snapshot::{Answer, consult};
use crate::session::space::{Notes, RULES, Space};
use crate::snapshot::links::Lost;

/// A source names the files that it is made of.
const LISTS: &str = "\
rule cc
  command = cat $$(cat $in) > $out && echo \"$out: $$(cat $in)\" > $out.d
  depfile = $out.d
  deps = gcc
rule cat
  command = cat $in > $out
build made: cat h.in
build a.o: cc a.c
build b.o: cc b.c
build all: cat a.o b.o
default all
";

fn hold_with(space: &Space, goals: &[&str], hold: Hold, notes: &mut Notes) -> Changed {
    let goals: Vec<Vec<u8>> = goals.iter().map(|goal| goal.as_bytes().to_vec()).collect();
    let mut lock = |_: &Path, _: &mut dyn Sink| Ok(hold);
    match consult(&space.settings, &goals, notes, &mut lock).unwrap() {
        Answer::Changed(changed) => *changed,
        Answer::NothingToDo { .. } => panic!("nothing has changed"),
        Answer::Unknown => panic!("there is no snapshot"),
    }
}

fn changed(space: &Space, goals: &[&str]) -> Changed {
    hold_with(space, goals, Hold::Ours { waited: false }, &mut Notes::default())
}

/// The outputs that may have to be made, or why that takes a whole plan.
fn planned(space: &Space, goals: &[&str]) -> Result<Vec<String>, Whole> {
    let part = changed(space, goals).load(&space.settings, &mut Notes::default())?;
    let name = |file: &FileId| part.narrow.loaded.name(*file);
    Ok(part.narrow.goals.iter().map(name).collect())
}

fn lists() -> Space {
    let space = Space::new(LISTS);
    for (name, text) in [("a.c", "h"), ("b.c", "h"), ("new", "new")] {
        fs::write(space.path(name), text).unwrap();
    }
    assert_eq!(space.build(&[]).ran, 3);
    assert_eq!(space.answer(&[]), Some(3));
    space
}

#[test]
fn what_a_changed_file_reaches_is_planned_by_itself_again_and_again() {
    let space = Space::new(RULES);
    space.build(&[]);
    for round in 0..3 {
        fs::write(space.path("b.c"), format!("b {round}")).unwrap();
        assert_eq!(planned(&space, &[]), Ok(vec!["b.o".to_owned(), "all".to_owned()]));
        let summary = space.build(&[]);
        assert_eq!((summary.ran, summary.actions), (2, 3));
        assert_eq!(fs::read_to_string(space.path("all")).unwrap(), format!("ahb {round}h"));
        assert_eq!(space.answer(&[]), Some(3), "round {round}");
    }
    fs::write(space.path("h"), "H").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["a.o", "b.o", "all"]);
    assert_eq!(space.build(&[]).ran, 3);
    fs::remove_file(space.path("a.o")).unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["a.o", "all"]);
    assert_eq!(space.build(&[]).ran, 1);
    assert_eq!(space.answer(&[]), Some(3));
}

#[test]
fn a_part_of_the_rule_files_has_the_variables_and_numbers_of_the_whole() {
    #[derive(Default)]
    struct Ids(Vec<(u32, String)>);
    impl Sink for Ids {
        fn event(&mut self, event: &Event<'_>) {
            if let Event::Started { action, .. } = event {
                self.0.push((action.id, String::from_utf8_lossy(action.command).into_owned()));
            }
        }
    }
    let rules = "\
v = one
rule say
  command = cat $in > $out && echo $v $w >> $out
build first: say a.c
  v = own
v = two
build second: say a.c
include more.ninja

# Nothing but a remark.
   # And another one.

build third: say b.c
subninja inner.ninja
build fourth: say third
w = late
# The end.
";
    let space = Space::new(rules);
    fs::write(space.path("more.ninja"), "v = three\nbuild more: say h\n").unwrap();
    let inner = "w = inner\nbuild inner: say b.c\n  # a remark\n  v = bound\n";
    fs::write(space.path("inner.ninja"), inner).unwrap();
    assert_eq!(space.build(&[]).ran, 6);
    fs::write(space.path("b.c"), "changed").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["third", "inner", "fourth"]);
    let mut ids = Ids::default();
    crate::build(&space.settings, &[], &mut ids).unwrap();
    ids.0.sort_unstable();
    let command =
        |from: &str, to: &str, text: &str| format!("cat {from} > {to} && echo {text} >> {to}");
    assert_eq!(
        ids.0,
        [
            (3, command("b.c", "third", "three late")),
            (4, command("b.c", "inner", "bound inner")),
            (5, command("third", "fourth", "three late")),
        ]
    );
    assert_eq!(space.answer(&[]), Some(6));
}

#[test]
fn what_is_discovered_on_the_way_is_reached_later() {
    let space = lists();
    fs::write(space.path("a.c"), "h new").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["a.o", "all"]);
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(space.answer(&[]), Some(3));
    fs::write(space.path("new"), "newer").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["a.o", "all"]);
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(fs::read_to_string(space.path("all")).unwrap(), "hnewerh");
    // It is not read any more.
    fs::write(space.path("a.c"), "h").unwrap();
    assert_eq!(space.build(&[]).ran, 2);
    fs::write(space.path("h"), "H").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["a.o", "b.o", "all"]);
    assert_eq!(space.build(&[]).ran, 3);
    assert_eq!(space.answer(&[]), Some(3));
    fs::write(space.path("new"), "newest").unwrap();
    assert_eq!(planned(&space, &[]), Err(Whole::Lost(Lost::Unused)));
    assert_eq!(space.build(&[]).ran, 0);
}

#[test]
fn what_is_discovered_and_made_by_an_action_that_nobody_planned_leaves_no_answer() {
    let space = lists();
    fs::write(space.path("made"), "old").unwrap();
    fs::write(space.path("a.c"), "made").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["a.o", "all"]);
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(space.answer(&[]), None);
    assert_eq!(space.build(&[]).ran, 3);
    assert_eq!(fs::read_to_string(space.path("all")).unwrap(), "hh");
    assert_eq!(space.answer(&[]), Some(4));
}

#[test]
fn only_what_is_the_same_as_before_is_cut_off() {
    let space = Space::new(RULES);
    space.build(&[]);
    // Another time stamp, the same content.
    fs::write(space.path("b.c"), "b").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["b.o", "all"]);
    assert_eq!(space.build(&[]).ran, 0);
    assert_eq!(space.answer(&[]), Some(3));
}

#[test]
fn what_changes_while_a_part_is_built_leaves_no_answer() {
    // Making `late` changes `s`, which `clean` was made from and which `dirty` then reads.
    let rules = "\
rule edit
  command = cp $in s && touch $out
rule cat
  command = cat $in > $out
build clean: cat s
build late: edit a.c
build dirty: cat s b.c || late
";
    let space = Space::new(rules);
    fs::write(space.path("s"), "a").unwrap();
    while space.build(&[]).ran > 0 {}
    assert_eq!(space.answer(&[]), Some(3));
    fs::write(space.path("a.c"), "changed").unwrap();
    fs::write(space.path("b.c"), "changed").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["late", "dirty"]);
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(space.answer(&[]), None);
    assert_eq!(space.build(&[]).ran, 1);
    assert_eq!(fs::read_to_string(space.path("clean")).unwrap(), "changed");
}

#[test]
fn without_links_all_is_planned() {
    let with_dyndep = "rule cat\n  command = cat $in > $out\n\
                       build a.o: cat a.c || dd\n  dyndep = dd\nbuild b.o: cat b.c\n";
    let space = Space::new(with_dyndep);
    fs::write(space.path("dd"), "ninja_dyndep_version = 1\nbuild a.o: dyndep | h\n").unwrap();
    assert_eq!(space.build(&[]).ran, 2);
    fs::write(space.path("h"), "changed").unwrap();
    assert_eq!(planned(&space, &[]), Err(Whole::NoLinks));
    assert_eq!(space.build(&[]).ran, 1);
}

#[test]
fn damaged_links_are_said_and_replaced() {
    let space = Space::new(RULES);
    space.build(&[]);
    let folder = fs::read_dir(space.path(".mbuild/snapshot")).unwrap();
    let mut places = folder.map(|entry| entry.unwrap().path());
    let place = places.find(|place| place.extension().is_some()).unwrap();
    fs::write(&place, "noise").unwrap();
    fs::write(space.path("b.c"), "changed").unwrap();
    let mut notes = Notes::default();
    crate::build(&space.settings, &[], &mut notes).unwrap();
    assert_eq!(notes.0, ["it was damaged, everything is checked anew"]);
    assert_eq!(space.answer(&[]), Some(3));
    fs::write(space.path("b.c"), "changed again").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["b.o", "all"]);
}

#[test]
fn what_may_mean_more_than_the_links_tell_takes_a_whole_plan() {
    type Change = fn(&Space);
    let generated = "rule generate\n  command = cat conf > $out\n  generator = 1\n\
                     build gen: generate conf\ndefault all gen\n";
    let folder = "build listed: cat a.c | dir\ndefault all listed\n";
    let changes: [(&str, &str, &[&str], Change, Whole); 6] = [
        (
            "a source that is gone",
            "default all\n",
            &[],
            |space| {
                fs::remove_file(space.path("b.c")).unwrap();
            },
            Whole::CameOrWent,
        ),
        (
            "a folder",
            folder,
            &[],
            |space| {
                fs::write(space.path("dir/more"), "").unwrap();
            },
            Whole::Folder,
        ),
        (
            "a generator's input",
            generated,
            &[],
            |space| {
                fs::write(space.path("conf"), "changed").unwrap();
            },
            Whole::Lost(Lost::Generator),
        ),
        (
            "a goal that is a source",
            "default all\n",
            &["b.c"],
            |space| {
                fs::write(space.path("b.c"), "changed").unwrap();
            },
            Whole::Lost(Lost::Unused),
        ),
        (
            "a phony name that is a file now",
            "build name: phony a.c\ndefault all name\n",
            &[],
            |space| fs::write(space.path("name"), "").unwrap(),
            Whole::CameOrWent,
        ),
        (
            "two changes, one of them not for links",
            "default all\n",
            &[],
            |space| {
                fs::write(space.path("a.c"), "changed").unwrap();
                fs::remove_file(space.path("h")).unwrap();
            },
            Whole::CameOrWent,
        ),
    ];
    for (what, rules, goals, change, why) in changes {
        let space = Space::new(&RULES.replace("default all\n", rules));
        fs::write(space.path("conf"), "conf").unwrap();
        fs::create_dir(space.path("dir")).unwrap();
        space.build(goals);
        assert!(space.answer(goals).is_some(), "before: {what}");
        change(&space);
        assert_eq!(planned(&space, goals), Err(why), "after: {what}");
    }
}

#[test]
fn what_somebody_else_does_meanwhile_takes_a_whole_plan() {
    let built = || {
        let space = Space::new(RULES);
        space.build(&[]);
        fs::write(space.path("b.c"), "changed").unwrap();
        space
    };
    let load = |space: &Space, changed: &Changed| {
        changed.load(&space.settings, &mut Notes::default()).map(drop)
    };
    let space = built();
    let looked = hold_with(&space, &[], Hold::Nobody, &mut Notes::default());
    assert_eq!(load(&space, &looked), Err(Whole::NotOurs));

    let looked = changed(&space, &[]);
    fs::write(space.path("build.ninja"), RULES.replace("rule cat", "rule  cat")).unwrap();
    assert_eq!(load(&space, &looked), Err(Whole::Rules));

    let space = built();
    let looked = changed(&space, &[]);
    let state = rusqlite::Connection::open(space.path(".mbuild/state.db")).unwrap();
    state.execute("UPDATE file SET path = 'c.c' WHERE path = CAST('b.c' AS BLOB)", []).unwrap();
    drop(state);
    assert_eq!(load(&space, &looked), Err(Whole::State));
}

#[test]
fn what_ninja_did_takes_a_whole_plan() {
    let mut space = Space::new(RULES);
    space.settings.ninja_logs = true;
    space.build(&[]);
    fs::write(space.path("b.c"), "changed").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["b.o", "all"]);
    assert_eq!(space.build(&[]).ran, 2);
    let log = fs::read_to_string(space.path(".ninja_log")).unwrap();
    let lines = log.lines().filter(|line| line.contains("\tb.o\t")).count();
    assert_eq!(lines, 2, "both runs are in Ninja's log: {log}");
    fs::write(space.path("b.c"), "changed again").unwrap();
    fs::write(space.path(".ninja_log"), log).unwrap();
    assert_eq!(planned(&space, &[]), Err(Whole::Logs));
    assert_eq!(space.build(&[]).ran, 2);
}

#[test]
fn a_folder_that_an_action_makes_stands_for_its_last_run() {
    let rules = "\
rule fill
  command = mkdir -p $out && cp $in $out
rule cat
  command = cat dir/* $in > $out
build dir: fill a.c
build out: cat b.c | dir
";
    let space = Space::new(rules);
    assert_eq!(space.build(&[]).ran, 2);
    fs::write(space.path("b.c"), "changed").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["out"]);
    assert_eq!(space.build(&[]).ran, 1);
    assert_eq!(space.answer(&[]), Some(2));
    fs::write(space.path("a.c"), "changed").unwrap();
    assert_eq!(planned(&space, &[]).unwrap(), ["dir", "out"]);
    assert_eq!(space.build(&[]).ran, 2);
    assert_eq!(fs::read_to_string(space.path("out")).unwrap(), "changedchanged");
}
