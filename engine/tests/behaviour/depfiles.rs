//! Dependencies that a command discovers.

use mbuild_engine::event::Reason;

use crate::harness::Space;

const NOTHING: [&str; 0] = [];

const CC: &str = "\
rule cc
  command = cat $in $headers > $out && printf '$out: $in $headers\\n' > $out.d
  depfile = $out.d
  deps = gcc
";

#[test]
fn discovered_files_are_inputs_from_then_on() {
    let space = Space::new(&format!("{CC}build foo.o: cc foo.c\n  headers = a.h sub/../b.h\n"));
    space.write("foo.c", "c");
    space.write("a.h", "a");
    space.write("b.h", "b");
    space.write("sub/x", "");
    assert_eq!(space.ran(&[]), ["foo.o"]);
    assert!(!space.exists("foo.o.d"));
    assert_eq!(space.ran(&[]), NOTHING);
    space.write("b.h", "B");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["foo.o"]);
    assert_eq!(happened.why("foo.o"), [Reason::InputChanged { path: "b.h".into() }]);
    space.touch("a.h");
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn a_discovered_file_that_is_gone_is_no_mistake() {
    let space = Space::new(
        "rule cc\n  command = cp $in $out && printf '$out: h\\n' > $out.d\n  depfile = $out.d\n\
         \x20 deps = gcc\nbuild foo.o: cc foo.c\n",
    );
    space.write("foo.c", "c");
    space.write("h", "h");
    assert_eq!(space.ran(&[]), ["foo.o"]);
    space.remove("h");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["foo.o"]);
    assert_eq!(happened.why("foo.o"), [Reason::InputChanged { path: "h".into() }]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn a_depfile_without_deps_stays_and_its_absence_runs_the_action_again() {
    let space = Space::new(
        "rule cc\n  command = cp $in $out && test ! -f list || cp list $out.d\n\
         \x20 depfile = $out.d\nbuild foo.o: cc foo.c\n",
    );
    space.write("foo.c", "c");
    space.write("blah.h", "h");
    assert_eq!(space.ran(&[]), ["foo.o"]);
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["foo.o"]);
    assert_eq!(happened.why("foo.o"), [Reason::DependenciesUnknown]);
    space.write("list", "foo.o: blah.h");
    assert_eq!(space.ran(&[]), ["foo.o"]);
    assert!(space.exists("foo.o.d"));
    assert_eq!(space.ran(&[]), NOTHING);
    space.write("blah.h", "H");
    assert_eq!(space.ran(&[]), ["foo.o"]);
}

#[test]
fn a_mistake_in_a_depfile_fails_the_action() {
    let space = Space::new(
        "rule cc\n  command = touch $out && printf 'no depfile\\n' > $out.d\n  depfile = $out.d\n\
         \x20 deps = gcc\nbuild foo.o: cc foo.c\n",
    );
    space.write("foo.c", "c");
    let happened = space.build(&[]);
    assert_eq!(happened.ran, ["!foo.o"]);
    assert_eq!(happened.output, "foo.o.d: expected ':' in depfile\n");
    assert_eq!(space.ran(&[]), ["!foo.o"]);
}

#[test]
fn deps_without_a_depfile_and_unknown_deps_fail_the_action() {
    let space = Space::new(
        "rule cc\n  command = touch $out\n  deps = $kind\nbuild a: cc\n  kind = gcc\n\
         build b: cc\n  kind = bogus\n",
    );
    let happened = space.build(&["a"]);
    assert_eq!(happened.ran, ["!a"]);
    assert_eq!(happened.output, "edge with deps=gcc but no depfile makes no sense\n");
    assert_eq!(space.build(&["b"]).output, "unknown deps type 'bogus'\n");
}

