//! What is remembered of earlier builds.

use mbuild_tests::Space;

use crate::harness::{CAT, NOTHING, Trio};

#[test]
fn a_generator_runs_when_an_implicit_input_changes() {
    let space = Space::new();
    let rules = "rule touch\n  command = touch $out\n  generator = 1\nbuild out.imp: touch | in\n";
    let trio = Trio::new(&space, rules, &["out.imp"]);
    trio.write("in", "");
    trio.builds("out.imp", &["touch out.imp"]).builds("out.imp", &NOTHING);
    trio.change(&["in"]).builds("out.imp", &["touch out.imp"]).builds("out.imp", &NOTHING);
}

#[test]
fn a_generator_may_touch_its_own_input() {
    let space = Space::new();
    let rules = "rule touch\n  command = touch inimp && touch outimp\n  generator = 1\nbuild outimp: touch | inimp\n";
    let trio = Trio::by_time(&space, rules, &["outimp"]);
    trio.write("inimp", "");
    trio.builds("outimp", &["touch inimp && touch outimp"]).builds("outimp", &NOTHING);
}

#[test]
fn the_command_of_a_generator_may_change() {
    let space = Space::new();
    let rules = "rule gen\n  command = touch $out\n  generator = 1\nrule plain\n  command = touch  $out\n\
        build g: gen\nbuild p: plain\n";
    let trio = Trio::new(&space, rules, &[]);
    trio.builds("", &["touch g", "touch  p"]);
    trio.edit("command = touch $out", "command = touch -m $out").builds("", &NOTHING);
    trio.edit("command = touch  $out", "command = touch -a $out").builds("", &["touch -a p"]);
}

#[test]
fn an_output_that_no_log_knows_is_made_again() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.write("out", "by hand\n").builds("", &["cat in > out"]).builds("", &NOTHING);
}

#[test]
fn an_output_that_somebody_changed_is_made_again_by_content_alone() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("", &["cat in > out"]);
    trio.change(&["out"]).builds_apart("", &NOTHING, &["cat in > out"]);
}

#[test]
fn a_changed_command_runs() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.builds("", &["cat in > out"]);
    trio.edit("cat $in", "cat -u $in").builds("", &["cat -u in > out"]).builds("", &NOTHING);
}

#[test]
fn an_input_that_is_older_than_the_output_is_a_change_by_content_alone() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in\n");
    let trio = Trio::new(&space, &rules, &["in"]);
    trio.write("old", "old\n").touch(&["in"]).builds("", &["cat in > out"]);
    trio.each(|project| {
        std::fs::rename(project.path("old"), project.path("in")).expect("it can be moved");
    });
    trio.builds_apart("", &NOTHING, &["cat in > out"]);
}

#[test]
fn a_new_input_counts() {
    let space = Space::new();
    let rules = format!("{CAT}build out: cat in\n");
    let trio = Trio::new(&space, &rules, &["in", "extra"]);
    trio.builds("", &["cat in > out"]);
    // By time stamps an older one does not.
    trio.edit("cat in\n", "cat in | extra\n").builds_apart("", &NOTHING, &["cat in > out"]);
    trio.change(&["extra"]).builds("", &["cat in > out"]);
}

#[test]
fn the_content_of_a_response_file_is_part_of_the_command() {
    let space = Space::new();
    let rules = "rule r\n  command = cat $out.rsp > $out\n  rspfile = $out.rsp\n  rspfile_content = $content\n\
        build out: r in\n  content = first\n";
    let trio = Trio::new(&space, rules, &["in"]);
    trio.builds("", &["cat out.rsp > out"]).builds("", &NOTHING);
    trio.edit("content = first", "content = second");
    trio.builds("", &["cat out.rsp > out"]).builds("", &NOTHING);
}

#[test]
fn a_response_file_is_there_for_the_command_and_gone_after_it() {
    let space = Space::new();
    let rules = "rule r\n  command = cat '$rspfile' > '$out'\n  rspfile = $out.rsp\n  rspfile_content = Some $\n    long $text\n\
        build out: r in\n  text = command\nbuild out$ 2: r in\n  text = line\n  rspfile = out 2.rsp\n";
    let trio = Trio::new(&space, &rules.replace("'$rspfile' > '$out'", "$out.rsp > $out"), &["in"]);
    trio.edit("cat $out.rsp > $out", "cat *.rsp > made");
    trio.builds("", &["cat *.rsp > made", "cat *.rsp > made"]);
    trio.look(|project| {
        assert_eq!(project.read("made"), "Some long line");
        assert!(!project.path("out.rsp").exists() && !project.path("out 2.rsp").exists());
    });
}

#[test]
fn a_response_file_of_a_failed_command_stays() {
    let space = Space::new();
    let rules = "rule r\n  command = false\n  rspfile = $out.rsp\n  rspfile_content = Another $in\nbuild out: r in\n";
    let trio = Trio::new(&space, rules, &["in"]);
    let stopped = "ninja: build stopped: subcommand failed.";
    trio.says("", 1, &["false"], &["FAILED: [code=1] out ", "false", stopped]);
    trio.look(|project| assert_eq!(project.read("out.rsp"), "Another in"));
}

#[test]
fn a_generator_may_write_other_inputs_of_its_own() {
    let space = Space::new();
    let rules = |inputs: &str| {
        format!(
            "rule configure\n  command = cp template $out\n  generator = 1\n\
             build build.ninja: configure template{inputs}\n{CAT}build out: cat one\n"
        )
    };
    let trio = Trio::new(&space, &rules(" | one"), &["one", "two"]);
    trio.write("template", &rules(" | one"));
    let configure = "cp template build.ninja";
    trio.builds("", &[configure, "cat one > out"]).builds("", &NOTHING);
    for inputs in ["", " | two", " | one two"] {
        trio.write("template", &rules(inputs));
        trio.says("", 0, &[configure], &["ninja: no work to do."]).builds("", &NOTHING);
    }
    trio.change(&["two"]).says("", 0, &[configure], &["ninja: no work to do."]);
}

#[test]
fn a_generator_may_keep_a_cache_among_its_inputs() {
    let space = Space::new();
    let rules = format!(
        "rule configure\n  command = echo more >> cache; sleep 0.02; cp template $out\n  generator = 1\n\
         build build.ninja: configure | template cache\nbuild template cache: phony\n\
         {CAT}build out: cat one\n"
    );
    let trio = Trio::new(&space, &rules, &["cache", "one"]);
    trio.write("template", &rules);
    let configure = "echo more >> cache; sleep 0.02; cp template build.ninja";
    trio.builds("", &[configure, "cat one > out"]).builds("", &NOTHING);
    trio.write("template", &format!("{rules}# more\n"));
    trio.says("", 0, &[configure], &["ninja: no work to do."]).builds("", &NOTHING);
    trio.change(&["cache"]).says("", 0, &[configure], &["ninja: no work to do."]);
}
