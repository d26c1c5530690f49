//! What rule files mean: every part of the language, by behaviour.

#![allow(clippy::unwrap_used)]

use std::io;

use mbuild_rules::parse::Options;
use mbuild_rules::{ActionId, Diagnostic, FileId, Manifest, PoolId};

/// Reads the first of the files, which may include the others.
fn try_files(files: &[(&str, &str)], options: Options) -> Result<Manifest, Diagnostic> {
    let mut loader = |path: &[u8]| {
        let found = files.iter().find(|(name, _)| name.as_bytes() == path);
        found
            .map(|(_, text)| text.as_bytes().to_vec())
            .ok_or_else(|| io::Error::from_raw_os_error(2))
    };
    mbuild_rules::parse::parse(files[0].0.as_bytes(), &mut loader, options)
}

#[track_caller]
fn read_files(files: &[(&str, &str)]) -> Manifest {
    try_files(files, Options::default()).unwrap()
}

#[track_caller]
fn read(text: &str) -> Manifest {
    read_files(&[("input", text)])
}

#[track_caller]
fn refusal(text: &str) -> String {
    try_files(&[("input", text)], Options::default()).unwrap_err().ninja_text()
}

fn names(manifest: &Manifest, files: &[FileId]) -> Vec<String> {
    files.iter().map(|file| String::from_utf8_lossy(manifest.path(*file)).into_owned()).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn command(manifest: &Manifest, action: u32) -> String {
    let mut out = Vec::new();
    manifest.command_into(ActionId(action), &mut out);
    text(&out)
}

fn binding(manifest: &Manifest, action: u32, name: &str) -> String {
    text(&manifest.binding(ActionId(action), name.as_bytes()))
}

const CAT: &str = "rule cat\n  command = cat $in > $out\n";

#[test]
fn an_empty_file_has_only_what_is_built_in() {
    let manifest = read("");
    assert_eq!((manifest.action_count(), manifest.file_count()), (0, 0));
    assert_eq!((manifest.rule_count(), manifest.pool_count()), (1, 2));
    assert_eq!(manifest.rule_name(Manifest::PHONY), b"phony");
    assert_eq!(manifest.pool_depth(Manifest::DEFAULT_POOL), 0);
    assert_eq!(manifest.pool_name(Manifest::CONSOLE_POOL), b"console");
    assert_eq!(manifest.pool_depth(Manifest::CONSOLE_POOL), 1);
    assert_eq!(manifest.files_read(), [b"input".to_vec()]);
}

#[test]
fn a_rule_makes_commands() {
    let manifest = read(&format!(
        "{CAT}rule date\n  command = date > $out\nbuild result: cat in_1.cc in-2.O\n"
    ));
    assert_eq!(manifest.rule_count(), 3);
    assert_eq!(manifest.rule_name(manifest.rule(ActionId(0))), b"cat");
    assert_eq!(command(&manifest, 0), "cat in_1.cc in-2.O > result");
    assert_eq!(
        manifest.rule_binding(manifest.rule(ActionId(0)), b"command").unwrap(),
        b"cat ${in} > ${out}"
    );
    assert_eq!(manifest.rule_binding(manifest.rule(ActionId(0)), b"depfile"), None);
}

#[test]
fn a_rule_may_bind_every_rule_variable() {
    let names = [
        "command",
        "depfile",
        "deps",
        "description",
        "dyndep",
        "generator",
        "msvc_deps_prefix",
        "pool",
        "restat",
        "rspfile",
        "rspfile_content",
    ];
    let lines: String = names.iter().map(|name| format!("  {name} = a\n")).collect();
    let manifest = read(&format!("rule cat\n{lines}"));
    assert_eq!(manifest.rule_count(), 2);
}

#[test]
fn comments_and_blank_lines_may_be_indented() {
    let manifest = read(
        "  #indented comment\nrule cat\n  command = cat $in > $out\n  #generator = 1\n  restat = 1 # comment\n  #comment\nbuild result: cat in_1.cc in-2.O\n  #comment\n  \n",
    );
    assert_eq!(binding(&manifest, 0, "restat"), "1 # comment");
    assert_eq!(binding(&manifest, 0, "generator"), "");
}

#[test]
fn a_blank_line_ends_a_statement() {
    let lines = "rule cat\n  command = cat $in > $out\n\n  restat = 1\n";
    assert_eq!(refusal(lines), "input:4: unexpected indent\n");
}

#[test]
fn response_files() {
    let manifest = read(
        "rule cat_rsp\n  command = cat $rspfile > $out\n  rspfile = $rspfile\n  rspfile_content = $in\n\nbuild out: cat_rsp in\n  rspfile=out.rsp\n",
    );
    assert_eq!(command(&manifest, 0), "cat out.rsp > out");
    assert_eq!(binding(&manifest, 0, "rspfile_content"), "in");
}

#[test]
fn inputs_one_per_line() {
    let manifest = read(
        "rule cat_rsp\n  command = cat $in_newline > $out\nbuild out: cat_rsp in in2 sp$ ace\n",
    );
    assert_eq!(command(&manifest, 0), "cat in\nin2\n'sp ace' > out");
}

#[test]
fn rules_see_variables_late_and_statements_early() {
    let manifest = read(
        "l = one-letter-test\nrule link\n  command = ld $l $extra $with_under -o $out $in\nextra = -pthread\nwith_under = -under\nbuild a: link b c\nnested1 = 1\nnested2 = $nested1/2\nbuild supernested: link x\n  extra = $nested2/3\nnested1 = later\nextra = later\n",
    );
    assert_eq!(command(&manifest, 0), "ld one-letter-test later -under -o a b c");
    assert_eq!(command(&manifest, 1), "ld one-letter-test 1/2/3 -under -o supernested x");
    assert_eq!(manifest.variable(b"nested2"), Some(&b"1/2"[..]));
    assert_eq!(manifest.variable(b"missing"), None);
}

#[test]
fn a_statement_shadows_the_file() {
    let manifest = read(
        "foo = bar\nrule cmd\n  command = cmd $foo $in $out\nbuild inner: cmd a\n  foo = baz\nbuild outer: cmd b\n",
    );
    assert_eq!(command(&manifest, 0), "cmd baz a inner");
    assert_eq!(command(&manifest, 1), "cmd bar b outer");
}

#[test]
fn bindings_of_a_statement_do_not_see_each_other() {
    let manifest =
        read(&format!("a = file\n{CAT}build out: cat in\n  a = own\n  b = $a\n  b = $b$a\n"));
    assert_eq!(binding(&manifest, 0, "a"), "own");
    assert_eq!(binding(&manifest, 0, "b"), "file");
}

#[test]
fn paths_see_the_bindings_of_their_statement() {
    let manifest =
        read(&format!("{CAT}build $x.o: cat $x.c | ${{x}}.h || $x.gen |@ $x.check\n  x = foo\n"));
    let action = ActionId(0);
    assert_eq!(names(&manifest, manifest.outputs(action)), ["foo.o"]);
    assert_eq!(names(&manifest, manifest.inputs(action)), ["foo.c", "foo.h", "foo.gen"]);
    assert_eq!(names(&manifest, manifest.validations(action)), ["foo.check"]);
}

#[test]
fn the_file_comes_before_the_rule_when_a_statement_binds_nothing() {
    let rules = "description = of the file\nrule r\n  command = r\n  description = of the rule\n";
    let manifest = read(&format!("{rules}build a: r\nbuild b: r\n  x = 1\n"));
    assert_eq!(binding(&manifest, 0, "description"), "of the file");
    assert_eq!(binding(&manifest, 1, "description"), "of the rule");
}

#[test]
fn no_response_file_shows_through_a_rule_without_one() {
    let manifest = read("rspfile = x\nrule r\n  command = r [$rspfile]\nbuild a: r\n  x = 1\n");
    assert_eq!(command(&manifest, 0), "r []");
}

#[test]
fn lines_continue_after_a_dollar() {
    let manifest = read("rule link\n  command = foo bar $\n    baz\n\nbuild a: link c $\n d e f\n");
    assert_eq!(command(&manifest, 0), "foo bar baz");
    assert_eq!(manifest.inputs(ActionId(0)).len(), 4);
    let manifest = read("x = a$\n   b$\r\n   c\r\nbuild o$\n  ut: phony $\r\n in\r\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"abc");
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["out"]);
}

#[test]
fn backslashes_are_literal() {
    let manifest = read("foo = bar\\baz\nfoo2 = bar\\ baz\n");
    assert_eq!(manifest.variable(b"foo").unwrap(), b"bar\\baz");
    assert_eq!(manifest.variable(b"foo2").unwrap(), b"bar\\ baz");
}

#[test]
fn a_hash_starts_a_comment_only_at_the_start_of_a_line() {
    let manifest = read("# this is a comment\nfoo = not # a comment\nbuild #x: phony y#\n");
    assert_eq!(manifest.variable(b"foo").unwrap(), b"not # a comment");
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["#x"]);
}

