//! How dyndep files are read and what they add to actions.

#![allow(clippy::unwrap_used)]

use mbuild_rules::dyndep::{Dyndep, load, parse};
use mbuild_rules::parse::Options;
use mbuild_rules::{ActionId, FileId, Manifest};

const RULES: &str = "rule touch\n  command = touch $out\nbuild out otherout: touch\n";

fn manifest(rules: &str) -> Manifest {
    let mut loader = |_: &[u8]| Ok(rules.as_bytes().to_vec());
    mbuild_rules::parse::parse(b"build.ninja", &mut loader, Options::default()).unwrap()
}

fn names(manifest: &Manifest, files: &[FileId]) -> Vec<String> {
    files.iter().map(|file| String::from_utf8_lossy(manifest.path(*file)).into_owned()).collect()
}

fn read(content: &str) -> (Manifest, Vec<Dyndep>) {
    let mut manifest = manifest(RULES);
    let found = parse(b"input", content.as_bytes(), &mut manifest).unwrap();
    (manifest, found)
}

/// The one action of a file, as outputs, inputs and `restat`.
fn read_one(content: &str) -> (Vec<String>, Vec<String>, bool) {
    let (manifest, found) = read(content);
    assert_eq!(found.len(), 1);
    let Dyndep { action, implicit_outputs, implicit_inputs, restat } = &found[0];
    assert_eq!(*action, ActionId(0));
    (names(&manifest, implicit_outputs), names(&manifest, implicit_inputs), *restat)
}

#[track_caller]
fn assert_refused(content: &str, ninja: &str) {
    let mistake = parse(b"input", content.as_bytes(), &mut manifest(RULES)).unwrap_err();
    assert_eq!(mistake.ninja_text(), ninja, "of {content:?}");
}

#[test]
fn the_version_comes_first() {
    for accepted in ["1", "1-extra", "1.0", "1.0-extra"] {
        assert!(read(&format!("ninja_dyndep_version = {accepted}\n")).1.is_empty());
    }
    for before in ["# comment\n", "\n", "\r\n", " # comment\r\n"] {
        assert!(read(&format!("{before}ninja_dyndep_version = 1\r\n")).1.is_empty());
    }
    assert_refused("", "input:1: expected 'ninja_dyndep_version = ...'\n");
    assert_refused(
        "ninja_dyndep_version = 1",
        "input:1: unexpected EOF\nninja_dyndep_version = 1\n                        ^ near here",
    );
    for unsupported in ["0", "1.1", "2"] {
        let text = format!("ninja_dyndep_version = {unsupported}");
        let caret = format!("{}^ near here", " ".repeat(text.len()));
        assert_refused(
            &format!("{text}\n"),
            &format!("input:1: unsupported '{text}'\n{text}\n{caret}"),
        );
    }
    assert_refused(
        "ninja_dyndep_version = 1\nninja_dyndep_version = 1\n",
        "input:2: unexpected identifier\n",
    );
    assert_refused("build out: dyndep\n", "input:1: expected 'ninja_dyndep_version = ...'\n");
}

#[test]
fn other_things_before_the_version_are_refused() {
    assert_refused(
        "not_ninja_dyndep_version = 1\n",
        "input:1: expected 'ninja_dyndep_version = ...'\nnot_ninja_dyndep_version = 1\n                            ^ near here",
    );
    assert_refused("= 1\n", "input:1: unexpected '='\n");
    assert_refused(" = 1\n", "input:1: unexpected indent\n");
    assert_refused("\tx", "input:1: tabs are not allowed, use spaces\n");
}

const V: &str = "ninja_dyndep_version = 1\n";

#[track_caller]
fn assert_line_refused(lines: &str, ninja: &str) {
    assert_refused(&format!("{V}{lines}"), ninja);
}

#[test]
fn an_action_is_mentioned_once() {
    assert_line_refused(
        "build out: dyndep\nbuild out: dyndep\n",
        "input:3: multiple statements for 'out'\nbuild out: dyndep\n         ^ near here",
    );
    assert_line_refused(
        "build out: dyndep\nbuild otherout: dyndep\n",
        "input:3: multiple statements for 'otherout'\nbuild otherout: dyndep\n              ^ near here",
    );
}

