//! What can be asked about a build directory.

use mbuild_engine::clean::{Which, clean};
use mbuild_engine::event::Reason;
use mbuild_engine::explain::{Explanation, explain};
use mbuild_engine::load;

use crate::harness::{Happened, Space};

fn explained(space: &Space, goals: &[&str]) -> Vec<Explanation> {
    let goals: Vec<Vec<u8>> = goals.iter().map(|goal| goal.as_bytes().to_vec()).collect();
    explain(&space.settings, &goals, &mut Happened::default()).unwrap()
}

#[test]
fn what_would_run_is_explained_and_so_is_what_ran() {
    let space = Space::new("build mid: cat in\nbuild end: cat mid\n");
    space.write("in", "1");
    let before = explained(&space, &[]);
    assert_eq!(before.len(), 2);
    assert_eq!(before[0].reasons, [Reason::NeverRan]);
    assert_eq!(before[0].last, None);
    space.build(&[]);
    space.write("in", "2");
    let changed = explained(&space, &[]);
    assert_eq!(changed[0].output, b"mid");
    assert_eq!(changed[0].reasons, [Reason::InputChanged { path: "in".into() }]);
    assert!(!changed[0].depends);
    assert_eq!(changed[1].reasons, [Reason::InputOutOfDate { path: "mid".into() }]);
    assert!(changed[1].depends);
    space.build(&[]);
    let after = explained(&space, &["mid"]);
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].reasons, []);
    let last = after[0].last.as_ref().unwrap();
    assert_eq!(last.outcome, "ran");
    assert_eq!(last.reasons, [Reason::InputChanged { path: "in".into() }]);
    assert_eq!(last.build, 2);
}

#[test]
fn builds_and_their_runs_are_remembered() {
    let space = Space::new("build a: touch\nbuild b: fail a\n");
    space.build(&["a"]);
    space.build(&[]);
    space.build(&["a"]);
    let loaded = load(&space.settings, &mut Happened::default()).unwrap();
    let builds = loaded.builds(10);
    let outcomes: Vec<_> = builds.iter().map(|build| build.outcome.as_deref()).collect();
    assert_eq!(outcomes, [Some("failed"), Some("ok")]);
    assert_eq!(builds[0].summary.failed, 1);
    let runs = loaded.runs_of_build(builds[0].id);
    assert_eq!(runs.len(), 1);
    assert_eq!(
        (runs[0].output.as_slice(), runs[0].outcome.as_str()),
        (b"b".as_slice(), "failed 1")
    );
}

#[test]
fn discovered_dependencies_can_be_listed() {
    let space = Space::new(
        "rule cc\n  command = cp $in $out && printf '$out: $in h\\n' > $out.d\n  depfile = $out.d\n\
         \x20 deps = gcc\nbuild a: cc in\nbuild plain: touch\n",
    );
    space.write("in", "");
    space.write("h", "");
    space.build(&[]);
    let loaded = load(&space.settings, &mut Happened::default()).unwrap();
    let file = |name: &str| loaded.resolve(&[name.as_bytes().to_vec()]).unwrap()[0];
    let found = loaded.discovered(file("a")).unwrap();
    assert_eq!(found.paths, [b"h".to_vec()]);
    assert!(found.valid);
    assert_eq!(loaded.discovered(file("plain")), None);
}

#[test]
fn cleaning_removes_what_was_made_and_nothing_else() {
    let space = Space::new(
        "rule gen\n  command = touch $out\n  generator = 1\nbuild a: cat in\nbuild b: cat a\n\
         build c: touch\nbuild g: gen\n",
    );
    space.write("in", "1");
    space.build(&[]);
    let cleaned = |which: Which, generators| {
        let mut happened = Happened::default();
        clean(&space.settings, &which, generators, &mut happened).unwrap().removed
    };
    assert_eq!(cleaned(Which::Goals(vec![b"a".to_vec()]), false), [b"a".to_vec()]);
    assert_eq!(cleaned(Which::Rules(vec![b"touch".to_vec()]), false), [b"c".to_vec()]);
    assert_eq!(cleaned(Which::All, false), [b"b".to_vec()]);
    assert_eq!(cleaned(Which::All, true), [b"g".to_vec()]);
    assert!(space.exists("in"));
    let wrong = Which::Rules(vec![b"none".to_vec()]);
    let error = clean(&space.settings, &wrong, false, &mut Happened::default()).unwrap_err();
    assert_eq!(error.to_string(), "unknown rule 'none'");
}

#[test]
fn dead_outputs_are_removed_unless_somebody_changed_or_uses_them() {
    let space = Space::new("build a: touch\nbuild b: touch\nbuild c: touch\nbuild d: touch\n");
    space.build(&[]);
    space.rules("build d: cat b\n");
    space.write("c", "mine now");
    let cleaned = clean(&space.settings, &Which::Dead, false, &mut Happened::default()).unwrap();
    assert_eq!(cleaned.removed, [b"a".to_vec()]);
    assert!(!space.exists("a") && space.exists("b") && space.exists("c"));
}