#[test]
fn dollars_are_doubled() {
    let manifest =
        read("rule foo\n  command = ${out}bar$$baz$$$\nblah\nx = $$dollar\nbuild $x: foo y\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"$dollar");
    assert_eq!(command(&manifest, 0), "'$dollar'bar$baz$blah");
}

#[test]
fn blanks_and_colons_are_escaped_in_paths() {
    let manifest = read(
        "rule spaces\n  command = something\nbuild foo$ bar: spaces $$one two$$$ three\nbuild c$:/x: phony $ a\n",
    );
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["foo bar"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["$one", "two$ three"]);
    assert_eq!(names(&manifest, manifest.outputs(ActionId(1))), ["c:/x"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(1))), [" a"]);
}

#[test]
fn paths_for_the_shell_are_quoted_and_those_for_files_are_not() {
    let manifest = read("rule r\n  command = r $in $out\n  depfile = $out.d\nbuild a$ b: r it's\n");
    assert_eq!(command(&manifest, 0), "r 'it'\\''s' 'a b'");
    assert_eq!(manifest.path_binding(ActionId(0), b"depfile"), b"a b.d");
    assert_eq!(binding(&manifest, 0, "depfile"), "'a b'.d");
}

#[test]
fn names_of_variables_in_braces_may_have_dots() {
    let manifest = read("a.b = 1\na = 2\nx = ${a.b} $a.b ${missing}.\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"1 2.b .");
}

#[test]
fn paths_are_canonical() {
    let manifest = read(&format!(
        "{CAT}build ./out.o: cat ./bar/baz/../foo.cc\nbuild in/1: cat in//2\nbuild last: cat ./out.o\n"
    ));
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["out.o"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["bar/foo.cc"]);
    assert_eq!(names(&manifest, manifest.inputs(ActionId(1))), ["in/2"]);
    assert_eq!(manifest.producer(manifest.inputs(ActionId(2))[0]), Some(ActionId(0)));
    assert!(manifest.find(b"in//2").is_none());
}

#[test]
fn paths_from_variables_are_canonical() {
    let manifest = read(&format!("{CAT}dir = out\nbuild ./$dir/exe: cat src\n"));
    assert_eq!(names(&manifest, manifest.outputs(ActionId(0))), ["out/exe"]);
}

#[test]
fn inputs_of_all_kinds() {
    let manifest = read(&format!("{CAT}build foo | foo.imp: cat bar | baz || boo zoo |@ check\n"));
    let action = ActionId(0);
    assert_eq!(names(&manifest, manifest.explicit_outputs(action)), ["foo"]);
    assert_eq!(names(&manifest, manifest.implicit_outputs(action)), ["foo.imp"]);
    assert_eq!(names(&manifest, manifest.explicit_inputs(action)), ["bar"]);
    assert_eq!(names(&manifest, manifest.implicit_inputs(action)), ["baz"]);
    assert_eq!(names(&manifest, manifest.order_only_inputs(action)), ["boo", "zoo"]);
    assert_eq!(names(&manifest, manifest.validations(action)), ["check"]);
    assert_eq!(names(&manifest, manifest.inputs(action)), ["bar", "baz", "boo", "zoo"]);
    assert_eq!(command(&manifest, 0), "cat bar > foo");
}

#[test]
fn lists_may_be_empty() {
    let manifest = read(&format!("{CAT}build foo | : cat bar | || |@\nbuild | only.imp: cat\n"));
    assert_eq!(manifest.outputs(ActionId(0)).len(), 1);
    assert_eq!(names(&manifest, manifest.implicit_outputs(ActionId(1))), ["only.imp"]);
    assert!(manifest.explicit_outputs(ActionId(1)).is_empty());
}

#[test]
fn an_output_is_named_once() {
    let twice = "foo is defined as an output multiple times";
    for outputs in ["foo foo", "foo | foo", "foo baz | foo baq", "foo ./foo"] {
        assert_eq!(
            refusal(&format!("{CAT}build {outputs}: cat bar\n")),
            format!("input:4: {twice}\n")
        );
    }
}

#[test]
fn an_output_has_one_action() {
    let two =
        format!("{CAT}build out1 out2: cat in1\nbuild out1: cat in2\nbuild final: cat out1\n");
    assert_eq!(refusal(&two), "input:5: multiple rules generate out1\n");
    let files = [("input", "subninja sub.ninja\n"), ("sub.ninja", two.as_str())];
    let mistake = try_files(&files, Options::default()).unwrap_err();
    assert_eq!(mistake.ninja_text(), "sub.ninja:5: multiple rules generate out1\n");
    insta::assert_snapshot!(mistake, @r"
    sub.ninja:4:1: multiple rules generate out1
      build out1: cat in2
      ^
      help: sub.ninja:4 and sub.ninja:3 both make it, remove one or give it another output
    ");
}

#[test]
fn a_phony_action_that_names_itself_is_warned_of() {
    let manifest = read("build a: phony a\nbuild b: phony c b || b\n");
    assert!(manifest.inputs(ActionId(0)).is_empty());
    assert_eq!(names(&manifest, manifest.inputs(ActionId(1))), ["c"]);
    assert_eq!(
        manifest.warnings(),
        [
            "phony target 'a' names itself as an input; ignoring [-w phonycycle=warn]",
            "phony target 'b' names itself as an input; ignoring [-w phonycycle=warn]",
        ]
    );
}

#[test]
fn a_phony_action_that_names_itself_is_kept_when_asked_for_or_not_simple() {
    let strict = Options { phony_cycle_is_error: true };
    let manifest = try_files(&[("input", "build a: phony a\n")], strict).unwrap();
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["a"]);
    assert!(manifest.warnings().is_empty());
    for kept in ["build a: phony | a\n", "build a b: phony a\n", "build a | b: phony a\n"] {
        let manifest = read(kept);
        assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["a"], "of {kept:?}");
    }
}

