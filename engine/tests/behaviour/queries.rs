//! What is said of the graph, of the way between two files, and of how long past builds took.

use mbuild_engine::query::links::{Kind, Links};
use mbuild_engine::query::walk::{Follow, Found};
use mbuild_engine::{Error, Loaded, Order, load};

use crate::harness::{Happened, Space};

const ALL: Follow<'_> = Follow { kinds: &Kind::ALL, depth: None };

fn loaded(space: &Space) -> Loaded {
    let mut loaded = load(&space.settings, &mut Happened::default()).unwrap();
    loaded.load_present_dyndeps();
    loaded
}

fn names(links: &Links<'_>, found: &[Found]) -> Vec<String> {
    let name = |found: &Found| {
        String::from_utf8_lossy(links.loaded().manifest().path(found.file)).into_owned()
    };
    found.iter().map(name).collect()
}

fn files(links: &Links<'_>, words: &[&str]) -> Vec<mbuild_rules::FileId> {
    let words: Vec<Vec<u8>> = words.iter().map(|word| word.as_bytes().to_vec()).collect();
    links.find(&words).unwrap()
}

/// One edge of each kind; `read` is known from a depfile only.
const KINDS: &str = "\
rule discover
  command = echo $out: read > $out.d && touch $out
  depfile = $out.d
  deps = gcc
build check: touch
build made: touch
build mid: discover in | also || made |@ check
build end: cat mid
build other: cat in
";

fn with_kinds() -> Space {
    let space = Space::new(KINDS);
    for name in ["in", "also", "read"] {
        space.write(name, "");
    }
    space.build(&[]);
    space
}

#[test]
fn all_kinds_of_dependencies_are_followed_in_both_directions() {
    let space = with_kinds();
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    let end = files(&links, &["end"]);
    let deps = links.deps(&end, ALL);
    assert_eq!(names(&links, &deps), ["mid", "in", "also", "made", "read", "check"]);
    let kinds: Vec<Kind> = deps.iter().map(|found| found.kind).collect();
    assert_eq!(kinds[1..], Kind::ALL);
    let near = links.deps(&end, Follow { depth: Some(1), ..ALL });
    assert_eq!(names(&links, &near), ["mid"]);
    let inputs = links.deps(&end, Follow { kinds: &[Kind::Explicit], ..ALL });
    assert_eq!(names(&links, &inputs), ["mid", "in"]);
    let users = links.rdeps(&files(&links, &["in"]), ALL);
    assert_eq!(names(&links, &users), ["mid", "other", "end"]);
    assert_eq!(names(&links, &links.rdeps(&files(&links, &["read"]), ALL)), ["mid", "end"]);
}

#[test]
fn a_path_names_the_kind_of_each_step() {
    let space = with_kinds();
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    let [end, read, other] = files(&links, &["end", "read", "other"])[..] else { panic!() };
    let path = links.path(end, read, ALL).unwrap();
    assert_eq!(names(&links, &path), ["mid", "read"]);
    assert_eq!([path[0].kind, path[1].kind], [Kind::Explicit, Kind::Discovered]);
    assert_eq!(links.path(read, end, ALL), None);
    assert_eq!(links.path(end, other, ALL), None);
    assert_eq!(links.path(end, end, ALL), Some(Vec::new()));
}

#[test]
fn what_only_one_goal_needs_is_what_no_other_root_comes_to() {
    let space = Space::new(
        "build lib: cat shared\nbuild a.o: cat a.c gen\nbuild gen: cat gen.in\nbuild a: cat a.o lib\n\
         build b: cat b.c lib\nbuild all: phony a b\n",
    );
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    let only = |goals: &[&str]| {
        let mut only = names(&links, &links.only(&files(&links, goals), ALL));
        only.sort();
        only
    };
    assert_eq!(only(&["a"]), ["a.c", "a.o", "gen", "gen.in"]);
    assert_eq!(only(&["gen"]), ["gen.in"]);
    assert_eq!(only(&["a", "b"]), ["a.c", "a.o", "b.c", "gen", "gen.in", "lib", "shared"]);
    assert_eq!(only(&["all"]).len(), 9);
}

