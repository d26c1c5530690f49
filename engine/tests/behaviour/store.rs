//! What comes from the store instead of being made, and what never does.

use mbuild_engine::settings::{Check, Environment, StoreSettings};

use crate::harness::Space;

const NOTHING: [&str; 0] = [];

/// Two build directories with the same rules, which share a store.
struct Two {
    one: Space,
    other: Space,
    cache: tempfile::TempDir,
}

impl Two {
    fn new(rules: &str) -> Two {
        let cache = tempfile::tempdir().unwrap();
        let settings = StoreSettings { dir: cache.path().to_owned(), max_bytes: 1 << 30 };
        let space = || {
            let mut space = Space::new(rules);
            space.settings.store = Some(settings.clone());
            space.settings.environment = Environment::Minimal;
            space
        };
        Two { one: space(), other: space(), cache }
    }

    fn write(&self, name: &str, content: &str) {
        self.one.write(name, content);
        self.other.write(name, content);
    }

    fn each(&mut self, mut change: impl FnMut(&mut Space)) {
        change(&mut self.one);
        change(&mut self.other);
    }
}

/// Reads `in` and what `in` names.
const DISCOVERS: &str = "\
rule expand
  command = cat $in `cat $in` > $out && echo \"$out: `cat $in`\" > $out.d
  depfile = $out.d
";

#[test]
fn what_was_made_in_one_folder_is_restored_in_another() {
    let two = Two::new("build mid: cat in\nbuild sub/end: cat mid\n");
    two.write("in", "1");
    assert_eq!(two.one.ran(&[]), ["mid", "sub/end"]);
    let restored = two.other.build(&[]);
    assert_eq!(restored.ran, ["+mid", "+sub/end"]);
    assert_eq!((restored.summary.ran, restored.summary.restored), (0, 2));
    assert_eq!(two.other.read("sub/end"), "1");
    assert_eq!(two.other.ran(&[]), NOTHING, "a restored action is up to date");
}

#[test]
fn a_change_that_is_taken_back_runs_nothing() {
    let two = Two::new("build out: cat in\n");
    for (content, ran) in [("1", "out"), ("2", "out"), ("1", "+out"), ("2", "+out")] {
        two.one.write("in", content);
        assert_eq!(two.one.ran(&[]), [ran]);
        assert_eq!(two.one.read("out"), content);
    }
}

#[test]
fn discovered_dependencies_decide_what_is_restored() {
    let kinds = ["", "  deps = gcc\n"];
    for kind in kinds {
        let two = Two::new(&format!("{DISCOVERS}{kind}build out: expand in\n"));
        two.write("in", "header");
        two.write("header", "1");
        assert_eq!(two.one.ran(&[]), ["out"]);
        assert_eq!(two.other.ran(&[]), ["+out"]);
        assert_eq!(two.other.exists("out.d"), kind.is_empty(), "the depfile is as after a run");
        two.other.write("header", "2");
        assert_eq!(two.other.ran(&[]), ["out"], "the restored action knows its dependencies");
        two.one.write("header", "2");
        assert_eq!(two.one.ran(&[]), ["+out"]);
        assert_eq!(two.one.read("out"), "header2");
    }
}

#[test]
fn what_a_command_printed_is_printed_again() {
    let two = Two::new("rule warn\n  command = cp $in $out && echo careful\nbuild out: warn in\n");
    two.write("in", "1");
    assert_eq!(two.one.build(&[]).output, "careful\n");
    let restored = two.other.build(&[]);
    assert_eq!((restored.ran[0].as_str(), restored.output.as_str()), ("+out", "careful\n"));
}

#[test]
fn another_command_input_or_tool_is_not_restored() {
    let two = Two::new("rule run\n  command = ./gen $in > $out\nbuild out: run in\n");
    two.write("in", "1");
    for (space, script) in [(&two.one, "#!/bin/sh\ncat $1"), (&two.other, "#!/bin/sh\ncat $1 $1")] {
        space.write("gen", script);
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(space.path("gen"), mode).unwrap();
        assert_eq!(space.ran(&[]), ["out"]);
    }
    two.other.rules("rule run\n  command = ./gen $in $in > $out\nbuild out: run in\n");
    assert_eq!(two.other.ran(&[]), ["out"]);
    two.other.write("in", "2");
    assert_eq!(two.other.ran(&[]), ["out"]);
}

