//! Order-only inputs, phony names, validations, response files, pools and dry runs.

use mbuild_engine::event::Reason;

use crate::harness::Space;

const NOTHING: [&str; 0] = [];

#[test]
fn an_order_only_input_is_made_first_and_does_not_dirty() {
    let space = Space::new("build dep: cat src\nbuild out: cat in || dep\n");
    space.write("src", "1");
    space.write("in", "1");
    assert_eq!(space.ran(&["out"]), ["dep", "out"]);
    space.write("src", "2");
    assert_eq!(space.ran(&["out"]), ["dep"]);
    space.remove("dep");
    assert_eq!(space.ran(&["out"]), ["dep"]);
    assert_eq!(space.ran(&["out"]), NOTHING);
}

#[test]
fn what_is_clean_but_waits_keeps_its_place_in_the_order() {
    let space = Space::new(
        "rule slow\n  command = sleep 0.1 && cat $in > $out\nbuild gen: slow src\n\
         build mid: cat in || gen\nbuild end: cat mid in2\n",
    );
    for file in ["src", "in", "in2"] {
        space.write(file, "1");
    }
    assert_eq!(space.ran(&["end"]), ["gen", "mid", "end"]);
    space.write("src", "2");
    space.write("in2", "2");
    assert_eq!(space.ran(&["end"]), ["gen", "end"]);
}

#[test]
fn a_phony_name_runs_nothing_and_passes_changes_on() {
    let space = Space::new(
        "build all: phony mid\nbuild mid: cat in\nbuild real: phony in2\nbuild out: touch real\n",
    );
    space.write("in", "1");
    space.write("in2", "1");
    assert_eq!(space.ran(&["all"]), ["mid"]);
    assert_eq!(space.ran(&["all", "out"]), ["out"]);
    assert_eq!(space.ran(&["all", "out"]), NOTHING);
    space.write("in2", "2");
    let happened = space.build(&["all", "out"]);
    assert_eq!(happened.ran, ["out"]);
    assert_eq!(happened.why("out"), [Reason::InputChanged { path: "real".into() }]);
}

#[test]
fn a_phony_name_without_inputs_makes_what_uses_it_always_run() {
    let space = Space::new(
        "build always: phony\nbuild out: touch always\nbuild after: touch || always\n\
         build through: phony always\nbuild far: touch through\n",
    );
    space.ran(&["out", "after", "far"]);
    let happened = space.build(&["out", "after", "far"]);
    assert_eq!(happened.summary.ran, 2);
    assert!(!happened.why("far").is_empty());
    assert_eq!(happened.why("out"), [Reason::AlwaysRuns { path: "always".into() }]);
    space.write("always", "");
    space.ran(&["out", "far"]);
    assert_eq!(space.ran(&["out", "after", "far"]), NOTHING);
}

#[test]
fn a_phony_name_that_names_itself_is_warned_about() {
    let mut space = Space::new("build a: phony a\n");
    let happened = space.build(&["a"]);
    assert_eq!(happened.ran, NOTHING);
    assert_eq!(happened.warnings.len(), 1);
    space.settings.phony_cycle_is_error = true;
    assert_eq!(space.error(&["a"]), "dependency cycle: a -> a [-w phonycycle=err]");
}

#[test]
fn validations_run_with_what_they_validate_and_do_not_dirty_it() {
    let space = Space::new("build out: cat in |@ check\nbuild check: cat in2 out\n");
    space.write("in", "1");
    space.write("in2", "1");
    assert_eq!(space.ran(&["out"]), ["out", "check"]);
    space.write("in2", "2");
    assert_eq!(space.ran(&["out"]), ["check"]);
    assert_eq!(space.ran(&["out"]), NOTHING);
}

#[test]
fn validations_may_form_a_circle_but_not_a_cycle() {
    let space = Space::new(
        "build out: touch |@ out2\nbuild out2: touch |@ out\n\
         build o: touch |@ validate\nbuild validate: cat validate_in\n\
         build validate_in: cat validate\n",
    );
    assert_eq!(space.ran(&["out"]), ["out", "out2"]);
    assert_eq!(space.error(&["o"]), "dependency cycle: validate -> validate_in -> validate");
}

#[test]
fn a_folder_that_an_action_makes_changes_with_what_it_is_made_from() {
    let space = Space::new(
        "rule fill\n  command = mkdir -p $out && cp $in $out\n\
         rule use\n  command = cat $in/* > $out\n\
         build made: fill src\nbuild out: use made\nbuild all: phony made\n\
         rule far\n  command = cat made/* > $out\nbuild far: far all\n",
    );
    space.write("src", "1");
    assert_eq!(space.ran_sorted(&["out", "far"]), ["far", "made", "out"]);
    space.write("made/other", "x");
    assert_eq!(space.ran(&["out", "far"]), NOTHING);
    space.write("src", "2");
    assert_eq!(space.ran_sorted(&["out", "far"]), ["far", "made", "out"]);
    assert_eq!(space.read("out"), "x2");
    assert_eq!(space.ran(&["out", "far"]), NOTHING);
}

#[test]
fn a_response_file_is_there_for_the_command_and_kept_when_it_fails() {
    let space = Space::new(
        "rule list\n  command = cp 'dir/$out.rsp' $out$then\n  rspfile = dir/$out.rsp\n\
         \x20 rspfile_content = $content\nbuild out: list\n  content = some text\n\
         build bad: list\n  content = kept\n  then = && false\n",
    );
    assert_eq!(space.ran(&["out"]), ["out"]);
    assert_eq!(space.read("out"), "some text");
    assert!(!space.exists("dir/out.rsp"));
    assert_eq!(space.ran(&["bad"]), ["!bad"]);
    assert_eq!(space.read("dir/bad.rsp"), "kept");
    let rules = space.read("build.ninja").replace("some text", "other text");
    space.write("build.ninja", &rules);
    let happened = space.build(&["out"]);
    assert_eq!(happened.ran, ["out"]);
    assert_eq!(happened.why("out"), [Reason::ResponseFileChanged]);
}