#[test]
fn statements_have_to_be_whole() {
    assert_line_refused("build", "input:2: unexpected EOF\nbuild\n     ^ near here");
    assert_line_refused("build :\n", "input:2: expected path\nbuild :\n      ^ near here");
    assert_line_refused("build out", "input:2: unexpected EOF\nbuild out\n         ^ near here");
    assert_line_refused(
        "build out\n",
        "input:2: expected ':', got newline ($ also escapes ':')\nbuild out\n         ^ near here",
    );
    assert_line_refused(
        "build out:\n",
        "input:2: expected build command name 'dyndep'\nbuild out:\n          ^ near here",
    );
    assert_line_refused(
        "build out: dyndep",
        "input:2: unexpected EOF\nbuild out: dyndep\n                 ^ near here",
    );
    assert_line_refused(
        "build out: touch",
        "input:2: expected build command name 'dyndep'\nbuild out: touch\n           ^ near here",
    );
    assert_line_refused(
        "build $x: dyndep\n",
        "input:2: empty path\nbuild $x: dyndep\n        ^ near here",
    );
    assert_line_refused("build out | $x: dyndep\n", "input:3: empty path\n");
}

#[test]
fn an_action_that_is_not_there_is_refused() {
    assert_line_refused(
        "build missing: dyndep\n",
        "input:2: no build statement exists for 'missing'\nbuild missing: dyndep\n             ^ near here",
    );
}

#[test]
fn only_implicit_inputs_and_outputs_are_possible() {
    assert_line_refused(
        "build out exp: dyndep\n",
        "input:2: explicit outputs not supported\nbuild out exp: dyndep\n             ^ near here",
    );
    assert_line_refused(
        "build out: dyndep exp\n",
        "input:2: explicit inputs not supported\nbuild out: dyndep exp\n                     ^ near here",
    );
    assert_line_refused(
        "build out: dyndep ||\n",
        "input:2: order-only inputs not supported\nbuild out: dyndep ||\n                  ^ near here",
    );
    assert_line_refused(
        "build out: dyndep |@ v\n",
        "input:2: expected newline, got '|@'\nbuild out: dyndep |@ v\n                  ^ near here",
    );
    assert_line_refused(
        "build out: dyndep | in || oo\n",
        "input:2: order-only inputs not supported\nbuild out: dyndep | in || oo\n                       ^ near here",
    );
}

#[test]
fn only_restat_may_be_bound_and_only_once() {
    assert_line_refused(
        "build out: dyndep\n  not_restat = 1\n",
        "input:3: binding is not 'restat'\n  not_restat = 1\n                ^ near here",
    );
    assert_line_refused(
        "build out: dyndep\n  restat = 1\n  restat = 1\n",
        "input:4: unexpected indent\n",
    );
}

#[test]
fn implicit_inputs_and_outputs_and_restat() {
    let strings = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let cases: &[(&str, &[&str], &[&str], bool)] = &[
        ("build out: dyndep\n", &[], &[], false),
        ("build out | : dyndep |\n", &[], &[], false),
        ("build out: dyndep | impin\n", &[], &["impin"], false),
        ("build out: dyndep | impin1 ./impin2\n", &[], &["impin1", "impin2"], false),
        ("build out | impout: dyndep\n", &["impout"], &[], false),
        ("build out | impout1 impout2 : dyndep\n", &["impout1", "impout2"], &[], false),
        ("build out | impout: dyndep | impin\n", &["impout"], &["impin"], false),
        ("build out: dyndep\n  restat = 1\n", &[], &[], true),
        ("build out: dyndep\n  restat =\n", &[], &[], false),
        ("build otherout: dyndep | impin\n", &[], &["impin"], false),
        ("build ./out: dyndep\r\n  restat = 1\r\n", &[], &[], true),
    ];
    for (lines, outputs, inputs, restat) in cases {
        let expected = (strings(outputs), strings(inputs), *restat);
        assert_eq!(read_one(&format!("{V}{lines}")), expected, "of {lines:?}");
    }
}