#[test]
fn keywords_may_be_names_of_rules_and_targets() {
    let manifest = read(
        "rule build\n  command = rule run $out\nbuild subninja: build include default foo.cc\ndefault subninja\n",
    );
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["include", "default", "foo.cc"]);
}

#[test]
fn an_action_may_have_several_outputs_and_a_depfile() {
    let manifest =
        read("rule cc\n  command = foo\n  depfile = bar\n  deps = gcc\nbuild a.o b.o: cc c.cc\n");
    assert_eq!(binding(&manifest, 0, "deps"), "gcc");
    assert_eq!(manifest.outputs(ActionId(0)).len(), 2);
}

#[test]
fn subninja_has_its_own_scope() {
    let manifest = read_files(&[
        (
            "build.ninja",
            "builddir = some_dir/\nrule varref\n  command = varref $var\nvar = outer\nbuild $builddir/outer: varref\nsubninja test.ninja\nbuild $builddir/outer2: varref\n",
        ),
        ("test.ninja", "var = inner\nbuild $builddir/inner: varref\n"),
    ]);
    assert_eq!(names(&manifest, manifest.outputs(ActionId(1))), ["some_dir/inner"]);
    assert_eq!(command(&manifest, 0), "varref outer");
    assert_eq!(command(&manifest, 1), "varref inner");
    assert_eq!(command(&manifest, 2), "varref outer");
    assert_eq!(manifest.files_read(), [b"build.ninja".to_vec(), b"test.ninja".to_vec()]);
    assert_eq!(manifest.place(ActionId(1)).line, 2);
    assert_eq!(manifest.place(ActionId(1)).file, b"test.ninja");
    assert_eq!(manifest.place(ActionId(2)).line, 7);
}