#[test]
fn pools_bound_how_many_run_at_once() {
    let mut space = Space::new(
        "pool two\n  depth = 2\nrule r\n  command = echo + >> log; sleep 0.05; echo - >> log; touch $out\n\
         \x20 pool = two\nbuild a: r\nbuild b: r\nbuild c: r\nbuild d: r\nbuild bad: r\n",
    );
    space.settings.jobs = Some(8);
    assert_eq!(space.ran(&[]).len(), 5);
    let mut running = 0;
    for line in space.read("log").lines() {
        running += if line == "+" { 1 } else { -1 };
        assert!((0..=2).contains(&running));
    }
}

#[test]
fn a_dry_run_lists_all_that_could_run_and_leaves_no_trace() {
    let mut space = Space::new("build mid: cat in\n  restat = 1\nbuild end: cat mid\n");
    space.write("in", "1");
    space.settings.dry_run = true;
    assert_eq!(space.ran(&[]), ["mid", "end"]);
    assert!(!space.exists("mid") && !space.exists(".mbuild"));
    space.settings.dry_run = false;
    assert_eq!(space.ran(&[]), ["mid", "end"]);
    space.settings.dry_run = true;
    assert_eq!(space.ran(&[]), NOTHING);
    space.write("in", "2");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["mid", "end"]);
    assert_eq!(happened.why("end"), [Reason::InputOutOfDate { path: "mid".into() }]);
    assert_eq!(space.read("mid"), "1");
}

#[test]
fn a_rule_file_that_is_an_output_is_made_first_and_read_again() {
    let space = Space::new("");
    let write = |more: &str| {
        space.write(
            "template",
            &format!(
                "rule regen\n  command = cp template build.ninja\n  generator = 1\n\
                 rule touch\n  command = touch $out\nbuild build.ninja: regen template\n{more}"
            ),
        );
    };
    write("build a: touch\n");
    space.write("build.ninja", &space.read("template"));
    assert_eq!(space.ran(&[]), ["a"]);
    write("build a: touch\nbuild b: touch\n");
    assert_eq!(space.ran(&[]), ["build.ninja", "b"]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn an_input_that_changes_while_its_command_runs_proves_nothing() {
    let space = Space::new("rule r\n  command = cp in out && cp next in\nbuild out: r in\n");
    space.write("in", "1");
    space.write("next", "2");
    let happened = space.build(&[]);
    assert_eq!(happened.warnings.len(), 1, "{:?}", happened.warnings);
    let happened = space.build(&[]);
    assert_eq!(happened.why("out"), [Reason::EditedWhileRunning { path: "in".into() }]);
    assert!(happened.warnings.is_empty());
    assert_eq!(space.ran(&[]), NOTHING);
    assert_eq!(space.read("out"), "2");
}

#[test]
fn an_input_that_changes_and_changes_back_proves_nothing() {
    let space = Space::new(
        "rule r\n  command = cp in was && cp next in && cp in out && cp was in && cp in next\n\
         build out: r in\n",
    );
    space.write("in", "1");
    space.write("next", "2");
    let happened = space.build(&[]);
    assert_eq!(happened.warnings.len(), 1, "{:?}", happened.warnings);
    let happened = space.build(&[]);
    assert_eq!(happened.why("out"), [Reason::EditedWhileRunning { path: "in".into() }]);
    assert_eq!(space.read("out"), "1");
    assert_eq!(space.ran(&[]), NOTHING, "a command that always does so settles");
}

#[test]
fn a_program_that_is_made_here_is_waited_for_like_an_input() {
    let space = Space::new(
        "rule program\n  command = cp $in $out && chmod +x $out\nrule run\n  command = ./gen > $out\n\
         build gen: program gen.sh\nbuild out: run || gen\n",
    );
    space.write("gen.sh", "#!/bin/sh\necho 1\n");
    assert_eq!(space.ran(&[]), ["gen", "out"]);
    space.write("gen.sh", "#!/bin/sh\necho 2\n");
    assert_eq!(space.ran(&[]), ["gen", "out"]);
    assert_eq!(space.read("out"), "2\n");
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn what_a_generator_wrote_may_be_changed_by_hand() {
    let space = Space::new(
        "rule gen\n  command = cp $in $out && echo '$out: more' > d\n  generator = 1\n  depfile = d\n\
         build out: gen in\nbuild end: cat out\n",
    );
    space.write("in", "1");
    space.write("more", "1");
    assert_eq!(space.ran(&[]), ["out", "end"]);
    space.write("out", "by hand");
    assert_eq!(space.ran(&[]), ["end"]);
    assert_eq!(space.ran(&[]), NOTHING);
    assert_eq!(space.read("end"), "by hand");
    space.write("more", "2");
    assert_eq!(space.ran(&[]), ["out", "end"]);
}

#[test]
fn a_declared_output_that_does_not_appear_is_an_error_or_a_warning() {
    let mut space =
        Space::new("rule no\n  command = : $out\nbuild out: no\nbuild end: touch out\n");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["out", "end"]);
    assert_eq!(happened.warnings, ["output `out` was not made by its command"]);
    space.settings.missing_output = mbuild_engine::settings::MissingOutput::Error;
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["!out"]);
    assert_eq!(happened.output, "output `out` was not made by its command\n");
}