#[test]
fn an_undeclared_script_keeps_projects_apart() {
    let two = Two::new("rule run\n  command = sh gen.sh $in > $out\nbuild out: run in\n");
    two.write("in", "1");
    two.one.write("gen.sh", "cat $1");
    two.other.write("gen.sh", "cat $1 $1");
    assert_eq!(two.one.ran(&[]), ["out"]);
    assert_eq!(two.other.ran(&[]), ["out"]);
    assert_eq!(two.other.read("out"), "11");
}

#[test]
fn what_must_run_is_not_restored() {
    let rules = "\
rule generate
  command = cp $in $out
  generator = 1
rule link
  command = ln -sf $in $out
build a: cat in
  mbuild_cache = off
build b: generate in
build c: link in
build d: fail in
";
    let mut two = Two::new(rules);
    two.each(|space| space.settings.keep_going = None);
    two.write("in", "1");
    for space in [&two.one, &two.other] {
        let mut ran = space.ran(&[]);
        ran.sort();
        assert_eq!(ran, ["!d", "a", "b", "c"]);
    }
}

#[test]
fn where_commands_see_everything_one_without_inputs_runs() {
    let mut two = Two::new(
        "rule say\n  command = echo 1 > $out\n\
         build out: say\nbuild copy: cat in\nbuild late: say || copy\n",
    );
    two.write("in", "1");
    two.each(|space| space.settings.environment = Environment::Inherit);
    assert_eq!(two.one.ran_sorted(&[]), ["copy", "late", "out"]);
    assert_eq!(two.other.ran_sorted(&[]), ["+copy", "late", "out"]);
    two.each(|space| space.settings.environment = Environment::Minimal);
    two.one.remove("out");
    two.other.remove("out");
    assert_eq!(two.one.ran(&["out"]), ["out"]);
    assert_eq!(two.other.ran(&["out"]), ["+out"]);
}

#[test]
fn what_always_runs_is_not_restored() {
    let two = Two::new(
        "build FORCE: phony\nbuild through: phony FORCE\nbuild a: cat in | FORCE\n\
         build b: cat in | through\nrule clock\n  command = date +%N > $out\n\
         build c: clock || FORCE\n",
    );
    two.write("in", "1");
    assert_eq!(two.one.ran_sorted(&[]), ["a", "b", "c"]);
    assert_eq!(two.one.ran_sorted(&["a", "b"]), ["a", "b"]);
    assert_eq!(two.other.ran_sorted(&[]), ["a", "b", "c"]);
}

#[test]
fn a_stamp_is_not_restored_without_what_it_stands_for() {
    let two = Two::new(
        "rule unpack\n  command = mkdir -p tree && cp $in tree/file && touch $out\n\
         build stamp: unpack in\n",
    );
    two.write("in", "1");
    for space in [&two.one, &two.other] {
        assert_eq!(space.ran(&[]), ["stamp"]);
        assert_eq!(space.read("tree/file"), "1");
    }
}

#[test]
fn an_input_that_may_be_run_is_another_one() {
    let two = Two::new(
        "rule r\n  command = test -x $in && echo yes > $out || echo no > $out\nbuild out: r in\n",
    );
    two.write("in", "1");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(two.one.path("in"), mode).unwrap();
    assert_eq!(two.one.ran(&[]), ["out"]);
    assert_eq!(two.other.ran(&[]), ["out"]);
    assert_eq!((two.one.read("out"), two.other.read("out")), ("yes\n".into(), "no\n".into()));
}