#[test]
fn several_actions() {
    let mut manifest = manifest(&format!("{RULES}build out2: touch\n"));
    let content = format!("{V}build out: dyndep\nbuild out2: dyndep\n  restat = 1\n");
    let found = parse(b"input", content.as_bytes(), &mut manifest).unwrap();
    let seen: Vec<_> = found.iter().map(|dyndep| (dyndep.action.0, dyndep.restat)).collect();
    assert_eq!(seen, [(0, false), (1, true)]);
}

#[test]
fn people_see_the_place_and_what_to_do() {
    let content = format!("{V}build missing: dyndep\n");
    insta::assert_snapshot!(parse(b"dd", content.as_bytes(), &mut manifest(RULES)).unwrap_err(), @r"
    dd:2:14: no build statement exists for 'missing'
      build missing: dyndep
                   ^
      help: only actions of the rule file can have more inputs and outputs
    ");
}

const DYNAMIC: &str = "rule r\n  command = r $in > $out\nbuild out: r in || dd\n  dyndep = dd\nbuild other: r || dd\n  dyndep = dd\nbuild static: r\n";

fn load_dd(content: &str) -> Result<Manifest, String> {
    let mut manifest = manifest(DYNAMIC);
    let dd = manifest.find(b"dd").unwrap();
    let content = format!("{V}{content}");
    match load(&mut manifest, dd, content.as_bytes()) {
        Ok(actions) => {
            assert_eq!(actions, [ActionId(0), ActionId(1)]);
            Ok(manifest)
        }
        Err(mistake) => Err(mistake.ninja_text()),
    }
}

#[test]
fn what_is_loaded_becomes_part_of_the_action() {
    let manifest =
        load_dd("build out | out.imp: dyndep | in.imp\n  restat = 1\nbuild other: dyndep\n")
            .unwrap();
    let action = ActionId(0);
    assert_eq!(names(&manifest, manifest.inputs(action)), ["in", "in.imp", "dd"]);
    assert_eq!(names(&manifest, manifest.implicit_inputs(action)), ["in.imp"]);
    assert_eq!(names(&manifest, manifest.order_only_inputs(action)), ["dd"]);
    assert_eq!(names(&manifest, manifest.outputs(action)), ["out", "out.imp"]);
    assert_eq!(names(&manifest, manifest.explicit_outputs(action)), ["out"]);
    assert_eq!(manifest.producer(manifest.find(b"out.imp").unwrap()), Some(action));
    assert_eq!(manifest.binding(action, b"restat"), b"1");
    assert_eq!(manifest.binding(action, b"dyndep"), b"dd");
    assert_eq!(manifest.binding(action, b"command"), b"r in > out");
    assert_eq!(manifest.binding(ActionId(1), b"restat"), b"");
}

#[test]
fn the_file_and_the_actions_have_to_agree() {
    assert_eq!(
        load_dd("build out: dyndep\n").unwrap_err(),
        "'other' not mentioned in its dyndep file 'dd'"
    );
    assert_eq!(
        load_dd("build out: dyndep\nbuild other: dyndep\nbuild static: dyndep\n").unwrap_err(),
        "dyndep file 'dd' mentions output 'static' whose build statement does not have a dyndep binding for the file"
    );
}

#[test]
fn an_output_has_one_action() {
    let both = "multiple rules generate";
    assert_eq!(
        load_dd("build out | static: dyndep\nbuild other: dyndep\n").unwrap_err(),
        format!("{both} static")
    );
    assert_eq!(
        load_dd("build out | x: dyndep\nbuild other | x: dyndep\n").unwrap_err(),
        format!("{both} x")
    );
    assert_eq!(
        load_dd("build out | x x: dyndep\nbuild other: dyndep\n").unwrap_err(),
        format!("{both} x")
    );
}