#[test]
fn outputs_of_the_same_action_do_not_keep_each_other() {
    let space = Space::new("rule two\n  command = touch $out\nbuild a b: two in\n");
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    assert_eq!(names(&links, &links.only(&files(&links, &["a"]), ALL)), ["in"]);
}

#[test]
fn what_a_dyndep_file_adds_is_an_implicit_input() {
    let space = Space::new("build out: touch || dd\n  dyndep = dd\n");
    space.write("dd", "ninja_dyndep_version = 1\nbuild out: dyndep | extra\n");
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    let deps = links.deps(&files(&links, &["out"]), ALL);
    assert_eq!(names(&links, &deps), ["extra", "dd"]);
    assert_eq!(deps[0].kind, Kind::Implicit);
}

#[test]
fn a_discovered_file_is_suggested_for_a_word_that_is_nearly_its_name() {
    let space = with_kinds();
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    match links.find(&[b"raed".to_vec()]) {
        Err(Error::UnknownGoal { suggestions, .. }) => assert_eq!(suggestions[0], "read"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_chain_of_any_length_can_be_asked_about() {
    let mut rules = String::new();
    for index in 0..100_000 {
        rules += &format!("build {index}: touch {}\n", index + 1);
    }
    let space = Space::new(&rules);
    let loaded = loaded(&space);
    let links = Links::new(&loaded);
    let [first, last] = files(&links, &["0", "100000"])[..] else { panic!() };
    assert_eq!(links.path(first, last, ALL).unwrap().len(), 100_000);
    assert_eq!(links.only(&[first], ALL).len(), 100_000);
}

#[test]
fn the_time_of_a_build_tells_what_waited_for_what() {
    let mut space = Space::new(
        "rule slow\n  command = sleep 0.05 && touch $out\nbuild a: slow\nbuild alias: phony a\n\
         build b: slow alias\nbuild c: slow\n",
    );
    space.settings.jobs = Some(1);
    space.build(&["b", "c"]);
    let loaded = loaded(&space);
    let build = loaded.builds(1).pop().unwrap();
    assert_eq!(build.jobs, Some(1));
    assert!(build.summary.wall_ms >= 150, "{build:?}");
    let timeline = loaded.timeline(build);
    assert_eq!(timeline.slots, 1);
    let bar = |output: &[u8]| timeline.bars.iter().find(|bar| bar.run.output == output).unwrap();
    // Through the phony name.
    assert_eq!(bar(b"b").run.after.as_deref(), Some(b"a".as_slice()));
    assert!(bar(b"b").run.ready_ms >= bar(b"a").run.end_ms);
    assert_eq!(
        (bar(b"a").run.after.as_deref(), bar(b"a").run.ready_ms <= bar(b"a").run.start_ms),
        (None, true)
    );
    assert!(bar(b"c").run.start_ms >= bar(b"c").run.ready_ms + 50);
    assert_eq!(bar(b"a").rule.as_deref(), Some(b"slow".as_slice()));
    assert!(timeline.utilisation() > 0.5);
    let critical = timeline.critical.iter().map(|at| timeline.bars[*at].run.output.as_slice());
    assert_eq!(critical.collect::<Vec<_>>(), [b"a", b"b"]);
}

#[test]
fn the_history_knows_what_runs_most_often_and_longest() {
    let space = Space::new(
        "rule slow\n  command = sleep 0.1 && touch $out\nbuild often: cat in\nbuild slow: slow\n",
    );
    for content in ["1", "2", "3"] {
        space.write("in", content);
        space.build(&[]);
    }
    let loaded = loaded(&space);
    let often = loaded.most(Order::Often, 10);
    let counts: Vec<_> = often.iter().map(|runs| (runs[0].output.clone(), runs.len())).collect();
    assert_eq!(counts, [(b"often".to_vec(), 3)]);
    assert_eq!(often[0][0].build, 3);
    assert_eq!(loaded.most(Order::Slow, 1)[0][0].output, b"slow");
    assert_eq!(loaded.past_build(2).unwrap().id, 2);
    assert_eq!(loaded.past_build(9), None);
}