#[test]
fn subninja_may_declare_a_rule_again() {
    let manifest = read_files(&[
        ("build.ninja", "rule cat\n  command = outer\nsubninja test.ninja\nbuild x : cat\n"),
        (
            "test.ninja",
            "rule cat\n  command = inner\nrule phony\n  command = mine\nbuild y : cat\nbuild z: phony\n",
        ),
    ]);
    assert_eq!(command(&manifest, 0), "inner");
    assert_eq!(command(&manifest, 1), "mine");
    assert!(!manifest.is_phony(ActionId(1)));
    assert_eq!(command(&manifest, 2), "outer");
    assert!(manifest.is_top_rule(manifest.rule(ActionId(2))));
    assert!(!manifest.is_top_rule(manifest.rule(ActionId(0))));
}

#[test]
fn rules_of_subninja_stay_inside() {
    let files = [("build.ninja", "subninja test.ninja\nbuild x : cat\n"), ("test.ninja", CAT)];
    let mistake = try_files(&files, Options::default()).unwrap_err();
    assert_eq!(mistake.message, "unknown build rule 'cat'");
}

#[test]
fn include_shares_the_scope() {
    let manifest = read_files(&[
        ("build.ninja", "var = outer\ninclude include.ninja\nbuild x: r $var\n"),
        ("include.ninja", "var = inner\nrule r\n  command = r\n"),
    ]);
    assert_eq!(manifest.variable(b"var").unwrap(), b"inner");
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["inner"]);
}