#[test]
fn a_command_that_never_writes_its_depfile_is_warned_about_once() {
    let space = Space::new(
        "rule cc\n  command = touch $out\n  depfile = $out.d\n  deps = gcc\n\
         build a: cc\nbuild b: cc\n",
    );
    let happened = space.build(&[]);
    assert_eq!(happened.warnings, ["`a.d` was not written: dependencies are not known"]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn a_depfile_for_another_output_is_warned_about() {
    let space = Space::new(
        "rule cc\n  command = touch $out && printf 'other: h\\n' > $out.d\n  depfile = $out.d\n\
         build foo.o: cc\n",
    );
    space.write("h", "");
    let happened = space.build(&[]);
    assert_eq!(happened.warnings, ["expected depfile 'foo.o.d' to mention 'foo.o', got 'other'"]);
    assert_eq!(space.ran(&[]), ["foo.o"]);
}

#[test]
fn included_files_in_the_output_are_dependencies_and_not_shown() {
    let space = Space::new(
        "rule cl\n  command = printf 'Note: including file: a.h\\nhello\\n' && touch $out\n\
         \x20 deps = msvc\nbuild out: cl\n",
    );
    space.write("a.h", "");
    assert_eq!(space.build(&[]).output, "hello\n");
    space.write("a.h", "1");
    assert_eq!(space.ran(&[]), ["out"]);
}

#[test]
fn a_discovered_file_that_another_action_makes_is_waited_for() {
    let space = Space::new(&format!(
        "{CC}build gen.h: cat in\nbuild foo.o: cc foo.c || gen.h\n  headers = gen.h\n\
         build bar.o: cc foo.c\n  headers = gen.h\nbuild all: phony gen.h foo.o bar.o\n"
    ));
    space.write("foo.c", "c");
    space.write("in", "1");
    assert_eq!(space.ran(&["gen.h", "foo.o", "bar.o"]).len(), 3);
    space.write("in", "2");
    let happened = space.build(&["bar.o"]);
    assert_eq!(happened.ran, ["gen.h", "bar.o"]);
    assert_eq!(space.read("bar.o"), "c2");
    assert_eq!(space.ran(&[]), ["foo.o"]);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn another_way_to_tell_what_was_read_runs_the_same_command_again() {
    let rule = |variables: &str| {
        let command = "cat in > $out && echo '$out: h' > d && cp d e && echo 'Note: h'";
        format!("rule cc\n  command = {command}\n{variables}")
    };
    let space = Space::new(&rule("  depfile = d\nbuild out: cc in\n"));
    space.write("in", "1");
    space.write("h", "1");
    assert_eq!(space.ran(&[]), ["out"]);
    for variables in [
        "  depfile = e\nbuild out: cc in\n",
        "  depfile = d\n  deps = gcc\nbuild out: cc in\n",
        "  deps = msvc\nbuild out: cc in\n",
        "  deps = msvc\n  msvc_deps_prefix = Note:\nbuild out: cc in\n",
        "  deps = msvc\n  msvc_deps_prefix = Note:\nbuild out: cc in\n  mbuild_tool = one\n",
        "  deps = msvc\n  msvc_deps_prefix = Note:\nbuild out: cc in\n  mbuild_tool = other\n",
    ] {
        space.rules(&rule(variables));
        assert_eq!(space.ran(&[]), ["out"], "{variables}");
        assert_eq!(space.ran(&[]), NOTHING, "{variables}");
    }
    space.write("h", "2");
    assert_eq!(space.ran(&[]), ["out"]);
}

#[test]
fn a_discovered_file_that_is_also_a_phony_name_settles() {
    let space =
        Space::new(&format!("{CC}build h: phony part\nbuild foo.o: cc foo.c\n  headers = h\n"));
    for name in ["foo.c", "h", "part"] {
        space.write(name, name);
    }
    assert_eq!(space.ran(&["foo.o"]), ["foo.o"]);
    assert_eq!(space.ran(&["foo.o"]), NOTHING);
    space.write("h", "2");
    assert_eq!(space.ran(&["foo.o"]), ["foo.o"]);
}

#[test]
fn a_discovered_file_that_an_older_one_replaces_proves_nothing() {
    let space = Space::new(
        "rule cc\n  command = cat $in h > $out && sleep 0.02 && mv next h; printf '$out: h\\n' > $out.d\n\
         \x20 depfile = $out.d\n  deps = gcc\nbuild foo.o: cc foo.c\n",
    );
    space.write("foo.c", "c");
    space.write("next", "2");
    space.write("h", "1");
    assert_eq!(space.build(&[]).warnings.len(), 1);
    let happened = space.build(&[]);
    assert_eq!(happened.why("foo.o"), [Reason::EditedWhileRunning { path: "h".into() }]);
    assert_eq!(space.read("foo.o"), "c2");
}

#[test]
fn an_old_depfile_that_would_close_a_cycle_does_not() {
    let space = Space::new(
        "rule cc\n  command = cat $in > $out && printf '$out: $dep\\n' > $out.d\n\
         \x20 depfile = $out.d\n  deps = gcc\nbuild a: cc in\n  dep = b\nbuild b: cat in\n",
    );
    space.write("in", "1");
    space.write("b", "");
    space.ran(&["b"]);
    assert_eq!(space.ran(&["a"]), ["a"]);
    space.rules(
        "rule cc\n  command = cat $in > $out && printf '$out: $dep\\n' > $out.d\n\
         \x20 depfile = $out.d\n  deps = gcc\nbuild a: cc in\n  dep = in\nbuild b: cat a\n",
    );
    assert_eq!(space.ran(&["b"]), ["a", "b"]);
    assert_eq!(space.ran(&["b"]), NOTHING);
}

#[test]
fn many_old_depfiles_that_would_close_cycles_do_not() {
    const RULE: &str = "rule cc\n  command = cat $in > $out && printf '$out: $dep\\n' > $out.d\n\
                        \x20 depfile = $out.d\n  deps = gcc\n";
    let rules = |turned: bool| {
        let mut rules = RULE.to_owned();
        for at in 0..40 {
            let next = (at + 1) % 40;
            let (dep, before) = if turned {
                ("in".into(), format!("a{at}"))
            } else {
                (format!("b{next}"), "in".into())
            };
            rules += &format!("build a{at}: cc in\n  dep = {dep}\nbuild b{at}: cat {before}\n");
        }
        rules
    };
    let space = Space::new(&rules(false));
    space.write("in", "1");
    for at in 0..40 {
        space.write(&format!("b{at}"), "");
    }
    assert_eq!(space.ran(&[]).len(), 80);
    while !space.ran(&[]).is_empty() {}
    // What each `a` has discovered is made, over the others, from itself now.
    space.rules(&rules(true));
    let ran = space.ran(&[]);
    for at in 0..40 {
        let place = |name: String| ran.iter().position(|output| *output == name);
        assert!(place(format!("a{at}")) < place(format!("b{at}")), "{ran:?}");
    }
    assert_eq!(ran.len(), 80);
    assert_eq!(space.ran(&[]), NOTHING);
}

#[test]
fn a_discovered_file_that_changes_while_its_command_runs_proves_nothing() {
    let space = Space::new(
        "rule cc\n  command = cat $in h > $out && sleep 0.02 && cp next h && printf '$out: h\\n' > $out.d\n\
         \x20 depfile = $out.d\n  deps = gcc\nbuild foo.o: cc foo.c\n",
    );
    space.write("foo.c", "c");
    space.write("h", "1");
    space.write("next", "2");
    assert_eq!(space.build(&[]).warnings.len(), 1);
    let happened = space.build(&[]);
    assert_eq!(happened.why("foo.o"), [Reason::EditedWhileRunning { path: "h".into() }]);
    assert_eq!(space.read("foo.o"), "c2");
    space.build(&[]);
    assert_eq!(space.ran(&[]), NOTHING);
}