#[test]
fn a_script_or_program_that_changes_under_its_command_proves_nothing() {
    let change = "sleep 0.02; printf '#!/bin/sh\\ncat $$1 $$1' > gen.sh";
    for (call, next) in [("sh gen.sh", vec![]), ("./gen.sh", vec!["out"])] {
        let two = Two::new(&format!(
            "rule run\n  command = {call} $in > $out; {change}\nbuild out: run in\n"
        ));
        two.write("in", "1");
        for space in [&two.one, &two.other] {
            space.write("gen.sh", "#!/bin/sh\ncat $1");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(space.path("gen.sh"), mode).unwrap();
            assert_eq!(space.ran(&[]), ["out"], "{call}");
        }
        assert_eq!(two.one.ran(&[]), next, "{call}");
    }
}

#[test]
fn the_same_program_in_another_folder_is_another_one_unless_the_rule_says_what_it_is() {
    for (tool, ran) in [("", "out"), ("  mbuild_tool = gen-1\n", "+out")] {
        let mut two = Two::new("");
        for (space, folder) in [(&mut two.one, "a"), (&mut two.other, "b")] {
            space.rules(&format!("rule r\n  command = {folder}/gen $out\nbuild out: r\n{tool}"));
            let program = format!("{folder}/gen");
            space.write(&program, "#!/bin/sh\ncat `dirname $0`/data > $1");
            space.write(&format!("{folder}/data"), folder);
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            std::fs::set_permissions(space.path(&program), mode).unwrap();
        }
        assert_eq!(two.one.ran(&[]), ["out"]);
        assert_eq!(two.other.ran(&[]), [ran]);
    }
}

#[test]
fn libraries_and_argument_files_keep_projects_apart() {
    // The test reads both in a way that the engine cannot see.
    let two = Two::new(
        "rule link\n  command = cat $in `cat list` > $out; : @args -Llib -L . -lx -lm\n\
         build out: link in\n",
    );
    two.write("list", "lib/libx.a args");
    two.write("in", "1");
    two.write("args", "1");
    two.write("lib/libx.a", "1");
    assert_eq!(two.one.ran(&[]), ["out"]);
    assert_eq!(two.other.ran(&[]), ["+out"]);
    for (round, file) in ["args", "lib/libx.a"].into_iter().enumerate() {
        two.other.write(file, "2");
        two.other.remove("out");
        assert_eq!(two.other.ran(&[]), ["out"], "{file} in round {round}");
    }
}

#[test]
fn by_time_stamps_nothing_is_restored() {
    let mut two = Two::new("build out: cat in\n");
    two.write("in", "1");
    two.each(|space| space.settings.check = Some(Check::Mtime));
    assert_eq!(two.one.ran(&[]), ["out"]);
    assert_eq!(two.other.ran(&[]), ["out"]);
}

#[test]
fn a_damaged_store_costs_work_and_is_said() {
    let two = Two::new("build out: cat in\n");
    two.write("in", &"large ".repeat(10_000));
    assert_eq!(two.one.ran(&[]), ["out"]);
    let mut damaged = 0;
    for folder in std::fs::read_dir(two.cache.path().join("v1/blobs")).unwrap() {
        for blob in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let blob = blob.unwrap().path();
            std::fs::remove_file(&blob).unwrap();
            std::fs::write(&blob, "damaged").unwrap();
            damaged += 1;
        }
    }
    assert_eq!(damaged, 1);
    let repaired = two.other.build(&[]);
    assert_eq!(repaired.ran, ["out"]);
    assert_eq!(repaired.repaired.len(), 1, "{:?}", repaired.repaired);
    two.one.remove("out");
    let sound = two.one.build(&[]);
    assert_eq!((sound.ran[0].as_str(), sound.repaired.len()), ("+out", 0));
    assert_eq!(two.one.read("out"), two.one.read("in"));
}

#[test]
fn a_store_that_cannot_be_opened_is_said_and_done_without() {
    let two = Two::new("build out: cat in\n");
    two.write("in", "1");
    std::fs::write(two.cache.path().join("v1"), "a file").unwrap();
    let happened = two.one.build(&[]);
    assert_eq!(happened.ran, ["out"]);
    assert!(
        happened.warnings[0].starts_with("building without the store"),
        "{:?}",
        happened.warnings
    );
}