#[test]
fn the_name_of_an_included_file_may_be_a_variable() {
    let manifest = read_files(&[
        ("build.ninja", "d = sub\ninclude $d/x$ y.ninja\n"),
        ("sub/x y.ninja", "z = 1\n"),
    ]);
    assert_eq!(manifest.variable(b"z").unwrap(), b"1");
}

#[test]
fn a_file_that_includes_itself_is_refused() {
    let mistake =
        try_files(&[("a", "include b\n"), ("b", "x = 1\nsubninja a\n")], Options::default())
            .unwrap_err();
    insta::assert_snapshot!(mistake, @r"
    b:2:10: loading 'a': files include each other too deeply
      subninja a
               ^
      help: take one of these out of the circle: a -> b -> a
    ");
}

#[test]
fn a_file_may_be_read_again_with_other_variables() {
    let manifest = read_files(&[
        ("a", "next = b\ninclude one\n"),
        ("one", "now = $next\nnext = c\ninclude $now\n"),
        ("b", "include one\n"),
        ("c", "done = 1\n"),
    ]);
    assert_eq!(manifest.variable(b"done").unwrap(), b"1");
}

#[test]
fn defaults_accumulate_and_must_be_known() {
    let manifest = read(
        &format!("{CAT}build a: cat b\nbuild c: cat d\ndefault ./a\ndefault b $x\nx =\n")
            .replace(" $x", ""),
    );
    assert_eq!(names(&manifest, manifest.defaults()), ["a", "b"]);
}

#[test]
fn without_default_the_roots_are_built() {
    let manifest = read(&format!("{CAT}build a: cat b\nbuild c d: cat a\nbuild e: cat f |@ c\n"));
    assert!(manifest.defaults().is_empty());
    assert_eq!(names(&manifest, &manifest.roots()), ["c", "d", "e"]);
    assert!(read(&format!("{CAT}build a: cat b\nbuild b: cat a\n")).roots().is_empty());
}

#[test]
fn bytes_outside_ascii_are_kept() {
    let manifest =
        read("rule utf8\n  command = true\n  description = compilación\nbuild é: utf8 ñ\n");
    assert_eq!(binding(&manifest, 0, "description"), "compilación");
    assert_eq!(names(&manifest, manifest.inputs(ActionId(0))), ["ñ"]);
}

#[test]
fn lines_may_end_with_carriage_return_and_newline() {
    let manifest = read(
        "# comment with crlf\r\n\r\npool link_pool\r\n  depth = 15\r\n\r\nrule xyz\r\n  command = something$expand \r\n  description = YAY!\r\n\r\nbuild a: xyz b\r\n  pool = link_pool\r\n",
    );
    assert_eq!(command(&manifest, 0), "something ");
    assert_eq!(manifest.pool_depth(manifest.pool(ActionId(0))), 15);
}

#[test]
fn pools() {
    let manifest = read(
        "pool link\n  depth = 4\nrule r\n  command = r\n  pool = link\nbuild a: r\nbuild b: r\n  pool = console\nbuild c: r\n  pool =\nbuild d: phony\n",
    );
    let pools: Vec<_> = manifest.actions().map(|action| manifest.pool(action)).collect();
    assert_eq!(
        pools,
        [PoolId(2), Manifest::CONSOLE_POOL, Manifest::DEFAULT_POOL, Manifest::DEFAULT_POOL]
    );
    assert_eq!(manifest.pool_name(PoolId(2)), b"link");
}

#[test]
fn a_depth_is_read_as_far_as_it_is_a_number() {
    let manifest = read("pool a\n  depth = 3x\npool b\n  depth = none\n");
    assert_eq!(manifest.pool_depth(PoolId(2)), 3);
    assert_eq!(manifest.pool_depth(PoolId(3)), 0);
}

#[test]
fn a_dyndep_file_is_an_input() {
    let rule = "rule touch\n  command = touch $out\n";
    for inputs in ["dd", "| dd", "|| dd", "|| ./x/../dd"] {
        let manifest = read(&format!("{rule}build result: touch {inputs}\n  dyndep = ./dd\n"));
        assert_eq!(manifest.dyndep(ActionId(0)), manifest.find(b"dd"), "of {inputs:?}");
    }
    let manifest = read(&format!(
        "{rule}  dyndep = $out.dd\nbuild result: touch || result.dd\nbuild no: touch\n  dyndep =\n"
    ));
    assert_eq!(manifest.dyndep(ActionId(0)), manifest.find(b"result.dd"));
    assert_eq!(manifest.dyndep(ActionId(1)), None);
}

#[test]
fn a_dyndep_file_that_is_no_input_is_refused() {
    let rule = "rule touch\n  command = touch $out\n";
    assert_eq!(
        refusal(&format!("{rule}build result: touch\n  dyndep = notin\n")),
        "input:5: dyndep 'notin' is not an input\n"
    );
}

#[test]
fn rule_variables_that_need_each_other_are_refused() {
    let circle = "rule r\n  command = $depfile\n  depfile = $rspfile_content$description\n  description = $command\n";
    let mistake =
        try_files(&[("input", &format!("{circle}build a: r\n"))], Options::default()).unwrap_err();
    assert!(mistake.is_fatal());
    insta::assert_snapshot!(mistake, @r"
    cycle in rule variables: depfile -> description -> command -> depfile
      help: change rule `r`, which input:5 uses, so that its variables do not need each other
    ");
    assert_eq!(read(circle).rule_count(), 2);
    assert_eq!(command(&read(&format!("{circle}build a: r\n  description = x\n")), 0), "x");
}

#[test]
fn the_version_that_is_asked_for_is_compared() {
    assert!(read("ninja_required_version = 1.13\n").warnings().is_empty());
    assert_eq!(
        read("ninja_required_version = 0.9\n").warnings(),
        [
            "ninja executable version (1.13.2) greater than build file ninja_required_version (0.9); versions may be incompatible."
        ]
    );
    let mistake =
        try_files(&[("input", "\nninja_required_version = 1.14\n^\n")], Options::default())
            .unwrap_err();
    assert!(mistake.is_fatal());
    insta::assert_snapshot!(mistake, @r"
    ninja version (1.13.2) incompatible with build file ninja_required_version version (1.14).
      help: lower it in input:2 if the file needs nothing newer
    ");
}

#[test]
fn variables_of_mbuild_are_known_and_others_of_that_prefix_warned_of_once() {
    let manifest = read(&format!(
        "mbuild_env = HOME\nmbuild_cach = on\n{CAT}build a: cat\n  mbuild_tool = x\n  mbuild_cach = off\n  mbuild_speed = 2\n  mbuild_check = mtime\n"
    ));
    assert_eq!(binding(&manifest, 0, "mbuild_env"), "HOME");
    assert_eq!(binding(&manifest, 0, "mbuild_tool"), "x");
    assert_eq!(
        manifest.warnings(),
        [
            "unknown variable `mbuild_cach` has no effect, did you mean `mbuild_cache`?",
            "unknown variable `mbuild_speed` has no effect, known are `mbuild_env`, `mbuild_tool`, `mbuild_cache`, `mbuild_check`",
            "`mbuild_check` on a build statement has no effect, set it above",
        ]
    );
}

#[test]
fn a_byte_zero_ends_the_file() {
    let manifest = read("x = 1\n\0build\n");
    assert_eq!(manifest.variable(b"x").unwrap(), b"1");
}

#[test]
fn files_that_are_discovered_later_have_ids_as_well() {
    let mut manifest = read(&format!("{CAT}build a: cat b\n"));
    let before = manifest.file_count();
    let header = manifest.intern(b"h.h");
    assert_eq!(
        (manifest.intern(b"a"), manifest.file_count()),
        (manifest.outputs(ActionId(0))[0], before + 1)
    );
    assert_eq!(manifest.path(header), b"h.h");
    assert_eq!(manifest.producer(header), None);
}
